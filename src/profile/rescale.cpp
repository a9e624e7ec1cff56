#include "profile/rescale.hpp"

#include <algorithm>
#include <cmath>
#include <string>

namespace ringblast {

namespace {

__extension__ using Wide = __int128;

double peak_of(const std::vector<Stage>& stages, std::optional<double> Stage::*goal) {
    double peak = 0;
    for (const Stage& stage : stages) {
        peak = std::max(peak, (stage.*goal).value_or(0));
    }
    return peak;
}

/// Rounded; what was above 0 stays there.
double scale_whole(double count, double factor) {
    return count > 0 ? std::max(1.0, std::round(count * factor)) : count;
}

Expected<void> scale_users(std::vector<Stage>& stages, uint64_t users) {
    const double peak = peak_of(stages, &Stage::users);
    if (users == 0 || peak == 0) {
        return failure("-u " + std::to_string(users) + " on a load with a peak of " +
                       std::to_string(static_cast<uint64_t>(peak)) +
                       " users; allowed: at least 1, on a load that has users");
    }
    const auto wanted = static_cast<double>(users);
    for (Stage& stage : stages) {
        // The peak itself is exact, whatever the division rounds.
        stage.users = *stage.users == peak ? wanted : scale_whole(*stage.users, wanted / peak);
    }
    return {};
}

Expected<void> scale_rate(std::vector<Stage>& stages, double rate) {
    const double peak = peak_of(stages, &Stage::rate);
    if (!(rate > 0) || !std::isfinite(rate)) {
        return failure("-R 0 asks for nothing; allowed: a rate above 0, such as 100/s");
    }
    if (peak == 0) {
        return failure("-R: all arrivals of this load come at once, there is no rate to rescale; "
                       "allowed: --stages '@200:10s'");
    }
    for (Stage& stage : stages) {
        if (stage.rate) {
            stage.rate = *stage.rate == peak ? rate : *stage.rate * (rate / peak);
        } else if (stage.at_once) {
            stage.at_once = static_cast<uint64_t>(
                scale_whole(static_cast<double>(*stage.at_once), rate / peak));
        }
    }
    return {};
}

/// Cuts are rounded, not lengths, so that the sum is exact.
Expected<void> scale_durations(std::vector<Stage>& stages, Duration duration) {
    if (stages.size() == 1) {
        stages.front().duration = duration; // open-ended ones, too
    }
    Wide total = 0;
    for (const Stage& stage : stages) {
        total += stage.duration.count();
    }
    Wide before = 0;
    int64_t start = 0;
    for (Stage& stage : stages) {
        before += stage.duration.count();
        const auto end = total == 0 ? 0 : static_cast<int64_t>(before * duration.count() / total);
        stage.duration = Duration(end - start);
        start = end;
        if (stage.duration <= Duration::zero()) {
            return failure("-d is too short for " + std::to_string(stages.size()) +
                           " stages; allowed: a duration of which each stage gets a part");
        }
    }
    return {};
}

/// The stage of a load that has none.
Expected<std::vector<Stage>> single_stage(const Rescale& rescale, const Load& load) {
    Stage stage;
    if (rescale.rate) {
        stage.rate = rescale.rate;
    } else if (rescale.users) {
        stage.users = static_cast<double>(*rescale.users);
    } else {
        return failure("the profile has no load; allowed: -u or -R with -d, --stages, or --mode");
    }
    if (!rescale.duration && !load.requests) {
        return failure("the profile has no load that would say how long it lasts; allowed: -d "
                       "beside -u and -R");
    }
    stage.duration = open_ended;
    return std::vector{stage};
}

Expected<void> rescale_goals(Load& load, const Rescale& rescale) {
    const bool closed = load.stages.front().users.has_value();
    if (rescale.rate && closed) {
        return failure("-R: the load is closed (users); allowed: -u, or an open load by --stages "
                       "'100/s:30s'");
    }
    if (rescale.users && !rescale.rate && !closed) {
        return failure("-u: the load is open (a rate); allowed: -R, beside which -u is the most "
                       "users");
    }
    if (rescale.rate) {
        load.max_users = rescale.users.value_or(load.max_users);
        return scale_rate(load.stages, *rescale.rate);
    }
    return rescale.users ? scale_users(load.stages, *rescale.users) : Expected<void>{};
}

} // namespace

Expected<void> rescale_load(Load& load, const Rescale& rescale) {
    if (!rescale.users && !rescale.rate && !rescale.duration) {
        return {};
    }
    Load scaled = load;
    if (scaled.stages.empty()) {
        auto stages = single_stage(rescale, load);
        if (!stages) {
            return std::unexpected(stages.error());
        }
        scaled.stages = std::move(*stages);
    }
    if (auto goals = rescale_goals(scaled, rescale); !goals) {
        return goals;
    }
    if (rescale.duration) {
        if (auto durations = scale_durations(scaled.stages, *rescale.duration); !durations) {
            return durations;
        }
    }
    load = std::move(scaled);
    return {};
}

} // namespace ringblast
