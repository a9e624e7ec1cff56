// The findings of a result as JSON, to and fro: what is written and what is read stand beside each
// other in one file.
#pragma once

#include "report/json_node.hpp"
#include "ringblast/findings.hpp"

namespace ringblast {

/// Appends the keys trends, latency_interval_ms, error_clustering, steady_state, breaking_stage,
/// bursts and causes.
void add_findings(nlohmann::ordered_json& json, const RunFindings& findings);

/// Reads them back; a result of an earlier version, without them, has none.
RunFindings read_findings(const JsonNode& root);

} // namespace ringblast
