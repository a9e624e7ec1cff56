#include "analysis/timeline_figures.hpp"

#include "stats/hdr_codec.hpp"

#include <algorithm>
#include <cmath>

namespace ringblast {

namespace {

constexpr double window_s_min = 10;
constexpr double window_s_wanted_max = 60;
constexpr double window_requests = 2000; ///< a hundred beyond the p95
constexpr double windows_min = 30;       ///< of 10 s at the least
constexpr double windows_max = 240;
constexpr double whole_share = 0.75; ///< of its length; a shorter last window is left out
constexpr double users_there = 0.99;

double seconds_of(Duration duration) {
    return std::chrono::duration<double>(duration).count();
}

double goal_figure(const Stage& stage) {
    return stage.users.value_or(stage.rate.value_or(0));
}

/// When the users of a closed load are all there.
double users_ready_s(const Result& result, HeldPart part, double users) {
    for (const TimelineRow& row : result.timeline) {
        if (row.t_s + row.span_s > part.from_s && row.t_s < part.to_s &&
            static_cast<double>(row.users) >= users_there * users) {
            return std::max(part.from_s, row.t_s);
        }
    }
    return part.from_s;
}

Histogram latency_of(const TimelineRow& row) {
    if (row.histogram.empty()) {
        return {};
    }
    Expected<Histogram> decoded = decode_hdr_base64(row.histogram);
    return decoded && decoded->layout() == HistogramLayout{} ? std::move(*decoded) : Histogram();
}

uint64_t count_above(const Histogram& histogram, int64_t value_ns) {
    uint64_t count = 0;
    const size_t first =
        std::max(histogram.slots_begin(), histogram.layout().index_of(value_ns) + 1);
    for (size_t i = first; i < histogram.slots_end(); ++i) {
        count += histogram.slot(i);
    }
    return count;
}

double window_length(const Result& result, const HeldPart& held) {
    double row_s = 1;
    double completed = 0;
    for (const TimelineRow& row : result.timeline) {
        if (row.t_s >= held.from_s && row.t_s < held.to_s) {
            row_s = std::max(row_s, row.span_s);
            completed += row.rps * row.span_s;
        }
    }
    const double wanted = window_requests * held.length_s() / std::max(completed, 1.0);
    double length = std::clamp(wanted, window_s_min, window_s_wanted_max);
    length = std::max(window_s_min, std::min(length, held.length_s() / windows_min));
    length = std::max({length, held.length_s() / windows_max, row_s});
    return std::floor(length / row_s + 1e-9) * row_s;
}

/// Puts the rows of the held part together.
class Windows {
public:
    Windows(const HeldPart& held, double length_s) : held_(held), length_s_(length_s) {}

    void add(const TimelineRow& row, uint64_t completed, const Histogram& latency) {
        if (row.t_s < held_.from_s - 1e-6 || row.t_s + row.span_s > held_.to_s + 1e-6) {
            return;
        }
        const auto index = static_cast<size_t>((row.t_s - held_.from_s) / length_s_ + 1e-6);
        if (index != index_) {
            close();
            index_ = index;
        }
        if (window_.span_s == 0) {
            window_.t_s = row.t_s;
        }
        window_.span_s += row.span_s;
        window_.completed += completed;
        window_.ok += row.ok;
        window_.generator_rss_bytes = row.generator_rss_bytes;
        latency_.merge(latency);
    }
    std::vector<WindowFigures> take() {
        close();
        return std::move(windows_);
    }

private:
    void close() {
        if (window_.span_s >= whole_share * length_s_) {
            window_.p50_ns = latency_.percentile(50);
            window_.p95_ns = latency_.percentile(95);
            window_.p99_ns = latency_.percentile(99);
            windows_.push_back(window_);
        }
        window_ = {};
        latency_ = Histogram();
    }

    HeldPart held_;
    double length_s_;
    size_t index_ = 0;
    WindowFigures window_;
    Histogram latency_;
    std::vector<WindowFigures> windows_;
};

} // namespace

std::optional<HeldPart> held_part(const Result& result) {
    const double load_from_s = result.warm_up_s;
    const double load_to_s = result.warm_up_s + result.duration_s;
    std::optional<HeldPart> longest;
    double start_s = 0;
    double from_s = 0;
    const Stage* before = nullptr;
    for (const Stage& stage : result.plan_stages) {
        const double end_s = start_s + seconds_of(stage.duration);
        const bool same = before != nullptr && !before->at_once && !stage.at_once &&
                          goal_figure(*before) == goal_figure(stage);
        if (!same || (before->ramp && !stage.ramp)) {
            from_s = start_s;
        }
        const bool held = !stage.at_once && goal_figure(stage) > 0 && (!stage.ramp || same);
        HeldPart part{.from_s = std::max(from_s, load_from_s), .to_s = std::min(end_s, load_to_s)};
        if (held && part.length_s() > 0 && stage.users) {
            part.from_s = users_ready_s(result, part, *stage.users);
        }
        if (held && part.length_s() > (longest ? longest->length_s() : 0)) {
            longest = part;
        }
        before = &stage;
        start_s = end_s;
    }
    return longest;
}

TimelineFigures read_timeline(const Result& result) {
    TimelineFigures figures{.held = held_part(result)};
    const bool long_enough = figures.held && figures.held->length_s() >= trend_s_min - 1e-6;
    Windows windows(figures.held.value_or(HeldPart{}),
                    long_enough ? window_length(result, *figures.held) : window_s_min);
    for (const TimelineRow& row : result.timeline) {
        if (row.warm_up) {
            continue;
        }
        const Histogram latency = latency_of(row);
        RowFigures entry{.row = &row, .completed = row.ok + row.failed + row.rate_limited};
        entry.mean_ns = latency.empty() ? 0 : latency.mean();
        for (size_t i = 0; i < interval_percentiles.size() && !latency.empty(); ++i) {
            entry.slower[i] =
                count_above(latency, result.latency.percentile(interval_percentiles[i]));
        }
        if (long_enough && !row.after) {
            windows.add(row, entry.completed, latency);
        }
        figures.rows.push_back(entry);
    }
    if (long_enough) {
        figures.windows = windows.take();
    }
    return figures;
}

} // namespace ringblast
