// A search for the breaking point, as the story it is: the target is found, a closed loop shows
// about what it can do, one session of an open load serves all other trials, the trials are read.
#include "ringblast/limit.hpp"

#include "analysis/capacity_fit.hpp"
#include "analysis/capacity_mode.hpp"
#include "base/clock.hpp"
#include "base/version.hpp"
#include "facade/limit_conditions.hpp"
#include "facade/limit_probes.hpp"
#include "facade/preparation.hpp"
#include "facade/trial_load.hpp"
#include "protocol/url.hpp"
#include "run/machine.hpp"
#include "run/probes.hpp"

#include <algorithm>
#include <cmath>

namespace ringblast {

namespace {

constexpr uint64_t closed_users_max = 1024;
constexpr uint64_t open_users_min = 256;
constexpr double in_flight_factor = 3; ///< users per request in flight at the latency limit
constexpr double rate_factor = 3;      ///< of the saturation: more is hardly ever asked for
constexpr double segments_room = 3000;

double seconds(Duration duration) {
    return std::chrono::duration<double>(duration).count();
}

double requests_per_task(const Profile& profile) {
    double weights = 0, requests = 0;
    for (const UserClass& users : profile.classes) {
        double tasks = 0, of_class = 0;
        for (const Task& task : users.tasks) {
            tasks += task.weight;
            of_class += task.weight * static_cast<double>(task.repeat * task.requests.size());
        }
        weights += users.weight;
        requests += tasks > 0 ? users.weight * of_class / tasks : 0;
    }
    return weights > 0 && requests > 0 ? requests / weights : 1;
}

CapacitySettings settings_of(const Profile& profile, const LimitOptions& limit) {
    CapacitySettings settings{.quick = limit.quick};
    settings.hold_s = limit.hold.count() > 0 ? seconds(limit.hold) : limit.quick ? 10 : 30;
    settings.max_time_s = limit.max_time.count() > 0 ? seconds(limit.max_time)
                          : limit.quick              ? 90
                                                     : 180;
    settings.precision = limit.precision > 0 ? limit.precision : settings.precision;
    settings.max_rate = limit.max_rate;
    settings.min_rate = limit.min_rate;
    settings.users_max = std::min({closed_users_max, profile.load.max_users, raise_file_limit()});
    settings.requests_per_arrival = requests_per_task(profile);
    return settings;
}

/// One search against one target.
class Hunt {
public:
    Hunt(Preparation preparation, LimitConditions conditions, const CapacitySettings& settings,
         const RunOptions& options, LimitObserver* observer)
        : preparation_(std::move(preparation)), conditions_(std::move(conditions)),
          settings_(settings), options_(options), observer_(observer), search_(settings) {}

    /// Looks up what the probes need. Errors are those of the profile.
    ExpectedAll<void> prepare_probes();
    /// Fills probes, generator and what became of the load.
    ExpectedAll<void> run(LimitResult& result);
    const CapacitySearch& search() const { return search_; }

private:
    ExpectedAll<Plan> plan_closed() const;
    ExpectedAll<Plan> plan_open() const;
    /// Runs trials while they are closed, or while they are not.
    ExpectedAll<void> pass(ExpectedAll<Plan> plan, LimitResult& result);

    Preparation preparation_;
    LimitConditions conditions_;
    CapacitySettings settings_;
    const RunOptions& options_;
    LimitObserver* observer_;
    CapacitySearch search_;
    std::unique_ptr<Probes> probes_;
    bool probes_started_ = false;
    std::optional<Trial> next_;
    int64_t zero_ns_ = monotonic_ns();
    bool ended_ = false; ///< by a signal, or the target was never reached
};

ExpectedAll<void> Hunt::prepare_probes() {
    const Bindings& bindings = preparation_.bindings;
    auto probes =
        Probes::create(probes_of_search(preparation_.profile, bindings.addresses),
                       {preparation_.profile.target, bindings.addresses, bindings.values});
    if (!probes) {
        return std::unexpected(probes.error());
    }
    probes_ = std::move(*probes);
    return {};
}

ExpectedAll<Plan> Hunt::plan_closed() const {
    Profile profile = preparation_.profile;
    Stage stage;
    stage.users = static_cast<double>(settings_.users_max);
    stage.duration = std::chrono::seconds(1);
    profile.load.stages = {stage};
    for (UserClass& users : profile.classes) {
        users.wait = {}; // how much the target can do, not how much these users want
    }
    ExpectedAll<Plan> plan = compile_plan(profile, preparation_.bindings);
    if (plan) {
        plan->users_ready = 1;
    }
    return plan;
}

ExpectedAll<Plan> Hunt::plan_open() const {
    Profile profile = preparation_.profile;
    double saturation = std::max(search_.saturation(), 10.0);
    double in_flight = in_flight_factor * saturation * settings_.latency_limit_s;
    uint64_t users = std::max(open_users_min, static_cast<uint64_t>(std::ceil(in_flight)));
    uint64_t at_saturation = 1;
    for (const TrialResult& result : search_.trials()) {
        at_saturation = std::max(at_saturation, result.trial.users);
    }
    profile.load.max_users = std::min(profile.load.max_users, std::max(users, at_saturation));
    profile.load.ready_users = std::min(at_saturation, profile.load.max_users);
    Stage stage;
    stage.rate = rate_factor * saturation;
    stage.duration = std::chrono::seconds(1);
    profile.load.stages = {stage};
    return compile_plan(profile, preparation_.bindings);
}

ExpectedAll<void> Hunt::pass(ExpectedAll<Plan> plan, LimitResult& result) {
    if (!plan) {
        return std::unexpected(plan.error());
    }
    bool closed = !plan->open_load;
    double segment_s = std::max(0.5, 2 * settings_.max_time_s / segments_room);
    auto load = TrialLoad::start(std::move(*plan), options_,
                                 {.capacity = settings_,
                                  .slo = conditions_.thresholds,
                                  .clock_zero_ns = zero_ns_,
                                  .segment_s = segment_s});
    if (!load) {
        return std::unexpected(std::vector{load.error()});
    }
    if (!std::exchange(probes_started_, true)) {
        probes_->start(zero_ns_, (*load)->cpus());
    }
    while (next_ && (next_->kind == TrialKind::closed) == closed) {
        if (observer_ != nullptr) {
            observer_->on_trial_start(*next_);
        }
        std::optional<TrialResult> ended = (*load)->run(*next_);
        if (!ended) {
            ended_ = true;
            break;
        }
        next_ = search_.next(std::move(*ended));
        if (observer_ != nullptr) {
            observer_->on_trial_end(search_.trials().back(), search_.answer());
        }
    }
    Result whole = (*load)->finish();
    result.generator = std::move(whole.generator);
    result.url = whole.url;
    result.not_made = whole.not_made;
    result.interrupted = whole.interrupted;
    return {};
}

ExpectedAll<void> Hunt::run(LimitResult& result) {
    next_ = search_.first();
    ExpectedAll<void> passed = pass(plan_closed(), result);
    if (passed && !ended_ && next_) {
        passed = pass(plan_open(), result);
    }
    result.duration_s = static_cast<double>(monotonic_ns() - zero_ns_) / ns_per_second;
    probes_->stop();
    result.probes = probes_->results(0, result.duration_s);
    if (!preparation_.profile.teardown.empty()) {
        if (std::optional<std::string> note = tear_down(preparation_, options_)) {
            result.notes.push_back(std::move(*note));
        }
    }
    return passed;
}

std::vector<CurvePoint> curve_of(const std::vector<TrialResult>& trials) {
    std::vector<CurvePoint> curve;
    for (const TrialResult& result : trials) {
        TrialKind kind = result.trial.kind;
        if (result.valid && kind != TrialKind::closed && kind != TrialKind::recovery) {
            curve.push_back({.offered = result.trial.rate,
                             .goodput_rps = result.goodput_rps,
                             .p50_ms = result.p50_ms,
                             .p99_ms = result.p99_ms,
                             .error_rate = result.error_share,
                             .slo_met = result.slo_met,
                             .probes = result.probes});
        }
    }
    std::ranges::stable_sort(curve, {}, &CurvePoint::offered);
    return curve;
}

/// Requests that an arrival led to, over the holds; as planned while there is none.
double measured_requests_per_arrival(const std::vector<TrialResult>& trials, double planned) {
    uint64_t requests = 0, arrivals = 0;
    for (const TrialResult& result : trials) {
        if (result.trial.kind == TrialKind::hold && result.slo_met) {
            requests += result.counts.completed();
            arrivals += result.arrivals;
        }
    }
    bool exact = planned == 1 || arrivals == 0; // one request an arrival is not a measurement
    return exact ? planned : static_cast<double>(requests) / static_cast<double>(arrivals);
}

Validity validity_of(const LimitResult& result) {
    Validity validity{.limit = Limit::target};
    uint64_t invalid = 0;
    for (const TrialResult& trial : result.trials) {
        if (!trial.valid && invalid++ == 0) {
            validity.reasons.push_back(trial.invalid_reason);
        }
    }
    if (invalid > 0) {
        validity.state = ValidityState::suspect;
        validity.reasons.insert(validity.reasons.begin(),
                                std::to_string(invalid) +
                                    " of the trials were not counted: the generator was late");
    }
    if (result.mode == BreakingMode::generator_limited) {
        validity.state = ValidityState::invalid;
        validity.limit = Limit::generator;
    }
    if (result.not_made) {
        validity = {ValidityState::invalid, Limit::none, {"the search could not be made"}};
    }
    return validity;
}

/// What the trials say.
void read_trials(const CapacitySearch& search, const CapacitySettings& settings,
                 bool probes_asked_for, LimitResult& result) {
    result.trials = search.trials();
    attach_probes(probes_asked_for, result);
    result.capacity = search.answer();
    ModeFindings findings = find_mode(settings, search);
    result.mode = findings.mode;
    result.mode_evidence = std::move(findings.evidence);
    if (result.mode != BreakingMode::none) {
        std::ranges::move(probe_sentences(result), std::back_inserter(result.mode_evidence));
    }
    result.limiter = findings.limiter;
    result.metastable = search.metastable();
    if (search.drifted()) {
        result.notes.push_back("the target changed while it was searched: the first hold, repeated "
                               "last, came out differently; search again");
    }
    result.recovery_s = search.recovery_s();
    result.curve = curve_of(result.trials);
    result.knee = find_knee(result.curve);
    std::vector<ThroughputPoint> closed;
    for (const TrialResult& trial : result.trials) {
        if (trial.trial.kind == TrialKind::closed) {
            closed.push_back({static_cast<double>(trial.trial.users), trial.goodput_rps});
        }
    }
    result.usl = fit_usl(closed);
    result.requests_per_arrival =
        measured_requests_per_arrival(result.trials, settings.requests_per_arrival);
}

} // namespace

ExpectedAll<LimitResult> find_limit(const Profile& asked, const LimitOptions& limit,
                                    const RunOptions& options, LimitObserver* observer) {
    Profile profile = asked;
    profile.load.requests.reset();
    profile.load.warm_up = {};
    profile.load.spawn_rate.reset();
    profile.load.pipeline = 1;
    Stage stage; // stands for the trials
    stage.rate = 1;
    stage.duration = std::chrono::seconds(1);
    profile.load.stages = {stage};
    ExpectedAll<LimitConditions> conditions = limit_conditions(profile, limit);
    if (!conditions) {
        return std::unexpected(conditions.error());
    }
    profile.thresholds.clear();
    ExpectedAll<Preparation> preparation = examine(profile);
    if (!preparation) {
        return std::unexpected(preparation.error());
    }
    mark_removed(conditions->thresholds, scope_names(preparation->profile));
    CapacitySettings settings = settings_of(preparation->profile, limit);
    apply_conditions(*conditions, settings);
    LimitResult result{.name = profile.name,
                       .started_at_ns = unix_ns(),
                       .slo = conditions->texts,
                       .notes = conditions->notes,
                       .hold_s = settings.hold_s,
                       .precision = settings.precision,
                       .min_rate = limit.min_rate,
                       .max_rate = limit.max_rate,
                       .requests_per_arrival = settings.requests_per_arrival};
    if (Expected<Url> url = parse_url(profile.target.base_url)) {
        result.url = render_url(*url);
    }
    if (ExpectedAll<void> reached = reach_target(*preparation, options); !reached) {
        return std::unexpected(reached.error());
    }
    result.not_made = preparation->not_made;
    result.interrupted = preparation->interrupted;
    result.generator.version = version;
    result.generator.kernel = kernel_release();
    result.generator.seed = profile.load.seed;
    if (!result.not_made && !result.interrupted) {
        Hunt hunt(std::move(*preparation), std::move(*conditions), settings, options, observer);
        if (ExpectedAll<void> prepared = hunt.prepare_probes(); !prepared) {
            return std::unexpected(prepared.error());
        }
        if (ExpectedAll<void> hunted = hunt.run(result); !hunted) {
            return std::unexpected(hunted.error());
        }
        read_trials(hunt.search(), settings, !profile.probes.empty(), result);
    }
    result.generator.command = options.command;
    result.validity = validity_of(result);
    return result;
}

ExitCode exit_code(const LimitResult& result, bool terminated) {
    if (result.not_made) {
        return ExitCode::not_made;
    }
    if (result.interrupted) {
        return terminated ? ExitCode::terminated : ExitCode::interrupted;
    }
    double known = result.capacity.rate.value_or(result.capacity.at_least.value_or(0));
    bool held = known > 0 && (!result.min_rate || known >= *result.min_rate);
    return held ? ExitCode::ok : ExitCode::failed;
}

} // namespace ringblast
