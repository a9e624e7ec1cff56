// The latencies of a timeline row, which keeps them encoded.
#pragma once

#include "ringblast/result.hpp"

namespace ringblast {

/// Empty when nothing was completed in the row, or when its text is no histogram of ours.
Histogram timeline_latency(const TimelineRow& row);

/// The rows with as many neighbours put together as it takes to have `rows_max` of them (a few
/// more, as warm-up, load and what came after it stay apart); the same rows where they are no more.
std::vector<TimelineRow> merged_rows(const std::vector<TimelineRow>& rows, size_t rows_max);

} // namespace ringblast
