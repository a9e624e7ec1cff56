#include "report/html_data.hpp"

#include "report/heat_map.hpp"
#include "report/load_text.hpp"
#include "report/result_words.hpp"
#include "report/timeline_latency.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

namespace ringblast {

namespace {

using Json = nlohmann::ordered_json;

constexpr size_t points_max = 400; ///< of a line over time; more are a band of noise
constexpr size_t heat_columns_max = 180;
constexpr size_t saturation_steps_min = 3;

/// Six digits are more than a chart shows; null where there is no number.
Json number(double value) {
    if (!std::isfinite(value) || value == 0) {
        return std::isfinite(value) ? Json(0) : Json();
    }
    const double magnitude = std::pow(10, 5 - std::floor(std::log10(std::abs(value))));
    const double rounded = std::round(value * magnitude) / magnitude;
    return std::isfinite(rounded) ? Json(rounded) : Json(value);
}

Json timeline_json(const Result& result) {
    Json json;
    for (const TimelineRow& row : merged_rows(result.timeline, points_max)) {
        const auto rate = [&](uint64_t count) {
            return number(row.span_s > 0 ? static_cast<double>(count) / row.span_s : 0);
        };
        const auto ms = [&](int64_t ns) {
            return row.histogram.empty() ? Json() : number(static_cast<double>(ns) / ns_in_ms);
        };
        json["t"].push_back(row.t_s + row.span_s / 2);
        json["users"].push_back(row.users);
        json["ok"].push_back(rate(row.ok));
        json["failed"].push_back(rate(row.failed));
        json["limited"].push_back(rate(row.rate_limited));
        json["dropped"].push_back(rate(row.dropped));
        json["p50"].push_back(ms(row.p50_ns));
        json["p95"].push_back(ms(row.p95_ns));
        json["p99"].push_back(ms(row.p99_ns));
        json["max"].push_back(ms(row.max_ns));
    }
    if (!result.timeline.empty()) {
        json["end"] = number(result.timeline.back().t_s + result.timeline.back().span_s);
    }
    return json;
}

/// From and to of the rows that are not of the measured load.
Json bands_json(const Result& result) {
    Json bands = Json::array();
    for (const auto& [name, member] :
         {std::pair{"warm-up", &TimelineRow::warm_up}, std::pair{"after", &TimelineRow::after}}) {
        const auto within = [which = member](const TimelineRow& row) { return row.*which; };
        const auto first = std::ranges::find_if(result.timeline, within);
        if (first != result.timeline.end()) {
            const auto last =
                std::find_if(result.timeline.rbegin(), result.timeline.rend(), within);
            bands.push_back(
                {{"name", name}, {"from", first->t_s}, {"to", last->t_s + last->span_s}});
        }
    }
    return bands;
}

Json stages_json(const Result& result) {
    Json stages = Json::array();
    if (result.stages.size() > 1) {
        for (const StageResult& stage : result.stages) {
            stages.push_back({{"name", std::to_string(stage.index)}, {"from", stage.start_s}});
        }
    }
    return stages;
}

Json heat_json(const HeatMap& map) {
    Json edges = Json::array();
    for (const double edge : map.edges_ms) {
        edges.push_back(number(edge));
    }
    return {
        {"from", map.from_s}, {"column", map.column_s}, {"edges", edges}, {"counts", map.columns}};
}

/// Points at 1/(1-p) = 1, 1.26, 1.58 … up to the number of samples, where the largest one is.
Json curve_json(const char* name, const Histogram& latency) {
    Json points = Json::array();
    const auto count = static_cast<double>(latency.count());
    const auto add = [&](double rarity, int64_t ns) {
        points.push_back({number(rarity), number(static_cast<double>(ns) / ns_in_ms)});
    };
    for (int step = 0; std::pow(10, step / 10.0) < count; ++step) {
        const double rarity = std::pow(10, step / 10.0);
        add(rarity, latency.percentile(100 - 100 / rarity));
    }
    add(count, latency.max());
    return {{"name", name}, {"points", points}};
}

Json curves_json(const Result& result) {
    Json curves = Json::array();
    if (!result.latency.empty()) {
        curves.push_back(curve_json("latency", result.latency));
        if (differs_noticeably(result.ok_latency, result.latency)) {
            curves.push_back(curve_json("ok only", result.ok_latency));
        }
        if (differs_noticeably(result.service, result.latency)) {
            curves.push_back(curve_json("service time", result.service));
        }
    }
    return curves;
}

/// Good responses per second while the stage lasted. Those of the stage itself may have come long
/// after it, from the queue that it left.
double ok_rate_during(const Result& result, const StageResult& stage) {
    const double from = std::max(stage.start_s, result.warm_up_s);
    const double to = from + stage.duration_s;
    double ok = 0;
    for (const TimelineRow& row : result.timeline) {
        const double shared_s = std::min(to, row.t_s + row.span_s) - std::max(from, row.t_s);
        if (shared_s > 0) {
            ok += static_cast<double>(row.ok) * shared_s / row.span_s;
        }
    }
    return ok / stage.duration_s;
}

/// A point for each step up that was held; null unless they are enough for a curve. A step down
/// again still carries what the steps before it left behind.
Json saturation_json(const Result& result) {
    Json points = Json::array();
    double highest = 0;
    bool users = false;
    for (const StageResult& stage : result.stages) {
        const double goal = stage.goal.users.value_or(stage.goal.rate.value_or(0));
        if (stage.goal.ramp || goal <= highest || stage.duration_s <= 0 || stage.latency.empty()) {
            highest = std::max(highest, goal);
            continue;
        }
        highest = goal;
        users = stage.goal.users.has_value();
        points.push_back(
            {{"goal", number(goal)},
             {"ok", number(ok_rate_during(result, stage))},
             {"p50", number(static_cast<double>(stage.latency.percentile(50)) / ns_in_ms)},
             {"p95", number(static_cast<double>(stage.latency.percentile(95)) / ns_in_ms)}});
    }
    if (points.size() < saturation_steps_min) {
        return {};
    }
    return {{"unit", users ? "users" : "arrivals/s"}, {"points", points}};
}

/// Lines of probes that were read at all, neighbours made one where they are many.
Json probes_json(const Result& result) {
    Json probes = Json::array();
    for (const ProbeResult& probe : result.probes) {
        const size_t together = (probe.series.size() + points_max - 1) / points_max;
        Json points = Json::array();
        for (size_t first = 0; first < probe.series.size(); first += together) {
            const size_t end = std::min(first + together, probe.series.size());
            double sum = 0;
            for (size_t i = first; i < end; ++i) {
                sum += probe.series[i].value;
            }
            points.push_back({number(probe.series[first].t_s),
                              number(sum / static_cast<double>(end - first))});
        }
        if (!points.empty()) {
            probes.push_back({{"name", probe.name}, {"unit", probe.unit}, {"points", points}});
        }
    }
    return probes;
}

} // namespace

ChartData chart_data(const Result& result) {
    const HeatMap map = heat_map(result, heat_columns_max);
    const Json curves = curves_json(result);
    const Json saturation = saturation_json(result);
    const Json probes = probes_json(result);
    std::vector<std::string> probe_names;
    for (const Json& probe : probes) {
        probe_names.push_back(probe["name"].get<std::string>());
    }
    const Json json = {{"rows", timeline_json(result)},
                       {"bands", bands_json(result)},
                       {"stages", stages_json(result)},
                       {"heat", map.empty() ? Json() : heat_json(map)},
                       {"curves", curves},
                       {"saturation", saturation},
                       {"probes", probes}};
    return {.json = json.dump(-1, ' ', false, Json::error_handler_t::replace),
            .timeline = !result.timeline.empty(),
            .errors = std::ranges::any_of(result.timeline,
                                          [](const TimelineRow& row) {
                                              return row.failed + row.rate_limited + row.dropped >
                                                     0;
                                          }),
            .heat_map = !map.empty(),
            .percentiles = !curves.empty(),
            .saturation = !saturation.is_null(),
            .probes = std::move(probe_names)};
}

} // namespace ringblast
