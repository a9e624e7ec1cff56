// From what was collected to the Result: sums over leaves, rates, stages, words for errors.
// Thresholds, validity and verdict are decided later, by analysis.
#pragma once

#include "plan/plan.hpp"
#include "ringblast/result.hpp"
#include "stats/collect.hpp"
#include "tls/failure.hpp"

#include <span>

namespace ringblast {

/// The measured part of the load, seconds after time zero.
struct MeasuredSpan {
    double from_s, to_s;
};

/// Everything but timeline, generator, times of day and Result::tls. `certificates` are those behind
/// failures of TLS, for their messages.
Result assemble_result(const Plan& plan, const Collector& collector, MeasuredSpan span,
                       std::span<const TlsFailureFacts> certificates = {});

} // namespace ringblast
