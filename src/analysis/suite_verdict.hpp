// The verdict and the exit code over the runs of a suite (SPEC § 9).
#pragma once

#include "ringblast/suite.hpp"

namespace ringblast {

/// Of two exit codes the one that goes before: 2, 3, 130, 143, 4, 1, any other, 0.
int first_exit_code(int left, int right);

/// Fills verdict and exit code of a run from its parts and problems. One that was not run is
/// skipped and has none.
void decide(SuiteRun& run);

/// Fills verdict and exit code of the suite from its decided runs: the worst and the first of them.
/// Fail where none was run. `stop_code`: 130 or 143 after a stop signal, which makes it
/// interrupted, else 0.
void decide(SuiteResult& suite, int stop_code);

} // namespace ringblast
