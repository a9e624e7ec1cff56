// Classes, tasks and requests as the engine runs them: programs of request numbers, and for each
// request its bytes (or the program that renders them), its outcome by status and how much of its
// response must be kept.
#include "plan/compile_users.hpp"

#include "plan/compile_socket.hpp"
#include "protocol/request_template.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <set>

namespace ringblast {

namespace {

StatusOutcomes outcomes_by_status(const Expect& expect, RateLimitedAs rate_limited) {
    StatusOutcomes outcomes;
    outcomes.fill(Outcome::http_error);
    switch (rate_limited) {
    case RateLimitedAs::separate:
        outcomes[429] = Outcome::rate_limited;
        break;
    case RateLimitedAs::ok:
        outcomes[429] = Outcome::ok;
        break;
    case RateLimitedAs::error:
        break;
    }
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

std::string name_of_request(const Request& request, const Url& url) {
    if (!request.name.empty()) {
        return request.name;
    }
    return request.path.empty() ? url.target : request.path;
}

/// Compiles what belongs to one class; errors are told with the request's name.
class ClassCompiler {
public:
    ClassCompiler(const Profile& profile, const UserClass& users, Plan& plan,
                  std::vector<Error>& errors)
        : profile_(profile), users_(users), plan_(plan), errors_(errors) {}

    void compile() {
        PlannedClass planned{.name = users_.name,
                             .weight = users_.weight,
                             .count = users_.count,
                             .wait = users_.wait,
                             .cookies = users_.cookies};
        if (!users_.on_start.empty()) {
            planned.on_start = add_task({.name = "on_start", .requests = users_.on_start});
        }
        double sum = 0;
        for (const Task& task : users_.tasks) {
            planned.tasks.push_back(add_task(task));
            planned.weights_summed.push_back(sum += task.weight);
        }
        if (!users_.on_stop.empty()) {
            planned.on_stop = add_task({.name = "on_stop", .requests = users_.on_stop});
        }
        planned.speaks_http =
            planned.on_start || planned.on_stop ||
            std::ranges::any_of(users_.tasks, [](const Task& task) { return !task.ws; });
        plan_.classes.push_back(std::move(planned));
    }

private:
    uint32_t add_task(const Task& task) {
        PlannedTask planned{.name = task.name,
                            .first = static_cast<uint32_t>(plan_.requests.size()),
                            .count = static_cast<uint32_t>(task.requests.size()),
                            .repeat = task.repeat,
                            .requests_max = task.requests.size() * task.repeat};
        if (task.ws) {
            add_socket_task(task, planned);
        } else {
            add_requests(task, planned);
        }
        plan_.tasks.push_back(std::move(planned));
        return static_cast<uint32_t>(plan_.tasks.size() - 1);
    }

    void add_requests(const Task& task, PlannedTask& planned) {
        std::set<uint32_t> reads, written;
        for (const Request& request : task.requests) {
            Expected<PlannedRequest> made = plan_request(request);
            if (!made) {
                errors_.push_back({fmt::format("request {}: {}",
                                               name_of_request(request, plan_.base),
                                               made.error().message)});
                made = PlannedRequest{};
            }
            for (uint32_t slot : made->program.stored_reads()) {
                if (!written.contains(slot)) {
                    reads.insert(slot);
                }
            }
            for (const Extract& extract : request.extract) {
                if (Expected<VariableRef> ref = plan_.variables.find(extract.variable);
                    ref && ref->stored) {
                    written.insert(ref->variable);
                }
            }
            add_leaf(task, request, std::move(*made));
        }
        planned.reads.assign(reads.begin(), reads.end());
    }

    void add_socket_task(const Task& task, PlannedTask& planned) {
        SocketTaskSource source{profile_, task, headers_of(task.requests.front())};
        ExpectedAll<CompiledSocketTask> made = compile_socket_task(source, plan_, planned.first);
        if (!made) {
            errors_.insert(errors_.end(), made.error().begin(), made.error().end());
            return;
        }
        std::set<uint32_t> reads;
        uint64_t steps = 1;
        auto add_reads = [&reads](const std::vector<uint32_t>& slots) {
            reads.insert(slots.begin(), slots.end());
        };
        add_reads(made->requests.front().program.stored_reads());
        for (const PlannedSocketStep& step : made->task.steps) {
            add_reads(step.text.stored_reads());
            add_reads(step.wanted.stored_reads());
            steps += step.repeat;
        }
        planned.reads.assign(reads.begin(), reads.end());
        planned.requests_max = steps * task.repeat;
        planned.socket = static_cast<uint32_t>(plan_.socket_tasks.size());
        plan_.socket_tasks.push_back(std::move(made->task));
        for (size_t i = 0; i < task.requests.size(); ++i) {
            add_leaf(task, task.requests[i], std::move(made->requests[i]));
        }
    }

    void add_leaf(const Task& task, const Request& request, PlannedRequest planned) {
        planned.leaf = static_cast<uint32_t>(plan_.leaves.size());
        plan_.requests.push_back(std::move(planned));
        plan_.leaves.push_back({.class_name = users_.name,
                                .task_name = task.name,
                                .name = name_of_request(request, plan_.base),
                                .method = request.method,
                                .tags = task.tags});
    }

    std::vector<Header> headers_of(const Request& request) const {
        std::vector<Header> all;
        for (const std::vector<Header>* headers :
             {&profile_.target.headers, &users_.headers, &request.headers}) {
            all.insert(all.end(), headers->begin(), headers->end());
        }
        return all;
    }

    Expected<PlannedRequest> plan_request(const Request& request) {
        PlannedRequest planned;
        Expected<void> bytes = request.literal ? make_literal(request, planned)
                                               : make_program(request, planned);
        if (!bytes) {
            return std::unexpected(bytes.error());
        }
        planned.head = request.method == "HEAD";
        planned.idempotent = is_idempotent(request.method);
        planned.notice = planned.bytes.size() > silent_send_size_max ? SendNotice::always
                                                                     : SendNotice::on_failure;
        planned.outcome_of = outcomes_by_status(request.expect, profile_.target.rate_limited);
        planned.think_ns = request.think.count();
        planned.timeout_ns = request.timeout.value_or(profile_.target.timeout).count();
        planned.redirects_max = request.follow_redirects.value_or(profile_.target.follow_redirects);
        planned.end_task_on_failure = request.end_task_on_failure;
        planned.extracts = !request.extract.empty();
        if (Expected<void> looks = plan_looks(request, planned); !looks) {
            return std::unexpected(looks.error());
        }
        return planned;
    }

    /// Bytes that never change, `pipeline` times in a row.
    Expected<void> make_literal(const Request& request, PlannedRequest& planned) {
        RequestSpec spec{.method = request.method,
                         .url = plan_.base,
                         .headers = headers_of(request),
                         .body = request.body,
                         .keep_alive = profile_.target.keepalive};
        if (!request.path.empty()) {
            spec.target = join_target(plan_.base, request.path);
        }
        Expected<std::string> bytes = render_request(spec);
        if (!bytes) {
            return std::unexpected(bytes.error());
        }
        planned.size = static_cast<uint32_t>(bytes->size());
        planned.bytes = repeated(*bytes, profile_.load.pipeline);
        return {};
    }

    Expected<void> make_program(const Request& request, PlannedRequest& planned) {
        Expected<RequestProgram> program =
            RequestProgram::compile({.request = request,
                                     .url = plan_.base,
                                     .headers = headers_of(request),
                                     .keep_alive = profile_.target.keepalive},
                                    plan_.variables);
        if (!program) {
            return std::unexpected(program.error());
        }
        planned.program = std::move(*program);
        planned.size = static_cast<uint32_t>(planned.program.fixed_bytes().size());
        planned.bytes = repeated(planned.program.fixed_bytes(), profile_.load.pipeline);
        return {};
    }

    Expected<void> plan_looks(const Request& request, PlannedRequest& planned) {
        auto compile = [&](const Expect& expect, const std::vector<Extract>& extracts,
                           Inspection& into) -> Expected<void> {
            ExpectedAll<Inspection> made = Inspection::compile(expect, extracts, plan_.variables);
            if (!made) {
                errors_.insert(errors_.end(), made.error().begin() + 1, made.error().end());
                return std::unexpected(made.error().front());
            }
            into = std::move(*made);
            return {};
        };
        if (Expected<void> made = compile(request.expect, request.extract, planned.inspection);
            !made) {
            return made;
        }
        planned.watch = users_.cookies || planned.redirects_max > 0 ? Watch::on_demand
                                                                    : Watch::nothing;
        auto watch = [&](const Inspection& inspection) {
            if (inspection.looks_at_body()) {
                planned.watch = Watch::whole;
            } else if (!inspection.empty()) {
                planned.watch = std::max(planned.watch, Watch::head);
            }
        };
        watch(planned.inspection);
        if (request.until) {
            PlannedUntil until{.condition = {},
                               .outcome_of = outcomes_by_status(request.until->condition,
                                                                RateLimitedAs::error),
                               .every_ns = request.until->every.count(),
                               .within_ns = request.until->within.count()};
            if (Expected<void> made = compile(request.until->condition, {}, until.condition);
                !made) {
                return made;
            }
            watch(until.condition);
            planned.until = std::move(until);
            planned.watch = std::max(planned.watch, Watch::head);
        }
        return {};
    }

    const Profile& profile_;
    const UserClass& users_;
    Plan& plan_;
    std::vector<Error>& errors_;
};

/// Names that some response fills, in the order of their first appearance.
std::vector<std::string> extracted_names(const Profile& profile) {
    std::vector<std::string> names;
    auto add = [&](const std::vector<Request>& requests) {
        for (const Request& request : requests) {
            for (const Extract& extract : request.extract) {
                if (std::ranges::find(names, extract.variable) == names.end()) {
                    names.push_back(extract.variable);
                }
            }
        }
    };
    for (const UserClass& users : profile.classes) {
        add(users.on_start);
        for (const Task& task : users.tasks) {
            add(task.requests);
        }
        add(users.on_stop);
    }
    return names;
}

uint32_t longest_task(const Plan& plan) {
    uint64_t longest = 1;
    for (const PlannedTask& task : plan.tasks) {
        longest = std::max(longest, task.requests_max);
    }
    return static_cast<uint32_t>(std::min<uint64_t>(longest, UINT32_MAX));
}

} // namespace

void compile_users(const Profile& profile,
                   const std::vector<std::pair<std::string, std::string>>& values, Plan& plan,
                   std::vector<Error>& errors) {
    ExpectedAll<Variables> variables = Variables::compile(
        profile.variables, extracted_names(profile), values, profile.load.seed);
    if (!variables) {
        errors.insert(errors.end(), variables.error().begin(), variables.error().end());
        return;
    }
    plan.variables = std::move(*variables);
    bool open = !profile.load.stages.empty() && !profile.load.stages.front().users;
    for (const UserClass& users : profile.classes) {
        if (users.count && open) {
            errors.push_back({fmt::format("class {}: count fixes a number of users, which a rate "
                                          "does not have: give it a weight",
                                          users.name)});
        }
        ClassCompiler(profile, users, plan, errors).compile();
    }
    plan.variables.set_requests_max(longest_task(plan));
}

} // namespace ringblast
