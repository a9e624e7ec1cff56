// What makes a run suspect or invalid (SPEC § 8): one change to a clean run per row.
#include "analysis/validity.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace ringblast;

namespace {

/// An open load of 10 000 arrivals in 10 s that went well.
Result open_run() {
    Result result;
    result.duration_s = 10;
    result.arrivals = 10'000;
    result.counts.started = 10'000;
    result.counts.outcomes[0] = 10'000;
    result.self_check = {.started = 10'000,
                         .ended = 10'000,
                         .arrivals = 10'000,
                         .tasks_started = 10'000,
                         .open_load = true,
                         .in_flight_area_s = 100,
                         .latency_sum_s = 100};
    result.generator.threads = 1;
    result.generator.busy = {0.3};
    result.generator.lateness.record(5'000, 10'000);
    return result;
}

Result blast() {
    Result result = open_run();
    result.arrivals = 0;
    result.self_check.open_load = false;
    result.generator.lateness = Histogram();
    result.generator.closed_at_full_speed = true;
    return result;
}

/// Replaces `count` of the 10 000 sends by ones that were late by `ms`.
void make_late(Result& result, double ms, uint64_t count) {
    result.generator.lateness = Histogram();
    result.generator.lateness.record(5'000, 10'000 - count);
    result.generator.lateness.record(static_cast<int64_t>(ms * 1e6), count);
}

void drop(Result& result, uint64_t count) {
    result.dropped = result.self_check.dropped = count;
    result.self_check.tasks_started -= count;
}

ThresholdResult latency_limit(double ms, const char* op = "<") {
    return {.metric = "p95", .op = op, .target = ms, .unit = "ms", .verdict = Verdict::pass};
}

} // namespace

TEST_CASE("one change to a clean run") {
    struct Row {
        const char* why;
        Result result;
        void (*change)(Result&);
        ValidityState state;
        Limit limit;
        const char* reason; ///< part of the first reason; empty: there is none
    };
    using enum ValidityState;
    const Row rows[] = {
        {"clean", open_run(), [](Result&) {}, valid, Limit::none, ""},
        {"a request that never ended", open_run(), [](Result& r) { r.self_check.ended = 9'999; },
         invalid, Limit::none, "10,000 requests started but 9,999 ended"},
        {"an arrival that vanished", open_run(),
         [](Result& r) { r.self_check.tasks_started = 9'999; }, invalid, Limit::none,
         "10,000 arrivals, but 9,999 tasks started and 0 dropped"},
        {"area and sum apart by 2e-6", open_run(),
         [](Result& r) { r.self_check.latency_sum_s = 100.0002; }, invalid, Limit::none,
         "latencies add up to"},
        {"area and sum apart by 5e-7", open_run(),
         [](Result& r) { r.self_check.latency_sum_s = 100.00005; }, valid, Limit::none, ""},
        {"1 % late by just under 1 ms", open_run(), [](Result& r) { make_late(r, 0.99, 200); },
         valid, Limit::none, ""},
        {"1 % late by 2 ms", open_run(), [](Result& r) { make_late(r, 2, 200); }, suspect,
         Limit::generator, "1 % of the sends were late by 2.00 ms or more (limit 1.00 ms)"},
        {"1 % late by 11 ms", open_run(), [](Result& r) { make_late(r, 11, 200); }, invalid,
         Limit::generator, "late by 11.0 ms"},
        {"0.5 ms late under a threshold of 40 ms", open_run(),
         [](Result& r) {
             make_late(r, 0.5, 200);
             r.thresholds = {latency_limit(500), latency_limit(40)};
         },
         suspect, Limit::generator, "1 % of the tightest threshold 40.0 ms"},
        {"5 ms late under a threshold of 40 ms", open_run(),
         [](Result& r) {
             make_late(r, 5, 200);
             r.thresholds = {latency_limit(40)};
         },
         invalid, Limit::generator, "late by"},
        {"a lower bound is no limit", open_run(),
         [](Result& r) {
             make_late(r, 0.5, 200);
             r.thresholds = {latency_limit(40, ">")};
         },
         valid, Limit::none, ""},
        {"0.2 % late by a second: suspect at most", open_run(),
         [](Result& r) { make_late(r, 1000, 20); }, suspect, Limit::none,
         "no cause was seen on this machine"},
        {"the same with steal", open_run(),
         [](Result& r) {
             make_late(r, 1000, 20);
             r.generator.steal_share = 0.03;
         },
         suspect, Limit::none, "the host took 3 % of the CPU time (steal)"},
        {"the same with a stall", open_run(),
         [](Result& r) {
             make_late(r, 60, 20);
             r.generator.stall_max_s = 0.06;
         },
         suspect, Limit::none, "a thread stood still for up to 60.0 ms"},
        {"drops of an idle generator are the target's", open_run(),
         [](Result& r) { drop(r, 1'000); }, suspect, Limit::target,
         "1,000 of 10,000 arrivals (10 %) were dropped: the target"},
        {"drops of a busy generator", open_run(),
         [](Result& r) {
             drop(r, 1'000);
             r.generator.busy = {0.92};
         },
         invalid, Limit::generator, "could not keep up (the generator's one thread was 92 % busy)"},
        {"few drops of a busy generator", open_run(),
         [](Result& r) {
             drop(r, 10);
             r.generator.busy = {0.92};
         },
         suspect, Limit::generator, "could not keep up"},
        {"drops for want of files", open_run(),
         [](Result& r) {
             drop(r, 1'000);
             r.generator.out_of_files = 7;
         },
         invalid, Limit::generator, "ran out of ports or files"},
        {"no time left in an open load", open_run(), [](Result& r) { r.generator.busy = {0.97}; },
         suspect, Limit::generator, "close to its limit"},
        {"a few opens failed for want of ports", open_run(),
         [](Result& r) { r.generator.out_of_ports = 3; }, suspect, Limit::generator,
         "3 connections could not be opened for want of local ports"},
        {"many opens failed for want of ports", open_run(),
         [](Result& r) { r.generator.out_of_ports = 300; }, invalid, Limit::generator,
         "local ports"},
        {"few starved receives", open_run(), [](Result& r) { r.generator.buffer_starvations = 5; },
         valid, Limit::none, ""},
        {"many starved receives", open_run(),
         [](Result& r) { r.generator.buffer_starvations = 50; }, suspect, Limit::none,
         "50 receives had to wait"},
        {"queue overflow", open_run(), [](Result& r) { r.generator.cq_overflows = 1; }, suspect,
         Limit::none, "overflowed 1 time"},
        {"steal of 6 %", open_run(), [](Result& r) { r.generator.steal_share = 0.06; }, suspect,
         Limit::none, "the host took 6 %"},
        {"steal of 4 %", open_run(), [](Result& r) { r.generator.steal_share = 0.04; }, valid,
         Limit::none, ""},
        {"a long stall", open_run(), [](Result& r) { r.generator.stall_max_s = 0.2; }, suspect,
         Limit::none, "stood still for 200 ms"},
        {"a blast with time to spare", blast(), [](Result&) {}, valid, Limit::target,
         "the target or the network was the limit (the generator's one thread was 30 % busy)"},
        {"a blast at its own limit", blast(),
         [](Result& r) {
             r.generator.busy = {0.5, 0.99};
             r.generator.threads = 2;
         },
         valid, Limit::generator,
         "(the busiest of the generator's 2 threads was 99 % busy): latency includes its own "
         "queueing"},
        {"not made", open_run(), [](Result& r) { r.not_made = "refused"; }, invalid, Limit::none,
         "could not be made"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Result result = row.result;
        row.change(result);
        const Validity validity = judge_validity(result);
        CHECK(validity.state == row.state);
        CHECK(validity.limit == row.limit);
        const std::string first = validity.reasons.empty() ? "" : validity.reasons.front();
        CAPTURE(first);
        CHECK(
            (row.reason[0] == '\0' ? first.empty() : first.find(row.reason) != std::string::npos));
    }
}

TEST_CASE("the gravest reason stands first") {
    Result result = open_run();
    result.generator.cq_overflows = 1;
    drop(result, 1'000);
    make_late(result, 50, 200);
    result.generator.busy = {0.2};
    const Validity validity = judge_validity(result);
    CHECK(validity.state == ValidityState::invalid);
    REQUIRE(validity.reasons.size() == 3);
    CHECK(validity.reasons[0].find("late by") != std::string::npos);
    CHECK(validity.reasons[1].find("dropped") != std::string::npos);
}
