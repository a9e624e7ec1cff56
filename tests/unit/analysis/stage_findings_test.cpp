// The stage that breaks first, and bursts: what was refused, how long recovery took, and when it
// may be called graceful.
#include "analysis/stage_findings.hpp"

#include "made_up_run.hpp"

#include <doctest/doctest.h>

using namespace ringblast;

namespace {

/// 10 s of calm, 10 s of ten times as much, 20 s of calm.
Result burst_run(const std::function<MadeUpSecond(double)>& second) {
    return made_up_run({rate_for(100, 10), rate_for(1000, 10), rate_for(100, 20)}, second);
}

} // namespace

TEST_CASE("the first stage that breaks its budget is named, with the last that held") {
    Result result = made_up_run(
        {users_for(50, 5), users_for(100, 5), users_for(200, 5), users_for(500, 5)},
        [](double t_s) { return MadeUpSecond{.ok = 80, .failed = t_s < 10 ? 0UL : 20UL}; });
    decide_by(result, {"stage(1): error_rate < 1%", "stage(2): error_rate < 2%",
                       "stage(3): error_rate < 5%", "stage(3): p95 < 1s",
                       "stage(4): error_rate < 50%", "p95 < 2s"});
    REQUIRE(result.findings.breaking_stage);
    const BreakingStage& breaking = *result.findings.breaking_stage;
    CHECK(breaking.stage == 3);
    CHECK(breaking.held == 2);
    CHECK(breaking.broken == std::vector<std::string>{"stage(3): error_rate < 5%"});
    CHECK(breaking.words == "stage 3 (200 users) broke first: error_rate < 5% (it was 20 %); "
                            "stage 2 (100 users) still held");
    CHECK(result.stages[1].verdict == Verdict::pass);
    CHECK(result.stages[2].verdict == Verdict::fail);
    CHECK(result.stages[3].verdict == Verdict::pass);
}

TEST_CASE("where no stage breaks") {
    Result held = made_up_run({users_for(5, 3), users_for(9, 3)},
                              [](double) { return MadeUpSecond{.ok = 10}; });
    decide_by(held, {"stage(*): error_rate < 1%", "p95 < 1ms"});
    CHECK_FALSE(held.findings.breaking_stage); // the run's own threshold is no budget
    CHECK(held.findings.bursts.empty());

    Result first = made_up_run({users_for(5, 3), users_for(9, 3)},
                               [](double) { return MadeUpSecond{.ok = 9, .failed = 1}; });
    decide_by(first, {"stage(1): error_rate < 1%"});
    REQUIRE(first.findings.breaking_stage);
    CHECK_FALSE(first.findings.breaking_stage->held);
}

TEST_CASE("a burst that is taken gracefully") {
    Result result = burst_run([](double t_s) {
        const bool burst = t_s >= 10 && t_s < 20;
        return MadeUpSecond{.ok = burst ? 300UL : 100UL,
                            .rate_limited = burst ? 700UL : 0UL,
                            .latency_ms = t_s >= 10 && t_s < 23 ? 40.0 : 10.0};
    });
    decide_by(result, {"p95 < 100ms"});
    REQUIRE(result.findings.bursts.size() == 1);
    const BurstFinding& burst = result.findings.bursts[0];
    CHECK(burst.stage == 2);
    CHECK(burst.from_s == 10);
    CHECK(burst.to_s == 20);
    CHECK(burst.completed == 10'000);
    CHECK(burst.ok == 3'000);
    CHECK(burst.rate_limited == 7'000);
    CHECK(burst.limit_ms == 100);
    CHECK(burst.graceful);
    CHECK(burst.recovery_seen);
    REQUIRE(burst.recovery_s);
    CHECK(*burst.recovery_s == 3);
    CHECK(burst.words.starts_with("burst of 1,000/s: graceful degradation, no connection was "
                                  "refused or reset, accepted requests kept the limit (p95 "));
    CHECK(burst.words.ends_with("7,000 of 10,000 were rate limited; figures were as before it 3 s "
                                "after its end"));
}

TEST_CASE("what makes a burst not graceful") {
    struct Row {
        const char* why;
        Outcome outcome;
        const char* threshold;
        const char* words;
    };
    const Row rows[] = {
        {"refused", Outcome::connect_error, "p95 < 1s", "50 refused and 0 reset connections"},
        {"reset", Outcome::reset, "p95 < 1s", "0 refused and 50 reset connections"},
        {"time-outs", Outcome::timeout, "p95 < 1s", "50 time-outs"},
        {"too slow", Outcome::ok, "p95 < 5ms", "accepted requests missed the limit"},
        {"no limit to hold it to", Outcome::ok, "error_rate < 5%", "(no limit was set)"},
        {"a limit of another stage", Outcome::ok, "stage(1): p95 < 1s", "(no limit was set)"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Result result = burst_run([](double) { return MadeUpSecond{}; });
        result.stages[1].counts.outcomes[static_cast<size_t>(row.outcome)] += 50;
        decide_by(result, {row.threshold});
        REQUIRE(result.findings.bursts.size() == 1);
        CHECK_FALSE(result.findings.bursts[0].graceful);
        CHECK(result.findings.bursts[0].words.find(row.words) != std::string::npos);
        CHECK(result.findings.bursts[0].recovery_s == 0);
    }
}

TEST_CASE("a target that does not come back") {
    Result result = burst_run(
        [](double t_s) { return MadeUpSecond{.ok = 50, .failed = t_s < 10 ? 0UL : 50UL}; });
    decide_by(result, {});
    const BurstFinding& burst = result.findings.bursts.at(0);
    CHECK(burst.recovery_seen);
    CHECK_FALSE(burst.recovery_s);
    CHECK(burst.words.ends_with("not as before it again by the end"));
}

TEST_CASE("what is a burst") {
    struct Row {
        const char* why;
        std::vector<Stage> stages;
        size_t bursts;
    };
    Stage ramp = users_for(500, 3);
    ramp.ramp = true;
    const Stage at_once = {.at_once = 200, .duration = std::chrono::seconds(3)};
    const Row rows[] = {
        {"up and down", {users_for(50, 3), users_for(500, 3), users_for(50, 3)}, 1},
        {"steps that only rise", {users_for(50, 3), users_for(500, 3)}, 0},
        {"a ramp takes its time", {users_for(50, 3), ramp, users_for(50, 3)}, 0},
        {"hardly more", {users_for(50, 3), users_for(70, 3), users_for(50, 3)}, 0},
        {"arrivals at once", {at_once}, 1},
        {"twice", {rate_for(9, 3), at_once, rate_for(9, 3), at_once}, 2},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Result result = made_up_run(row.stages, [](double) { return MadeUpSecond{.ok = 9}; });
        decide_by(result, {});
        CHECK(result.findings.bursts.size() == row.bursts);
    }
}
