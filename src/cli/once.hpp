// --once: every request of a profile once, in the order of the file, with request and response
// shown.
#pragma once

#include "cli/load_test.hpp"

namespace ringblast {

/// Set-up, each class by one user (on_start, its tasks, on_stop), tear-down. Exit codes: 0, 1 when
/// a request failed, 3 when the target or the set-up did, 130/143 after a signal.
int run_once(TestOptions options, const std::vector<std::string>& arguments,
             const StopSignals& signals);

} // namespace ringblast
