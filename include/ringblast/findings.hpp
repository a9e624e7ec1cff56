// What the figures of a run say beside themselves, as plain data: trends and steps, clustered
// errors, the warm-up, the stage that broke, bursts, and what to look at first. Filled by analysis/
// from the rest of the Result; `words` are whole sentences without their full stop.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ringblast {

/// From one moment on the level is another one. Values are in the unit of their trend.
struct StepFinding {
    double t_s = 0;
    double before = 0, after = 0;
};

/// How a figure moved over the part of the run in which the load was held.
struct TrendFinding {
    std::string metric; ///< p50 p95 p99 goodput generator_memory
    std::string unit;   ///< ms /s bytes
    double from_s = 0, to_s = 0;
    double median = 0;
    double slope_per_min = 0, slope_low = 0, slope_high = 0; ///< with its 95 % interval
    double change = 0, change_low = 0, change_high = 0; ///< over the part, a share of the median
    double p_value = 1;
    bool significant = false;
    std::vector<StepFinding> steps;
    std::string words;
};

/// The 95 % interval of a percentile of the latency.
struct PercentileInterval {
    double percentile = 0; ///< 0..100
    int64_t low_ns = 0, high_ns = 0;
};

struct ErrorClustering {
    double dispersion = 1; ///< index of dispersion; 1: spread evenly
    double p_value = 1;    ///< of so much by chance
    double runs_p_value = 1; ///< of so few stretches by chance
    bool significant = false;
    std::optional<double> period_s; ///< the errors come back that often
    std::string words;
};

/// Where the warm-up of a run without one seems to have ended.
struct SteadyState {
    bool steady = true;   ///< it was, from warm_up_s on
    double warm_up_s = 0; ///< suggested; 0: none is needed
    std::string words;    ///< empty where there is nothing to say
};

/// The first stage that broke its error budget.
struct BreakingStage {
    unsigned stage = 0;           ///< from 1
    std::optional<unsigned> held; ///< the last stage with a budget before it
    std::vector<std::string> broken; ///< expressions
    std::string words;
};

/// A load that rises at once and falls again.
struct BurstFinding {
    unsigned stage = 0; ///< from 1
    double from_s = 0, to_s = 0;
    uint64_t completed = 0, ok = 0, rate_limited = 0, refused = 0, reset = 0, timed_out = 0;
    std::optional<double> accepted_p95_ms; ///< of the requests that were ok
    std::optional<double> limit_ms;        ///< latency threshold that was nearest to breaking
    std::optional<double> recovery_s; ///< from its end until figures were as before it
    bool recovery_seen = false;       ///< there was load after it to see that
    bool graceful = false;
    std::string words;
};

/// Something a person should look at, with the figures behind it.
struct Cause {
    std::string kind; ///< a word that does not change: rate_limited, queue_growing, …
    std::string what;
    std::vector<std::string> evidence;
    std::string advice; ///< may be empty
};

struct RunFindings {
    std::vector<TrendFinding> trends;
    std::vector<PercentileInterval> latency_intervals; ///< none where the sample is too small
    std::optional<ErrorClustering> error_clustering;   ///< empty without errors
    std::optional<SteadyState> steady_state; ///< empty where it cannot be told
    std::optional<BreakingStage> breaking_stage;
    std::vector<BurstFinding> bursts;
    std::vector<Cause> causes; ///< what to look at first stands first
};

} // namespace ringblast
