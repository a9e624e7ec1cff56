// The result for a CI job's summary page: what a reviewer wants to know before opening anything.
#pragma once

#include "ringblast/result.hpp"

#include <cstddef>
#include <string>

namespace ringblast {

struct MarkdownOptions {
    size_t request_rows = 30; ///< most rows of requests, the most frequent first
    size_t error_rows = 10;   ///< most groups of errors, the largest first
};

/// GitHub's Markdown, UTF-8. Requires: a decided result.
std::string render_markdown(const Result& result, const MarkdownOptions& options = {});

} // namespace ringblast
