#include "analysis/stage_findings.hpp"

#include "analysis/metric.hpp"
#include "analysis/timeline_figures.hpp"
#include "base/print.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace ringblast {

namespace {

constexpr double rise_min = 1.5;          ///< of a burst against the stages around it
constexpr double recovered_latency = 1.5; ///< of the p95 before the burst
constexpr double recovered_slack_ns = 2e6;
constexpr double recovered_failed = 0.01; ///< more of the requests than before
constexpr size_t recovered_rows = 3;      ///< in a row

std::string scope_of(const StageResult& stage) {
    return "stage(" + std::to_string(stage.index) + ")";
}

std::string value_words(const ThresholdResult& threshold) {
    if (!threshold.value) {
        return "no sample";
    }
    const double value = *threshold.value;
    if (threshold.unit == "fraction") {
        return print_share(value);
    }
    if (threshold.unit == "ms") {
        return print_latency(value * latency_ns_per_ms);
    }
    return threshold.unit == "/s" ? print_rate(value) + "/s"
                                  : print_count(static_cast<uint64_t>(value));
}

std::string stage_words(const StageResult& stage) {
    return fmt::format("stage {} ({})", stage.index, goal_words(stage.goal));
}

double goal_of(const Stage& stage) {
    return stage.users.value_or(stage.rate.value_or(0));
}

/// Every condition that failed in a stage, with its value.
struct Budget {
    bool any = false;
    std::vector<const ThresholdResult*> failed;
};

Budget budget_of(const StageResult& stage, const Result& result) {
    Budget budget;
    for (const ThresholdResult& threshold : result.thresholds) {
        if (threshold.scope == scope_of(stage) && threshold.verdict != Verdict::skipped) {
            budget.any = true;
            if (threshold.verdict == Verdict::fail) {
                budget.failed.push_back(&threshold);
            }
        }
    }
    return budget;
}

/// A latency limit that the accepted requests of a stage have to keep, and what they reached.
struct LatencyLimit {
    double limit_ms = 0;
    double percentile = 0;
    double reached_ms = 0;
    bool kept() const { return reached_ms <= limit_ms; }
    double used() const { return limit_ms > 0 ? reached_ms / limit_ms : reached_ms; }
};

/// Of the thresholds on latency that hold for the stage the one that comes nearest to breaking.
std::optional<LatencyLimit> latency_limit(const StageResult& stage, const Result& result) {
    std::optional<LatencyLimit> hardest;
    for (const ThresholdResult& threshold : result.thresholds) {
        const bool here = threshold.scope.empty() || threshold.scope == scope_of(stage);
        const bool upper = threshold.op == "<" || threshold.op == "<=";
        const auto metric = parse_metric(threshold.metric);
        const bool latency = metric &&
                             (metric->family == Metric::Family::latency ||
                              metric->family == Metric::Family::ok_latency) &&
                             metric->statistic == Metric::Statistic::percentile;
        if (!here || !upper || !latency || stage.ok_latency.empty()) {
            continue;
        }
        const LatencyLimit limit = {
            .limit_ms = threshold.target,
            .percentile = metric->percentile,
            .reached_ms = static_cast<double>(stage.ok_latency.percentile(metric->percentile)) /
                          latency_ns_per_ms};
        if (!hardest || limit.used() > hardest->used()) {
            hardest = limit;
        }
    }
    return hardest;
}

/// Latency and failures of a stretch, from its rows.
struct Level {
    double p95_ns = 0;
    double failed_share = 0;
    bool known = false;
};

Level level_of(const Result& result, double from_s, double to_s) {
    std::vector<double> p95s;
    double completed = 0;
    double bad = 0;
    for (const TimelineRow& row : result.timeline) {
        const uint64_t done = row.ok + row.failed + row.rate_limited;
        if (row.t_s >= from_s - 1e-6 && row.t_s + row.span_s <= to_s + 1e-6 && done > 0) {
            p95s.push_back(static_cast<double>(row.p95_ns));
            completed += static_cast<double>(done);
            bad += static_cast<double>(row.failed + row.rate_limited);
        }
    }
    if (p95s.empty()) {
        return {};
    }
    std::ranges::sort(p95s);
    return {.p95_ns = p95s[p95s.size() / 2], .failed_share = bad / completed, .known = true};
}

bool is_as_before(const TimelineRow& row, const Level& before) {
    const uint64_t done = row.ok + row.failed + row.rate_limited;
    return done > 0 &&
           static_cast<double>(row.p95_ns) <=
               before.p95_ns * recovered_latency + recovered_slack_ns &&
           static_cast<double>(row.failed + row.rate_limited) <=
               (before.failed_share + recovered_failed) * static_cast<double>(done);
}

/// Time from the end of a burst to the first of three rows in a row that are as those before it.
void find_recovery(const Result& result, const Level& before, double load_end_s,
                   BurstFinding& burst) {
    size_t good = 0;
    for (const TimelineRow& row : result.timeline) {
        if (row.after || row.t_s < burst.to_s - 1e-6 || row.t_s + row.span_s > load_end_s + 1e-6) {
            continue;
        }
        burst.recovery_seen = true;
        good = is_as_before(row, before) ? good + 1 : 0;
        if (good == recovered_rows) {
            burst.recovery_s = row.t_s - burst.to_s;
            for (size_t i = 1; i < recovered_rows; ++i) {
                *burst.recovery_s -= row.span_s;
            }
            *burst.recovery_s = std::max(0.0, *burst.recovery_s);
            return;
        }
    }
}

std::string recovery_words(const BurstFinding& burst) {
    if (!burst.recovery_seen) {
        return "";
    }
    return !burst.recovery_s       ? "; figures were not as before it again by the end"
           : *burst.recovery_s < 1 ? "; figures were as before it at once afterwards"
                                   : fmt::format("; figures were as before it {} after its end",
                                                 print_span(*burst.recovery_s));
}

std::string burst_words(const StageResult& stage, const BurstFinding& burst,
                        const std::optional<LatencyLimit>& limit) {
    std::string words = fmt::format("burst of {}: {}", goal_words(stage.goal),
                                    burst.graceful ? "graceful degradation, " : "");
    const auto add = [&](const std::string& part) {
        words += (words.ends_with(' ') ? "" : ", ") + part;
    };
    if (burst.refused + burst.reset == 0) {
        add("no connection was refused or reset");
    } else {
        add(print_count(burst.refused) + " refused and " + print_count(burst.reset) +
            " reset connections");
    }
    if (burst.timed_out > 0) {
        add(print_counted(burst.timed_out, "time-out"));
    }
    if (burst.ok == 0) {
        add("no request was accepted");
    } else if (limit) {
        add(fmt::format("accepted requests {} the limit (p{:g} {} against {})",
                        limit->kept() ? "kept" : "missed", limit->percentile,
                        print_latency(limit->reached_ms * latency_ns_per_ms),
                        print_latency(limit->limit_ms * latency_ns_per_ms)));
    } else if (burst.accepted_p95_ms) {
        add("accepted requests had a p95 of " +
            print_latency(*burst.accepted_p95_ms * latency_ns_per_ms) + " (no limit was set)");
    }
    if (burst.rate_limited > 0) {
        add(print_count(burst.rate_limited) + " of " + print_count(burst.completed) +
            " were rate limited");
    }
    return words + recovery_words(burst);
}

BurstFinding describe_burst(const Result& result, size_t index) {
    const StageResult& stage = result.stages[index];
    BurstFinding burst;
    burst.stage = stage.index;
    burst.from_s = stage.start_s;
    burst.to_s = stage.start_s + stage.duration_s;
    burst.completed = stage.counts.completed();
    burst.ok = stage.counts.ok();
    burst.rate_limited = stage.counts.rate_limited();
    burst.refused = stage.counts.of(Outcome::connect_error);
    burst.reset = stage.counts.of(Outcome::reset);
    burst.timed_out = stage.counts.of(Outcome::timeout);
    const std::optional<LatencyLimit> limit = latency_limit(stage, result);
    if (!stage.ok_latency.empty()) {
        burst.accepted_p95_ms =
            static_cast<double>(stage.ok_latency.percentile(95)) / latency_ns_per_ms;
    }
    if (limit) {
        burst.limit_ms = limit->limit_ms;
    }
    if (index > 0) {
        const StageResult& calm = result.stages[index - 1];
        const Level before =
            level_of(result, std::max(calm.start_s, result.warm_up_s), stage.start_s);
        if (before.known) {
            find_recovery(result, before, result.warm_up_s + result.duration_s, burst);
        }
    }
    burst.graceful = burst.refused + burst.reset + burst.timed_out == 0 && limit && limit->kept();
    burst.words = burst_words(stage, burst, limit);
    return burst;
}

bool is_burst(const std::vector<StageResult>& stages, size_t index) {
    const Stage& goal = stages[index].goal;
    if (stages[index].counts.ended() == 0) {
        return false;
    }
    if (goal.at_once) {
        return true;
    }
    if (goal.ramp || index == 0 || index + 1 == stages.size()) {
        return false;
    }
    const Stage& before = stages[index - 1].goal;
    const Stage& after = stages[index + 1].goal;
    const double least = goal_of(goal) / rise_min;
    return !before.at_once && !after.at_once && goal_of(before) <= least && goal_of(after) <= least;
}

} // namespace

std::string goal_words(const Stage& stage) {
    if (stage.at_once) {
        return print_count(*stage.at_once) + " at once";
    }
    return stage.users ? print_counted(static_cast<uint64_t>(std::llround(*stage.users)), "user")
                       : print_rate(stage.rate.value_or(0)) + "/s";
}

std::optional<BreakingStage> find_breaking_stage(const Result& result) {
    const StageResult* held = nullptr;
    for (const StageResult& stage : result.stages) {
        const Budget budget = budget_of(stage, result);
        if (budget.failed.empty()) {
            held = budget.any ? &stage : held;
            continue;
        }
        BreakingStage breaking{.stage = stage.index};
        std::string broken;
        for (const ThresholdResult* threshold : budget.failed) {
            const size_t colon = threshold->expression.rfind(": ");
            const std::string condition = colon == std::string::npos
                                              ? threshold->expression
                                              : threshold->expression.substr(colon + 2);
            breaking.broken.push_back(threshold->expression);
            broken += fmt::format("{}{} (it was {})", broken.empty() ? "" : " and ", condition,
                                  value_words(*threshold));
        }
        breaking.words = fmt::format("{} broke first: {}", stage_words(stage), broken);
        if (held != nullptr) {
            breaking.held = held->index;
            breaking.words += "; " + stage_words(*held) + " still held";
        }
        return breaking;
    }
    return std::nullopt;
}

std::vector<BurstFinding> find_bursts(const Result& result) {
    std::vector<BurstFinding> bursts;
    for (size_t i = 0; i < result.stages.size(); ++i) {
        if (is_burst(result.stages, i)) {
            bursts.push_back(describe_burst(result, i));
        }
    }
    return bursts;
}

} // namespace ringblast
