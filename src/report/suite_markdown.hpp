// The overview of a suite in GitHub's Markdown, for the page of a CI job.
#pragma once

#include "ringblast/suite.hpp"

#include <string>

namespace ringblast {

/// UTF-8. Links to reports are as seen from `folder`. Requires: a decided suite.
std::string render_suite_markdown(const SuiteResult& suite, const std::string& folder);

} // namespace ringblast
