#include "report/heat_map.hpp"

#include "stats/hdr_codec.hpp"

#include <doctest/doctest.h>

#include <numeric>

using namespace ringblast;

namespace {

TimelineRow row_of(double t_s, double span_s, std::initializer_list<int64_t> latencies_ns) {
    Histogram latency;
    for (const int64_t ns : latencies_ns) {
        latency.record(ns);
    }
    TimelineRow row = {.t_s = t_s, .span_s = span_s, .max_ns = latency.max()};
    row.histogram = latency.empty() ? "" : encode_hdr_base64(latency);
    return row;
}

uint64_t sum_of(const std::vector<uint64_t>& cells) {
    return std::accumulate(cells.begin(), cells.end(), uint64_t{0});
}

} // namespace

TEST_CASE("a run without a completed request has no heat map") {
    CHECK(heat_map({}, 10).empty());
    Result result;
    result.timeline = {row_of(0, 1, {})};
    CHECK(heat_map(result, 10).empty());
}

TEST_CASE("every request is in one cell, in its second and its band") {
    Result result;
    result.timeline = {row_of(0, 1, {1'000'000, 1'000'000, 90'000'000}), row_of(1, 1, {}),
                       row_of(2, 0.25, {5'000'000})};
    const HeatMap map = heat_map(result, 10);
    CHECK(map.from_s == 0);
    CHECK(map.column_s == 1);
    REQUIRE(map.columns.size() == 3);
    CHECK(sum_of(map.columns[0]) == 3);
    CHECK(sum_of(map.columns[1]) == 0);
    CHECK(sum_of(map.columns[2]) == 1);
    for (size_t band = 0; band + 1 < map.edges_ms.size(); ++band) {
        CAPTURE(band);
        const auto within = [&](double ms) {
            return map.edges_ms[band] <= ms && ms < map.edges_ms[band + 1];
        };
        CHECK(map.columns[0][band] == (within(1) ? 2U : 0U) + (within(90) ? 1U : 0U));
        CHECK(map.columns[2][band] == (within(5) ? 1 : 0));
    }
}

TEST_CASE("a long run has no more columns than asked for") {
    Result result;
    for (int t = 0; t < 3'600; ++t) {
        result.timeline.push_back(row_of(t, 1, {2'000'000}));
    }
    const HeatMap map = heat_map(result, 100);
    CHECK(map.column_s == 36);
    REQUIRE(map.columns.size() == 100);
    CHECK(sum_of(map.columns[0]) == 36);
    CHECK(sum_of(map.columns[99]) == 36);
}

TEST_CASE("columns are no shorter than the rows they come from") {
    Result result;
    result.timeline = {row_of(0, 4, {1'000'000}), row_of(4, 4, {1'000'000})};
    const HeatMap map = heat_map(result, 100);
    CHECK(map.column_s == 4);
    CHECK(map.columns.size() == 2);
}

TEST_CASE("rubbish in a row is passed over") {
    Result result;
    result.timeline = {row_of(0, 1, {1'000'000}), {.t_s = 1, .histogram = "HISTFAAAA"}};
    const HeatMap map = heat_map(result, 10);
    REQUIRE(map.columns.size() == 2);
    CHECK(sum_of(map.columns[1]) == 0);
}
