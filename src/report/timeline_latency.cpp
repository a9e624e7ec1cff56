#include "report/timeline_latency.hpp"

#include "stats/hdr_codec.hpp"

#include <algorithm>
#include <span>

namespace ringblast {

Histogram timeline_latency(const TimelineRow& row) {
    if (row.histogram.empty()) {
        return {};
    }
    Expected<Histogram> decoded = decode_hdr_base64(row.histogram);
    if (!decoded || decoded->layout() != HistogramLayout{} || decoded->empty()) {
        return {};
    }
    // The encoding keeps slots only; the row knows the largest latency exactly.
    if (row.max_ns >= decoded->min() && row.max_ns <= decoded->max()) {
        decoded->set_exact(
            {.sum_ns = decoded->sum(), .min_ns = decoded->min(), .max_ns = row.max_ns});
    }
    return std::move(*decoded);
}

namespace {

/// Adds `later` to `row`, but for the latencies.
void add_counts(TimelineRow& row, const TimelineRow& later) {
    const double completed = row.rps * row.span_s + later.rps * later.span_s;
    row.span_s += later.span_s;
    row.rps = row.span_s > 0 ? completed / row.span_s : 0;
    row.users = later.users;
    row.generator_rss_bytes = later.generator_rss_bytes;
    row.started += later.started;
    row.ok += later.ok;
    row.failed += later.failed;
    row.rate_limited += later.rate_limited;
    row.dropped += later.dropped;
}

TimelineRow merged(std::span<const TimelineRow> rows) {
    TimelineRow row = rows.front();
    Histogram latency = timeline_latency(row);
    for (const TimelineRow& later : rows.subspan(1)) {
        add_counts(row, later);
        latency.merge(timeline_latency(later));
    }
    if (rows.size() > 1) {
        row.p50_ns = latency.percentile(50);
        row.p95_ns = latency.percentile(95);
        row.p99_ns = latency.percentile(99);
        row.max_ns = latency.empty() ? 0 : latency.max();
        row.histogram = latency.empty() ? std::string() : encode_hdr_base64(latency);
    }
    return row;
}

} // namespace

std::vector<TimelineRow> merged_rows(const std::vector<TimelineRow>& rows, size_t rows_max) {
    const size_t together = (rows.size() + rows_max - 1) / rows_max;
    std::vector<TimelineRow> all;
    for (size_t i = 0; i < rows.size();) {
        size_t count = 1;
        while (count < together && i + count < rows.size() &&
               rows[i + count].warm_up == rows[i].warm_up &&
               rows[i + count].after == rows[i].after) {
            ++count;
        }
        all.push_back(merged(std::span(rows).subspan(i, count)));
        i += count;
    }
    return all;
}

} // namespace ringblast
