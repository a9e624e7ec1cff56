// What the overview of a suite takes of a result.
#pragma once

#include "report/json_node.hpp"
#include "ringblast/result.hpp"

namespace ringblast {

/// The totals of ringblast-result/1, its latency_ms, ok_latency_ms, thresholds, verdict and
/// validity, with the same keys.
nlohmann::ordered_json summary_json(const Result& result);

} // namespace ringblast
