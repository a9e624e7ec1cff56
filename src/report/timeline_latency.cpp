#include "report/timeline_latency.hpp"

#include "stats/hdr_codec.hpp"

#include <algorithm>

namespace ringblast {

Histogram timeline_latency(const TimelineRow& row) {
    if (row.histogram.empty()) {
        return {};
    }
    Expected<Histogram> decoded = decode_hdr_base64(row.histogram);
    if (!decoded || decoded->layout() != HistogramLayout{} || decoded->empty()) {
        return {};
    }
    // The encoding keeps slots only; the row knows the largest latency exactly.
    if (row.max_ns >= decoded->min() && row.max_ns <= decoded->max()) {
        decoded->set_exact(
            {.sum_ns = decoded->sum(), .min_ns = decoded->min(), .max_ns = row.max_ns});
    }
    return std::move(*decoded);
}

} // namespace ringblast
