#include "facade/script.hpp"

#include "run/failure_text.hpp"

#include <algorithm>
#include <fmt/format.h>

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
    ScriptEnd end{.leaves = plan->leaves, .interrupted = result.interrupted};
    for (const EngineReport& report : (*session)->reports()) {
        end.exchanges = report.worker.exchanges;
        for (uint32_t slot = 0; slot < report.worker.values.size(); ++slot) {
            if (const std::optional<std::string>& value = report.worker.values[slot]) {
                end.values.emplace_back(plan->variables.stored_name(slot), *value);
            }
        }
        if (report.refused) {
            end.problem = report.refused;
        }
    }
    for (const WorkerReport::Exchange& exchange : end.exchanges) {
        if (exchange.outcome != Outcome::ok && !end.problem) {
            end.problem =
                fmt::format("{}: {}", plan->leaves[exchange.leaf].name,
                            failure_text(*plan, exchange.leaf, exchange.outcome, exchange.detail));
        }
    }
    if (!end.problem && result.skipped_tasks > 0) {
        end.problem = "a variable that it reads was not set";
    }
    return end;
}

} // namespace ringblast
