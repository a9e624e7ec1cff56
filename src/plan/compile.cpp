// From Profile to Plan: requests become bytes, stages become segments, names become numbers.
#include "plan/plan.hpp"

#include "base/check.hpp"
#include "protocol/request_template.hpp"
#include "protocol/url.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <netinet/in.h>

namespace ringblast {

namespace {

// A request that fits the send buffer of a new socket is whole in the kernel when send returns; a
// larger one may still be on its way when an early answer comes, so its completion is asked for.
constexpr size_t silent_send_size_max = 16 * 1024;
constexpr uint64_t ready_users_default = 64; ///< open load

StatusOutcomes outcomes_by_status(const Expect& expect) {
    StatusOutcomes outcomes;
    outcomes.fill(Outcome::http_error);
    outcomes[429] = Outcome::rate_limited;
    if (expect.status.empty()) {
        std::fill(outcomes.begin() + 200, outcomes.begin() + 400, Outcome::ok);
    }
    for (int status : expect.status) {
        outcomes[static_cast<size_t>(status)] = Outcome::ok;
    }
    return outcomes;
}

bool is_idempotent(std::string_view method) {
    constexpr std::string_view methods[] = {"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"};
    return std::ranges::find(methods, method) != std::end(methods);
}

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

std::string name_of_request(const Request& request, const Url& url) {
    if (!request.name.empty()) {
        return request.name;
    }
    return request.path.empty() ? url.target : request.path;
}

Expected<PlannedRequest> plan_request(const Profile& profile, const UserClass& users,
                                      const Request& request, const Url& url) {
    RequestSpec spec{.method = request.method,
                     .url = url,
                     .body = request.body,
                     .keep_alive = profile.target.keepalive};
    if (!request.path.empty()) {
        spec.target = join_target(url, request.path);
    }
    for (const std::vector<Header>* headers :
         {&profile.target.headers, &users.headers, &request.headers}) {
        spec.headers.insert(spec.headers.end(), headers->begin(), headers->end());
    }
    Expected<std::string> bytes = render_request(spec);
    if (!bytes) {
        return std::unexpected(bytes.error());
    }
    PlannedRequest planned;
    planned.size = static_cast<uint32_t>(bytes->size());
    planned.bytes = repeated(*bytes, profile.load.pipeline);
    planned.head = request.method == "HEAD";
    planned.idempotent = is_idempotent(request.method);
    planned.notice = planned.bytes.size() > silent_send_size_max ? SendNotice::always
                                                                 : SendNotice::on_failure;
    planned.outcome_of = outcomes_by_status(request.expect);
    return planned;
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
    for (const UserClass& users : profile.classes) {
        for (const Task& task : users.tasks) {
            for (const Request& request : task.requests) {
                Expected<PlannedRequest> planned = plan_request(profile, users, request, *url);
                if (!planned) {
                    errors.push_back(planned.error());
                    continue;
                }
                planned->leaf = static_cast<uint32_t>(plan.leaves.size());
                plan.requests.push_back(std::move(*planned));
                plan.leaves.push_back({.class_name = users.name,
                                       .task_name = task.name,
                                       .name = name_of_request(request, *url),
                                       .method = request.method,
                                       .tags = task.tags});
            }
        }
    }
    if (!errors.empty()) {
        return std::unexpected(std::move(errors));
    }
    plan_load(profile.load, plan);
    return plan;
}

} // namespace ringblast
