// The pacers: the same load for any number of threads, exact at every moment.
#include "plan/pacer.hpp"

#include "base/clock.hpp"

#include <algorithm>
#include <cmath>
#include <doctest/doctest.h>
#include <memory>
#include <string>
#include <vector>

using namespace ringblast;

namespace {

constexpr int64_t second = ns_per_second;

Stage users_for(double users, double seconds, bool ramp = false) {
    return {.users = users, .duration = Duration(std::llround(seconds * 1e9)), .ramp = ramp};
}
Stage rate_for(double rate, double seconds, bool ramp = false) {
    return {.rate = rate, .duration = Duration(std::llround(seconds * 1e9)), .ramp = ramp};
}
Stage at_once_for(uint64_t count, double seconds) {
    return {.at_once = count, .duration = Duration(std::llround(seconds * 1e9))};
}

std::unique_ptr<SegmentBoard> board_of(const Load& load) {
    std::vector<Segment> segments = compile_segments(load);
    auto board = std::make_unique<SegmentBoard>(segments.size() + 8);
    for (const Segment& segment : segments) {
        board->publish(segment);
    }
    return board;
}

/// All arrivals of a load in the order of their index.
std::vector<NextArrival> arrivals_of(const SegmentBoard& board, ArrivalPacer::Settings settings,
                                     uint32_t threads) {
    std::vector<NextArrival> all;
    for (uint32_t index = 0; index < threads; ++index) {
        settings.share = {index, threads};
        ArrivalPacer pacer(board, settings);
        for (; pacer.next().due_ns != never_ns; pacer.pop()) {
            all.push_back(pacer.next());
        }
    }
    std::ranges::sort(all, {}, &NextArrival::index);
    return all;
}

uint64_t count_of(std::vector<Stage> stages) {
    auto board = board_of({.stages = std::move(stages)});
    return arrivals_of(*board, {}, 1).size();
}

} // namespace

TEST_CASE("fractions of an arrival are carried from segment to segment") {
    struct Row {
        const char* why;
        std::vector<Stage> stages;
        uint64_t count; ///< of the whole numbers from 0 below the sum
    };
    std::vector<Stage> tenths(10, rate_for(0.1, 1));
    std::vector<Stage> many(997, rate_for(1.0 / 3, 1));
    std::vector<Stage> sevenths(700, rate_for(0.7, 0.1));
    const Row rows[] = {
        {"whole", {rate_for(10, 1)}, 10},
        {"a half, and a half", {rate_for(0.5, 1), rate_for(0.5, 1)}, 1},
        {"a half, a half and a half", {rate_for(0.5, 1), rate_for(0.5, 1), rate_for(0.5, 1)}, 2},
        {"decimal text that adds up", {rate_for(10.3, 1), rate_for(0.7, 1)}, 11},
        {"the same the other way", {rate_for(0.7, 1), rate_for(10.3, 1)}, 11},
        {"ten tenths", tenths, 1},
        {"a great many thirds", many, 333},
        {"seven tenths for a tenth", sevenths, 49},
        {"ramps from 0", {rate_for(5, 1, true), rate_for(5, 1), rate_for(0, 1, true)}, 10},
        {"a pause between", {rate_for(1.5, 1), rate_for(0, 10), rate_for(1.5, 1)}, 3},
        {"at once is whole and carries nothing away",
         {rate_for(0.5, 1), at_once_for(3, 1), rate_for(0.5, 1)},
         4},
    };
    for (const Row& row : rows) {
        INFO(std::string(row.why));
        CHECK(count_of(row.stages) == row.count);
    }
}

TEST_CASE("constant arrivals: exact times, whatever the number of threads") {
    auto board = board_of(
        {.stages = {rate_for(10, 1), rate_for(0.5, 3), at_once_for(4, 1), rate_for(2, 2)}});
    std::vector<NextArrival> all = arrivals_of(*board, {}, 1);
    std::vector<int64_t> expected;
    for (int64_t i = 0; i < 10; ++i) {
        expected.push_back(i * second / 10);
    }
    expected.insert(expected.end(), {1 * second, 3 * second}); // 0.5/s: 1.5 arrivals in 3 s
    expected.insert(expected.end(), 4, 4 * second);            // at once
    for (int64_t i = 0; i < 4; ++i) { // half an arrival is left to wait for, a quarter second
        expected.push_back(5 * second + second / 4 + i * second / 2);
    }
    REQUIRE(all.size() == expected.size());
    for (size_t i = 0; i < all.size(); ++i) {
        CAPTURE(i);
        CHECK(all[i].index == i);
        CHECK(all[i].due_ns == expected[i]);
        CHECK(all[i].stage == (i < 10 ? 0 : i < 12 ? 1 : i < 16 ? 2 : 3));
    }
    for (uint32_t threads : {2u, 3u, 8u, 64u}) {
        CAPTURE(threads);
        CHECK((arrivals_of(*board, {}, threads) == all));
    }
}

TEST_CASE("Poisson arrivals: the same times for any number of threads") {
    auto board = board_of(
        {.stages = {rate_for(100, 2), at_once_for(13, 0.5), rate_for(0, 1), rate_for(300, 2, true),
                    at_once_for(1, 1), at_once_for(5, 1), rate_for(0.3, 5), rate_for(50, 1)}});
    ArrivalPacer::Settings settings{.arrival = Arrival::poisson, .seed = 7};
    std::vector<NextArrival> all = arrivals_of(*board, settings, 1);
    for (size_t i = 0; i < all.size(); ++i) {
        REQUIRE(all[i].index == i); // none is missing, none is double
    }
    CHECK(std::ranges::is_sorted(all, {}, &NextArrival::due_ns));
    for (uint32_t threads : {2u, 3u, 8u, 64u}) {
        CAPTURE(threads);
        CHECK((arrivals_of(*board, settings, threads) == all));
    }
    uint64_t in_stage[8]{};
    for (const NextArrival& arrival : all) {
        ++in_stage[arrival.stage];
        const Segment& segment = board->segments()[arrival.stage];
        CHECK(arrival.due_ns >= segment.start_ns);
        CHECK(arrival.due_ns <= segment.end_ns);
    }
    CHECK(in_stage[1] == 13);
    CHECK(in_stage[2] == 0);
    CHECK(in_stage[4] == 1);
    CHECK(in_stage[5] == 5);
    settings.seed = 8;
    CHECK((arrivals_of(*board, settings, 1) != all));
}

TEST_CASE("Poisson arrivals begin with what comes at once") {
    auto board = board_of({.stages = {at_once_for(3, 1), rate_for(100, 1)}});
    ArrivalPacer::Settings settings{.arrival = Arrival::poisson};
    std::vector<NextArrival> all = arrivals_of(*board, settings, 1);
    REQUIRE(all.size() > 50);
    CHECK(all[2].due_ns == 0);
    CHECK(all[3].due_ns > second);
    CHECK((arrivals_of(*board, settings, 5) == all));
}

TEST_CASE("Poisson arrivals are as even and as uneven as they should be") {
    struct Row {
        const char* why;
        std::vector<Stage> stages;
        double mean; ///< arrivals
    };
    const Row rows[] = {
        {"held", {rate_for(1000, 100)}, 100'000},
        {"through many segments", std::vector<Stage>(1000, rate_for(1000, 0.1)), 100'000},
    };
    for (const Row& row : rows) {
        INFO(std::string(row.why));
        auto board = board_of({.stages = row.stages});
        std::vector<NextArrival> all =
            arrivals_of(*board, {.arrival = Arrival::poisson, .seed = 3}, 1);
        auto count = static_cast<double>(all.size());
        CHECK(std::fabs(count - row.mean) < 4 * std::sqrt(row.mean));
        // Index of dispersion of the counts per 10 ms: variance / mean is 1.
        std::vector<double> bins(10'000);
        for (const NextArrival& arrival : all) {
            bins[static_cast<size_t>(arrival.due_ns / (second / 100))] += 1;
        }
        double mean = count / 10'000, variance = 0;
        for (double bin : bins) {
            variance += (bin - mean) * (bin - mean) / 10'000;
        }
        CHECK(variance / mean > 0.95);
        CHECK(variance / mean < 1.05);
        // Gaps are exponential: 1/e of them are longer than the mean.
        size_t longer = 0;
        for (size_t i = 1; i < all.size(); ++i) {
            longer += all[i].due_ns - all[i - 1].due_ns > second / 1000;
        }
        CHECK(static_cast<double>(longer) / count == doctest::Approx(std::exp(-1)).epsilon(0.02));
    }
}

TEST_CASE("Poisson arrivals follow a ramp") {
    auto board = board_of({.stages = {rate_for(2000, 100, true)}});
    std::vector<NextArrival> all = arrivals_of(*board, {.arrival = Arrival::poisson}, 1);
    auto half = static_cast<double>(std::ranges::count_if(
        all, [](const NextArrival& arrival) { return arrival.due_ns < 50 * second; }));
    CHECK(half / static_cast<double>(all.size()) == doctest::Approx(0.25).epsilon(0.02));
}

TEST_CASE("a number of arrivals is that of all threads") {
    auto board = board_of({.stages = {rate_for(1000, 10)}});
    for (Arrival arrival : {Arrival::constant, Arrival::poisson}) {
        for (uint32_t threads : {1u, 2u, 3u, 8u}) {
            for (uint64_t limit : {1u, 7u, 100u}) {
                ArrivalPacer::Settings settings{.arrival = arrival, .limit = limit};
                CHECK(arrivals_of(*board, settings, threads).size() == limit);
            }
        }
    }
}

TEST_CASE("segments that are published later are found") {
    SegmentBoard board(4);
    ArrivalPacer pacer(board, {});
    CHECK(pacer.next().due_ns == never_ns);
    Segment segment{
        .kind = GoalKind::rate, .start_ns = 0, .end_ns = second, .from = 2.5, .to = 2.5};
    board.publish(segment);
    CHECK(pacer.next().due_ns == 0);
    pacer.pop();
    pacer.pop();
    CHECK(pacer.next().due_ns == 4 * second / 5);
    pacer.pop();
    CHECK(pacer.next().due_ns == never_ns);
    segment.start_ns = 3 * second; // a gap in which there is nothing
    segment.end_ns = 4 * second;
    board.publish(segment);
    CHECK(pacer.next().due_ns == 3 * second + second / 5);
    CHECK(pacer.next().index == 3);
}

namespace {

struct Change {
    int64_t at_ns;
    uint64_t user; ///< global
    bool start;
    auto operator<=>(const Change&) const = default;
};

std::vector<Change> changes_of(const SegmentBoard& board, uint32_t threads) {
    std::vector<Change> all;
    for (uint32_t index = 0; index < threads; ++index) {
        ThreadShare share{index, threads};
        UserPacer pacer(board, share);
        int64_t before_ns = 0;
        uint64_t active = 0;
        while (pacer.next().at_ns != never_ns) {
            UserChange change = pacer.next();
            CHECK(change.at_ns >= before_ns);
            CHECK(change.user == (change.start ? active : active - 1)); // one after the other
            before_ns = change.at_ns;
            pacer.pop();
            active = pacer.active();
            all.push_back({change.at_ns, share.global(change.user), change.start});
        }
    }
    std::ranges::sort(all);
    return all;
}

} // namespace

TEST_CASE("users start and stop when their stage says so") {
    struct Row {
        const char* why;
        std::vector<Stage> stages;
        std::optional<double> spawn_rate;
        std::vector<Change> expected;
    };
    const Row rows[] = {
        {"all at once", {users_for(2, 1)}, {}, {{0, 0, true}, {0, 1, true}}},
        {"a ramp",
         {users_for(4, 2, true)},
         {},
         {{0, 0, true}, {second / 2, 1, true}, {second, 2, true}, {3 * second / 2, 3, true}}},
        {"a fall is its mirror image: the last ones stop first",
         {users_for(2, 1), users_for(0, 2, true)},
         {},
         {{0, 0, true}, {0, 1, true}, {2 * second, 1, false}, {3 * second, 0, false}}},
        {"steps",
         {users_for(2, 1), users_for(1, 1), users_for(2, 1)},
         {},
         {{0, 0, true}, {0, 1, true}, {second, 1, false}, {2 * second, 1, true}}},
        {"at a spawn rate",
         {users_for(3, 5)},
         0.5,
         {{0, 0, true}, {2 * second, 1, true}, {4 * second, 2, true}}},
        {"at a spawn rate that the stage cuts off",
         {users_for(9, 5)},
         0.5,
         {{0, 0, true}, {2 * second, 1, true}, {4 * second, 2, true}}},
        {"from the first stage's users to the next, at a spawn rate",
         {users_for(1, 1.5), users_for(3, 5)},
         1.0,
         {{0, 0, true}, {3 * second / 2, 1, true}, {5 * second / 2, 2, true}}},
        {"nobody", {users_for(0, 1), users_for(1, 1)}, {}, {{second, 0, true}}},
    };
    for (const Row& row : rows) {
        INFO(std::string(row.why));
        auto board = board_of({.stages = row.stages, .spawn_rate = row.spawn_rate});
        CHECK((changes_of(*board, 1) == row.expected));
    }
}

TEST_CASE("the users of all threads are those of one, at every moment") {
    const Load loads[] = {
        {.stages = {users_for(10, 1)}},
        {.stages = {users_for(10, 3, true), users_for(10, 1), users_for(3, 2, true),
                    users_for(7, 1), users_for(0, 1.5, true), users_for(1, 1)}},
        {.stages = {users_for(17, 7), users_for(4, 1), users_for(29, 3)}, .spawn_rate = 3.3},
        {.stages = {users_for(1000, 1, true), users_for(1, 1, true)}},
    };
    for (const Load& load : loads) {
        auto board = board_of(load);
        std::vector<Change> all = changes_of(*board, 1);
        for (uint32_t threads : {2u, 3u, 8u, 40u}) {
            CAPTURE(threads);
            CHECK((changes_of(*board, threads) == all));
        }
    }
}
