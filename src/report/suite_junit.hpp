// The thresholds of all runs of a suite as JUnit XML: a testsuite for each run.
#pragma once

#include "ringblast/suite.hpp"

#include <string>

namespace ringblast {

/// As report/junit.hpp for each load; a run that was refused is an error, one that was not run is
/// skipped. Requires: a decided suite.
std::string render_suite_junit(const SuiteResult& suite);

} // namespace ringblast
