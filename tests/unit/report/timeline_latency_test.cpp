// Rows of the timeline put together: sums, exact percentiles, phases apart.
#include "report/timeline_latency.hpp"

#include "stats/hdr_codec.hpp"

#include <doctest/doctest.h>

using namespace ringblast;

namespace {

/// A second with one request of so many milliseconds.
TimelineRow second(double t_s, int64_t ms) {
    Histogram latency;
    latency.record(ms * 1'000'000);
    return {.t_s = t_s,
            .users = static_cast<uint64_t>(ms),
            .started = 2,
            .ok = 1,
            .failed = 3,
            .rate_limited = 4,
            .dropped = 5,
            .rps = 1,
            .p50_ns = latency.percentile(50),
            .p95_ns = latency.percentile(95),
            .p99_ns = latency.percentile(99),
            .max_ns = latency.max(),
            .histogram = encode_hdr_base64(latency)};
}

std::vector<TimelineRow> seconds(size_t count) {
    std::vector<TimelineRow> rows;
    for (size_t i = 0; i < count; ++i) {
        rows.push_back(second(static_cast<double>(i), static_cast<int64_t>(i) + 1));
    }
    return rows;
}

} // namespace

TEST_CASE("few rows stay as they are") {
    for (const size_t count : {0, 1, 9, 10}) {
        const std::vector<TimelineRow> rows = merged_rows(seconds(count), 10);
        REQUIRE(rows.size() == count);
        for (size_t i = 0; i < count; ++i) {
            CHECK(rows[i].t_s == static_cast<double>(i));
            CHECK(rows[i].span_s == 1);
            CHECK(rows[i].histogram == seconds(count)[i].histogram);
        }
    }
}

TEST_CASE("neighbours are put together") {
    const std::vector<TimelineRow> rows = merged_rows(seconds(25), 10);
    REQUIRE(rows.size() == 9); // eight times three, and one
    const TimelineRow& row = rows[1];
    CHECK(row.t_s == 3);
    CHECK(row.span_s == 3);
    CHECK(row.users == 6);
    CHECK(row.started == 6);
    CHECK(row.ok == 3);
    CHECK(row.failed == 9);
    CHECK(row.rate_limited == 12);
    CHECK(row.dropped == 15);
    CHECK(row.rps == 1);
    CHECK(timeline_latency(row).count() == 3);
    CHECK(row.p50_ns == timeline_latency(row).percentile(50));
    CHECK(row.max_ns == 6'000'000);
    CHECK(rows.back().span_s == 1);
}

TEST_CASE("warm-up, load and what came after it are not mixed") {
    std::vector<TimelineRow> rows = seconds(30);
    rows[0].warm_up = true;
    rows[29].after = true;
    const std::vector<TimelineRow> merged = merged_rows(rows, 10);
    CHECK(merged.front().warm_up);
    CHECK(merged.front().span_s == 1);
    CHECK_FALSE(merged[1].warm_up);
    CHECK(merged[1].t_s == 1);
    CHECK(merged.back().after);
    CHECK(merged.back().span_s == 1);
    CHECK(merged.size() == 12);
}

TEST_CASE("rows in which nothing was completed") {
    std::vector<TimelineRow> rows(4);
    rows[2] = second(2, 7);
    const std::vector<TimelineRow> merged = merged_rows(rows, 2);
    REQUIRE(merged.size() == 2);
    CHECK(merged[0].histogram.empty());
    CHECK(merged[0].max_ns == 0);
    CHECK(merged[1].max_ns == 7'000'000);
}
