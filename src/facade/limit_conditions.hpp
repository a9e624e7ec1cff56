// What a target is held to in a search for its limit: the conditions as thresholds, and what the
// search needs to know of them to give up a trial early.
#pragma once

#include "analysis/capacity.hpp"
#include "analysis/threshold.hpp"
#include "ringblast/limit.hpp"

#include <string>
#include <vector>

namespace ringblast {

struct LimitConditions {
    std::vector<Threshold> thresholds;
    std::vector<std::string> texts; ///< as written, those that were added last
    std::vector<std::string> notes; ///< what of the profile's thresholds was left out
};

/// Those of --slo, else the profile's, else default_slo. Errors and 429 are always held to
/// something: a server that refuses quickly would hold any latency.
ExpectedAll<LimitConditions> limit_conditions(const Profile& profile, const LimitOptions& limit);

/// Requires: conditions of limit_conditions.
void apply_conditions(const LimitConditions& conditions, CapacitySettings& settings);

} // namespace ringblast
