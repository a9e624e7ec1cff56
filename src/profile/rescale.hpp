// -u, -R and -d on a load that has stages already: its shape stays, its size changes.
#pragma once

#include "ringblast/error.hpp"
#include "ringblast/profile.hpp"

#include <cstdint>
#include <optional>

namespace ringblast {

struct Rescale {
    std::optional<uint64_t> users;    ///< -u: the peak of a closed load; with a rate: max_users
    std::optional<double> rate;       ///< -R: the peak of an open load, per second
    std::optional<Duration> duration; ///< -d: the length of all stages together
};

/// Multiplies all goals so that the peak is the number given, and all durations so that their sum
/// is; both are met exactly. Users above 0 stay at least 1, arrivals at once as well. Spawn rate,
/// warm-up and users that are ready before the start stay. A load without stages gets one.
/// Errors: a rate on a closed load, users alone on an open one, a goal of 0, a rate where all
/// arrivals come at once, a duration too short for the stages. `load` is unchanged then.
Expected<void> rescale_load(Load& load, const Rescale& rescale);

} // namespace ringblast
