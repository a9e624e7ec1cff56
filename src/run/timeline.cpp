#include "run/timeline.hpp"

#include "base/check.hpp"
#include "stats/hdr_codec.hpp"

namespace ringblast {

namespace {

void set_latencies(TimelineRow& row, const Histogram& latency) {
    row.p50_ns = latency.percentile(50);
    row.p95_ns = latency.percentile(95);
    row.p99_ns = latency.percentile(99);
    row.max_ns = latency.empty() ? 0 : latency.max();
    row.histogram = latency.empty() ? std::string() : encode_hdr_base64(latency);
}

Histogram decoded(const TimelineRow& row) {
    if (row.histogram.empty()) {
        return Histogram();
    }
    Expected<Histogram> latency = decode_hdr_base64(row.histogram);
    CHECK(latency.has_value()); // our own encoding
    return std::move(*latency);
}

/// Adds `later`, which follows `row`, to it.
void merge_row(TimelineRow& row, const TimelineRow& later) {
    Histogram latency = decoded(row);
    latency.merge(decoded(later));
    int64_t max_ns = std::max(row.max_ns, later.max_ns);
    double completed = row.rps * row.span_s + later.rps * later.span_s;
    row.span_s += later.span_s;
    row.rps = completed / row.span_s;
    row.users = later.users;
    row.generator_rss_bytes = later.generator_rss_bytes;
    row.started += later.started;
    row.ok += later.ok;
    row.failed += later.failed;
    row.rate_limited += later.rate_limited;
    row.dropped += later.dropped;
    set_latencies(row, latency);
    row.max_ns = max_ns;
}

} // namespace

Timeline::Added Timeline::add(const Span& span, const Interval& interval) {
    TimelineRow row;
    row.t_s = span.from_s;
    row.span_s = span.to_s - span.from_s;
    row.warm_up = span.warm_up;
    row.after = span.after;
    row.generator_rss_bytes = span.generator_rss_bytes;
    row.users = interval.counters.users_active;
    row.dropped = interval.counters.dropped;
    latency_ = Histogram();
    uint64_t completed = 0;
    for (const Interval::PhaseFigures& phase : interval.phases) {
        row.started += phase.counts.started;
        row.ok += phase.counts.ok();
        row.failed += phase.counts.failed();
        row.rate_limited += phase.counts.rate_limited();
        completed += phase.counts.completed();
        latency_.merge(phase.latency);
    }
    row.rps = row.span_s > 0 ? static_cast<double>(completed) / row.span_s : 0;
    set_latencies(row, latency_);
    bool joins = !rows_.empty() && rows_.back().span_s + row.span_s <
                                       static_cast<double>(seconds_per_row_) + 0.5 &&
                 rows_.back().warm_up == row.warm_up && rows_.back().after == row.after &&
                 seconds_per_row_ > 1;
    if (joins) {
        merge_row(rows_.back(), row);
    } else {
        if (rows_.size() == rows_max) {
            merge_pairs();
        }
        rows_.push_back(std::move(row));
    }
    return {rows_.back(), latency_};
}

void Timeline::merge_pairs() {
    std::vector<TimelineRow> merged;
    for (TimelineRow& row : rows_) {
        bool joins = !merged.empty() && merged.back().warm_up == row.warm_up &&
                     merged.back().after == row.after &&
                     merged.back().span_s < static_cast<double>(2 * seconds_per_row_) - 0.5;
        if (joins) {
            merge_row(merged.back(), row);
        } else {
            merged.push_back(std::move(row));
        }
    }
    rows_ = std::move(merged);
    seconds_per_row_ *= 2;
}

} // namespace ringblast
