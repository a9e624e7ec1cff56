#include "run/probe_series.hpp"

#include <doctest/doctest.h>

using namespace ringblast;

TEST_CASE("a short run has a point for each reading; figures are of the measured part") {
    ProbeSeries series;
    for (int second = 0; second < 10; ++second) {
        series.add(second, second);
    }
    const ProbeResult result = series.result({"memory", "bytes"}, 2, 7.5);
    CHECK(result.name == "memory");
    CHECK(result.unit == "bytes");
    CHECK(result.series.size() == 10);
    CHECK_FALSE(result.series[1].measured);
    CHECK(result.series[2].measured);
    CHECK(result.series[7].measured);
    CHECK_FALSE(result.series[8].measured);
    CHECK(result.count == 6);
    CHECK(result.last == 7);
    CHECK(result.min == 2);
    CHECK(result.max == 7);
    CHECK(result.avg == 4.5);
    CHECK(result.failures == 0);
}

TEST_CASE("without a reading there is no figure") {
    ProbeSeries series;
    series.add_failure("connection refused");
    series.add_failure("status 503");
    series.add(9, 1); // behind the load
    const ProbeResult result = series.result({"p", ""}, 0, 5);
    CHECK(result.count == 0);
    CHECK_FALSE(result.last);
    CHECK_FALSE(result.min);
    CHECK_FALSE(result.max);
    CHECK_FALSE(result.avg);
    CHECK(result.failures == 2);
    CHECK(result.last_failure == "status 503");
}

TEST_CASE("a day takes no more memory than two hours, and loses no extreme") {
    ProbeSeries series;
    constexpr int seconds = 24 * 3600;
    for (int second = 0; second < seconds; ++second) {
        series.add(second, second == 40'000 ? 1e6 : second % 7);
    }
    const ProbeResult result = series.result({"p", ""}, 0, seconds);
    CHECK(result.series.size() <= ProbeSeries::points_max);
    CHECK(result.series.size() >= ProbeSeries::points_max / 2);
    CHECK(result.count == seconds);
    CHECK(result.max == 1e6);
    CHECK(result.min == 0);
    CHECK(result.last == (seconds - 1) % 7);
    for (size_t i = 1; i < result.series.size(); ++i) {
        REQUIRE(result.series[i].t_s - result.series[i - 1].t_s == 32); // the same all along
    }
}
