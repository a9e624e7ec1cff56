// The latencies of a timeline row, which keeps them encoded.
#pragma once

#include "ringblast/result.hpp"

namespace ringblast {

/// Empty when nothing was completed in the row, or when its text is no histogram of ours.
Histogram timeline_latency(const TimelineRow& row);

} // namespace ringblast
