#include "facade/script.hpp"

#include "run/failure_text.hpp"
#include "run/tls_facts.hpp"

#include <algorithm>

namespace ringblast {

namespace {

Profile script_profile(const Profile& profile, Script script) {
    Profile part;
    part.name = profile.name;
    part.target = profile.target;
    part.variables = profile.variables;
    part.load.seed = profile.load.seed;
    part.load.stop_timeout = profile.load.stop_timeout;
    part.load.stages = {
        {.users = static_cast<double>(script.classes.size()), .duration = script.limit}};
    part.classes = std::move(script.classes);
    for (UserClass& users : part.classes) {
        users.count = 1;
        users.wait = {};
    }
    return part;
}

ScriptExchange told(const Plan& plan, const WorkerReport::Exchange& exchange,
                    std::span<const TlsFailureFacts> certificates) {
    const Leaf& leaf = plan.leaves[exchange.leaf];
    ScriptExchange told{.name = leaf.name,
                        .task = leaf.task_name,
                        .request = exchange.request,
                        .response = exchange.response,
                        .outcome = exchange.outcome,
                        .latency_ns = exchange.latency_ns};
    if (exchange.outcome != Outcome::ok) {
        told.problem =
            failure_text(plan, exchange.leaf, exchange.outcome, exchange.detail, certificates);
    }
    return told;
}

} // namespace

std::vector<UserClass> script_of(std::string name, const std::vector<Request>& requests) {
    Task task{.name = name, .requests = requests};
    for (Request& request : task.requests) {
        request.end_task_on_failure = true;
    }
    UserClass users{.name = std::move(name)};
    users.tasks = {std::move(task)};
    return {std::move(users)};
}

ExpectedAll<ScriptEnd> run_script(const Profile& profile, Script script, Bindings bindings,
                                  const RunOptions& options) {
    ExpectedAll<Plan> plan =
        compile_plan(script_profile(profile, std::move(script)), std::move(bindings));
    if (!plan) {
        return std::unexpected(plan.error());
    }
    plan->once = true;
    plan->keeps_exchanges = true;
    plan->users_ready = 0; // an unreachable target is told by the request that meets it
    for (PlannedRequest& request : plan->requests) {
        request.watch = Watch::whole;
    }
    plan->scenario = true;
    RunOptions quiet = options;
    quiet.threads = 1;
    quiet.observers.clear();
    quiet.samples = false;
    Expected<std::unique_ptr<Session>> session = Session::start(*plan, quiet);
    if (!session) {
        return std::unexpected(std::vector{session.error()});
    }
    while ((*session)->advance()) {
    }
    Result result = (*session)->finish();
    const std::vector<TlsFailureFacts> certificates = failed_certificates((*session)->reports());
    ScriptEnd end{.skipped_tasks = result.skipped_tasks, .interrupted = result.interrupted};
    for (const EngineReport& report : (*session)->reports()) {
        for (const WorkerReport::Exchange& exchange : report.worker.exchanges) {
            end.exchanges.push_back(told(*plan, exchange, certificates));
        }
        for (uint32_t slot = 0; slot < report.worker.values.size(); ++slot) {
            if (const std::optional<std::string>& value = report.worker.values[slot]) {
                end.values.emplace_back(plan->variables.stored_name(slot), *value);
            }
        }
        if (report.refused) {
            end.problem = report.refused;
        }
    }
    auto failed = std::ranges::find_if(end.exchanges, [](const ScriptExchange& exchange) {
        return exchange.outcome != Outcome::ok;
    });
    if (!end.problem && failed != end.exchanges.end()) {
        end.problem = failed->name + ": " + failed->problem;
    }
    if (!end.problem && result.skipped_tasks > 0) {
        end.problem = "a variable that it reads was not set";
    }
    return end;
}

} // namespace ringblast
