// The course of a run: its held part, trends and steps, their thresholds, the end of the warm-up,
// and the intervals of percentiles.
#include "analysis/course.hpp"

#include "made_up_run.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace ringblast;

namespace {

const TrendFinding& trend_of(const Result& result, const char* metric) {
    const auto found = std::ranges::find(result.findings.trends, metric, &TrendFinding::metric);
    REQUIRE(found != result.findings.trends.end());
    return *found;
}

const std::vector<Stage> soak = {users_for(50, 600)};

} // namespace

TEST_CASE("the held part is the longest with one goal") {
    struct Row {
        const char* why;
        std::vector<Stage> stages;
        double warm_up_s;
        double from_s, to_s; // equal: none
    };
    Stage ramp = users_for(50, 60);
    ramp.ramp = true;
    Stage flat_ramp = users_for(50, 30);
    flat_ramp.ramp = true;
    const Stage burst = {.at_once = 100, .duration = std::chrono::seconds(300)};
    const Row rows[] = {
        {"one stage", {users_for(50, 100)}, 0, 0, 100},
        {"without the warm-up", {users_for(50, 100)}, 20, 20, 100},
        {"after the ramp", {ramp, users_for(50, 100)}, 0, 60, 160},
        {"stages of one goal are one", {users_for(50, 60), users_for(50, 60)}, 0, 0, 120},
        {"a ramp to the same goal is held", {users_for(50, 60), flat_ramp}, 0, 0, 90},
        {"the longest", {users_for(50, 60), users_for(80, 70), users_for(10, 20)}, 0, 60, 130},
        {"only a ramp", {ramp}, 0, 0, 0},
        {"arrivals at once are not held", {rate_for(10, 20), burst}, 0, 0, 20},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Result result;
        result.plan_stages = row.stages;
        result.warm_up_s = row.warm_up_s;
        for (const Stage& stage : row.stages) {
            result.duration_s += std::chrono::duration<double>(stage.duration).count();
        }
        result.duration_s -= row.warm_up_s;
        const auto held = held_part(result);
        REQUIRE(held.has_value() == (row.from_s < row.to_s));
        if (held) {
            CHECK(held->from_s == row.from_s);
            CHECK(held->to_s == row.to_s);
        }
    }
}

TEST_CASE("users that start one after the other are waited for") {
    Result result = made_up_run({users_for(50, 300)}, [](double) { return MadeUpSecond{.ok = 5}; });
    for (TimelineRow& row : result.timeline) {
        row.users = std::min<uint64_t>(50, static_cast<uint64_t>(row.t_s));
    }
    CHECK(held_part(result)->from_s == 50);
}

TEST_CASE("a soak that slows down has a trend, with its thresholds") {
    Result result = made_up_run(soak, [](double t_s) {
        return MadeUpSecond{.ok = 40, .latency_ms = 10 * (1 + 0.3 * t_s / 600)};
    });
    decide_by(result, {"latency_trend < 10%", "latency_trend < 50%", "latency_trend > -5%"});
    const TrendFinding& trend = trend_of(result, "p95");
    CHECK(trend.significant);
    CHECK(trend.unit == "ms");
    CHECK(trend.from_s == 0);
    CHECK(trend.to_s == 600);
    CHECK(trend.change == doctest::Approx(0.3 / 1.15).epsilon(0.05)); // of the median
    CHECK(trend.change_low < trend.change);
    CHECK(trend.change < trend.change_high);
    CHECK(trend.slope_per_min == doctest::Approx(12 * 0.03).epsilon(0.1));
    CHECK(trend.words.starts_with("p95 rose by 26"));
    CHECK_FALSE(trend_of(result, "goodput").significant);
    CHECK_FALSE(trend_of(result, "generator_memory").significant);
    REQUIRE(result.thresholds.size() == 3);
    CHECK(result.thresholds[0].verdict == Verdict::fail);
    CHECK(result.thresholds[0].value == trend.change);
    CHECK(result.thresholds[0].low == trend.change_low);
    CHECK(result.thresholds[0].unit == "fraction");
    CHECK(result.thresholds[1].verdict == Verdict::pass);
    CHECK(result.thresholds[2].verdict == Verdict::pass);
    REQUIRE(result.findings.causes.size() == 1);
    CHECK(result.findings.causes[0].kind == "trend");
}

TEST_CASE("a step has its time") {
    Result result = made_up_run(soak, [](double t_s) {
        return MadeUpSecond{.ok = 40, .latency_ms = t_s < 400 ? 10.0 : 14.0};
    });
    decide_by(result, {});
    const TrendFinding& trend = trend_of(result, "p50");
    REQUIRE(trend.steps.size() == 1);
    CHECK(trend.steps[0].t_s == doctest::Approx(400).epsilon(0.05));
    CHECK(trend.steps[0].before == doctest::Approx(10).epsilon(0.05));
    CHECK(trend.steps[0].after == doctest::Approx(14).epsilon(0.05));
    CHECK(trend.words.starts_with("p50 stepped from "));
    CHECK(result.findings.causes.front().kind == "step");
}

TEST_CASE("a flat soak has trends that say so") {
    Result result = made_up_run(soak, [](double) { return MadeUpSecond{.ok = 40}; });
    decide_by(result, {"latency_trend < 5%"});
    CHECK(result.findings.trends.size() == 5);
    for (const TrendFinding& trend : result.findings.trends) {
        CAPTURE(trend.words);
        CHECK_FALSE(trend.significant);
        CHECK(trend.steps.empty());
    }
    CHECK(result.thresholds[0].verdict == Verdict::pass);
    CHECK(result.findings.causes.empty());
}

TEST_CASE("memory that grows is the generator's own fault") {
    Result result = made_up_run(soak, [](double t_s) {
        return MadeUpSecond{.ok = 10,
                            .rss_bytes = 20'000'000 + static_cast<uint64_t>(t_s * 20'000)};
    });
    decide_by(result, {});
    CHECK(trend_of(result, "generator_memory").significant);
    CHECK(result.findings.causes.front().kind == "generator_memory");
}

TEST_CASE("without three minutes of one load a trend is skipped") {
    for (const std::vector<Stage>& stages :
         {std::vector{users_for(50, 170)}, std::vector{users_for(5, 120), users_for(9, 120)}}) {
        Result result = made_up_run(stages, [](double) { return MadeUpSecond{.ok = 10}; });
        decide_by(result, {"latency_trend < 10%"});
        CHECK(result.findings.trends.empty());
        CHECK(result.thresholds[0].verdict == Verdict::skipped);
        CHECK_FALSE(result.thresholds[0].value);
    }
}

TEST_CASE("clustered errors as a threshold and in words") {
    Result result = made_up_run({users_for(50, 120)}, [](double t_s) {
        return MadeUpSecond{.ok = 100, .failed = t_s >= 41 && t_s < 44 ? 50UL : 0UL};
    });
    decide_by(result, {"error_clustering < 3", "error_clustering < 500"});
    REQUIRE(result.findings.error_clustering);
    CHECK(result.findings.error_clustering->significant);
    CHECK(result.findings.error_clustering->words ==
          "100 % of the errors in 3 of 120 s (41 to 44 s)");
    CHECK(result.thresholds[0].verdict == Verdict::fail);
    CHECK(result.thresholds[0].unit == "ratio");
    CHECK(result.thresholds[1].verdict == Verdict::pass);

    Result clean = made_up_run({users_for(50, 20)}, [](double) { return MadeUpSecond{}; });
    decide_by(clean, {"error_clustering < 3"});
    CHECK(clean.thresholds[0].verdict == Verdict::skipped);
}

TEST_CASE("the end of the warm-up is suggested where there is one") {
    const auto cold_start = [](double t_s) {
        return MadeUpSecond{.ok = 50, .latency_ms = t_s < 15 ? 40 - 2 * t_s : 10};
    };
    Result result = made_up_run({users_for(50, 120)}, cold_start);
    decide_by(result, {});
    REQUIRE(result.findings.steady_state);
    CHECK(result.findings.steady_state->steady);
    CHECK(result.findings.steady_state->warm_up_s >= 15);
    CHECK(result.findings.steady_state->warm_up_s <= 40); // noise decides where it is flat
    CHECK(result.findings.steady_state->words.find(": --warm-up ") != std::string::npos);

    Result early = made_up_run({users_for(50, 120)}, [](double t_s) {
        return MadeUpSecond{.ok = 50, .latency_ms = t_s < 15 ? 5.0 : 10.0};
    });
    decide_by(early, {});
    REQUIRE(early.findings.steady_state);
    CHECK(early.findings.steady_state->words.starts_with("the first "));
    CHECK(early.findings.steady_state->words.find("--warm-up") == std::string::npos);

    Result warm = made_up_run({users_for(50, 120)}, cold_start, 15);
    decide_by(warm, {});
    CHECK_FALSE(warm.findings.steady_state); // it was left out

    Result flat = made_up_run({users_for(50, 120)}, [](double) { return MadeUpSecond{.ok = 50}; });
    decide_by(flat, {});
    REQUIRE(flat.findings.steady_state);
    CHECK(flat.findings.steady_state->warm_up_s == 0);
    CHECK(flat.findings.steady_state->words.empty());

    Result restless = made_up_run({users_for(50, 120)}, [](double t_s) {
        return MadeUpSecond{.ok = 50, .latency_ms = t_s < 80 ? 10 + t_s / 4 : 10};
    });
    decide_by(restless, {});
    REQUIRE(restless.findings.steady_state);
    CHECK_FALSE(restless.findings.steady_state->steady);

    Result short_run = made_up_run({users_for(50, 30)}, cold_start);
    decide_by(short_run, {});
    CHECK_FALSE(short_run.findings.steady_state);
}

TEST_CASE("MSER takes the cut that makes the rest surest") {
    CHECK(mser_cut({9, 7, 5, 5, 5, 5, 5, 5, 5, 5}) == 2);
    CHECK(mser_cut({5, 5, 5, 5, 5, 5, 5, 5, 5, 5}) == 0);
    CHECK_FALSE(mser_cut({1, 2, 3, 4, 5, 6, 7, 7, 7, 7, 7}));
}

TEST_CASE("percentile intervals hold what order statistics say") {
    Result result = made_up_run({users_for(50, 100)}, [](double) { return MadeUpSecond{}; });
    decide_by(result, {}); // 10,000 samples, evenly from 8 to 12 ms
    const auto& intervals = result.findings.latency_intervals;
    REQUIRE(intervals.size() == 5);
    for (const PercentileInterval& interval : intervals) {
        CAPTURE(interval.percentile);
        const double truth_ns = 8e6 + 4e6 * interval.percentile / 100;
        CHECK(static_cast<double>(interval.low_ns) <= truth_ns);
        CHECK(static_cast<double>(interval.high_ns) >= truth_ns);
        CHECK(interval.low_ns <= result.latency.percentile(interval.percentile));
        CHECK(interval.high_ns >= result.latency.percentile(interval.percentile));
    }
    // Ranks 9,806 and 9,995 would be far off; 98.8 to 99.2 % of 10,000 are 4 ms × 0.4 % apart.
    CHECK(intervals[3].high_ns - intervals[3].low_ns < 60'000);
}

TEST_CASE("percentiles of few or bunched samples have no or a wide interval") {
    Result few = made_up_run({users_for(1, 10)}, [](double) { return MadeUpSecond{.ok = 10}; });
    decide_by(few, {});
    for (const PercentileInterval& interval : few.findings.latency_intervals) {
        CHECK(interval.percentile <= 95); // 100 samples say nothing of the p99
    }
    const auto width = [](const Result& result) {
        return result.findings.latency_intervals[0].high_ns -
               result.findings.latency_intervals[0].low_ns;
    };
    Result even = made_up_run({users_for(50, 60)}, [](double) { return MadeUpSecond{}; });
    Result waves = made_up_run({users_for(50, 60)}, [](double t_s) {
        return MadeUpSecond{.latency_ms = static_cast<int>(t_s) % 20 < 10 ? 8.0 : 12.0};
    });
    decide_by(even, {});
    decide_by(waves, {});
    CHECK(width(waves) > 3 * width(even));
    CHECK(percentile_intervals({}, {}).empty());
}
