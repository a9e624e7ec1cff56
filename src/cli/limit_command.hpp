// `ringblast limit`: from words to exit code. A line per trial while it searches, the answer, the
// files asked for.
#pragma once

#include "cli/load_test.hpp"
#include "cli/words.hpp"
#include "ringblast/limit.hpp"

#include <string>
#include <vector>

namespace ringblast {

int run_limit(const LimitWords& words, const std::vector<std::string>& arguments,
              const StopSignals& signals);

/// What `ringblast report` does with a saved answer: text, or the outputs asked for. Returns the
/// exit code.
int report_limit(const std::string& path, const std::string& saved, const OutputPaths& outputs);

} // namespace ringblast
