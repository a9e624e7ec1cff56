// Deciding thresholds: picks the part of the result that the scope names, reads the metric from
// it and compares. A request name may stand for several rows (one per method): they are added.
#include "analysis/threshold.hpp"

#include "protocol/url.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace ringblast {

namespace {

using Family = Metric::Family;
using Kind = ThresholdScope::Kind;

/// One part of the run that a threshold is decided for.
struct Part {
    std::string scope;
    Counts counts;
    Histogram latency;
    double rps = 0;
    double seconds = 0;
    bool skipped = false; ///< wholly inside the warm-up
};

void add_counts(Counts& total, const Counts& part) {
    total.started += part.started;
    for (size_t i = 0; i < outcome_count; ++i) {
        total.outcomes[i] += part.outcomes[i];
    }
    for (const auto& [status, count] : part.statuses) {
        total.statuses[status] += count;
    }
}

void add_row(Part& part, const RequestResult& row) {
    add_counts(part.counts, row.counts);
    if (part.latency.empty()) {
        part.latency = row.latency;
    } else {
        part.latency.merge(row.latency);
    }
    part.rps += row.rps;
}

template <class Predicate>
std::vector<Part> sum_of(const std::vector<RequestResult>& rows, std::string scope, double seconds,
                         Predicate matches) {
    Part part{.scope = std::move(scope), .seconds = seconds};
    bool found = false;
    for (const RequestResult& row : rows) {
        if (!row.after && matches(row)) {
            add_row(part, row);
            found = true;
        }
    }
    return found ? std::vector{std::move(part)} : std::vector<Part>{};
}

std::string full_name(const RequestResult& row) {
    return row.method + " " + row.name;
}

/// By the name alone, else by method and name.
std::vector<Part> request_parts(const Result& result, const std::string& name) {
    const double seconds = result.duration_s;
    auto parts = sum_of(result.requests, name, seconds,
                        [&](const RequestResult& row) { return row.name == name; });
    if (!parts.empty()) {
        return parts;
    }
    return sum_of(result.requests, name, seconds,
                  [&](const RequestResult& row) { return full_name(row) == name; });
}

/// One part per row; rows that share their name are told apart by the method.
std::vector<Part> every_request(const Result& result) {
    std::vector<Part> parts;
    const auto same_name = [&](const std::string& name) {
        return std::ranges::count_if(result.requests, [&](const RequestResult& row) {
            return !row.after && row.name == name;
        });
    };
    for (const RequestResult& row : result.requests) {
        if (row.after) {
            continue;
        }
        parts.push_back({.scope = same_name(row.name) > 1 ? full_name(row) : row.name,
                         .counts = row.counts,
                         .latency = row.latency,
                         .rps = row.rps,
                         .seconds = result.duration_s});
    }
    return parts;
}

std::vector<Part> stage_parts(const ThresholdScope& scope, const Result& result) {
    std::vector<Part> parts;
    for (const StageResult& stage : result.stages) {
        if (scope.every || stage.index == scope.stage) {
            parts.push_back({.scope = "stage(" + std::to_string(stage.index) + ")",
                             .counts = stage.counts,
                             .latency = stage.latency,
                             .rps = stage.rps,
                             .seconds = stage.duration_s,
                             .skipped = stage.duration_s <= 0 && stage.counts.ended() == 0 &&
                                        stage.goal.duration.count() > 0 && !result.interrupted});
        }
    }
    return parts;
}

std::vector<Part> parts_of(const ThresholdScope& scope, const Result& result) {
    const double seconds = result.duration_s;
    switch (scope.kind) {
    case Kind::run:
        return {{.counts = result.counts,
                 .latency = result.latency,
                 .rps = result.rps,
                 .seconds = seconds}};
    case Kind::stage:
        return stage_parts(scope, result);
    case Kind::request:
        return scope.every ? every_request(result) : request_parts(result, scope.name);
    case Kind::method:
        return sum_of(result.requests, "method(" + scope.name + ")", seconds,
                      [&](const RequestResult& row) { return row.method == scope.name; });
    case Kind::tag:
        return sum_of(result.tags, "tag(" + scope.name + ")", seconds,
                      [&](const RequestResult& row) { return row.name == scope.name; });
    case Kind::user_class:
        break;
    }
    return sum_of(result.classes, "class(" + scope.name + ")", seconds,
                  [&](const RequestResult& row) { return row.name == scope.name; });
}

/// The scope as it reads in a report when nothing of it is in the result.
std::string text_of(const ThresholdScope& scope) {
    const std::string name = scope.every ? "*" : scope.name;
    switch (scope.kind) {
    case Kind::run:
        return {};
    case Kind::stage:
        return "stage(" + (scope.every ? "*" : std::to_string(scope.stage)) + ")";
    case Kind::request:
        return scope.every ? "request(*)" : name;
    case Kind::method:
        return "method(" + name + ")";
    case Kind::tag:
        return "tag(" + name + ")";
    case Kind::user_class:
        break;
    }
    return "class(" + name + ")";
}

const Histogram& histogram_of(const Metric& metric, const Part& part, const Result& result) {
    switch (metric.family) {
    case Family::ok_latency:
        return result.ok_latency;
    case Family::service:
        return result.service;
    case Family::ttfb:
        return result.ttfb;
    case Family::connect:
        return result.connect;
    case Family::handshake:
        return result.handshake;
    case Family::ws_connect: {
        static const Histogram none;
        return result.ws ? result.ws->connect : none;
    }
    default:
        return part.latency;
    }
}

std::optional<double> latency_ms(const Metric& metric, const Histogram& histogram) {
    if (histogram.empty()) {
        return std::nullopt;
    }
    constexpr double ns_per_ms = 1e6;
    switch (metric.statistic) {
    case Metric::Statistic::avg:
        return histogram.mean() / ns_per_ms;
    case Metric::Statistic::min:
        return static_cast<double>(histogram.min()) / ns_per_ms;
    case Metric::Statistic::max:
        return static_cast<double>(histogram.max()) / ns_per_ms;
    case Metric::Statistic::percentile:
    case Metric::Statistic::last: // of probes only
    case Metric::Statistic::slope:
        break;
    }
    return static_cast<double>(histogram.percentile(metric.percentile)) / ns_per_ms;
}

uint64_t count_of(const Metric& metric, const Counts& counts) {
    if (metric.family == Family::outcome) {
        return counts.of(metric.outcome);
    }
    uint64_t count = 0;
    const auto end = counts.statuses.upper_bound(metric.status_max);
    for (auto it = counts.statuses.lower_bound(metric.status_min); it != end; ++it) {
        count += it->second;
    }
    return count;
}

std::optional<double> per_second(uint64_t count, double seconds) {
    return seconds > 0 ? std::optional(static_cast<double>(count) / seconds) : std::nullopt;
}

/// A figure of WebSockets; empty for other metrics and without any.
std::optional<double> socket_value(const Metric& metric, const Result& result) {
    if (!result.ws) {
        return std::nullopt;
    }
    switch (metric.family) {
    case Family::ws_dropped:
        return static_cast<double>(result.ws->dropped);
    case Family::ws_sent_rps:
        return per_second(result.ws->messages_sent, result.duration_s);
    case Family::ws_received_rps:
        return per_second(result.ws->messages_received, result.duration_s);
    default:
        return std::nullopt;
    }
}

/// The metric's value; empty without a sample. What counts missing work has a value always.
std::optional<double> value_of(const Threshold& threshold, const Part& part, const Result& result) {
    const Metric& metric = threshold.metric;
    if (is_latency(metric)) {
        return latency_ms(metric, histogram_of(metric, part, result));
    }
    switch (metric.family) {
    case Family::dropped:
        return static_cast<double>(result.dropped);
    case Family::retries:
        return static_cast<double>(result.retries);
    case Family::skipped_tasks:
        return static_cast<double>(result.skipped_tasks);
    case Family::ws_dropped:
    case Family::ws_sent_rps:
    case Family::ws_received_rps:
        return socket_value(metric, result);
    default:
        break;
    }
    const Counts& counts = part.counts;
    if (counts.completed() == 0) {
        return std::nullopt;
    }
    switch (metric.family) {
    case Family::error_rate:
        return counts.error_rate();
    case Family::success_rate:
        return counts.success_rate();
    case Family::rate_limited_rate:
        return counts.rate_limited_rate();
    case Family::errors:
        return static_cast<double>(counts.failed());
    case Family::rps:
        return part.rps;
    case Family::goodput:
        return part.seconds > 0 ? std::optional(static_cast<double>(counts.ok()) / part.seconds)
                                : std::nullopt;
    default:
        break;
    }
    const auto count = static_cast<double>(count_of(metric, counts));
    return threshold.unit == ThresholdUnit::fraction
               ? count / static_cast<double>(counts.completed())
               : count;
}

bool holds(Comparison op, double value, double limit) {
    switch (op) {
    case Comparison::less:
        return value < limit;
    case Comparison::less_equal:
        return value <= limit;
    case Comparison::greater:
        return value > limit;
    case Comparison::greater_equal:
        return value >= limit;
    case Comparison::equal:
        return value == limit;
    case Comparison::not_equal:
        break;
    }
    return value != limit;
}

std::string text_of(Comparison op) {
    constexpr std::array<const char*, 6> texts = {"<", "<=", ">", ">=", "==", "!="};
    return texts[static_cast<size_t>(op)];
}

std::string text_of(ThresholdUnit unit) {
    constexpr std::array<const char*, 7> texts = {"ms",       "fraction", "/s", "count",
                                                  "fraction", "ratio",    ""};
    return texts[static_cast<size_t>(unit)];
}

ThresholdResult blank_result(const Threshold& threshold, std::string scope) {
    return {.expression = threshold.expression,
            .scope = std::move(scope),
            .metric = threshold.metric_text,
            .op = text_of(threshold.op),
            .target = threshold.target,
            .critical = threshold.critical,
            .critical_op = threshold.critical ? text_of(threshold.critical_op) : "",
            .unit = text_of(threshold.unit),
            .verdict = Verdict::skipped};
}

/// What the whole run showed; skipped where it showed nothing.
void set_finding(const Metric& metric, const RunFindings& findings, ThresholdResult& decided) {
    if (metric.family == Family::error_clustering) {
        if (findings.error_clustering) {
            decided.value = findings.error_clustering->dispersion;
        }
        return;
    }
    const auto trend = std::ranges::find(findings.trends, "p95", &TrendFinding::metric);
    if (trend != findings.trends.end()) {
        decided.value = trend->change;
        decided.low = trend->change_low;
        decided.high = trend->change_high;
    }
}

/// An interval breaks a limit with all of itself only.
bool holds(Comparison op, const ThresholdResult& decided, double limit) {
    return holds(op, *decided.value, limit) ||
           (decided.low && (holds(op, *decided.low, limit) || holds(op, *decided.high, limit)));
}

ThresholdResult decide(const Threshold& threshold, const Part& part, const Result& result) {
    ThresholdResult decided = blank_result(threshold, part.scope);
    if (part.skipped) {
        return decided;
    }
    if (is_finding(threshold.metric)) {
        set_finding(threshold.metric, result.findings, decided);
        if (!decided.value) {
            return decided;
        }
    } else {
        decided.value = value_of(threshold, part, result);
    }
    if (!decided.value) {
        decided.verdict = Verdict::fail; // planned, but nothing was measured
    } else if (holds(threshold.op, decided, threshold.target)) {
        decided.verdict = Verdict::pass;
    } else {
        const bool critical_held =
            threshold.critical && holds(threshold.critical_op, decided, *threshold.critical);
        decided.verdict = critical_held ? Verdict::marginal : Verdict::fail;
    }
    return decided;
}

std::optional<double> value_of(Metric::Statistic statistic, const ProbeResult& probe) {
    switch (statistic) {
    case Metric::Statistic::last:
        return probe.last;
    case Metric::Statistic::min:
        return probe.min;
    case Metric::Statistic::max:
        return probe.max;
    case Metric::Statistic::slope:
        return probe.slope;
    default:
        return probe.avg;
    }
}

/// A slope breaks a limit only when all of its interval does.
bool holds(Comparison op, const Metric& metric, const ProbeResult& probe, double limit) {
    if (metric.statistic != Metric::Statistic::slope) {
        return holds(op, *value_of(metric.statistic, probe), limit);
    }
    return holds(op, *probe.slope_low, limit) || holds(op, *probe.slope_high, limit);
}

/// Limits and value are in the unit of the probe.
ThresholdResult decide_probe(const Threshold& threshold, const Result& result) {
    ThresholdResult decided = blank_result(threshold, "");
    const auto probe = std::ranges::find(result.probes, threshold.metric.probe, &ProbeResult::name);
    if (probe == result.probes.end()) {
        return decided;
    }
    const bool slope = threshold.metric.statistic == Metric::Statistic::slope;
    const auto in_unit = [&](double limit) {
        return limit_in_unit(threshold.written, limit, probe->unit).value_or(limit);
    };
    decided.unit = slope ? probe->unit + "/s" : probe->unit;
    decided.target = in_unit(threshold.target);
    if (threshold.critical) {
        decided.critical = in_unit(*threshold.critical);
    }
    decided.value = value_of(threshold.metric.statistic, *probe);
    if (!decided.value) { // planned, but never read; a slope may have too few readings
        decided.verdict = slope && probe->count > 0 ? Verdict::skipped : Verdict::fail;
    } else if (holds(threshold.op, threshold.metric, *probe, decided.target)) {
        decided.verdict = Verdict::pass;
    } else {
        const bool critical_held =
            decided.critical &&
            holds(threshold.critical_op, threshold.metric, *probe, *decided.critical);
        decided.verdict = critical_held ? Verdict::marginal : Verdict::fail;
    }
    return decided;
}

template <class Names>
std::string list_of(const Names& names) {
    std::string list;
    for (const std::string& name : names) {
        list += (list.empty() ? "\"" : ", \"") + name + "\"";
    }
    return list.empty() ? "there are none" : "there are " + list;
}

std::string known_names(const ThresholdScope& scope, const ScopeNames& names) {
    if (scope.kind == Kind::tag) {
        return list_of(names.tags);
    }
    if (scope.kind == Kind::user_class) {
        return list_of(names.classes);
    }
    std::set<std::string> known;
    for (const auto& request : names.requests) {
        known.insert(scope.kind == Kind::method ? request.method : request.name);
    }
    return list_of(known);
}

bool exists(const ThresholdScope& scope, const ScopeNames& names) {
    switch (scope.kind) {
    case Kind::run:
        return true;
    case Kind::stage:
        return scope.every || scope.stage <= names.stages;
    case Kind::tag:
        return std::ranges::find(names.tags, scope.name) != names.tags.end();
    case Kind::user_class:
        return std::ranges::find(names.classes, scope.name) != names.classes.end();
    case Kind::method:
        return std::ranges::any_of(names.requests,
                                   [&](const auto& known) { return known.method == scope.name; });
    case Kind::request:
        break;
    }
    return scope.every || std::ranges::any_of(names.requests, [&](const auto& known) {
               return known.name == scope.name || known.method + " " + known.name == scope.name;
           });
}

/// The probe is there, and its unit is one of the limit.
Expected<void> check_probe(const Threshold& threshold, const ScopeNames& names) {
    const std::string prefix = "threshold `" + threshold.expression + "`: ";
    const auto probe = std::ranges::find(names.probes, threshold.metric.probe, &ProbeFigure::name);
    if (probe == names.probes.end()) {
        std::vector<std::string> known;
        for (const ProbeFigure& figure : names.probes) {
            known.push_back(figure.name);
        }
        return failure(prefix + "no such probe " + threshold.metric.probe + "; " + list_of(known));
    }
    if (!limit_in_unit(threshold.written, threshold.target, probe->unit)) {
        return failure(prefix + "the limit is nothing in the unit of the probe: " + probe->unit +
                       "; a bare number is in that unit");
    }
    return {};
}

/// As the plan names it: its name, else its path, else that of the URL.
std::string name_of(const Request& request, const std::string& base_url) {
    if (!request.name.empty() || !request.path.empty()) {
        return request.name.empty() ? request.path : request.name;
    }
    const auto url = parse_url(base_url);
    return url ? url->target : std::string();
}

} // namespace

ScopeNames scope_names(const Profile& profile) {
    const Expected<Url> url = parse_url(profile.target.base_url);
    ScopeNames names{.stages = static_cast<unsigned>(profile.load.stages.size()),
                     .sockets = url && url->websocket()};
    std::set<std::string> tags;
    for (const UserClass& user : profile.classes) {
        names.classes.push_back(user.name);
        auto add = [&](const std::vector<Request>& requests) {
            for (const Request& request : requests) {
                names.requests.push_back(
                    {.name = name_of(request, profile.target.base_url), .method = request.method});
            }
        };
        add(user.on_start);
        for (const Task& task : user.tasks) {
            tags.insert(task.tags.begin(), task.tags.end());
            names.sockets |= task.ws.has_value();
            add(task.requests);
        }
    }
    names.tags.assign(tags.begin(), tags.end());
    for (const Probe& probe : profile.probes) {
        std::ranges::move(figures_of(probe), std::back_inserter(names.probes));
    }
    return names;
}

Expected<void> check_scope(const Threshold& threshold, const ScopeNames& names) {
    const ThresholdScope& scope = threshold.scope;
    if (threshold.metric.family == Family::probe) {
        return check_probe(threshold, names);
    }
    const std::string prefix = "threshold `" + threshold.expression + "`: ";
    if (is_of_sockets(threshold.metric) && !names.sockets) {
        return failure(prefix + threshold.metric_text +
                       " is measured of WebSockets, and there are none: no ws:// or wss:// URL, no "
                       "task with ws");
    }
    if (exists(scope, names)) {
        return {};
    }
    if (scope.kind == Kind::stage) {
        return failure(prefix + "the load has " + std::to_string(names.stages) +
                       (names.stages == 1 ? " stage" : " stages"));
    }
    return failure(prefix + "no such scope " + text_of(scope) + "; " + known_names(scope, names));
}

uint64_t sample_count(const ThresholdScope& scope, const Result& result) {
    uint64_t count = 0;
    for (const Part& part : parts_of(scope, result)) {
        count += part.counts.completed();
    }
    return count;
}

uint64_t sample_count(const Threshold& threshold, const Result& result) {
    if (threshold.metric.family != Family::probe) {
        return sample_count(threshold.scope, result);
    }
    const auto probe = std::ranges::find(result.probes, threshold.metric.probe, &ProbeResult::name);
    return probe == result.probes.end() ? 0 : probe->count;
}

void mark_removed(std::span<Threshold> thresholds, const ScopeNames& taking_part) {
    for (Threshold& threshold : thresholds) {
        threshold.removed = !check_scope(threshold, taking_part);
    }
}

std::vector<ThresholdResult> evaluate(const Threshold& threshold, const Result& result) {
    if (threshold.removed) {
        return {blank_result(threshold, text_of(threshold.scope))};
    }
    if (threshold.metric.family == Family::probe) {
        return {decide_probe(threshold, result)};
    }
    std::vector<ThresholdResult> decided;
    for (const Part& part : parts_of(threshold.scope, result)) {
        decided.push_back(decide(threshold, part, result));
    }
    if (decided.empty()) {
        decided.push_back(blank_result(threshold, text_of(threshold.scope)));
    }
    return decided;
}

} // namespace ringblast
