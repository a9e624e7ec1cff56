// What stages say together: the one that broke first in a load that rises by steps, and how the
// target took a burst and came back from it.
#pragma once

#include "ringblast/result.hpp"

#include <optional>
#include <vector>

namespace ringblast {

/// The first stage whose own thresholds (its error budget) failed; empty where none did. Requires:
/// decided thresholds and stages.
std::optional<BreakingStage> find_breaking_stage(const Result& result);

/// Stages that rise at once to 1.5 times the goal before them or more, and from which the load
/// falls again as far or ends; arrivals at once. Requires: decided thresholds.
std::vector<BurstFinding> find_bursts(const Result& result);

/// `200 users`, `1,000/s`, `200 at once`.
std::string goal_words(const Stage& stage);

} // namespace ringblast
