// Hand-made suites that the golden files are rendered from.
#pragma once

#include "ringblast/suite.hpp"

namespace ringblast::samples {

/// Every way a run can end: passed, failed, each task alone, not made, refused, not run.
SuiteResult suite();
/// Two runs that passed, with no reports.
SuiteResult small_suite();
/// The same after a Ctrl-C in the first.
SuiteResult interrupted_suite();

} // namespace ringblast::samples
