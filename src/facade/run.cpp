// The facade: a run from profile to judged result, as the story it is. In front of it stands the
// command line, or any C++ program.
#include "ringblast/ringblast.hpp"

#include "analysis/threshold.hpp"
#include "analysis/verdict.hpp"
#include "base/clock.hpp"
#include "base/version.hpp"
#include "facade/script.hpp"
#include "protocol/url.hpp"
#include "run/machine.hpp"
#include "run/resolve.hpp"
#include "run/session.hpp"

#include <fmt/format.h>

namespace ringblast {

namespace {

constexpr Duration script_limit = std::chrono::minutes(10); ///< of a set-up

ExpectedAll<std::vector<Threshold>> parse_thresholds(const Profile& profile) {
    std::vector<Threshold> thresholds;
    std::vector<Error> errors;
    ScopeNames names = scope_names(profile);
    for (const ThresholdText& text : profile.thresholds) {
        Expected<Threshold> threshold = parse_threshold(text);
        if (!threshold) {
            errors.push_back(threshold.error());
        } else if (Expected<void> known = check_scope(*threshold, names); !known) {
            errors.push_back(known.error());
        } else {
            thresholds.push_back(std::move(*threshold));
        }
    }
    if (!errors.empty()) {
        return std::unexpected(std::move(errors));
    }
    return thresholds;
}

/// The result of a run that found no target to make it with.
Result result_not_made(const Profile& profile, const RunOptions& options, std::string why) {
    Result result;
    result.name = profile.name;
    if (Expected<Url> url = parse_url(profile.target.base_url)) {
        result.url = render_url(*url);
    }
    result.started_at_ns = unix_ns();
    result.plan_stages = profile.load.stages;
    result.not_made = std::move(why);
    result.generator.version = version;
    result.generator.kernel = kernel_release();
    result.generator.command = options.command;
    result.generator.seed = profile.load.seed;
    return result;
}

std::vector<Error> check_addressing(const Profile& profile) {
    std::vector<Error> errors = validate_load(profile.load);
    Expected<Url> url = parse_url(profile.target.base_url);
    if (!url) {
        errors.push_back(url.error());
    } else if (url->tls() || url->websocket()) {
        errors.push_back({fmt::format("{}: this version speaks plain http:// only",
                                      render_url(*url))});
    }
    return errors;
}

/// Errors of the tear-down do not undo the load: they are told beside its figures.
void tear_down(const Profile& profile, Bindings bindings, const RunOptions& options,
               Result& result) {
    RunOptions unstoppable = options; // it runs after a signal as well
    unstoppable.stop = nullptr;
    ExpectedAll<ScriptEnd> end =
        run_script(profile, {script_of("teardown", profile.teardown), profile.load.stop_timeout},
                   std::move(bindings), unstoppable);
    if (!end) {
        result.notes.push_back("the tear-down was not run: " + end.error().front().message);
    } else if (end->problem) {
        result.notes.push_back("the tear-down failed: " + *end->problem);
    }
}

Result finish(Result result, std::span<const Threshold> thresholds, const RunOptions& options) {
    decide(result, thresholds);
    for (Observer* observer : options.observers) {
        observer->on_finish(result);
    }
    return result;
}

} // namespace

Profile blast_profile(const std::string& url) {
    Profile profile;
    profile.name = url;
    if (Expected<Url> parsed = parse_url(url)) {
        profile.name = render_url(*parsed);
    }
    profile.target.base_url = url;
    Stage stage;
    stage.users = 64;
    stage.duration = std::chrono::seconds(10);
    profile.load.stages = {stage};
    profile.classes = {{.name = "blast",
                        .cookies = false,
                        .tasks = {{.name = "blast", .requests = {{.literal = true}}}}}};
    return profile;
}

ExpectedAll<Result> run(const Profile& profile, const RunOptions& options) {
    ExpectedAll<std::vector<Threshold>> thresholds = parse_thresholds(profile);
    std::vector<Error> errors = check_addressing(profile);
    if (!thresholds) {
        errors.insert(errors.end(), thresholds.error().begin(), thresholds.error().end());
    }
    if (!errors.empty()) {
        return std::unexpected(std::move(errors));
    }
    std::expected<Bindings, ResolveFailure> bindings = resolve_target(profile.target);
    if (!bindings && bindings.error().usage) {
        return std::unexpected(std::vector{bindings.error().error});
    }
    if (!bindings) {
        return finish(result_not_made(profile, options, bindings.error().error.message),
                      *thresholds, options);
    }
    if (profile.target.wait_for &&
        !wait_until_accepting(*bindings, *profile.target.wait_for, options.stop)) {
        bool interrupted = options.stop != nullptr && options.stop->load() != 0;
        Result result = result_not_made(
            profile, options, "the target did not accept a connection within --wait-for");
        if (interrupted) {
            result.interrupted = true;
            result.not_made.reset();
        }
        return finish(std::move(result), *thresholds, options);
    }
    keep_accepting(*bindings);
    if (!profile.setup.empty()) {
        ExpectedAll<ScriptEnd> setup =
            run_script(profile, {script_of("setup", profile.setup), script_limit}, *bindings, options);
        if (!setup) {
            return std::unexpected(setup.error());
        }
        if (setup->problem || setup->interrupted) {
            Result result = result_not_made(profile, options, "");
            result.interrupted = setup->interrupted;
            result.not_made.reset();
            if (!setup->interrupted) {
                result.not_made = "the set-up failed: " + *setup->problem;
            }
            return finish(std::move(result), *thresholds, options);
        }
        bindings->values = std::move(setup->values);
    }
    ExpectedAll<Plan> plan = compile_plan(profile, *bindings);
    if (!plan) {
        return std::unexpected(plan.error());
    }
    Expected<std::unique_ptr<Session>> session = Session::start(*plan, options);
    if (!session) {
        return std::unexpected(std::vector{session.error()});
    }
    while ((*session)->advance()) {
    }
    Result result = (*session)->finish();
    if (!profile.teardown.empty()) {
        tear_down(profile, std::move(*bindings), options, result);
    }
    return finish(std::move(result), *thresholds, options);
}

} // namespace ringblast
