// The overview of a suite as one HTML page that needs nothing else, with links to the pages of its
// runs.
#pragma once

#include "ringblast/suite.hpp"

#include <string>

namespace ringblast {

/// UTF-8; whatever names and messages hold, they stay text. Links are as seen from `folder`.
/// Requires: a decided suite.
std::string render_suite_html(const SuiteResult& suite, const std::string& folder);

} // namespace ringblast
