// From Profile to Plan: stages become segments, names become numbers; compile_users.cpp makes the
// programs of the users.
#include "plan/plan.hpp"

#include "base/check.hpp"
#include "plan/class_sequence.hpp"
#include "plan/compile_socket.hpp"
#include "plan/compile_users.hpp"
#include "protocol/url.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <netinet/in.h>

namespace ringblast {

namespace {

constexpr uint64_t ready_users_default = 64; ///< open load

bool is_local(const Address& address) {
    if (address.family() == AF_UNIX) {
        return true;
    }
    if (address.family() == AF_INET) {
        auto* ip = reinterpret_cast<const sockaddr_in*>(&address.storage);
        return ntohl(ip->sin_addr.s_addr) >> 24 == 127;
    }
    auto* ip = reinterpret_cast<const sockaddr_in6*>(&address.storage);
    return IN6_IS_ADDR_LOOPBACK(&ip->sin6_addr);
}

double peak_of(const std::vector<Stage>& stages, std::optional<double> Stage::*goal) {
    double peak = 0;
    for (const Stage& stage : stages) {
        peak = std::max(peak, (stage.*goal).value_or(0));
    }
    return peak;
}

uint64_t at_once_peak(const std::vector<Stage>& stages) {
    uint64_t peak = 0;
    for (const Stage& stage : stages) {
        peak = std::max(peak, stage.at_once.value_or(0));
    }
    return peak;
}

void plan_load(const Load& load, Plan& plan) {
    plan.stages = load.stages;
    plan.segments = compile_segments(load);
    plan.open_load = !load.stages.front().users;
    plan.arrival = load.arrival;
    plan.rate_peak = peak_of(load.stages, &Stage::rate);
    plan.end_ns = plan.segments.back().end_ns;
    plan.warm_up_ns = load.warm_up.count();
    plan.graceful_ns = load.graceful_stop.count();
    plan.stop_timeout_ns = load.stop_timeout.count();
    plan.waits_for_last_stage = load.stages.back().at_once.has_value();
    plan.request_limit = load.requests.value_or(0);
    plan.pipeline = load.pipeline;
    plan.seed = load.seed;
    if (plan.open_load) {
        plan.users_peak = load.max_users;
        // Arrivals that are due at once find their connections open, as far as may be.
        uint64_t ready = load.ready_users.value_or(std::max<uint64_t>(
            ready_users_default, at_once_peak(load.stages)));
        plan.users_ready = std::min(ready, load.max_users);
        auto one_second = static_cast<uint64_t>(std::ceil(plan.rate_peak));
        plan.backlog_max = std::max(load.max_backlog.value_or(one_second),
                                    at_once_peak(load.stages));
    } else {
        plan.users_peak = static_cast<uint64_t>(peak_of(load.stages, &Stage::users));
        const Segment& first = plan.segments.front();
        plan.users_ready = static_cast<uint64_t>(std::min(first.from, first.to));
    }
}

bool has_socket_tasks(const Profile& profile) {
    return std::ranges::any_of(profile.classes, [](const UserClass& users) {
        return std::ranges::any_of(users.tasks, [](const Task& task) { return task.ws.has_value(); });
    });
}

/// Whether users do more than to send one fixed request again and again.
bool needs_scenario(const Plan& plan) {
    if (plan.socket) {
        return false;
    }
    if (!plan.socket_tasks.empty() || plan.requests.size() != 1 ||
        plan.classes.front().wait.kind != Wait::Kind::none) {
        return true;
    }
    const PlannedRequest& only = plan.requests.front();
    return only.size == 0 || only.watch != Watch::nothing || only.until || only.think_ns > 0 ||
           only.timeout_ns != plan.timeout_ns || !plan.classes.front().tasks.size() ||
           plan.tasks.front().repeat != 1 || plan.classes.front().count.has_value();
}

void assign_users(Plan& plan) {
    if (!plan.scenario || plan.open_load) {
        return;
    }
    ClassSequence sequence(plan.classes);
    plan.class_of_user.resize(plan.users_peak);
    for (uint16_t& one : plan.class_of_user) {
        one = sequence.next();
    }
}

} // namespace

ExpectedAll<Plan> compile_plan(const Profile& profile, Bindings bindings) {
    CHECK(!bindings.addresses.empty());
    std::vector<Error> errors = validate_load(profile.load);
    Expected<Url> url = parse_url(profile.target.base_url);
    if (!url) {
        errors.push_back(url.error());
    }
    if (!errors.empty()) {
        return std::unexpected(std::move(errors));
    }
    Plan plan;
    plan.name = profile.name;
    plan.url = render_url(*url);
    plan.addresses = std::move(bindings.addresses);
    plan.local_addresses = std::move(bindings.local_addresses);
    plan.target_local = std::ranges::all_of(plan.addresses, is_local);
    plan.timeout_ns = profile.target.timeout.count();
    plan.connect_timeout_ns = profile.target.connect_timeout.count();
    plan.requests_per_connection =
        profile.target.keepalive ? profile.target.requests_per_connection : 1;
    plan.thresholds = profile.thresholds;
    plan.base = *url;
    plan.tls = profile.target.tls;
    plan.max_body = profile.target.max_body;
    if (url->websocket() && !has_socket_tasks(profile)) {
        compile_socket(profile, plan, errors);
    } else {
        compile_users(profile, bindings.values, plan, errors);
    }
    if (!errors.empty()) {
        return std::unexpected(std::move(errors));
    }
    plan_load(profile.load, plan);
    plan.scenario = needs_scenario(plan);
    if (plan.scenario && plan.pipeline > 1) {
        return std::unexpected(std::vector{
            Error{"--pipeline goes with one fixed request, not with tasks, cookies, variables, "
                  "checks or pauses"}});
    }
    assign_users(plan);
    return plan;

}

} // namespace ringblast
