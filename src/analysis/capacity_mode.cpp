#include "analysis/capacity_mode.hpp"

#include "base/print.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace ringblast {

namespace {

constexpr double main_share = 0.5; ///< of the errors, for a kind to give the mode its name
constexpr double cliff_step = 1.7; ///< rates this near to each other …
constexpr double cliff_factor = 5; ///< … with p99 this far apart make a cliff
// A host's speed differs by several percent from one three seconds to the next.
constexpr double collapse_share = 0.15;
constexpr double drain_s_told = 2;         ///< a drain this long shows the target's own speed
constexpr double drain_share = 0.75;       ///< of its best, below which it has slowed down
constexpr double noise_factor = 4;         ///< standard errors of a throughput
constexpr double calm_share = 0.2;         ///< of the limit: below it a limiter's turn is over
constexpr double limiter_slower_max = 1.5; ///< p99 of what a limiter lets through, times the calm
constexpr double settled_from = 1.0 / 3;   ///< of an overload: its burst is spent by then

using Trials = std::vector<const TrialResult*>;

/// The trials that broke it: those well above the answer, else whatever failed.
Trials breaking_trials(const CapacitySearch& search) {
    Trials beyond, failed;
    for (const TrialResult& result : search.trials()) {
        if (!result.valid || result.slo_met) {
            continue;
        }
        TrialKind kind = result.trial.kind;
        if (kind == TrialKind::beyond) {
            beyond.push_back(&result);
        } else if (kind == TrialKind::hold || kind == TrialKind::coarse ||
                   kind == TrialKind::baseline) {
            failed.push_back(&result);
        }
    }
    return beyond.empty() ? failed : beyond;
}

struct ErrorSums {
    uint64_t completed = 0, errors = 0, refused = 0, limited = 0, server = 0, reset = 0,
             timeout = 0;
    uint64_t for_now = 0; ///< 503 with Retry-After, in `server` and maybe in `limited`

    double share(uint64_t part) const {
        return errors == 0 ? 0 : static_cast<double>(part) / static_cast<double>(errors);
    }
};

ErrorSums sum_errors(const Trials& trials) {
    ErrorSums sums;
    for (const TrialResult* result : trials) {
        const Counts& counts = result->counts;
        sums.completed += counts.completed();
        sums.errors += counts.failed() + counts.rate_limited();
        sums.refused += counts.of(Outcome::connect_error);
        sums.reset += counts.of(Outcome::reset);
        sums.timeout += counts.of(Outcome::timeout);
        uint64_t limited = counts.rate_limited();
        for (const auto& [status, count] : counts.statuses) {
            if (status == 429 && counts.rate_limited() == 0) { // counted as an error
                limited += count;
            }
            sums.server += status >= 500 && status < 600 ? count : 0;
        }
        sums.limited += limited;
        sums.for_now += result->refused_for_now;
    }
    return sums;
}

/// The best p99 of a rate that held.
std::optional<double> calm_p99_ms(const CapacitySearch& search) {
    std::optional<double> best;
    for (const TrialResult& result : search.trials()) {
        bool open = result.trial.kind != TrialKind::closed;
        if (open && result.valid && result.slo_met && result.p99_ms) {
            best = std::min(best.value_or(*result.p99_ms), *result.p99_ms);
        }
    }
    return best;
}

/// A limiter answers 503 with Retry-After before anything waits; a full queue may say the same, but
/// what it accepts has waited.
bool limits_by_503(const CapacitySearch& search, const Trials& broken) {
    std::optional<double> calm = calm_p99_ms(search);
    return calm && std::ranges::all_of(broken, [&](const TrialResult* result) {
               return result->p99_ms && *result->p99_ms <= limiter_slower_max * *calm;
           });
}

/// Time between two turns of a limiter that lets requests through by the window: the distance of
/// the slices in which it begins to.
std::optional<double> window_of(const TrialResult& result, double limit_rps) {
    std::vector<double> starts;
    bool closed = false;
    size_t closed_slices = 0;
    for (const TrialSlice& slice : result.slices) {
        bool calm = static_cast<double>(slice.ok) < calm_share * limit_rps * slice.span_s;
        bool asked = slice.rate_limited > 0;
        closed_slices += calm && asked ? 1 : 0;
        if (closed && !calm) {
            starts.push_back(slice.t_s);
        }
        closed = calm && asked;
    }
    if (starts.size() < 2 || closed_slices < result.slices.size() / 5) {
        return std::nullopt;
    }
    return (starts.back() - starts.front()) / static_cast<double>(starts.size() - 1);
}

RateLimiter describe_limiter(const Trials& trials) {
    const TrialResult& result = *trials.back(); // the furthest beyond
    RateLimiter limiter{.limit_rps = result.goodput_rps};
    uint64_t let_through = 0;
    double settled_s = 0;
    for (const TrialSlice& slice : result.slices) {
        if (slice.t_s >= settled_from * result.load_s) {
            let_through += slice.ok;
            settled_s += slice.span_s;
        }
    }
    if (settled_s > 0) {
        limiter.limit_rps = static_cast<double>(let_through) / settled_s;
    }
    limiter.window_s = window_of(result, limiter.limit_rps);
    if (!limiter.window_s) {
        double extra = 0;
        for (const TrialSlice& slice : result.slices) {
            if (slice.t_s < settled_from * result.load_s) {
                extra += static_cast<double>(slice.ok) - limiter.limit_rps * slice.span_s;
            }
        }
        if (extra >= 1 && extra > 0.02 * limiter.limit_rps) {
            limiter.burst = extra;
        }
    }
    return limiter;
}

std::string limiter_text(const RateLimiter& limiter) {
    std::string text = fmt::format("it lets {} requests/s through", print_rate(limiter.limit_rps));
    if (limiter.window_s) {
        text += fmt::format(", in turns of {}", print_span(*limiter.window_s));
    } else if (limiter.burst) {
        text += fmt::format(", after a burst of about {}", print_rate(*limiter.burst));
    } else {
        text += " evenly";
    }
    return text;
}

/// Standard error of a trial's throughput, from its slices.
double throughput_error(const TrialResult& result) {
    std::vector<double> rates;
    for (const TrialSlice& slice : result.slices) {
        if (slice.span_s > 0) {
            rates.push_back(static_cast<double>(slice.completed) / slice.span_s);
        }
    }
    if (rates.size() < 2) {
        return 0;
    }
    auto count = static_cast<double>(rates.size());
    double mean = 0, square = 0;
    for (double rate : rates) {
        mean += rate / count;
    }
    for (double rate : rates) {
        square += (rate - mean) * (rate - mean) / (count - 1);
    }
    return std::sqrt(square / count);
}

/// The throughput of the trials beyond, where it falls as more is asked for.
struct Fall {
    double best = 0, last = 0;
    const TrialResult* at = nullptr;
};

/// Whether each trial beyond got less done than the one before it: once alone is often noise.
bool falls_all_the_way(const Trials& broken) {
    return std::ranges::is_sorted(broken, [](const TrialResult* left, const TrialResult* right) {
        return left->completed_rps > right->completed_rps;
    });
}

std::optional<Fall> find_fall(const CapacitySearch& search, const Trials& broken) {
    if (broken.empty()) {
        return std::nullopt;
    }
    auto highest = std::ranges::max_element(
        broken, {}, [](const TrialResult* result) { return result->trial.rate; });
    Fall fall{.last = (*highest)->completed_rps, .at = *highest};
    double error = throughput_error(**highest);
    for (const TrialResult& result : search.trials()) {
        bool long_enough =
            result.trial.kind == TrialKind::hold || result.trial.kind == TrialKind::beyond;
        if (long_enough && result.valid && !result.aborted &&
            result.trial.rate < fall.at->trial.rate && result.completed_rps > fall.best) {
            fall.best = result.completed_rps;
        }
    }
    // What was in flight is answered without new requests: a target that only had too much to do
    // answers at its best speed then.
    const TrialResult& at = *fall.at;
    if (at.drain_s >= drain_s_told && at.drained && !at.slices.empty()) {
        double drain_rps = static_cast<double>(at.slices.back().in_flight) / at.drain_s;
        if (drain_rps < drain_share * fall.best && drain_rps < fall.last) {
            fall.last = drain_rps;
        }
    }
    double drop = fall.best - fall.last;
    if (!falls_all_the_way(broken) && fall.last == fall.at->completed_rps) {
        return std::nullopt;
    }
    if (drop > std::max(collapse_share * fall.best, noise_factor * error)) {
        return fall;
    }
    return std::nullopt;
}

/// Two trials at nearly the same rate with latencies far apart.
struct Cliff {
    const TrialResult* below;
    const TrialResult* above;
};

std::optional<Cliff> find_cliff(const CapacitySearch& search) {
    for (const TrialResult& below : search.trials()) {
        for (const TrialResult& above : search.trials()) {
            double ratio = below.trial.rate > 0 ? above.trial.rate / below.trial.rate : 0;
            bool both = below.valid && above.valid && below.p99_ms && above.p99_ms &&
                        below.slo_met && !above.slo_met;
            if (both && ratio > 1 && ratio <= cliff_step &&
                *above.p99_ms >= cliff_factor * *below.p99_ms) {
                return Cliff{&below, &above};
            }
        }
    }
    return std::nullopt;
}

std::string at_rate(const TrialResult& result) {
    return fmt::format("at {}/s", print_rate(result.trial.rate));
}

void add_error_share(ModeFindings& findings, const ErrorSums& sums, uint64_t part,
                     std::string_view what) {
    findings.evidence.push_back(fmt::format("{} of {} errors beyond the limit are {}",
                                            print_share(sums.share(part)), print_count(sums.errors),
                                            what));
}

/// Whether what was accepted was still answered in time.
void add_accepted_latency(const CapacitySettings& settings, const Trials& broken,
                          ModeFindings& findings) {
    double worst_ms = 0;
    for (const TrialResult* result : broken) {
        worst_ms = std::max(worst_ms, result->p99_ms.value_or(0));
    }
    if (worst_ms == 0) {
        findings.evidence.push_back("beyond the limit no request was ok");
        return;
    }
    bool kept = settings.latency_limit_s == 0 || worst_ms / 1000 <= settings.latency_limit_s;
    findings.evidence.push_back(
        fmt::format("accepted requests {} p99 {} beyond the limit",
                    kept ? "stayed within the latency limit:" : "became slow as well:",
                    print_latency(worst_ms * 1e6)));
}

/// Best and last of the ok requests per second: what times out was not answered in time, whether
/// the target still works on it or not.
std::optional<Fall> find_fall_of_goodput(const CapacitySearch& search, const Trials& broken) {
    Fall fall{.last = broken.back()->goodput_rps, .at = broken.back()};
    for (const TrialResult& result : search.trials()) {
        bool open = result.trial.kind == TrialKind::hold ||
                    result.trial.kind == TrialKind::beyond ||
                    result.trial.kind == TrialKind::coarse;
        if (open && result.valid && result.trial.rate < fall.at->trial.rate) {
            fall.best = std::max(fall.best, result.goodput_rps);
        }
    }
    bool falls = fall.best - fall.last > collapse_share * fall.best;
    return falls ? std::optional(fall) : std::nullopt;
}

std::string fall_text(const Fall& fall) {
    return fmt::format("throughput falls from {} to {} requests/s {}, {} less",
                       print_rate(fall.best), print_rate(fall.last), at_rate(*fall.at),
                       print_share(1 - fall.last / fall.best));
}

bool name_by_errors(const CapacitySettings& settings, const CapacitySearch& search,
                    const Trials& broken, ModeFindings& findings) {
    ErrorSums sums = sum_errors(broken);
    bool by_503 = sums.for_now > 0 && limits_by_503(search, broken);
    sums.limited += by_503 ? sums.for_now : 0;
    auto completed = static_cast<double>(sums.completed);
    if (static_cast<double>(sums.errors) <= settings.error_share_max * completed) {
        return false;
    }
    struct Rule {
        BreakingMode mode;
        uint64_t count;
        std::string_view what;
    };
    const Rule rules[] = {
        {BreakingMode::refused, sums.refused, "connections refused or not accepted"},
        {BreakingMode::rate_limited, sums.limited,
         by_503 ? "status 429, or 503 with Retry-After" : "status 429"},
        {BreakingMode::load_shed, sums.server, "a status 5xx"},
        {BreakingMode::reset, sums.reset, "connections closed or reset early"},
        {BreakingMode::timeout, sums.timeout, "time-outs"}};
    findings.mode = BreakingMode::failing;
    for (const Rule& rule : rules) {
        if (sums.share(rule.count) >= main_share) {
            findings.mode = rule.mode;
            add_error_share(findings, sums, rule.count, rule.what);
            break;
        }
    }
    if (findings.mode == BreakingMode::timeout) { // where as much as before is answered
        if (std::optional<Fall> fall = find_fall_of_goodput(search, broken)) {
            findings.mode = BreakingMode::collapse;
            findings.evidence.insert(findings.evidence.begin(), fall_text(*fall));
        }
    }
    if (findings.mode == BreakingMode::failing) {
        findings.evidence.push_back(
            fmt::format("{} of the requests beyond the limit failed, in no one way",
                        print_share(static_cast<double>(sums.errors) / completed)));
    }
    if (findings.mode == BreakingMode::rate_limited) {
        findings.limiter = describe_limiter(broken);
        findings.evidence.push_back(limiter_text(*findings.limiter));
    }
    add_accepted_latency(settings, broken, findings);
    return true;
}

void name_by_latency(const CapacitySearch& search, const Trials& broken, ModeFindings& findings) {
    if (std::optional<Fall> fall = find_fall(search, broken)) {
        findings.mode = BreakingMode::collapse;
        findings.evidence.push_back(fall_text(*fall));
        return;
    }
    const TrialResult& last = *broken.back();
    findings.mode = BreakingMode::plateau;
    if (std::optional<Cliff> cliff = find_cliff(search)) {
        findings.mode = BreakingMode::latency_cliff;
        findings.evidence.push_back(fmt::format(
            "p99 {} {}, {} {}", print_latency(*cliff->below->p99_ms * 1e6), at_rate(*cliff->below),
            print_latency(*cliff->above->p99_ms * 1e6), at_rate(*cliff->above)));
    } else {
        findings.evidence.push_back("latency rises step by step, errors stay within their limit");
    }
    findings.evidence.push_back(
        fmt::format("{} it answers {} requests/s; what it does not answer waits (in flight {:+.0f} "
                    "per second)",
                    at_rate(last), print_rate(last.completed_rps), last.in_flight_growth));
}

std::string generator_evidence(const CapacitySearch& search) {
    for (auto result = search.trials().rbegin(); result != search.trials().rend(); ++result) {
        if (!result->valid) {
            return fmt::format("{} the generator was the limit: {}", at_rate(*result),
                               result->invalid_reason);
        }
    }
    return "the generator was the limit";
}

} // namespace

ModeFindings find_mode(const CapacitySettings& settings, const CapacitySearch& search) {
    ModeFindings findings{.mode = search.end()};
    Trials broken = breaking_trials(search);
    if (search.end() == BreakingMode::generator_limited) {
        findings.evidence.push_back(generator_evidence(search));
        return findings;
    }
    if (search.end() == BreakingMode::not_reached) {
        findings.evidence.push_back(fmt::format("the conditions hold at --max-rate {}/s",
                                                print_rate(settings.max_rate.value_or(0))));
        return findings;
    }
    if (broken.empty()) {
        return findings;
    }
    if (!name_by_errors(settings, search, broken, findings) && search.end() == BreakingMode::none) {
        name_by_latency(search, broken, findings);
    }
    if (search.end() == BreakingMode::never_met) {
        findings.mode = BreakingMode::never_met;
        findings.evidence.insert(
            findings.evidence.begin(),
            fmt::format("the conditions do not hold {} either", at_rate(*broken.back())));
    }
    if (search.metastable()) {
        findings.evidence.push_back("it stayed slow after the overload was over (metastable)");
    }
    return findings;
}

} // namespace ringblast
