// The open load on the fake clock: arrivals come when they are due, whatever the peer does, and
// every one of them is accounted for.
#include "rig.hpp"

#include <doctest/doctest.h>
#include <set>

using namespace ringblast;
using namespace ringblast::test;

namespace {

void check_arrivals(Rig& rig, uint64_t arrivals, uint64_t dropped) {
    CHECK(rig.stats.arrivals == arrivals);
    CHECK(rig.stats.dropped == dropped);
    CHECK(rig.stats.tasks_started == arrivals - dropped);
    check_books(rig);
}

} // namespace

TEST_CASE("constant arrivals are due at exact times") {
    for (bool spin : {false, true}) {
        CAPTURE(spin);
        Rig rig(profile_of({rate_for(7, 10_s)}), {.spin = spin});
        std::vector<int64_t> sent_ns;
        rig.io.answer = [&](const Asked& asked) {
            sent_ns.push_back(asked.now_ns);
            return ok_after(1_ms);
        };
        rig.run();
        check_arrivals(rig, 70, 0);
        REQUIRE(sent_ns.size() == 70);
        for (int64_t i = 0; i < 70; ++i) {
            int64_t due_ns = (i * 2'000'000'000 + 7) / 14; // rounded to the nearest nanosecond
            int64_t late_ns = sent_ns[static_cast<size_t>(i)] - rig.zero_ns - due_ns;
            CHECK(late_ns >= 0);
            CHECK(late_ns <= (spin ? FakeIo::poll_cost_ns : 0));
        }
        CHECK(rig.read().lateness().count() == 70);
        CHECK(rig.read().lateness().max() <= (spin ? FakeIo::poll_cost_ns : 0));
        CHECK((rig.stats.spin_ns > 0) == spin);
    }
}

TEST_CASE("a peer that stalls does not slow the arrivals down") {
    Rig rig(profile_of({rate_for(1000, 20_s)}));
    // Everything that would be answered in the eleventh second is answered at its end.
    int64_t stall_ns = FakeIo::start_ns + 10_s;
    rig.io.answer = [&](const Asked& asked) {
        int64_t at_ns = asked.now_ns + 100_us;
        if (at_ns >= stall_ns && at_ns < stall_ns + 1_s) {
            at_ns = stall_ns + 1_s;
        }
        return ok_after(at_ns - asked.now_ns);
    };
    rig.run();
    check_arrivals(rig, 20'000, 0);
    // The share slower than x is (1 s - x) / 20 s, so p(q) = 1 s - (1 - q) 20 s.
    Histogram latency = rig.latency();
    auto within_precision = [&](double percentile, int64_t expected_ns) {
        int64_t value_ns = latency.percentile(percentile);
        CHECK(value_ns >= expected_ns - 1_ms); // one arrival
        CHECK(value_ns <= expected_ns + expected_ns / 1000 + 1_ms);
    };
    CHECK(latency.percentile(94) <= 101_us);
    within_precision(97, 400_ms);
    within_precision(99, 800_ms);
    within_precision(99.9, 980_ms);
    CHECK(latency.max() == 1_s);
}

TEST_CASE("the stall shows as well when arrivals wait for users") {
    Profile profile = profile_of({rate_for(1000, 20_s)});
    profile.load.max_users = 10;
    profile.load.max_backlog = 2000;
    Rig rig(profile);
    int64_t stall_ns = FakeIo::start_ns + 10_s;
    rig.io.answer = [&](const Asked& asked) {
        int64_t at_ns = asked.now_ns + 10_us;
        if (at_ns >= stall_ns && at_ns < stall_ns + 1_s) {
            at_ns = stall_ns + 1_s;
        }
        return ok_after(at_ns - asked.now_ns);
    };
    rig.run();
    check_arrivals(rig, 20'000, 0);
    CHECK(rig.latency().percentile(99) >= 799_ms);
    CHECK(rig.latency().percentile(99) <= 802_ms);
    CHECK(rig.stats.connections_opened == 10);
}

TEST_CASE("arrivals wait in the backlog, first in first out, and are dropped beyond it") {
    Profile profile = profile_of({rate_for(10, 2_s)});
    profile.load.max_users = 1;
    profile.load.max_backlog = 3;
    Rig rig(profile);
    rig.io.answer = [](const Asked&) { return ok_after(1050_ms); };
    rig.run();
    // Served: due at 0, then at 0.1 from 1.05 on; at 2 s three are waiting still.
    CHECK(rig.counts().started == 2);
    CHECK(rig.of(Outcome::ok) == 2);
    CHECK(rig.latency().max() == 2_s); // due at 0.1, sent at 1.05, whole at 2.1
    check_arrivals(rig, 20, 18);
}

TEST_CASE("free users are taken last in, first out, and new ones only when none is free") {
    Profile profile = profile_of({rate_for(10, 10_s)});
    profile.load.ready_users = 5;
    profile.load.max_users = 100;
    Rig rig(profile);
    std::set<uint32_t> slots;
    rig.io.answer = [&](const Asked& asked) {
        slots.insert(asked.slot);
        return ok_after(1_ms);
    };
    rig.run();
    CHECK(slots == std::set<uint32_t>{0});
    CHECK(rig.stats.connections_opened == 5);
    Rig slow(profile);
    slow.io.answer = [](const Asked&) { return ok_after(750_ms); };
    slow.run();
    CHECK(slow.stats.connections_opened == 8);
    CHECK(slow.io.connects() == 8);
    check_arrivals(slow, 100, 0);
}

TEST_CASE("never more users than allowed") {
    Profile profile = profile_of({rate_for(1000, 1_s)});
    profile.load.max_users = 20;
    profile.load.max_backlog = 100;
    profile.load.graceful_stop = Duration(1_s);
    Rig rig(profile);
    rig.io.answer = [](const Asked&) { return Answer{.bytes = ""}; };
    rig.run();
    CHECK(rig.io.connects() == 20);
    CHECK(rig.of(Outcome::cancelled) == 20);
    check_arrivals(rig, 1000, 980);
    CHECK(rig.elapsed_ns() == 2_s);
}

TEST_CASE("ramps of the rate: exactly their integral, in every stage") {
    Rig rig(profile_of({rate_for(100, 10_s, true), rate_for(100, 5_s), rate_for(20, 10_s, true),
                        rate_for(0, 3_s), rate_for(10, 3_s)}));
    rig.run();
    const uint64_t expected[] = {500, 500, 600, 0, 30};
    for (unsigned stage = 0; stage < std::size(expected); ++stage) {
        CAPTURE(stage);
        CHECK(rig.stage(stage).started == expected[stage]);
        CHECK(rig.stage(stage).ok() == expected[stage]);
    }
    check_arrivals(rig, 1630, 0);
    CHECK(rig.read().lateness().max() == 0);
}

TEST_CASE("an arrival that waits belongs to the stage in which it was due") {
    Profile profile = profile_of({rate_for(10, 1_s), rate_for(1, 10_s)});
    profile.load.max_users = 1;
    profile.load.max_backlog = 100;
    profile.load.warm_up = Duration(500_ms);
    Rig rig(profile);
    rig.io.answer = [](const Asked&) { return ok_after(190_ms); };
    rig.run();
    CHECK(rig.counts(phase_warm_up).started == 5);
    CHECK(rig.stage(0).started == 5); // the measured part
    CHECK(rig.stage(1).started == 10);
    check_arrivals(rig, 20, 0);
}

TEST_CASE("what arrives at once is due at one instant and waited for at the end") {
    Profile profile = profile_of({at_once_for(200, 10_s), at_once_for(300, 1_s)});
    profile.load.max_users = 50;
    Rig rig(profile);
    rig.io.answer = [](const Asked&) { return ok_after(500_ms); };
    rig.run();
    CHECK(rig.stage(0).ok() == 200);
    CHECK(rig.stage(1).ok() == 300);
    CHECK(rig.latency().max() == 3_s); // six rounds of fifty
    CHECK(rig.elapsed_ns() == 13_s);
    check_arrivals(rig, 500, 0);
}

TEST_CASE("a backlog behind the last stage is served though connects fail now and then") {
    Profile profile = profile_of({at_once_for(50, 1_ms)});
    profile.load.max_users = 5;
    Rig rig(profile);
    rig.io.dial = [&] { return Dial{.error = rig.started ? ECONNREFUSED : 0}; };
    rig.io.answer = [](const Asked&) {
        return Answer{.bytes = ok_response, .delay_ns = 2_ms, .end = PeerEnd::fin};
    };
    rig.run();
    CHECK(rig.of(Outcome::ok) == 5);
    CHECK(rig.of(Outcome::connect_error) == 45);
    CHECK(rig.elapsed_ns() < 200_ms);
    check_arrivals(rig, 50, 0);
}

TEST_CASE("a number of arrivals is exact and its backlog is served") {
    Profile profile = profile_of({rate_for(1000, open_ended.count())});
    profile.load.requests = 777;
    profile.load.max_users = 10;
    profile.load.max_backlog = 1000;
    Rig rig(profile);
    rig.io.answer = [](const Asked&) { return ok_after(20_ms); };
    rig.run();
    CHECK(rig.of(Outcome::ok) == 777);
    CHECK(rig.elapsed_ns() == 78 * 20_ms + 6_ms); // the rounds of the user of arrival 6
    check_arrivals(rig, 777, 0);
}

TEST_CASE("with a duration as well, what waits at its end is dropped") {
    Profile profile = profile_of({rate_for(1000, 1_s)});
    profile.load.requests = 777;
    profile.load.max_users = 10;
    profile.load.max_backlog = 1000;
    Rig rig(profile);
    rig.io.answer = [](const Asked&) { return ok_after(95_ms); };
    rig.run();
    CHECK(rig.of(Outcome::ok) == 11 * 10);
    CHECK(rig.elapsed_ns() < 1100_ms);
    check_arrivals(rig, 777, 777 - 110);
}

TEST_CASE("a stop request drops what waits") {
    for (StopRequest how : {StopRequest::end_load, StopRequest::at_once}) {
        CAPTURE(how == StopRequest::at_once);
        Profile profile = profile_of({rate_for(100, 10_s)});
        profile.load.max_users = 5;
        profile.load.max_backlog = 1000;
        Rig rig(profile);
        rig.io.answer = [](const Asked&) { return ok_after(300_ms); };
        rig.run_until(1_s);
        rig.control.stop = how;
        rig.run(2_s);
        uint64_t ended = rig.of(Outcome::ok) + rig.of(Outcome::cancelled);
        CHECK(rig.of(Outcome::cancelled) == (how == StopRequest::at_once ? 5 : 0));
        CHECK(ended == rig.counts().started);
        check_arrivals(rig, rig.stats.arrivals, rig.stats.arrivals - ended);
    }
}

TEST_CASE("threads share arrivals without rounding") {
    for (Arrival arrival : {Arrival::constant, Arrival::poisson}) {
        uint64_t one_thread = 0;
        for (uint32_t threads : {1u, 2u, 3u, 8u}) {
            CAPTURE(threads);
            uint64_t started = 0;
            for (uint32_t index = 0; index < threads; ++index) {
                Profile profile = profile_of({rate_for(333, 3_s, true), rate_for(333, 1_s)});
                profile.load.arrival = arrival;
                Rig rig(profile, {.share = {index, threads}});
                rig.run();
                started += rig.counts().started;
            }
            one_thread = threads == 1 ? started : one_thread;
            CHECK(started == one_thread);
            CHECK((arrival == Arrival::poisson || started == 833)); // 832.5: one more at time 0
        }
    }
}
