// Latency over time as a matrix of counts: where in the run the slow answers were, and whether
// there are two kinds of answers that a percentile would mix.
#pragma once

#include "ringblast/result.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace ringblast {

struct HeatMap {
    double from_s = 0;            ///< start of the first column
    double column_s = 1;          ///< length of each
    std::vector<double> edges_ms; ///< between the bands of latency, rising; one more than bands
    std::vector<std::vector<uint64_t>> columns; ///< counts by band; all of the same length

    bool empty() const { return columns.empty(); }
};

/// From the histograms of the timeline. At most `columns_max` columns, none shorter than a row of
/// the timeline; bands of equal ratio over the latencies that there are. Empty when nothing was
/// completed. Requires: columns_max > 0.
HeatMap heat_map(const Result& result, size_t columns_max);

} // namespace ringblast
