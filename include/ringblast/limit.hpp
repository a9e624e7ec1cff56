// The breaking point of a target: what was asked for, every trial, and the answer, as plain data.
// The document `ringblast-limit/1` and the reports of `ringblast limit` are pure functions of a
// LimitResult. Rates are arrivals (tasks) per second unless their name says otherwise.
#pragma once

#include "ringblast/exit_code.hpp"
#include "ringblast/ringblast.hpp"

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace ringblast {

/// What a trial is for; docs/limit.md tells how they follow each other.
enum class TrialKind : uint8_t { closed, baseline, coarse, hold, beyond, recovery };
inline constexpr std::array<std::string_view, 6> trial_kind_names = {
    "closed", "baseline", "coarse", "hold", "beyond", "recovery"};

/// A load for a while, from rest.
struct Trial {
    TrialKind kind = TrialKind::hold;
    double rate = 0;    ///< arrivals per second; 0 in a closed trial
    uint64_t users = 0; ///< of a closed trial
    double duration_s = 0;
    double discard_s = 0; ///< its first part, which is not judged
};

/// What came of a part of a trial, by the time of the end of its requests.
struct TrialSlice {
    double t_s = 0; ///< its start, since the start of the trial
    double span_s = 0;
    uint64_t completed = 0, ok = 0, rate_limited = 0, failed = 0;
    uint64_t slow = 0;      ///< latency above the limit
    uint64_t in_flight = 0; ///< at its end, arrivals that wait included
};

struct TrialResult {
    Trial trial;
    double start_s = 0, end_s = 0; ///< of the search, drain included
    double load_s = 0;             ///< how long the load was, less than planned when it was aborted
    double measured_s = 0;         ///< load without its discarded part
    uint64_t arrivals = 0;         ///< due in the measured part
    uint64_t dropped = 0;
    Counts counts;                ///< of requests that ended in it or in the drain after it
    uint64_t refused_for_now = 0; ///< 503 with Retry-After, of `counts`
    double completed_rps = 0;             ///< requests that ended within it, per second
    double goodput_rps = 0;               ///< those that were ok
    std::optional<double> p50_ms, p99_ms; ///< of the ok ones
    double slow_share = 0;                ///< of completed ones
    double error_share = 0;               ///< of completed ones, rate limited ones included
    double in_flight_growth = 0;          ///< per second
    double drain_s = 0;                   ///< until nothing was in flight
    bool drained = true;                  ///< false: still in flight when patience ended
    bool slo_met = false;
    bool aborted = false; ///< its outcome was plain before its end
    bool valid = true;    ///< the generator did what was asked of it
    std::string invalid_reason;
    std::vector<TrialSlice> slices;
    std::vector<std::optional<double>> probes; ///< means, in the order of LimitResult::probes
};

/// The way a target breaks; the first rule that matches names it (docs/limit.md).
enum class BreakingMode : uint8_t {
    none,              ///< not known: the search ended before it was seen
    generator_limited, ///< we broke first
    never_met,         ///< the conditions do not hold at the lowest rate either
    not_reached,       ///< they hold at --max-rate
    refused,
    rate_limited,
    load_shed,
    reset,
    timeout,
    failing, ///< errors of no one kind
    collapse,
    latency_cliff,
    plateau,
};
inline constexpr std::array<std::string_view, 13> breaking_mode_names = {
    "none",         "generator_limited", "never_met", "not_reached", "refused",
    "rate_limited", "load_shed",         "reset",     "timeout",     "failing",
    "collapse",     "latency_cliff",     "plateau"};

/// A rate with its 95 % interval, as far as it is known.
struct CapacityAnswer {
    std::optional<double> rate, low, high; ///< half of the holds pass at `rate`
    std::optional<double> sustainable;     ///< nine of ten holds pass
    std::optional<double> at_least;        ///< the highest rate that held, where no more is known
};

/// A point of the saturation curve.
struct CurvePoint {
    double offered = 0;     ///< arrivals per second
    double goodput_rps = 0; ///< ok requests per second
    std::optional<double> p50_ms, p99_ms;
    double error_rate = 0;
    bool slo_met = false;
    std::vector<std::optional<double>> probes; ///< means, in the order of LimitResult::probes
};

/// X(n) = lambda n / (1 + sigma (n - 1) + kappa n (n - 1)), requests per second with n users
/// (Gunther's Universal Scalability Law).
struct UslFit {
    double lambda = 0, sigma = 0, kappa = 0;
    std::optional<double> users_at_peak; ///< where there is a peak (kappa > 0)
};

/// What a limiter gives away of itself.
struct RateLimiter {
    double limit_rps = 0;
    std::optional<double> burst;    ///< requests let through beyond the limit at the start
    std::optional<double> window_s; ///< where it lets requests through in turns
};

struct LimitOptions {
    std::vector<std::string> slo;   ///< thresholds; empty: the profile's, else default_slo
    Duration hold{};                ///< 0: 30 s, 10 s when quick
    double precision = 0;           ///< half-width of the interval, a fraction; 0: 5 %
    std::optional<double> max_rate; ///< never ask for more
    std::optional<double> min_rate; ///< a target that does not hold it fails
    Duration max_time{};            ///< 0: 180 s, 90 s when quick
    bool quick = false;
};

inline constexpr std::array<std::string_view, 2> default_slo = {"p99 < 200ms", "error_rate < 1%"};

struct LimitResult {
    std::string name;
    std::string url; ///< secrets masked
    int64_t started_at_ns = 0;
    bool interrupted = false;
    std::optional<std::string> not_made;
    std::vector<std::string> slo;
    std::vector<std::string> notes; ///< what a reader should know beside the figures
    double hold_s = 0;
    double precision = 0;
    std::optional<double> min_rate, max_rate;
    double duration_s = 0;           ///< of the search
    double requests_per_arrival = 1; ///< 1 for one URL; else requests per task, as measured
    CapacityAnswer capacity;
    BreakingMode mode = BreakingMode::none;
    std::vector<std::string> mode_evidence; ///< one sentence each, with its figures
    std::optional<RateLimiter> limiter;
    bool metastable = false; ///< stayed slow at a tenth of the load after an overload
    std::optional<double> knee;
    std::optional<UslFit> usl;
    std::optional<double> recovery_s; ///< from the end of an overload until it was as before
    std::vector<CurvePoint> curve;    ///< by rate
    std::vector<TrialResult> trials;  ///< in their order
    std::vector<ProbeResult> probes;  ///< over the search, times as those of trials
    Validity validity;
    GeneratorReport generator;
};

/// Watches a search. Called on the caller's thread.
class LimitObserver {
public:
    virtual ~LimitObserver() = default;
    virtual void on_trial_start(const Trial& trial) { (void)trial; }
    /// `so_far` is what the search would answer now.
    virtual void on_trial_end(const TrialResult& trial, const CapacityAnswer& so_far) {
        (void)trial, (void)so_far;
    }
};

/// Finds the highest rate that holds the conditions. Blocks. The load of the profile is not used,
/// its target, classes and thresholds are. Errors are those of profile and options (exit code 2);
/// a target that is not there has LimitResult::not_made set.
ExpectedAll<LimitResult> find_limit(const Profile& profile, const LimitOptions& limit,
                                    const RunOptions& options = {},
                                    LimitObserver* observer = nullptr);

/// 0 found, 1 not held at the lowest rate or below `min_rate`, 3 not made, 130/143 interrupted.
ExitCode exit_code(const LimitResult& result, bool terminated);

} // namespace ringblast
