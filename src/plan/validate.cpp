// What a load may not be; each error names the option and what is allowed.
#include "plan/plan.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace ringblast {

namespace {

constexpr double users_max = 1'000'000;
constexpr double rate_max = 100e6;
constexpr unsigned pipeline_max = 1024;

struct Collected {
    std::vector<Error> errors;
    void add(std::string message) { errors.push_back({std::move(message)}); }
};

void check_stage(const Stage& stage, size_t number, Collected& found) {
    if (stage.users && (*stage.users < 0 || *stage.users > users_max ||
                        *stage.users != std::floor(*stage.users))) {
        found.add(fmt::format("stage {}: {} users: a whole number from 0 to {:.0f} is allowed",
                              number, *stage.users, users_max));
    }
    if (stage.rate && !(*stage.rate >= 0 && *stage.rate <= rate_max)) {
        found.add(fmt::format("stage {}: rate {}/s: 0 to {:.0f}/s is allowed", number,
                              *stage.rate, rate_max));
    }
    if (stage.duration.count() <= 0) {
        found.add(fmt::format("stage {}: its duration must be longer than 0", number));
    }
}

} // namespace

std::vector<Error> validate_load(const Load& load) {
    Collected found;
    if (load.stages.empty()) {
        found.add("the load has no stage: give users or a rate with a duration");
        return found.errors;
    }
    bool closed = load.stages.front().users.has_value();
    double peak = 0;
    Duration total{};
    for (size_t i = 0; i < load.stages.size(); ++i) {
        const Stage& stage = load.stages[i];
        check_stage(stage, i + 1, found);
        if (stage.users.has_value() != closed) {
            found.add(fmt::format("stage {}: one load is closed (users) or open (a rate), not both",
                                  i + 1));
        }
        peak = std::max({peak, stage.users.value_or(0), stage.rate.value_or(0),
                         static_cast<double>(stage.at_once.value_or(0))});
        total += stage.duration;
    }
    if (peak == 0) {
        found.add("the load asks for nothing: no stage has users or a rate above 0");
    }
    if (load.warm_up.count() < 0 || (load.warm_up.count() > 0 && load.warm_up >= total)) {
        found.add("--warm-up must be shorter than the load: it is its first part, not added to it");
    }
    if (load.pipeline < 1 || load.pipeline > pipeline_max) {
        found.add(fmt::format("--pipeline {}: 1 to {} is allowed", load.pipeline, pipeline_max));
    }
    if (load.pipeline > 1 && !closed) {
        found.add("--pipeline goes with users (-u), not with a rate: an arrival is one request");
    }
    if (load.spawn_rate && !closed) {
        found.add("--spawn-rate goes with users (-u); in an open load use a ramp of the rate, "
                  "--stages '>1000/s:30s'");
    }
    if (load.spawn_rate && !(*load.spawn_rate > 0)) {
        found.add("--spawn-rate must be above 0 users per second");
    }
    if (!closed && load.max_users == 0) {
        found.add("an open load needs at least one user (-u)");
    }
    if (load.requests && *load.requests == 0) {
        found.add("-n 0: at least one request is needed");
    }
    return found.errors;
}

} // namespace ringblast
