// The facade: a run from profile to judged result, as the story it is. In front of it stands the
// command line, or any C++ program.
#include "ringblast/ringblast.hpp"

#include "analysis/verdict.hpp"
#include "base/clock.hpp"
#include "base/version.hpp"
#include "facade/preparation.hpp"
#include "facade/script.hpp"
#include "protocol/url.hpp"
#include "run/machine.hpp"
#include "run/probes.hpp"
#include "run/session.hpp"
#include "run/tls_facts.hpp"

namespace ringblast {

namespace {

/// The result of a run that ended before its load.
Result result_without_load(const Preparation& preparation, const RunOptions& options) {
    const Profile& profile = preparation.profile;
    Result result;
    result.name = profile.name;
    if (Expected<Url> url = parse_url(profile.target.base_url)) {
        result.url = render_url(*url);
    }
    result.started_at_ns = unix_ns();
    result.plan_stages = profile.load.stages;
    result.not_made = preparation.not_made;
    result.interrupted = preparation.interrupted;
    result.generator.version = version;
    result.generator.kernel = kernel_release();
    result.generator.command = options.command;
    result.generator.seed = profile.load.seed;
    return result;
}

/// Lets the load pass; a threshold that may end it is looked at every second.
void pass(Session& session, const Plan& plan, const Probes& probes, WindowWatch& watch) {
    double warm_up_s = static_cast<double>(plan.warm_up_ns) / ns_per_second;
    double end_s = static_cast<double>(plan.end_ns) / ns_per_second;
    watch.see({}, warm_up_s);
    while (session.advance()) {
        bool loaded = session.read_until_s() > warm_up_s && session.read_until_s() <= end_s;
        if (watch.wanted() && watch.broken().empty() && loaded) {
            Result so_far = session.so_far();
            if (watch.wants_probes()) {
                so_far.probes = probes.results(warm_up_s, session.read_until_s());
            }
            watch.see(so_far, session.read_until_s());
            if (!watch.broken().empty()) {
                session.stop(StopRequest::end_load);
            }
        }
    }
}

Result finish(Result result, std::span<const Threshold> thresholds, const RunOptions& options,
              const WindowWatch* watch = nullptr) {
    if (watch != nullptr && !watch->broken().empty()) {
        result.aborted = watch->broken();
    }
    decide(result, thresholds, watch);
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
    ExpectedAll<Preparation> preparation = examine(profile);
    if (!preparation) {
        return std::unexpected(preparation.error());
    }
    if (ExpectedAll<void> reached = reach_target(*preparation, options); !reached) {
        return std::unexpected(reached.error());
    }
    if (preparation->not_made || preparation->interrupted) {
        return finish(result_without_load(*preparation, options), preparation->thresholds, options);
    }
    ExpectedAll<Plan> plan = compile_plan(preparation->profile, preparation->bindings);
    if (!plan) {
        return std::unexpected(plan.error());
    }
    const Bindings& bindings = preparation->bindings;
    ExpectedAll<std::unique_ptr<Probes>> probes = Probes::create(
        profile.probes, {profile.target, bindings.addresses, bindings.values});
    if (!probes) {
        return std::unexpected(probes.error());
    }
    Expected<std::unique_ptr<Session>> session = Session::start(*plan, options);
    if (!session) {
        return std::unexpected(std::vector{session.error()});
    }
    WindowWatch watch(preparation->thresholds, preparation->profile.load.stages);
    (*probes)->start((*session)->zero_ns(), (*session)->cpus());
    pass(**session, *plan, **probes, watch);
    (*probes)->stop();
    Result result = (*session)->finish();
    result.probes = (*probes)->results(result.warm_up_s, result.warm_up_s + result.duration_s);
    if (!profile.teardown.empty()) {
        if (std::optional<std::string> note = tear_down(*preparation, options)) {
            result.notes.push_back(std::move(*note));
        }
    }
    return finish(std::move(result), preparation->thresholds, options, &watch);
}

ExpectedAll<Profile> check(const Profile& profile) {
    ExpectedAll<Preparation> preparation = examine(profile);
    if (!preparation) {
        return std::unexpected(preparation.error());
    }
    Bindings placeholder{.addresses = {Address{}}};
    for (const Request& request : profile.setup) { // which is not run, so its values are unknown
        for (const Extract& extract : request.extract) {
            placeholder.values.emplace_back(extract.variable, "");
        }
    }
    ExpectedAll<Plan> plan = compile_plan(preparation->profile, placeholder);
    if (!plan) {
        return std::unexpected(plan.error());
    }
    if (auto tls = tls_options_of(*plan); !tls) {
        return std::unexpected(std::vector{tls.error()});
    }
    const ProbedTarget target{.target = preparation->profile.target,
                              .addresses = placeholder.addresses,
                              .values = placeholder.values,
                              .look_up = false};
    if (auto probes = Probes::create(profile.probes, target); !probes) {
        return std::unexpected(probes.error());
    }
    return std::move(preparation->profile);
}

} // namespace ringblast
