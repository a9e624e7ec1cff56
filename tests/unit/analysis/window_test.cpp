// Thresholds over sliding windows: which windows count, which is the worst, when the run ends.
#include "analysis/verdict.hpp"
#include "analysis/window.hpp"

#include <doctest/doctest.h>

using namespace ringblast;

namespace {

constexpr int64_t ms = 1'000'000;

/// A load that is told second by second what happened in it.
class MadeUpLoad {
public:
    Result so_far;

    MadeUpLoad() {
        so_far.requests = {{.name = "a", .method = "GET"}, {.name = "b", .method = "GET"}};
        so_far.stages = {{.index = 1}};
    }
    /// One more second: ok requests of that latency, and failed ones, all of request `a`.
    void second(uint64_t ok, int64_t latency_ns, uint64_t failed = 0) {
        so_far.duration_s += 1;
        so_far.stages[0].duration_s += 1;
        for (Counts* counts :
             {&so_far.counts, &so_far.requests[0].counts, &so_far.stages[0].counts}) {
            counts->started += ok + failed;
            counts->outcomes[static_cast<size_t>(Outcome::ok)] += ok;
            counts->outcomes[static_cast<size_t>(Outcome::reset)] += failed;
        }
        for (Histogram* histogram : {&so_far.latency, &so_far.ok_latency,
                                     &so_far.requests[0].latency, &so_far.stages[0].latency}) {
            if (ok > 0) {
                histogram->record(latency_ns, ok);
            }
        }
    }
};

std::vector<Threshold> one(const char* text, std::optional<Duration> window, bool abort = false) {
    return {parse_threshold({.target = text, .window = window, .abort = abort}).value()};
}

const std::vector<Stage> held = {{.users = 1, .duration = std::chrono::seconds(60)}};

} // namespace

TEST_CASE("what a threshold text says of windows is in the threshold") {
    Threshold threshold = one("p95 < 1s", std::chrono::milliseconds(2500), true).front();
    CHECK(threshold.window_s == 2.5);
    CHECK(threshold.abort);
    CHECK_FALSE(one("p95 < 1s", {}).front().window_s);
    CHECK_FALSE(WindowWatch(one("p95 < 1s", {}), held).wanted());
}

TEST_CASE("the worst window counts, not the whole run") {
    std::vector<Threshold> thresholds = one("p50 < 100ms", std::chrono::seconds(2));
    WindowWatch watch(thresholds, held);
    CHECK(watch.wanted());
    MadeUpLoad load;
    watch.see(load.so_far, 0);
    const int64_t latencies_ms[] = {10, 10, 500, 500, 10, 10, 10, 10};
    for (int t = 1; t <= 8; ++t) {
        load.second(10, latencies_ms[t - 1] * ms);
        watch.see(load.so_far, t);
    }
    decide(load.so_far, thresholds, &watch);
    REQUIRE(load.so_far.thresholds.size() == 1);
    const ThresholdResult& result = load.so_far.thresholds[0];
    CHECK(result.verdict == Verdict::fail);
    CHECK(*result.value == doctest::Approx(500).epsilon(0.01));
    CHECK(result.window_s == 2);
    CHECK(load.so_far.verdict == Verdict::fail);
    CHECK(watch.broken().empty()); // it does not abort

    decide(load.so_far, thresholds); // the whole load holds it
    CHECK(load.so_far.thresholds[0].verdict == Verdict::pass);
}

TEST_CASE("a lower bound is worst where it is lowest; empty windows don't count") {
    std::vector<Threshold> thresholds = one("rps > 5/s", std::chrono::seconds(1));
    WindowWatch watch(thresholds, held);
    MadeUpLoad load;
    watch.see(load.so_far, 0);
    const uint64_t counts[] = {20, 0, 8, 12};
    for (int t = 1; t <= 4; ++t) {
        load.second(counts[t - 1], ms);
        watch.see(load.so_far, t);
    }
    std::vector<ThresholdResult> worst = watch.worst(thresholds[0]).value();
    CHECK(worst[0].value == 8);
    CHECK(worst[0].verdict == Verdict::pass);
}

TEST_CASE("a run shorter than the window is one window") {
    std::vector<Threshold> thresholds = one("p95 < 1s", std::chrono::seconds(10));
    WindowWatch watch(thresholds, held);
    MadeUpLoad load;
    watch.see(load.so_far, 0);
    load.second(10, ms);
    watch.see(load.so_far, 1);
    CHECK_FALSE(watch.worst(thresholds[0]));
    decide(load.so_far, thresholds, &watch);
    CHECK(load.so_far.thresholds[0].verdict == Verdict::pass);
    CHECK_FALSE(load.so_far.thresholds[0].window_s);
}

TEST_CASE("figures of WebSockets have windows") {
    std::vector<Threshold> thresholds = one("ws.dropped <= 3", std::chrono::seconds(2));
    WindowWatch watch(thresholds, held);
    MadeUpLoad load;
    load.so_far.ws = WebSocketResult{.dropped = 100}; // in the warm-up
    watch.see(load.so_far, 0);
    for (int t = 1; t <= 10; ++t) {
        load.second(10, ms);
        load.so_far.ws->dropped += t == 5 || t == 6 ? 2 : 0;
        watch.see(load.so_far, t);
    }
    const auto worst = watch.worst(thresholds[0]);
    REQUIRE(worst.has_value());
    CHECK(worst->at(0).value == 4);
    CHECK(worst->at(0).verdict == Verdict::fail);
}

TEST_CASE("an abort waits for a whole window and twenty samples") {
    struct Row {
        const char* why;
        const char* threshold;
        uint64_t ok, failed; // a second
        int broken_at_s;     // 0: never
    };
    const Row rows[] = {
        {"broken from the start", "error_rate < 10%", 0, 10, 10},
        {"two a second are twenty in ten", "error_rate < 10%", 1, 1, 10},
        {"too few samples", "error_rate < 10%", 0, 1, 0},
        {"held", "error_rate < 60%", 5, 5, 0},
        {"the other request has no samples", "b: error_rate < 10%", 0, 10, 0},
        {"a stage is a part of the load", "stage(1): error_rate < 10%", 0, 10, 10},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        std::vector<Threshold> thresholds = one(row.threshold, {}, true);
        WindowWatch watch(thresholds, held);
        MadeUpLoad load;
        watch.see(load.so_far, 0);
        int broken_at_s = 0;
        for (int t = 1; t <= 30; ++t) {
            load.second(row.ok, ms, row.failed);
            watch.see(load.so_far, t);
            if (broken_at_s == 0 && !watch.broken().empty()) {
                broken_at_s = t;
            }
        }
        CHECK(broken_at_s == row.broken_at_s);
    }
}

TEST_CASE("a lower bound on a rate does not abort while the load rises") {
    const std::vector<Stage> rising = {
        {.users = 10, .duration = std::chrono::seconds(15), .ramp = true},
        {.users = 10, .duration = std::chrono::seconds(30)}};
    std::vector<Threshold> thresholds = one("rps > 100/s", std::chrono::seconds(5), true);
    WindowWatch watch(thresholds, rising);
    MadeUpLoad load;
    watch.see(load.so_far, 0);
    for (int t = 1; t <= 14; ++t) {
        load.second(50, ms);
        watch.see(load.so_far, t);
    }
    CHECK(watch.broken().empty());
    load.second(50, ms);
    watch.see(load.so_far, 15);
    CHECK(watch.broken() == "rps > 100/s was broken in the 5 s before 15 s");
}

TEST_CASE("an aborted run has failed, whatever the whole of it says") {
    MadeUpLoad load;
    load.second(100, ms);
    load.so_far.self_check = {.started = 100, .ended = 100};
    load.so_far.aborted = "p95 < 1ms was broken in the 10 s before 12 s";
    std::vector<Threshold> thresholds = one("p95 < 1s", {}, true);
    decide(load.so_far, thresholds);
    CHECK(load.so_far.verdict == Verdict::fail);
    CHECK(exit_code(load.so_far) == 1);
}
