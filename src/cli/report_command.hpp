// `ringblast report RESULT`: any output again from a saved result.
#pragma once

#include "cli/words.hpp"

namespace ringblast {

/// Reads the result and writes what is asked for; the text report where nothing is. Returns the
/// exit code, 0 or 2.
int run_report(const ReportWords& words);

} // namespace ringblast
