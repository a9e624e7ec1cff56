// `ringblast report` of a suite: its overview again from suite.json and the results beside it.
#pragma once

#include "ringblast/profile.hpp"

#include <string>

namespace ringblast {

/// Makes the outputs asked for from a saved overview; its text where none is. The results of its
/// runs are read from the files that it names. Returns the exit code: 0 or 2.
int report_suite(const std::string& path, const std::string& saved, const OutputPaths& outputs);

} // namespace ringblast
