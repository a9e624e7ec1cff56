// `ringblast suite FILE`: several runs in order, reports for each, one overview.
#pragma once

#include "cli/load_test.hpp"

namespace ringblast {

/// Plans all runs, makes them one after the other and writes the overview. A stop signal ends the
/// run that is under way as it would end it alone; the rest is not run. Returns the first exit code
/// by SPEC § 9 over the runs; 2 before anything was sent where the plan has errors.
int run_suite(const SuiteWords& words, const std::vector<std::string>& arguments,
              const StopSignals& signals);

/// The plan of each run, sending nothing: `ringblast check` of a suite.
int check_suite(const SuiteWords& words);

} // namespace ringblast
