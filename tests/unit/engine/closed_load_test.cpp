// The closed load on the fake clock: with a peer that answers after an exact delay, everything can
// be counted on paper.
#include "rig.hpp"

#include <doctest/doctest.h>

using namespace ringblast;
using namespace ringblast::test;

TEST_CASE("users at a fixed delay: exact counts and latencies") {
    struct Row {
        const char* why;
        double users;
        int64_t delay_ns;
        int64_t duration_ns;
        uint64_t started;
    };
    const Row rows[] = {
        {"one user, a hundred rounds", 1, 10_ms, 1_s, 100},
        {"the last round starts within the load and ends behind it", 1, 300_ms, 1_s, 4},
        {"users don't wait for each other", 64, 10_ms, 1_s, 6400},
        {"one request longer than the load", 3, 2_s, 1_s, 3},
        {"rounds of a microsecond", 2, 1_us, 10_ms, 20'000},
    };
    for (const Row& row : rows) {
        INFO(std::string(row.why));
        Rig rig(profile_of({users_for(row.users, row.duration_ns)}));
        rig.io.answer = [&](const Asked&) {
            return Answer{.bytes = ok_response, .delay_ns = row.delay_ns};
        };
        rig.run();
        CHECK(rig.counts().started == row.started);
        CHECK(rig.of(Outcome::ok) == row.started);
        CHECK(rig.io.requests() == row.started);
        Histogram latency = rig.latency();
        CHECK(latency.count() == row.started);
        CHECK(latency.min() == row.delay_ns);
        CHECK(latency.max() == row.delay_ns);
        CHECK(rig.stats.latency_sum_ns == row.started * static_cast<uint64_t>(row.delay_ns));
        CHECK(rig.stats.connections_opened == static_cast<uint64_t>(row.users));
        CHECK(rig.stats.bytes_received == row.started * ok_response.size());
        CHECK(rig.stats.bytes_body == row.started * 2);
        CHECK(rig.stats.bytes_sent == row.started * rig.plan.requests.front().size);
        CHECK(rig.worker.report().load_end_ns == row.duration_ns);
        check_books(rig);
    }
}

TEST_CASE("first byte and service time are told apart") {
    Rig rig(profile_of({users_for(1, 1_s)}));
    rig.io.answer = [&](const Asked&) {
        return Answer{.bytes = ok_response, .delay_ns = 100_ms, .piece_max = 1, .gap_ns_max = 2};
    };
    rig.run();
    const Collector& read = rig.read();
    CHECK(read.ttfb().min() == 100_ms);
    CHECK(read.service().min() > 100_ms);
    CHECK(read.service().count() == rig.counts().started);
    CHECK(read.connect().count() == 1);
    CHECK(read.connect().max() == 0);
}

TEST_CASE("a number of requests is exact") {
    struct Row {
        const char* why;
        double users;
        uint64_t requests;
        unsigned pipeline;
        uint64_t started;
    };
    const Row rows[] = {
        {"not a multiple of the users", 7, 100, 1, 100},
        {"fewer than users", 7, 3, 1, 3},
        {"one", 1, 1, 1, 1},
        {"pipelined, with a rest", 3, 100, 16, 100},
        {"pipelined, less than a batch", 1, 5, 16, 5},
    };
    for (const Row& row : rows) {
        INFO(std::string(row.why));
        Profile profile = profile_of({users_for(row.users, open_ended.count())});
        profile.load.requests = row.requests;
        profile.load.pipeline = row.pipeline;
        Rig rig(profile);
        rig.run();
        CHECK(rig.counts().started == row.started);
        CHECK(rig.of(Outcome::ok) == row.started);
        CHECK(rig.io.requests() == row.started);
        check_books(rig);
    }
}

TEST_CASE("a number of requests and a duration: what comes first ends the load") {
    Profile profile = profile_of({users_for(2, 1_s)});
    profile.load.requests = 1000;
    Rig by_time(profile);
    by_time.io.answer = [](const Asked&) {
        return Answer{.bytes = ok_response, .delay_ns = 100_ms};
    };
    by_time.run();
    CHECK(by_time.counts().started == 20);
    profile.load.requests = 7;
    Rig by_number(profile);
    by_number.run();
    CHECK(by_number.counts().started == 7);
    CHECK(by_number.elapsed_ns() == 4_ms); // rounds of two
}

TEST_CASE("threads share users and requests without rounding") {
    for (uint32_t threads : {1u, 2u, 3u, 8u}) {
        CAPTURE(threads);
        uint64_t users = 0, started = 0;
        for (uint32_t index = 0; index < threads; ++index) {
            Rig rig(profile_of({users_for(10, 1_s)}), {.share = {index, threads}});
            rig.io.answer = [](const Asked&) {
                return Answer{.bytes = ok_response, .delay_ns = 100_ms};
            };
            rig.run();
            users += rig.stats.connections_opened;
            started += rig.counts().started;
        }
        CHECK(users == 10);
        CHECK(started == 100);
    }
}

TEST_CASE("users start at the spawn rate") {
    Profile profile = profile_of({users_for(10, 4_s)});
    profile.load.spawn_rate = 5; // user u starts at u * 0.2 s
    Rig rig(profile);
    rig.io.answer = [](const Asked&) { return Answer{.bytes = ok_response, .delay_ns = 100_ms}; };
    uint64_t expected = 0;
    for (uint64_t user = 0; user < 10; ++user) {
        rig.run_until(static_cast<int64_t>(user) * 200_ms + 1);
        CHECK(rig.stats.users_active == user + 1);
        expected += 40 - 2 * user;
    }
    rig.run();
    CHECK(rig.counts().started == expected);
    CHECK(rig.stats.connections_opened == 10);
    CHECK(rig.latency().max() == 100_ms);
}

TEST_CASE("users come and go with a ramp") {
    Rig rig(profile_of({users_for(10, 10_s, true), users_for(0, 10_s, true)}));
    rig.io.answer = [](const Asked&) { return Answer{.bytes = ok_response, .delay_ns = 99_ms}; };
    for (int second = 0; second < 20; ++second) {
        rig.run_until(second * 1_s + 1_ms);
        CAPTURE(second);
        // User u starts at u seconds and stops at 20 - u.
        CHECK(rig.stats.users_active ==
              static_cast<uint64_t>(second < 10 ? second + 1 : 20 - second));
    }
    rig.run();
    // Whoever stops does so at the end of a round.
    uint64_t expected = 0;
    for (int64_t user = 0; user < 10; ++user) {
        expected += static_cast<uint64_t>((20_s - 2 * user * 1_s + 98_ms) / 99_ms);
    }
    CHECK(rig.counts().started == expected);
    CHECK(rig.io.open_connections() == 0);
    CHECK(rig.elapsed_ns() == 203 * 99_ms); // the round that user 0 began before 20 s
    check_books(rig);
}

TEST_CASE("a stopped user that starts again goes on with the same connection slot") {
    Rig rig(profile_of({users_for(4, 1_s), users_for(1, 1_s), users_for(4, 1_s)}));
    rig.io.answer = [](const Asked&) { return Answer{.bytes = ok_response, .delay_ns = 90_ms}; };
    rig.run();
    CHECK(rig.stage(0).started == 4 * 12);      // due at 0, 0.09, … 0.99
    CHECK(rig.stage(1).started == 11);          // due at 1.08, … 1.98
    CHECK(rig.stage(2).started == 11 + 3 * 12); // due at 2.07, … and at 2, 2.09, …
    CHECK(rig.stats.connections_opened == 7);
    CHECK(rig.stats.reconnects == 0);
}

TEST_CASE("a request that is in flight across a stop and a start is not doubled") {
    Rig rig(profile_of({users_for(2, 1_s), users_for(1, 1_s), users_for(2, 1_s)}));
    rig.io.answer = [](const Asked&) { return Answer{.bytes = ok_response, .delay_ns = 2500_ms}; };
    rig.run();
    CHECK(rig.stage(0).started == 2); // both wait until 2.5 s
    CHECK(rig.stage(1).started == 0);
    CHECK(rig.stage(2).started == 2);
    CHECK(rig.of(Outcome::ok) == 4);
    check_books(rig);
}

TEST_CASE("the warm-up is the first part of the load and in no total") {
    Profile profile = profile_of({users_for(5, 10_s)});
    profile.load.warm_up = Duration(3_s);
    Rig rig(profile);
    rig.io.answer = [](const Asked&) { return Answer{.bytes = ok_response, .delay_ns = 500_ms}; };
    rig.run();
    CHECK(rig.counts(phase_warm_up).started == 30);
    CHECK(rig.counts(phase_measured).started == 70);
    CHECK(rig.latency().count() == 70);
    CHECK(rig.elapsed_ns() == 10_s);
}

TEST_CASE("a request belongs to the stage in which it was due") {
    Rig rig(profile_of({users_for(1, 1_s), users_for(2, 1_s), users_for(1, 1_s)}));
    rig.io.answer = [](const Asked&) { return Answer{.bytes = ok_response, .delay_ns = 400_ms}; };
    rig.run();
    // User 0 is due at 0, 0.4, 0.8 | 1.2, 1.6 | 2.0, 2.4, 2.8; user 1 at 1.0, 1.4, 1.8.
    CHECK(rig.stage(0).started == 3);
    CHECK(rig.stage(1).started == 5);
    CHECK(rig.stage(2).started == 3);
    CHECK(rig.stage(0).ok() == 3);
    CHECK(rig.stage(1).ok() == 5);
    CHECK(rig.stage(2).ok() == 3);
}

TEST_CASE("what is in flight at the end may finish within the graceful stop") {
    struct Row {
        const char* why;
        int64_t delay_ns;
        uint64_t ok, cancelled;
        int64_t end_ns;
    };
    const Row rows[] = {
        {"in time", 1500_ms, 2, 0, 1500_ms},
        {"too late", 3500_ms, 0, 2, 3_s},
    };
    for (const Row& row : rows) {
        INFO(std::string(row.why));
        Profile profile = profile_of({users_for(2, 1_s)});
        profile.load.graceful_stop = Duration(2_s);
        Rig rig(profile);
        rig.io.answer = [&](const Asked&) {
            return Answer{.bytes = ok_response, .delay_ns = row.delay_ns};
        };
        rig.run();
        CHECK(rig.of(Outcome::ok) == row.ok);
        CHECK(rig.of(Outcome::cancelled) == row.cancelled);
        CHECK(rig.latency().count() == row.ok);
        CHECK(rig.elapsed_ns() == row.end_ns);
        CHECK(rig.worker.report().load_end_ns == 1_s);
        CHECK(rig.worker.report().drained_ns == row.end_ns);
        check_books(rig);
    }
}

TEST_CASE("a stop request ends the load early") {
    struct Row {
        const char* why;
        StopRequest how;
        uint64_t ok, cancelled;
    };
    const Row rows[] = {
        {"as at the end: what is in flight finishes", StopRequest::end_load, 15, 0},
        {"at once: it is cancelled", StopRequest::at_once, 12, 3},
    };
    for (const Row& row : rows) {
        INFO(std::string(row.why));
        Rig rig(profile_of({users_for(3, 100_s)}));
        rig.io.answer = [](const Asked&) {
            return Answer{.bytes = ok_response, .delay_ns = 250_ms};
        };
        rig.run_until(1010_ms);
        rig.control.stop = row.how;
        rig.run(2_s);
        CHECK(rig.of(Outcome::ok) == row.ok);
        CHECK(rig.of(Outcome::cancelled) == row.cancelled);
        CHECK(rig.worker.report().load_end_ns < 1150_ms); // a wait is 50 ms at most
        check_books(rig);
    }
}

TEST_CASE("a stop request before time zero starts nothing") {
    for (StopRequest how : {StopRequest::end_load, StopRequest::at_once}) {
        for (const Stage& stage : {users_for(3, 10_s), rate_for(100, 10_s)}) {
            Rig rig(profile_of({stage}));
            rig.control.stop = how;
            rig.run(2_s);
            CHECK(rig.counts().started == 0);
            check_books(rig);
        }
    }
}
