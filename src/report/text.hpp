// The summary that a person reads in ten seconds: what was run, what came of it, how fast, what
// went wrong and why, whether to believe it, and the verdict as the last line.
#pragma once

#include "ringblast/result.hpp"

#include <cstddef>
#include <string>

namespace ringblast {

struct TextOptions {
    bool color = false;
    size_t width = 100;       ///< columns at which sentences are broken; tables are not
    size_t request_rows = 30; ///< most rows of requests, the most frequent first
    size_t error_rows = 10;   ///< most groups of errors, the largest first
};

/// UTF-8 lines with a newline at the end. Requires: a decided result (analysis/verdict.hpp).
std::string render_text(const Result& result, const TextOptions& options = {});

/// Fewest samples that bound a percentile (0 < p < 100) from above with 95 % confidence: 59 for
/// p95, 299 for p99, 2 995 for p99.9. Percentiles of fewer are marked with `~`.
uint64_t samples_needed(double percentile);

} // namespace ringblast
