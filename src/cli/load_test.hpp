// One load test of the command line, from options to exit code: outputs, the embedded target where
// asked for, the run with its observers, the reports.
#pragma once

#include "cli/test_options.hpp"

#include <atomic>
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

/// The commands `ringblast URL` and `ringblast run PROFILE`.
int run_blast(const BlastWords& words, const std::vector<std::string>& arguments,
              const StopSignals& signals);
int run_profile(const RunWords& words, const std::vector<std::string>& arguments,
                const StopSignals& signals);

/// Prints errors of the command line; returns the exit code for them.
int usage_error(const std::vector<Error>& errors);

} // namespace ringblast
