#include "run/assemble.hpp"

#include "base/clock.hpp"
#include "run/failure_text.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <functional>

namespace ringblast {

namespace {

void add_counts(Counts& total, const Counts& part) {
    total.started += part.started;
    for (size_t i = 0; i < outcome_count; ++i) {
        total.outcomes[i] += part.outcomes[i];
    }
    for (const auto& [status, count] : part.statuses) {
        total.statuses[status] += count;
    }
}

double per_second(uint64_t count, double seconds) {
    return seconds > 0 ? static_cast<double>(count) / seconds : 0;
}

/// What leaves are added up by. What ran after the load has rows of its own.
struct RowKey {
    std::string name, method;
    bool after = false;
};

/// Sums of leaves by a key, in the order of their first leaf.
class RowSums {
public:
    RequestResult& row(const RowKey& key) {
        auto same = [&](const RequestResult& row) {
            return row.name == key.name && row.method == key.method && row.after == key.after;
        };
        auto found = std::ranges::find_if(rows_, same);
        if (found == rows_.end()) {
            rows_.push_back({.name = key.name, .method = key.method, .after = key.after});
            return rows_.back();
        }
        return *found;
    }
    void add(const RowKey& key, const CellTotals& cell) {
        RequestResult& sum = row(key);
        add_counts(sum.counts, cell.counts);
        sum.latency.merge(cell.ok);
        sum.latency.merge(cell.other);
    }
    std::vector<RequestResult> take(double seconds) {
        for (RequestResult& row : rows_) {
            row.rps = row.after ? 0 : per_second(row.counts.completed(), seconds);
        }
        return std::move(rows_);
    }

private:
    std::vector<RequestResult> rows_;
};

/// Leaves whose requests run after the load only.
std::vector<bool> leaves_after(const Plan& plan) {
    std::vector<bool> after(plan.leaves.size());
    for (const PlannedClass& users : plan.classes) {
        if (users.on_stop) {
            const PlannedTask& task = plan.tasks[*users.on_stop];
            std::fill_n(after.begin() + task.first, task.count, true);
        }
    }
    return after;
}

void sum_leaves(const Plan& plan, const Collector& collector, Result& result) {
    RowSums requests, tags, classes;
    const std::vector<bool> after = leaves_after(plan);
    for (unsigned i = 0; i < plan.leaves.size(); ++i) {
        const Leaf& leaf = plan.leaves[i];
        if (after[i]) {
            requests.add({leaf.name, leaf.method, true}, collector.leaf(phase_after, i));
            continue;
        }
        const CellTotals& cell = collector.leaf(phase_measured, i);
        if (plan.socket && i == 0 && cell.counts.started == 0) {
            continue; // its connects: all of them came before the load
        }
        add_counts(result.counts, cell.counts);
        result.latency.merge(cell.ok);
        result.latency.merge(cell.other);
        result.ok_latency.merge(cell.ok);
        requests.add({leaf.name, leaf.method}, cell);
        classes.add({leaf.class_name, ""}, cell);
        for (const std::string& tag : leaf.tags) {
            tags.add({tag, ""}, cell);
        }
    }
    result.requests = requests.take(result.duration_s);
    result.tags = tags.take(result.duration_s);
    result.classes = classes.take(result.duration_s);
}

/// Stage times by the plan, cut to what was measured.
void add_stages(const Plan& plan, const Collector& collector, MeasuredSpan span, Result& result) {
    double start_s = 0;
    for (unsigned i = 0; i < plan.stages.size(); ++i) {
        double end_s = start_s + std::chrono::duration<double>(plan.stages[i].duration).count();
        StageResult stage;
        stage.index = i + 1;
        stage.goal = plan.stages[i];
        stage.start_s = start_s;
        stage.duration_s =
            std::max(0.0, std::min(end_s, span.to_s) - std::max(start_s, span.from_s));
        stage.users = plan.stages[i].users.value_or(0);
        if (plan.stages.size() == 1) { // no cells of its own: the stage is the load
            stage.counts = result.counts;
            stage.latency = result.latency;
            stage.ok_latency = result.ok_latency;
        } else {
            const CellTotals& cell = collector.stage(i);
            stage.counts = cell.counts;
            stage.latency = cell.latency();
            stage.ok_latency = cell.ok;
        }
        stage.rps = per_second(stage.counts.completed(), stage.duration_s);
        result.stages.push_back(std::move(stage));
        start_s = end_s;
    }
}

std::string error_text(const Plan& plan, const ErrorKey& key,
                       std::span<const TlsFailureFacts> certificates) {
    if (key.leaf >= plan.leaves.size()) {
        return "further kinds of " + std::string(name_of(key.outcome));
    }
    return failure_text(plan, key.leaf, key.outcome, key.detail, certificates);
}

void add_errors(const Plan& plan, const Collector& collector,
                std::span<const TlsFailureFacts> certificates, Result& result) {
    for (const ErrorCount& error : collector.errors()) {
        bool known = error.key.leaf < plan.leaves.size();
        result.errors.push_back(
            {.outcome = error.key.outcome,
             .request = known ? plan.leaves[error.key.leaf].name : "",
             .method = known ? plan.leaves[error.key.leaf].method : "",
             .message = error_text(plan, error.key, certificates),
             .count = error.count,
             .first_s = static_cast<double>(error.first_ns) / ns_per_second,
             .last_s = static_cast<double>(error.last_ns) / ns_per_second});
    }
}

/// A closed load without pauses asks for as much as it can get.
bool at_full_speed(const Plan& plan) {
    auto pauses = [](const PlannedClass& users) { return users.wait.kind != Wait::Kind::none; };
    auto waits = [](const PlannedRequest& request) {
        return request.think_ns > 0 || request.until.has_value();
    };
    return !plan.open_load && std::ranges::none_of(plan.classes, pauses) &&
           std::ranges::none_of(plan.requests, waits);
}

void add_notes(const ThreadCounters& counters, Result& result) {
    if (counters.users_out_of_rows > 0) {
        result.notes.push_back(fmt::format("{} users ended because a csv with pick = \"unique\" "
                                           "had no row left for them",
                                           counters.users_out_of_rows));
    }
    if (counters.stops_undone > 0) {
        result.notes.push_back(fmt::format("on_stop of {} users did not end within stop_timeout",
                                           counters.stops_undone));
    }
}

/// Requests after the load are in no total; those that were not ok left something undone.
void add_failed_stops(const Plan& plan, const Collector& collector, Result& result) {
    for (unsigned i = 0; i < plan.leaves.size(); ++i) {
        const Counts& counts = collector.leaf(phase_after, i).counts;
        uint64_t bad = counts.completed() - counts.ok();
        if (bad > 0) {
            result.notes.push_back(fmt::format("on_stop: {} of {} \"{}\" failed", bad,
                                               counts.completed(), plan.leaves[i].name));
        }
    }
}

void check_sums(const Plan& plan, const Collector& collector, Result& result) {
    ThreadCounters counters = collector.counters();
    SelfCheck& check = result.self_check;
    for (unsigned phase = 0; phase < phase_count; ++phase) {
        for (unsigned i = 0; i < plan.leaves.size(); ++i) {
            const CellTotals& cell = collector.leaf(phase, i);
            check.started += cell.counts.started;
            check.ended += cell.counts.ended();
            result.generator.latency_out_of_range += cell.latency_out_of_range;
        }
    }
    check.open_load = plan.open_load;
    check.arrivals = counters.arrivals;
    check.tasks_started = counters.tasks_started;
    check.dropped = counters.dropped;
    check.in_flight_area_s = static_cast<double>(counters.in_flight_area_ns) / ns_per_second;
    check.latency_sum_s = static_cast<double>(counters.latency_sum_ns) / ns_per_second;
}

} // namespace

Result assemble_result(const Plan& plan, const Collector& collector, MeasuredSpan span,
                       std::span<const TlsFailureFacts> certificates) {
    Result result;
    result.name = plan.name;
    result.url = plan.url;
    result.plan_stages = plan.stages;
    result.duration_s = std::max(0.0, span.to_s - span.from_s);
    result.warm_up_s = span.from_s;
    sum_leaves(plan, collector, result);
    result.rps = per_second(result.counts.completed(), result.duration_s);
    result.service = collector.service();
    result.ttfb = collector.ttfb();
    result.connect = collector.connect();
    result.handshake = collector.handshake();
    ThreadCounters counters = collector.counters();
    result.bytes = {.sent = counters.bytes_sent,
                    .received = counters.bytes_received,
                    .body = counters.bytes_body};
    result.arrivals = counters.arrivals;
    result.dropped = counters.dropped;
    result.retries = counters.retries;
    result.reconnects = counters.reconnects;
    result.skipped_tasks = counters.skipped_tasks;
    result.connections_opened = counters.connections_opened;
    result.users_peak = plan.users_peak;
    result.pipeline = plan.pipeline;
    if (plan.socket || !plan.socket_tasks.empty()) {
        result.ws = WebSocketResult{.connections = counters.ws_connections,
                                    .messages_sent = counters.ws_sent,
                                    .messages_received = counters.ws_received,
                                    .dropped = counters.ws_dropped,
                                    .close_codes = collector.close_codes(),
                                    .connect = collector.ws_connect()};
    }
    add_stages(plan, collector, span, result);
    add_errors(plan, collector, certificates, result);
    check_sums(plan, collector, result);
    GeneratorReport& generator = result.generator;
    generator.seed = plan.seed;
    generator.lateness = collector.lateness();
    generator.stale_completions = counters.stale_completions;
    generator.out_of_ports = counters.out_of_ports;
    generator.out_of_files = counters.out_of_files;
    generator.stall_max_s = static_cast<double>(counters.stall_ns_max) / ns_per_second;
    generator.samples_lost = counters.samples_lost;
    generator.closed_at_full_speed = at_full_speed(plan);
    add_notes(counters, result);
    add_failed_stops(plan, collector, result);
    return result;
}

} // namespace ringblast
