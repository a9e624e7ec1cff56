// Two requests per connection: the connect, which is the upgrade from request to 101, and the round
// trip of the message. Only one is in flight at a time, so the engine's connection carries either.
#include "plan/compile_socket.hpp"

#include "protocol/request_template.hpp"
#include "protocol/utf8.hpp"

namespace ringblast {

namespace {

/// One class with one task of one request that never changes, asked again and again.
const Request* only_request(const Profile& profile) {
    if (profile.classes.size() != 1 || profile.classes.front().tasks.size() != 1) {
        return nullptr;
    }
    const UserClass& users = profile.classes.front();
    const Task& task = users.tasks.front();
    bool plain = users.on_start.empty() && users.on_stop.empty() &&
                 users.wait.kind == Wait::Kind::none && !users.count && task.repeat == 1 &&
                 task.requests.size() == 1 && task.requests.front().literal;
    return plain ? &task.requests.front() : nullptr;
}

void check_options(const Profile& profile, const Request& request, std::vector<Error>& errors) {
    if (profile.load.pipeline > 1) {
        errors.push_back({"--pipeline goes with http://: on a WebSocket each message waits for "
                          "its echo"});
    }
    if (!request.expect.status.empty()) {
        errors.push_back({"--expect-status goes with http://: a WebSocket starts with 101, and "
                          "messages have no status"});
    }
}

void add_request(const Profile& profile, Plan& plan, const std::string& name, const char* method) {
    const UserClass& users = profile.classes.front();
    const Task& task = users.tasks.front();
    plan.requests.push_back({.leaf = static_cast<uint32_t>(plan.leaves.size()),
                             .idempotent = false,
                             .outcome_of = outcomes_of_connect(profile.target.rate_limited),
                             .timeout_ns = profile.target.timeout.count()});
    plan.leaves.push_back({.class_name = users.name,
                           .task_name = task.name,
                           .name = name,
                           .method = method,
                           .tags = task.tags});
}

} // namespace

StatusOutcomes outcomes_of_connect(RateLimitedAs rate_limited) {
    StatusOutcomes outcomes;
    outcomes.fill(Outcome::http_error);
    outcomes[101] = Outcome::ok;
    if (rate_limited != RateLimitedAs::error) {
        outcomes[429] = Outcome::rate_limited;
    }
    return outcomes;
}

void compile_socket(const Profile& profile, Plan& plan, std::vector<Error>& errors) {
    const Request* request = only_request(profile);
    if (request == nullptr) {
        errors.push_back(
            {"base_url " + render_url(plan.base) +
             ": a profile's base_url is http:// or https:// (tasks with ws = \"/path\" "
             "are on WebSockets of it); ws:// goes with one URL on the command line"});
        return;
    }
    check_options(profile, *request, errors);
    RequestSpec spec{.method = request->method, .url = plan.base};
    for (const std::vector<Header>* headers :
         {&profile.target.headers, &profile.classes.front().headers, &request->headers}) {
        spec.headers.insert(spec.headers.end(), headers->begin(), headers->end());
    }
    if (!request->path.empty()) {
        spec.target = join_target(plan.base, request->path);
    }
    Expected<UpgradeTemplate> upgrade = render_upgrade(spec);
    if (!upgrade) {
        errors.push_back(upgrade.error());
        return;
    }
    if (upgrade->request.size() > head_size_max) {
        errors.push_back({"the headers of the request are longer than 64 KiB"});
        return;
    }
    std::string name = !request->name.empty()   ? request->name
                       : !request->path.empty() ? request->path
                                                : plan.base.target;
    add_request(profile, plan, "connect", "GET");
    add_request(profile, plan, name, "WS");
    plan.classes.push_back({.name = profile.classes.front().name});
    plan.socket = PlannedSocket{.upgrade = std::move(*upgrade),
                                .message = request->body,
                                .opcode = is_utf8(request->body) ? Opcode::text : Opcode::binary};
}

} // namespace ringblast
