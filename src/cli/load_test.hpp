// One load test of the command line, from options to exit code: outputs, the embedded target where
// asked for, the run with its observers, the reports.
#pragma once

#include "cli/outputs.hpp"
#include "cli/test_options.hpp"
#include "target/server.hpp"

#include <atomic>
#include <cstdio>
#include <expected>
#include <memory>
#include <string>
#include <vector>

namespace ringblast {

/// What the signal handler counts; lock-free.
struct StopSignals {
    std::atomic<int> count{0};
    std::atomic<int> last{0}; ///< number of the signal
};

/// Runs a load test and writes its reports. `arguments`: the command line, for the result. Returns
/// the exit code (SPEC § 9).
int run_load_test(TestOptions options, const std::vector<std::string>& arguments,
                  const StopSignals& signals);

/// What stands before every load: the engine is named where it is not the first choice, the
/// embedded target of --demo runs (null without), signals and command are in the options. The error
/// is an exit code, and said.
std::expected<std::unique_ptr<TargetServer>, int>
get_ready(TestOptions& options, const std::vector<std::string>& arguments,
          const StopSignals& signals);

/// Gives another test of the same command what get_ready found out: signals, command, and the
/// embedded target's address where it runs.
void take_preparation(const TestOptions& ready, TestOptions& other);

/// A run, and what of it could not be told.
struct ObservedRun {
    Result result;
    size_t reports_failed = 0; ///< reports that could not be written; said on standard error
};
/// Runs the load with everything that looks on, and writes the files.
ExpectedAll<ObservedRun> run_observed(const TestOptions& options, Outputs& outputs);

/// The text report, unless --quiet: then only why the run could not be made, on standard error.
void print_report(const Result& result, const TestOptions& options, std::FILE* stream);

/// The exit code of a run (SPEC § 9); 3 where nothing else is wrong but a report was not written.
int exit_code_of(const ObservedRun& ran, ExitPolicy policy, const StopSignals& signals);

/// The commands `ringblast URL` and `ringblast run PROFILE`.
int run_blast(const BlastWords& words, const std::vector<std::string>& arguments,
              const StopSignals& signals);
int run_profile(const RunWords& words, const std::vector<std::string>& arguments,
                const StopSignals& signals);

/// Prints errors of the command line; returns the exit code for them.
int usage_error(const std::vector<Error>& errors);

} // namespace ringblast
