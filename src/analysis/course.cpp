#include "analysis/course.hpp"

#include "analysis/clustering.hpp"
#include "analysis/trend.hpp"
#include "base/print.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <numeric>

namespace ringblast {

namespace {

constexpr double memory_slope_min = 64 * 1024; ///< bytes per minute that may be a leak
constexpr size_t rows_per_batch = 5;
constexpr size_t batches_min = 10;
constexpr size_t batches_last = 5;              ///< alike by chance too often: no cut leaves fewer
constexpr double as_good = 1.1;                 ///< of the least figure of MSER
constexpr double warm_up_difference_min = 0.10; ///< of the level afterwards
constexpr double slack_s = 1.5;                 ///< a load starts with its first second

std::string figure_text(double value, const std::string& unit) {
    const std::string sign = value < 0 ? "-" : "";
    const double size = std::abs(value);
    return sign + (unit == "ms"   ? print_latency(size * latency_ns_per_ms)
                   : unit == "/s" ? print_rate(size) + "/s"
                                  : print_bytes(size));
}

std::string name_of_metric(const std::string& metric) {
    return metric == "generator_memory" ? "the generator's memory" : metric;
}

std::string trend_words(const TrendFinding& finding) {
    const std::string name = name_of_metric(finding.metric);
    if (!finding.steps.empty()) {
        std::string words = name;
        for (const StepFinding& step : finding.steps) {
            words += fmt::format("{} stepped from {} to {} at {:.0f} s",
                                 &step == finding.steps.data() ? "" : ", and",
                                 figure_text(step.before, finding.unit),
                                 figure_text(step.after, finding.unit), step.t_s);
        }
        return words;
    }
    const std::string interval = fmt::format("95 %: {:+.1f} to {:+.1f} %", finding.change_low * 100,
                                             finding.change_high * 100);
    if (!finding.significant) {
        return fmt::format("{} shows no trend ({})", name, interval);
    }
    return fmt::format("{} {} by {:.1f} % over {} ({}), {} a minute", name,
                       finding.change > 0 ? "rose" : "fell", std::abs(finding.change) * 100,
                       print_span(finding.to_s - finding.from_s), interval,
                       figure_text(finding.slope_per_min, finding.unit));
}

struct Measure {
    const char* metric;
    const char* unit;
    double (*value)(const WindowFigures&);
};

constexpr Measure measures[] = {
    {"p50", "ms",
     [](const WindowFigures& window) {
         return static_cast<double>(window.p50_ns) / latency_ns_per_ms;
     }},
    {"p95", "ms",
     [](const WindowFigures& window) {
         return static_cast<double>(window.p95_ns) / latency_ns_per_ms;
     }},
    {"p99", "ms",
     [](const WindowFigures& window) {
         return static_cast<double>(window.p99_ns) / latency_ns_per_ms;
     }},
    {"goodput", "/s",
     [](const WindowFigures& window) { return static_cast<double>(window.ok) / window.span_s; }},
};

std::optional<TrendFinding> finding_of(const char* metric, const char* unit,
                                       const std::vector<SeriesPoint>& series, double window_s) {
    const std::optional<Trend> trend = find_trend(series);
    if (!trend) {
        return std::nullopt;
    }
    constexpr double s_per_min = 60;
    TrendFinding finding;
    finding.metric = metric;
    finding.unit = unit;
    finding.from_s = series.front().t_s;
    finding.to_s = series.back().t_s + window_s;
    finding.median = trend->median;
    finding.slope_per_min = trend->slope * s_per_min;
    finding.slope_low = trend->slope_low * s_per_min;
    finding.slope_high = trend->slope_high * s_per_min;
    finding.change = trend->change;
    finding.change_low = trend->change_low;
    finding.change_high = trend->change_high;
    finding.p_value = trend->p_value;
    finding.significant = trend->significant;
    for (const Step& step : find_steps(series)) {
        finding.steps.push_back({.t_s = step.t_s, .before = step.before, .after = step.after});
    }
    return finding;
}

/// Buffers and histograms fill at first: only what grows after a third of the time, and by more
/// than the timeline takes, is worth a look.
std::optional<TrendFinding> memory_trend(const TimelineFigures& timeline) {
    std::vector<SeriesPoint> series;
    const double from_s = timeline.held->from_s + timeline.held->length_s() / 3;
    for (const WindowFigures& window : timeline.windows) {
        if (window.t_s >= from_s && window.generator_rss_bytes > 0) {
            series.push_back(
                {.t_s = window.t_s, .value = static_cast<double>(window.generator_rss_bytes)});
        }
    }
    std::optional<TrendFinding> finding =
        finding_of("generator_memory", "bytes", series, timeline.windows.front().span_s);
    if (finding) {
        finding->significant = finding->significant && finding->slope_low > memory_slope_min;
        finding->words = trend_words(*finding);
    }
    return finding;
}

/// By how much the requests beyond a percentile come in bunches; at least 1.
double bunching(const TimelineFigures& timeline, size_t percentile) {
    std::vector<Occurrences> rows;
    for (const RowFigures& figures : timeline.rows) {
        rows.push_back({.t_s = figures.row->t_s,
                        .span_s = figures.row->span_s,
                        .trials = figures.completed,
                        .hits = figures.slower[percentile]});
    }
    return std::max(1.0, dispersion_index(rows));
}

double mean_of(std::span<const double> values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

} // namespace

std::vector<TrendFinding> find_trends(const TimelineFigures& timeline) {
    std::vector<TrendFinding> findings;
    if (timeline.windows.empty()) {
        return findings;
    }
    for (const Measure& measure : measures) {
        std::vector<SeriesPoint> series;
        for (const WindowFigures& window : timeline.windows) {
            if (window.completed > 0 || measure.unit == std::string_view("/s")) {
                series.push_back({.t_s = window.t_s, .value = measure.value(window)});
            }
        }
        if (auto finding =
                finding_of(measure.metric, measure.unit, series, timeline.windows.front().span_s)) {
            finding->words = trend_words(*finding);
            findings.push_back(std::move(*finding));
        }
    }
    if (auto memory = memory_trend(timeline)) {
        findings.push_back(std::move(*memory));
    }
    return findings;
}

std::optional<ErrorClustering> find_error_clustering(const TimelineFigures& timeline) {
    std::vector<Occurrences> rows;
    for (const RowFigures& figures : timeline.rows) {
        rows.push_back({.t_s = figures.row->t_s,
                        .span_s = figures.row->span_s,
                        .trials = figures.completed,
                        .hits = figures.row->failed});
    }
    const std::optional<Clustering> clustering = find_clustering(rows);
    if (!clustering) {
        return std::nullopt;
    }
    return ErrorClustering{.dispersion = clustering->dispersion,
                           .p_value = clustering->dispersion_p,
                           .runs_p_value = clustering->runs_p,
                           .significant = clustering->significant,
                           .period_s = clustering->period_s,
                           .words = clustering->significant
                                        ? clustering_words(*clustering, "errors")
                                        : "the errors are spread evenly over the run"};
}

std::vector<PercentileInterval> percentile_intervals(const Histogram& latency,
                                                     const TimelineFigures& timeline) {
    std::vector<PercentileInterval> intervals;
    const auto count = static_cast<double>(latency.count());
    for (size_t i = 0; i < interval_percentiles.size() && count > 0; ++i) {
        const double q = interval_percentiles[i] / 100;
        const double n = count / bunching(timeline, i);
        const double reach = z_95 * std::sqrt(n * q * (1 - q));
        const double low = (n * q - reach) / n;
        const double high = (n * q + reach + 1) / n;
        if (low * n < 1 || high > 1) {
            continue;
        }
        const HistogramLayout& layout = latency.layout();
        const int64_t low_ns = latency.percentile(low * 100);
        intervals.push_back(
            {.percentile = interval_percentiles[i],
             .low_ns = std::max(latency.min(), layout.value_of(layout.index_of(low_ns))),
             .high_ns = latency.percentile(high * 100)});
    }
    return intervals;
}

std::optional<size_t> mser_cut(const std::vector<double>& batches) {
    std::vector<double> figures;
    for (size_t cut = 0; cut + batches_last <= batches.size(); ++cut) {
        const auto rest = std::span(batches).subspan(cut);
        const double mean = mean_of(rest);
        double squares = 0;
        for (const double value : rest) {
            squares += (value - mean) * (value - mean);
        }
        const auto n = static_cast<double>(rest.size());
        figures.push_back(squares / (n * n));
    }
    // Of cuts that are as good but for noise the first: it keeps the most.
    const double good = figures.empty() ? 0 : as_good * std::ranges::min(figures);
    const auto best = static_cast<size_t>(
        std::ranges::find_if(figures, [&](double figure) { return figure <= good; }) -
        figures.begin());
    return best * 2 > batches.size() ? std::nullopt : std::optional(best);
}

std::optional<SteadyState> find_steady_state(const Result& result,
                                             const TimelineFigures& timeline) {
    if (result.warm_up_s > 0 || !timeline.held || timeline.held->from_s > slack_s) {
        return std::nullopt;
    }
    std::vector<const RowFigures*> rows;
    for (const RowFigures& figures : timeline.rows) {
        if (!figures.row->after && figures.completed > 0 &&
            figures.row->t_s >= timeline.held->from_s && figures.row->t_s < timeline.held->to_s) {
            rows.push_back(&figures);
        }
    }
    if (rows.size() < batches_min * rows_per_batch) {
        return std::nullopt;
    }
    std::vector<double> batches;
    for (size_t i = 0; i + rows_per_batch <= rows.size(); i += rows_per_batch) {
        double sum = 0;
        for (size_t k = i; k < i + rows_per_batch; ++k) {
            sum += rows[k]->mean_ns;
        }
        batches.push_back(sum / rows_per_batch);
    }
    SteadyState state;
    const std::optional<size_t> cut = mser_cut(batches);
    const size_t split = cut.value_or(batches.size() / 2);
    const double before = split == 0 ? 0 : mean_of(std::span(batches).first(split));
    const double after = mean_of(std::span(batches).subspan(split));
    if (split == 0 || std::abs(before - after) < warm_up_difference_min * after) {
        return state;
    }
    if (!cut) {
        state.steady = false;
        state.words = fmt::format("latency had not settled by the middle of the run (mean {}, "
                                  "then {}): its figures are of a target that was still changing",
                                  print_latency(before), print_latency(after));
        return state;
    }
    state.warm_up_s = std::ceil(rows[*cut * rows_per_batch]->row->t_s);
    const std::string means =
        fmt::format("(mean {}, then {})", print_latency(before), print_latency(after));
    state.words =
        before > after
            ? fmt::format("no warm-up was left out, but the first {:.0f} s were slower {}: "
                          "--warm-up {:.0f}s leaves them out",
                          state.warm_up_s, means, state.warm_up_s)
            : fmt::format("the first {:.0f} s were faster than the rest {}: figures of the whole "
                          "run mix both",
                          state.warm_up_s, means);
    return state;
}

} // namespace ringblast
