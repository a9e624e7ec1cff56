#include "analysis/window.hpp"

#include "base/print.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace ringblast {

namespace {

Counts difference(const Counts& now, const Counts& before) {
    Counts result;
    result.started = now.started - before.started;
    for (size_t i = 0; i < outcome_count; ++i) {
        result.outcomes[i] = now.outcomes[i] - before.outcomes[i];
    }
    for (const auto& [status, count] : now.statuses) {
        auto found = before.statuses.find(status);
        uint64_t grown = count - (found == before.statuses.end() ? 0 : found->second);
        if (grown > 0) {
            result.statuses[status] = grown;
        }
    }
    return result;
}

Histogram difference(const Histogram& now, const Histogram& before) {
    Histogram result(now.layout());
    for (size_t i = now.slots_begin(); i < now.slots_end(); ++i) {
        uint64_t grown = now.slot(i) - before.slot(i);
        if (grown > 0) {
            result.add_slot(i, grown);
        }
    }
    return result;
}

double per_second(const Counts& counts, double seconds) {
    return seconds > 0 ? static_cast<double>(counts.completed()) / seconds : 0;
}

std::vector<RequestResult> difference(const std::vector<RequestResult>& now,
                                      const std::vector<RequestResult>& before, double seconds) {
    std::vector<RequestResult> rows;
    for (size_t i = 0; i < now.size(); ++i) { // the same plan, so the same rows
        RequestResult row{.name = now[i].name, .method = now[i].method, .after = now[i].after};
        row.counts =
            i < before.size() ? difference(now[i].counts, before[i].counts) : now[i].counts;
        row.latency =
            i < before.size() ? difference(now[i].latency, before[i].latency) : now[i].latency;
        row.rps = per_second(row.counts, seconds);
        rows.push_back(std::move(row));
    }
    return rows;
}

std::optional<WebSocketResult> difference(const std::optional<WebSocketResult>& now,
                                          const std::optional<WebSocketResult>& before) {
    if (!now || !before) {
        return now;
    }
    return WebSocketResult{.connections = now->connections - before->connections,
                           .messages_sent = now->messages_sent - before->messages_sent,
                           .messages_received = now->messages_received - before->messages_received,
                           .dropped = now->dropped - before->dropped,
                           .connect = difference(now->connect, before->connect)};
}

/// The readings since then, on their own. Two points that merged meanwhile count as before.
std::vector<ProbeResult> difference(const std::vector<ProbeResult>& now,
                                    const std::vector<ProbeResult>& before) {
    std::vector<ProbeResult> windows;
    for (size_t i = 0; i < now.size(); ++i) { // the same probes
        ProbeResult window{.name = now[i].name, .unit = now[i].unit};
        const bool any = i < before.size() && !before[i].series.empty();
        double sum = 0;
        for (const ProbePoint& point : now[i].series) {
            if (!point.measured || (any && point.t_s <= before[i].series.back().t_s)) {
                continue;
            }
            ++window.count;
            sum += point.value;
            window.last = point.value;
            window.min = std::min(window.min.value_or(point.value), point.value);
            window.max = std::max(window.max.value_or(point.value), point.value);
        }
        if (window.count > 0) {
            window.avg = sum / static_cast<double>(window.count);
        }
        windows.push_back(std::move(window));
    }
    return windows;
}

bool is_lower_bound_on_rate(const Threshold& threshold) {
    bool lower = threshold.op == Comparison::greater || threshold.op == Comparison::greater_equal;
    return lower && threshold.unit == ThresholdUnit::per_second;
}

/// Whether `left` is further from what the comparison asks for.
bool is_worse(Comparison op, double left, double right) {
    return op == Comparison::greater || op == Comparison::greater_equal ? left < right
                                                                        : left > right;
}

} // namespace

Result difference(const Result& now, const Result& before) {
    Result window;
    window.duration_s = now.duration_s - before.duration_s;
    window.counts = difference(now.counts, before.counts);
    window.rps = per_second(window.counts, window.duration_s);
    window.dropped = now.dropped - before.dropped;
    window.retries = now.retries - before.retries;
    window.skipped_tasks = now.skipped_tasks - before.skipped_tasks;
    window.latency = difference(now.latency, before.latency);
    window.ok_latency = difference(now.ok_latency, before.ok_latency);
    window.service = difference(now.service, before.service);
    window.ttfb = difference(now.ttfb, before.ttfb);
    window.connect = difference(now.connect, before.connect);
    window.handshake = difference(now.handshake, before.handshake);
    window.requests = difference(now.requests, before.requests, window.duration_s);
    window.tags = difference(now.tags, before.tags, window.duration_s);
    window.classes = difference(now.classes, before.classes, window.duration_s);
    window.ws = difference(now.ws, before.ws);
    window.probes = difference(now.probes, before.probes);
    for (size_t i = 0; i < now.stages.size(); ++i) {
        StageResult stage = now.stages[i];
        if (i < before.stages.size()) {
            stage.duration_s -= before.stages[i].duration_s;
            stage.counts = difference(stage.counts, before.stages[i].counts);
            stage.latency = difference(stage.latency, before.stages[i].latency);
            stage.ok_latency = difference(stage.ok_latency, before.stages[i].ok_latency);
        }
        stage.rps = per_second(stage.counts, stage.duration_s);
        window.stages.push_back(std::move(stage));
    }
    return window;
}

WindowWatch::WindowWatch(std::span<const Threshold> thresholds, const std::vector<Stage>& stages)
    : thresholds_(thresholds), worst_(thresholds.size()) {
    for (const Threshold& threshold : thresholds) {
        if (threshold.window_s || threshold.abort) {
            longest_s_ = std::max(longest_s_, threshold.window_s.value_or(abort_window_s));
            wants_probes_ |= threshold.metric.family == Metric::Family::probe;
        }
    }
    for (const Stage& stage : stages) {
        if (!stage.ramp) {
            break;
        }
        held_from_s_ += std::chrono::duration<double>(stage.duration).count();
    }
}

void WindowWatch::see(const Result& so_far, double t_s) {
    for (size_t i = 0; i < thresholds_.size(); ++i) {
        const Threshold& threshold = thresholds_[i];
        if (!threshold.window_s && !threshold.abort) {
            continue;
        }
        double window_s = threshold.window_s.value_or(abort_window_s);
        auto start = std::ranges::find_if(looks_, [&](const Look& look) {
            return look.t_s <= t_s - window_s + 0.5 && look.t_s > t_s - window_s - 0.5;
        });
        if (start != looks_.end()) {
            judge(i, difference(so_far, start->result), t_s);
        }
    }
    looks_.push_back({t_s, so_far});
    for (ProbeResult& probe : looks_.back().result.probes) { // only its end is asked for
        probe.series.erase(probe.series.begin(),
                           probe.series.end() - (probe.series.empty() ? 0 : 1));
        probe.series.shrink_to_fit();
    }
    while (looks_.front().t_s < t_s - longest_s_ - 1) {
        looks_.pop_front();
    }
}

void WindowWatch::judge(size_t index, const Result& window, double t_s) {
    const Threshold& threshold = thresholds_[index];
    const uint64_t samples = sample_count(threshold, window);
    if (samples == 0) {
        return;
    }
    const bool probe = threshold.metric.family == Metric::Family::probe;
    for (ThresholdResult& result : evaluate(threshold, window)) {
        if (!result.value) {
            continue;
        }
        bool breaks = result.verdict == Verdict::fail;
        bool early = is_lower_bound_on_rate(threshold) && t_s < held_from_s_;
        if (breaks && threshold.abort && !early && broken_.empty() &&
            samples >= (probe ? abort_readings_min : abort_samples_min)) {
            broken_ = fmt::format("{} was broken in the {} before {}", threshold.expression,
                                  print_span(window.duration_s), print_span(t_s));
        }
        auto [known, fresh] = worst_[index].try_emplace(result.scope, result);
        if (!fresh && is_worse(threshold.op, *result.value, *known->second.value)) {
            known->second = std::move(result);
        }
    }
}

std::optional<std::vector<ThresholdResult>> WindowWatch::worst(const Threshold& threshold) const {
    size_t index = static_cast<size_t>(&threshold - thresholds_.data());
    if (!threshold.window_s || worst_[index].empty()) {
        return std::nullopt;
    }
    std::vector<ThresholdResult> results;
    for (const auto& [scope, result] : worst_[index]) {
        results.push_back(result);
        results.back().window_s = threshold.window_s;
    }
    return results;
}

} // namespace ringblast
