// From what was collected to the Result: sums over leaves, rates, stages, words for errors.
// Thresholds, validity and verdict are decided later, by analysis.
#pragma once

#include "plan/plan.hpp"
#include "ringblast/result.hpp"
#include "stats/collect.hpp"

namespace ringblast {

/// The measured part of the load, seconds after time zero.
struct MeasuredSpan {
    double from_s, to_s;
};

/// Everything but timeline, generator and times of day.
Result assemble_result(const Plan& plan, const Collector& collector, MeasuredSpan span);

} // namespace ringblast
