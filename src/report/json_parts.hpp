// What other writers of JSON take of a result.
#pragma once

#include "ringblast/result.hpp"

#include <nlohmann/json.hpp>

namespace ringblast {

/// The totals of ringblast-result/1, its latency_ms, ok_latency_ms, thresholds, verdict and
/// validity, with the same keys.
nlohmann::ordered_json summary_json(const Result& result);

} // namespace ringblast
