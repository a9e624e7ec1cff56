// Thresholds on probes: what their values mean, and how they are decided.
#include "analysis/probe_limit.hpp"
#include "analysis/probe_slope.hpp"
#include "analysis/verdict.hpp"

#include <cmath>
#include <doctest/doctest.h>
#include <string>
#include <vector>

using namespace ringblast;

namespace {

ProbeResult memory() {
    return {.name = "server.rss",
            .unit = "bytes",
            .count = 3,
            .last = 3000,
            .min = 1000,
            .max = 3000,
            .avg = 2000};
}

/// One point a second.
ProbeResult series(const std::vector<double>& values) {
    ProbeResult probe{.name = "p", .unit = "", .count = values.size()};
    for (size_t i = 0; i < values.size(); ++i) {
        probe.series.push_back({static_cast<double>(i), values[i]});
    }
    fill_slope(probe);
    return probe;
}

Threshold parsed(const ThresholdText& text) {
    auto threshold = parse_threshold(text);
    REQUIRE_MESSAGE(threshold.has_value(), (threshold ? "" : threshold.error().message));
    return *threshold;
}

ThresholdResult decided(const std::string& target, const ProbeResult& probe,
                        std::optional<std::string> critical = {}) {
    Result result;
    result.probes = {probe};
    const auto all = evaluate(parsed({.target = target, .critical = std::move(critical)}), result);
    REQUIRE(all.size() == 1);
    return all[0];
}

std::string complaint(const ThresholdText& text, std::vector<ProbeFigure> probes = {}) {
    const auto threshold = parse_threshold(text);
    if (!threshold) {
        return threshold.error().message;
    }
    const auto known = check_scope(*threshold, {.probes = std::move(probes)});
    return known ? "" : known.error().message;
}

} // namespace

TEST_CASE("a limit in the unit of its probe") {
    struct Row {
        const char* text;
        bool slope;
        const char* unit;
        double expected;
    };
    const Row rows[] = {
        {"100", false, "", 100},
        {"2.5k", false, "jobs", 2500},
        {"-5", false, "°C", -5},
        {"80%", false, "percent", 80},
        {"80%", false, "%", 80},
        {"80%", false, "fraction", 0.8},
        {"80%", false, "", 0.8},
        {"64KiB", false, "bytes", 65536},
        {"64KiB", false, "", 65536},
        {"64KiB", false, "KiB", 64},
        {"1MiB", false, "KiB", 1024},
        {"1MB", false, "MB", 1},
        {"200ms", false, "s", 0.2},
        {"200ms", false, "", 0.2},
        {"0.2s", false, "ms", 200},
        {"60/min", true, "", 1},
        {"1MiB/min", true, "MiB", 1 / 60.0},
        {"3600/h", true, "jobs", 1},
        {"6 % / min", true, "percent", 0.1},
        {"7/s", true, "", 7},
    };
    for (const Row& row : rows) {
        CAPTURE(row.text);
        CAPTURE(row.unit);
        const auto limit = parse_probe_limit(row.text, row.slope);
        REQUIRE(limit.has_value());
        const auto value = limit_in_unit(limit->kind, limit->value, row.unit);
        REQUIRE(value.has_value());
        CHECK(*value == doctest::Approx(row.expected));
    }
    CHECK_FALSE(limit_in_unit(LimitKind::size, 1, "s"));
    CHECK_FALSE(limit_in_unit(LimitKind::time, 1, "jobs"));
    for (const char* wrong : {"", "x", "10x", "5/min", "KiB", "1e", "nan", "inf"}) {
        CAPTURE(wrong);
        CHECK_FALSE(parse_probe_limit(wrong, false).has_value());
    }
    for (const char* wrong : {"/s", "1/day", "1KiB", "x/min"}) {
        CAPTURE(wrong);
        CHECK_FALSE(parse_probe_limit(wrong, true).has_value());
    }
}

TEST_CASE("values of a probe are decided in its unit") {
    const ThresholdResult last = decided("probe(server.rss).last < 2KiB", memory());
    CHECK(last.value == 3000);
    CHECK(last.target == 2048);
    CHECK(last.unit == "bytes");
    CHECK(last.scope == "");
    CHECK(last.metric == "probe(server.rss).last");
    CHECK(last.verdict == Verdict::fail);
    CHECK(decided("probe(server.rss).max < 1MiB", memory()).verdict == Verdict::pass);
    CHECK(decided("probe(\"server.rss\").min >= 1000", memory()).verdict == Verdict::pass);
    CHECK(decided("probe(server.rss).avg == 2000", memory()).verdict == Verdict::pass);
    const ThresholdResult marginal =
        decided("probe(server.rss).max < 2KiB", memory(), "probe(server.rss).max < 4KiB");
    CHECK(marginal.critical == 4096);
    CHECK(marginal.verdict == Verdict::marginal);
}

TEST_CASE("no reading although planned fails; a probe that is not of this result is skipped") {
    const ProbeResult never{.name = "p", .unit = "", .failures = 3};
    CHECK(decided("probe(p).last > 0", never).verdict == Verdict::fail);
    CHECK(decided("probe(p).slope < 1/min", never).verdict == Verdict::fail);
    CHECK(decided("probe(q).last > 0", never).verdict == Verdict::skipped);
}

TEST_CASE("a slope breaks its limit only when all of its interval does") {
    ProbeResult probe = memory();
    probe.slope = 20;
    probe.slope_low = 5;
    probe.slope_high = 40;
    CHECK(decided("probe(server.rss).slope < 10/s", probe).verdict == Verdict::pass);
    CHECK(decided("probe(server.rss).slope < 4/s", probe).verdict == Verdict::fail);
    CHECK(decided("probe(server.rss).slope > 30/s", probe).verdict == Verdict::pass);
    CHECK(decided("probe(server.rss).slope > 50/s", probe).verdict == Verdict::fail);
    CHECK(decided("probe(server.rss).slope < 1KiB/min", probe).verdict == Verdict::pass);
    CHECK(decided("probe(server.rss).slope < 60B/min", probe).unit == "bytes/s");
    CHECK(decided("probe(server.rss).slope < 0.1KiB/s", memory()).verdict == Verdict::skipped);
}

TEST_CASE("slopes from a series") {
    std::vector<double> rising, flat(60, 7.0), falling_below_zero, few(11, 1.0);
    for (int i = 0; i < 4000; ++i) {
        rising.push_back(1000 + 2.0 * i + (i % 3));
    }
    for (int i = 0; i < 60; ++i) {
        falling_below_zero.push_back(-0.5 * i + 0.01 * (i % 2));
    }
    const ProbeResult up = series(rising);
    REQUIRE(up.slope);
    CHECK(*up.slope == doctest::Approx(2).epsilon(0.001));
    CHECK(*up.slope_low <= *up.slope);
    CHECK(*up.slope_high >= *up.slope);
    CHECK(series(flat).slope == 0);
    const ProbeResult down = series(falling_below_zero);
    REQUIRE(down.slope);
    CHECK(*down.slope == doctest::Approx(-0.5).epsilon(0.01));
    CHECK_FALSE(series(few).slope);
    SUBCASE("the warm-up and what came behind are left out") {
        ProbeResult probe = series(flat);
        for (size_t i = 0; i < 20; ++i) {
            probe.series[i].measured = false;
            probe.series[i].value = 100.0 * static_cast<double>(i);
        }
        fill_slope(probe);
        CHECK(probe.slope == 0);
    }
}

TEST_CASE("what cannot be asked of a probe") {
    const std::vector<ProbeFigure> probes = {{"queue", "jobs"}, {"server.rss", "bytes"}};
    CHECK(complaint({.target = "probe(queue).last < 5"}, probes) == "");
    CHECK(complaint({.target = "probe(server.rss).last < 5MiB"}, probes) == "");
    CHECK(complaint({.target = "probe(quue).last < 5"}, probes) ==
          "threshold `probe(quue).last < 5`: no such probe quue; there are \"queue\", "
          "\"server.rss\"");
    CHECK(complaint({.target = "probe(x).last < 5"}) ==
          "threshold `probe(x).last < 5`: no such probe x; there are none");
    CHECK(complaint({.target = "probe(queue).last < 5MiB"}, probes) ==
          "threshold `probe(queue).last < 5MiB`: the limit is nothing in the unit of the probe: "
          "jobs; a bare number is in that unit");
    CHECK(
        complaint({.target = "probe(queue).p95 < 5"}) ==
        "threshold `probe(queue).p95 < 5`: probe(queue).p95: write probe(NAME).last, or min, max, "
        "avg or slope");
    CHECK(complaint({.target = "probe(queue) < 5"}) ==
          "threshold `probe(queue) < 5`: probe(queue): write probe(NAME).last, or min, max, avg or "
          "slope");
    CHECK(complaint({.target = "probe(queue).slope < 5"}) ==
          "threshold `probe(queue).slope < 5`: a slope has a period: write 5/s, 5/min or 5/h");
    CHECK(complaint({.target = "login: probe(queue).last < 5"}) ==
          "threshold `login: probe(queue).last < 5`: probe(queue).last is measured for the whole "
          "run only: leave the scope away");
    CHECK(complaint({.target = "probe(queue).slope < 5/s", .abort = true}) ==
          "threshold `probe(queue).slope < 5/s`: a slope is of the whole run: leave window and "
          "abort away");
    CHECK(complaint({.target = "probe(queue).last < 5", .critical = "probe(queue).last < 9%"}) ==
          "target `probe(queue).last < 5` and critical `probe(queue).last < 9%` must have the same "
          "scope, metric and unit");
}

TEST_CASE("a window looks at the readings in it; a run may end by one") {
    const std::vector<Threshold> thresholds = {
        parsed({.target = "probe(p).max < 10", .window = std::chrono::seconds(5)}),
        parsed({.target = "probe(p).avg < 50", .abort = true})};
    WindowWatch watch(thresholds, {});
    CHECK(watch.wants_probes());
    Result so_far;
    so_far.probes = {{.name = "p", .unit = ""}};
    watch.see(so_far, 0);
    for (int second = 1; second <= 30; ++second) {
        so_far.probes[0].series.push_back({second - 0.5, second == 7   ? 90.0
                                                         : second > 20 ? 60.0
                                                                       : 1.0});
        watch.see(so_far, second);
        CHECK(watch.broken().empty() == (second < 29)); // eight of ten seconds at 60
    }
    const auto worst = watch.worst(thresholds[0]);
    REQUIRE(worst);
    CHECK(worst->at(0).value == 90);
    CHECK(worst->at(0).verdict == Verdict::fail);
    CHECK(worst->at(0).window_s == 5);
}
