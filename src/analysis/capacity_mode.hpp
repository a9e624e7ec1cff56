// How a target broke, named from the trials that broke it: the share of each kind of error, what
// became of the throughput, how steeply latency rose. The first rule that matches names the mode;
// every name comes with the figures it rests on.
#pragma once

#include "analysis/capacity.hpp"

#include <string>
#include <vector>

namespace ringblast {

struct ModeFindings {
    BreakingMode mode = BreakingMode::none;
    std::vector<std::string> evidence;
    std::optional<RateLimiter> limiter; ///< of rate_limited
};

/// Pure. A search that ended for a reason of its own (the generator was the limit, --max-rate
/// held) never names a mode of the target.
ModeFindings find_mode(const CapacitySettings& settings, const CapacitySearch& search);

} // namespace ringblast
