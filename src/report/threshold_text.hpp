// One line for a decided threshold: `[PASS] p95: 145 ms < 500 ms`.
#pragma once

#include "base/paint.hpp"
#include "ringblast/result.hpp"

#include <string>
#include <string_view>

namespace ringblast {

/// A threshold in pieces, for tables. `value` has as many digits as it takes to tell it from the
/// limit; without a sample it says why there is none.
struct ThresholdParts {
    std::string metric;   ///< with its scope: `get runs: p95`
    std::string value;    ///< `145 ms`
    std::string limit;    ///< `< 500 ms`
    std::string critical; ///< `< 1 s`; empty without one
};
ThresholdParts threshold_parts(const ThresholdResult& threshold);

/// The value has as many digits as it takes to tell it from the limit it is compared with. The
/// mark is filled up to `mark_width` columns.
std::string threshold_text(const ThresholdResult& threshold, const Paint& paint,
                           size_t mark_width = 0);

/// `[PASS]`, `[MARGINAL]`, `[FAIL]` or `[SKIPPED]`.
std::string_view verdict_mark(Verdict verdict);

} // namespace ringblast
