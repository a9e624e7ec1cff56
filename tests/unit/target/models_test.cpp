#include "target/models.hpp"
#include "target/server_state.hpp"

#include <doctest/doctest.h>

using namespace ringblast;

TEST_CASE("a queue serves in order, as many at once as it has workers") {
    FifoQueue queue({.workers = 2, .service_ns = 10});
    CHECK(queue.arrive(100) == 110);
    CHECK(queue.arrive(100) == 110);
    CHECK(queue.arrive(100) == 120);
    CHECK(queue.arrive(105) == 120);
    CHECK(queue.arrive(115) == 130);
    CHECK(queue.arrive(500) == 510);
}

TEST_CASE("a queue's capacity is workers by service time, exactly") {
    FifoQueue queue({.workers = 4, .service_ns = 5'000'000});
    int64_t last_ns = 0;
    for (int i = 0; i < 8000; ++i) {
        last_ns = *queue.arrive(0);
    }
    CHECK(last_ns == 10'000'000'000); // 800 a second
}

TEST_CASE("a bounded queue turns away who would be one too many") {
    FifoQueue queue({.workers = 1, .service_ns = 10, .waiting_max = 2});
    CHECK(queue.arrive(0) == 10); // served at once
    CHECK(queue.arrive(0) == 20);
    CHECK(queue.arrive(0) == 30);
    CHECK_FALSE(queue.arrive(0));
    CHECK_FALSE(queue.arrive(9));
    CHECK(queue.arrive(10) == 40); // one has begun to be served
    CHECK_FALSE(queue.arrive(10));
}

TEST_CASE("in a pause everything stands still, at the end of every period") {
    FifoQueue queue({.workers = 1, .service_ns = 10, .pause_ns = 20, .pause_every_ns = 100});
    CHECK(queue.arrive(1000) == 1010); // the periods begin with the first arrival
    CHECK(queue.arrive(1065) == 1075);
    CHECK(queue.arrive(1065) == 1105); // five of its ten are left when the pause begins at 1080
    CHECK(queue.arrive(1090) == 1115); // waits for the end of the pause and for the one before
    CHECK(queue.arrive(1185) == 1210);
}

TEST_CASE("pauses take their share of the capacity") {
    FifoQueue queue({.workers = 4,
                     .service_ns = 5'000'000,
                     .pause_ns = 150'000'000,
                     .pause_every_ns = 2'000'000'000});
    int64_t last_ns = 0;
    for (int i = 0; i < 7400; ++i) {
        last_ns = *queue.arrive(0);
    }
    CHECK(last_ns == 10'000'000'000 - 150'000'000); // 740 a second; the last pause follows
}

TEST_CASE("a queue that is slowed down by its length does less the more it is asked for") {
    FifoQueue queue({.workers = 1, .service_ns = 10, .slower = 0.5});
    CHECK(queue.arrive(0) == 10); // nobody waits
    CHECK(queue.arrive(0) == 20);
    CHECK(queue.arrive(0) == 35); // one waits: half as long again
    CHECK(queue.arrive(0) == 55); // two
    CHECK(queue.arrive(1000) == 1010);
}

TEST_CASE("random service times are functions of the seed, with the mean asked for") {
    FifoQueue one({.workers = 1, .service_ns = 1000, .random = true}, 5);
    FifoQueue same({.workers = 1, .service_ns = 1000, .random = true}, 5);
    FifoQueue other({.workers = 1, .service_ns = 1000, .random = true}, 6);
    int64_t end_ns = 0, other_ns = 0;
    for (int i = 0; i < 10'000; ++i) {
        end_ns = *one.arrive(0);
        CHECK(end_ns == *same.arrive(0));
        other_ns = *other.arrive(0);
    }
    CHECK(end_ns != other_ns);
    CHECK(static_cast<double>(end_ns) == doctest::Approx(1e7).epsilon(0.05));
}

TEST_CASE("what is leaked is kept and counted, up to a bound") {
    ServerState state(1);
    CHECK(state.leak(1024));
    CHECK(state.leak(512));
    CHECK(state.render_metrics().find("leaked_bytes 1536\n") != std::string::npos);
    CHECK_FALSE(state.leak(uint64_t{1} << 30));
    CHECK(state.leak(0));
}

TEST_CASE("a bucket has the burst it is given") {
    TokenBucket bucket(100, 3);
    CHECK(bucket.take(0) == 0);
    CHECK(bucket.take(0) == 0);
    CHECK(bucket.take(0) == 0);
    CHECK(bucket.take(0) == 10'000'000);
}

TEST_CASE("a bucket lets a burst pass and then its rate") {
    TokenBucket bucket(100);
    int64_t now_ns = 1'000'000'000;
    for (int i = 0; i < 10; ++i) {
        CHECK(bucket.take(now_ns) == 0);
    }
    CHECK(bucket.take(now_ns) == 10'000'000);
    CHECK(bucket.take(now_ns + 5'000'000) == 5'000'000);
    CHECK(bucket.take(now_ns + 10'000'000) == 0);
    CHECK(bucket.take(now_ns + 10'000'000) == 10'000'000);
}

TEST_CASE("a bucket passes rate times time over a long time") {
    TokenBucket bucket(1000);
    int passed = 0;
    for (int64_t now_ns = 0; now_ns < 10'000'000'000; now_ns += 100'000) { // 10 000 a second
        passed += bucket.take(now_ns) == 0;
    }
    CHECK(passed >= 10'098); // 10 s and the burst of 100; the last may be a moment away
    CHECK(passed <= 10'100);
}

TEST_CASE("a slow bucket holds one token") {
    TokenBucket bucket(0.5);
    CHECK(bucket.take(0) == 0);
    CHECK(bucket.take(0) == 2'000'000'000);
    CHECK(bucket.take(2'000'000'000) == 0);
}

TEST_CASE("the flaky route fails the same requests in every run") {
    ServerState one(7);
    ServerState other(7);
    int failures = 0;
    for (int i = 0; i < 10'000; ++i) {
        bool fails = one.next_fails(0.1);
        CHECK(fails == other.next_fails(0.1));
        failures += fails;
    }
    CHECK(failures > 900);
    CHECK(failures < 1100);
    CHECK_FALSE(one.next_fails(0));
    CHECK(one.next_fails(1));
}

TEST_CASE("only tokens that were given out are good") {
    ServerState state(1);
    CHECK_FALSE(state.is_authorized(""));
    CHECK_FALSE(state.is_authorized("Bearer 0-0000000000000000"));
    std::string token = state.new_token();
    CHECK(state.is_authorized("Bearer " + token));
    CHECK_FALSE(state.is_authorized(token));
    CHECK_FALSE(state.is_authorized("Bearer " + token + "0"));
    CHECK_FALSE(ServerState(2).is_authorized("Bearer " + token));
    CHECK(state.new_token() != token);
}

TEST_CASE("metrics are sums over the threads") {
    ServerState state(1);
    LoopCounters::add(state.add_counters().requests, 3);
    LoopCounters::add(state.add_counters().requests, 4);
    CHECK(state.render_metrics().find("\nringblast_target_requests_total 7\n") !=
          std::string::npos);
}
