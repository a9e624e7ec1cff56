#include "report/json_findings.hpp"

#include "report/json_parts.hpp"
#include "report/result_words.hpp"

namespace ringblast {

namespace {

using Json = nlohmann::ordered_json;
using Node = JsonNode;

/// Numbers of findings may be below 0.
double read_number(const Node& node) {
    return node.null() ? 0 : node.number();
}

Json write_trend(const TrendFinding& trend) {
    Json steps = Json::array();
    for (const StepFinding& step : trend.steps) {
        steps.push_back({{"t_s", number(step.t_s)},
                         {"before", number(step.before)},
                         {"after", number(step.after)}});
    }
    return {{"metric", trend.metric},
            {"unit", trend.unit},
            {"from_s", number(trend.from_s)},
            {"to_s", number(trend.to_s)},
            {"median", number(trend.median)},
            {"slope_per_min", number(trend.slope_per_min)},
            {"slope_low", number(trend.slope_low)},
            {"slope_high", number(trend.slope_high)},
            {"change", number(trend.change)},
            {"change_low", number(trend.change_low)},
            {"change_high", number(trend.change_high)},
            {"p_value", number(trend.p_value)},
            {"significant", trend.significant},
            {"steps", steps},
            {"words", trend.words}};
}

StepFinding read_step(const Node& node) {
    return {.t_s = read_number(node.at("t_s")),
            .before = read_number(node.at("before")),
            .after = read_number(node.at("after"))};
}

TrendFinding read_trend(const Node& node) {
    return {.metric = node.at("metric").text(),
            .unit = node.at("unit").text(),
            .from_s = read_number(node.at("from_s")),
            .to_s = read_number(node.at("to_s")),
            .median = read_number(node.at("median")),
            .slope_per_min = read_number(node.at("slope_per_min")),
            .slope_low = read_number(node.at("slope_low")),
            .slope_high = read_number(node.at("slope_high")),
            .change = read_number(node.at("change")),
            .change_low = read_number(node.at("change_low")),
            .change_high = read_number(node.at("change_high")),
            .p_value = read_number(node.at("p_value")),
            .significant = node.at("significant").flag(),
            .steps = node.at("steps").list(read_step),
            .words = node.at("words").text()};
}

Json write_interval(const PercentileInterval& interval) {
    const auto ms = [](int64_t ns) { return static_cast<double>(ns) / ns_in_ms; };
    return {{"percentile", interval.percentile},
            {"low", ms(interval.low_ns)},
            {"high", ms(interval.high_ns)}};
}

PercentileInterval read_interval(const Node& node) {
    return {.percentile = node.at("percentile").amount(),
            .low_ns = node.at("low").ns(ns_in_ms),
            .high_ns = node.at("high").ns(ns_in_ms)};
}

Json write_clustering(const ErrorClustering& clustering) {
    return {
        {"dispersion", number(clustering.dispersion)},     {"p_value", number(clustering.p_value)},
        {"runs_p_value", number(clustering.runs_p_value)}, {"significant", clustering.significant},
        {"period_s", number(clustering.period_s)},         {"words", clustering.words}};
}

ErrorClustering read_clustering(const Node& node) {
    return {.dispersion = read_number(node.at("dispersion")),
            .p_value = read_number(node.at("p_value")),
            .runs_p_value = read_number(node.at("runs_p_value")),
            .significant = node.at("significant").flag(),
            .period_s = node.at("period_s").maybe_number(),
            .words = node.at("words").text()};
}

Json write_steady(const SteadyState& state) {
    return {{"steady", state.steady},
            {"warm_up_s", number(state.warm_up_s)},
            {"words", text_or_null(state.words)}};
}

SteadyState read_steady(const Node& node) {
    return {.steady = node.at("steady").flag(),
            .warm_up_s = node.at("warm_up_s").amount(),
            .words = node.at("words").text_or_empty()};
}

Json write_breaking(const BreakingStage& breaking) {
    return {{"stage", breaking.stage},
            {"held", breaking.held ? Json(*breaking.held) : Json()},
            {"broken", breaking.broken},
            {"words", breaking.words}};
}

BreakingStage read_breaking(const Node& node) {
    BreakingStage breaking{.stage = static_cast<unsigned>(node.at("stage").count()),
                           .held = {},
                           .broken = node.at("broken").list(read_text),
                           .words = node.at("words").text()};
    if (const Node held = node.at("held"); !held.null()) {
        breaking.held = static_cast<unsigned>(held.count());
    }
    return breaking;
}

Json write_burst(const BurstFinding& burst) {
    return {{"stage", burst.stage},
            {"from_s", number(burst.from_s)},
            {"to_s", number(burst.to_s)},
            {"completed", burst.completed},
            {"ok", burst.ok},
            {"rate_limited", burst.rate_limited},
            {"refused", burst.refused},
            {"reset", burst.reset},
            {"timed_out", burst.timed_out},
            {"accepted_p95_ms", number(burst.accepted_p95_ms)},
            {"limit_ms", number(burst.limit_ms)},
            {"recovery_s", number(burst.recovery_s)},
            {"recovery_seen", burst.recovery_seen},
            {"graceful", burst.graceful},
            {"words", burst.words}};
}

BurstFinding read_burst(const Node& node) {
    return {.stage = static_cast<unsigned>(node.at("stage").count()),
            .from_s = node.at("from_s").amount(),
            .to_s = node.at("to_s").amount(),
            .completed = node.at("completed").count(),
            .ok = node.at("ok").count(),
            .rate_limited = node.at("rate_limited").count(),
            .refused = node.at("refused").count(),
            .reset = node.at("reset").count(),
            .timed_out = node.at("timed_out").count(),
            .accepted_p95_ms = node.at("accepted_p95_ms").maybe_number(),
            .limit_ms = node.at("limit_ms").maybe_number(),
            .recovery_s = node.at("recovery_s").maybe_number(),
            .recovery_seen = node.at("recovery_seen").flag(),
            .graceful = node.at("graceful").flag(),
            .words = node.at("words").text()};
}

Json write_cause(const Cause& cause) {
    return {{"kind", cause.kind},
            {"what", cause.what},
            {"evidence", cause.evidence},
            {"advice", text_or_null(cause.advice)}};
}

Cause read_cause(const Node& node) {
    return {.kind = node.at("kind").text(),
            .what = node.at("what").text(),
            .evidence = node.at("evidence").list(read_text),
            .advice = node.at("advice").text_or_empty()};
}

template <class T>
Json write_all(const std::vector<T>& values, Json (*write)(const T&)) {
    Json json = Json::array();
    for (const T& value : values) {
        json.push_back(write(value));
    }
    return json;
}

template <class T>
Json write_maybe(const std::optional<T>& value, Json (*write)(const T&)) {
    return value ? write(*value) : Json();
}

template <class T>
std::vector<T> read_all(const Node& node, T (*read)(const Node&)) {
    return node.null() ? std::vector<T>() : node.list(read);
}

template <class T>
std::optional<T> read_maybe(const Node& node, T (*read)(const Node&)) {
    return node.null() ? std::nullopt : std::optional(read(node));
}

} // namespace

void add_findings(nlohmann::ordered_json& json, const RunFindings& findings) {
    json["trends"] = write_all(findings.trends, write_trend);
    json["latency_interval_ms"] = write_all(findings.latency_intervals, write_interval);
    json["error_clustering"] = write_maybe(findings.error_clustering, write_clustering);
    json["steady_state"] = write_maybe(findings.steady_state, write_steady);
    json["breaking_stage"] = write_maybe(findings.breaking_stage, write_breaking);
    json["bursts"] = write_all(findings.bursts, write_burst);
    json["causes"] = write_all(findings.causes, write_cause);
}

RunFindings read_findings(const JsonNode& root) {
    return {.trends = read_all(root.maybe("trends"), read_trend),
            .latency_intervals = read_all(root.maybe("latency_interval_ms"), read_interval),
            .error_clustering = read_maybe(root.maybe("error_clustering"), read_clustering),
            .steady_state = read_maybe(root.maybe("steady_state"), read_steady),
            .breaking_stage = read_maybe(root.maybe("breaking_stage"), read_breaking),
            .bursts = read_all(root.maybe("bursts"), read_burst),
            .causes = read_all(root.maybe("causes"), read_cause)};
}

} // namespace ringblast
