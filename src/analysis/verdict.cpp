#include "analysis/verdict.hpp"

#include "analysis/cause.hpp"
#include "analysis/course.hpp"
#include "analysis/hints.hpp"
#include "analysis/probe_slope.hpp"
#include "analysis/stage_findings.hpp"
#include "analysis/validity.hpp"

#include <algorithm>

namespace ringblast {

Verdict worse_verdict(Verdict left, Verdict right) {
    const auto rank = [](Verdict verdict) {
        return verdict == Verdict::fail ? 2 : verdict == Verdict::marginal ? 1 : 0;
    };
    return rank(right) > rank(left) ? right : left;
}

namespace {

bool has_decided_threshold(const Result& result) {
    return std::ranges::any_of(result.thresholds, [](const ThresholdResult& threshold) {
        return threshold.verdict != Verdict::skipped;
    });
}

ThresholdText text_of(const Threshold& threshold) {
    ThresholdText text{.target = threshold.expression,
                       .critical = threshold.critical_expression,
                       .abort = threshold.abort};
    if (threshold.window_s) {
        text.window =
            std::chrono::round<Duration>(std::chrono::duration<double>(*threshold.window_s));
    }
    return text;
}

/// A stage's verdict is that of the thresholds on it (its error budget).
void judge_stages(Result& result) {
    for (StageResult& stage : result.stages) {
        const std::string scope = "stage(" + std::to_string(stage.index) + ")";
        stage.verdict = Verdict::pass;
        for (const ThresholdResult& threshold : result.thresholds) {
            if (threshold.scope == scope) {
                stage.verdict = worse_verdict(stage.verdict, threshold.verdict);
            }
        }
    }
}

/// A WebSocket that was made (101) and never gave an answer is no request that was ok, where
/// answers were waited for.
bool anything_ok(const Result& result) {
    const Counts& counts = result.counts;
    bool waits = std::ranges::any_of(result.requests,
                                     [](const RequestResult& row) { return row.method == "WS"; });
    const auto upgrades = waits ? counts.statuses.find(101) : counts.statuses.end();
    return counts.ok() > (upgrades == counts.statuses.end() ? 0 : upgrades->second);
}

/// What the probes read while the load was measured.
std::vector<SideSeries> beside_the_load(const Result& result) {
    std::vector<SideSeries> all;
    for (const ProbeResult& probe : result.probes) {
        SideSeries series{.name = probe.name, .unit = probe.unit, .points = {}};
        for (const ProbePoint& point : probe.series) {
            if (point.measured) {
                series.points.push_back({.t_s = point.t_s, .value = point.value});
            }
        }
        all.push_back(std::move(series));
    }
    return all;
}

} // namespace

void decide(Result& result, std::span<const Threshold> thresholds, const WindowWatch* watch) {
    const TimelineFigures timeline = read_timeline(result);
    result.findings = {.trends = find_trends(timeline),
                       .latency_intervals = percentile_intervals(result.latency, timeline),
                       .error_clustering = find_error_clustering(timeline),
                       .steady_state = find_steady_state(result, timeline)};
    result.thresholds.clear();
    result.plan_thresholds.clear();
    std::ranges::for_each(result.probes, fill_slope);
    for (const Threshold& threshold : thresholds) {
        result.plan_thresholds.push_back(text_of(threshold));
        std::optional<std::vector<ThresholdResult>> worst =
            watch != nullptr ? watch->worst(threshold) : std::nullopt;
        std::ranges::move(worst ? std::move(*worst) : evaluate(threshold, result),
                          std::back_inserter(result.thresholds));
    }
    judge_stages(result);
    result.validity = judge_validity(result);
    result.verdict = overall_verdict(result);
    fill_hints(result);
    result.findings.breaking_stage = find_breaking_stage(result);
    result.findings.bursts = find_bursts(result);
    result.findings.causes = find_causes(result, timeline, beside_the_load(result));
}

Verdict overall_verdict(const Result& result) {
    if (result.not_made || result.aborted) {
        return Verdict::fail;
    }
    if (!has_decided_threshold(result)) {
        return anything_ok(result) ? Verdict::pass : Verdict::fail;
    }
    Verdict verdict = Verdict::pass;
    for (const ThresholdResult& threshold : result.thresholds) {
        verdict = worse_verdict(verdict, threshold.verdict);
    }
    return verdict;
}

int exit_code(const Result& result, const ExitPolicy& policy) {
    const auto code = [](ExitCode value) { return static_cast<int>(value); };
    if (result.not_made) {
        return code(ExitCode::not_made);
    }
    if (result.interrupted) {
        return code(policy.terminated ? ExitCode::terminated : ExitCode::interrupted);
    }
    if (policy.strict && result.validity.state == ValidityState::invalid) {
        return code(ExitCode::invalid);
    }
    const bool failed = result.verdict == Verdict::fail ||
                        (result.verdict == Verdict::marginal && policy.fail_on_marginal);
    if (failed && has_decided_threshold(result)) {
        return code(ExitCode::failed);
    }
    if (policy.exit_code_on_error && result.counts.failed() > 0) {
        return *policy.exit_code_on_error;
    }
    return code(failed ? ExitCode::failed : ExitCode::ok);
}

} // namespace ringblast
