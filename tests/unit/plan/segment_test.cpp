// Stages to segments, and the integral of a segment both ways.
#include "plan/segment.hpp"

#include "base/clock.hpp"

#include <doctest/doctest.h>
#include <string>

using namespace ringblast;

namespace {

constexpr int64_t one_second = ns_per_second;

Stage stage_users(double users, int64_t duration_ns, bool ramp = false) {
    return {.users = users, .duration = Duration(duration_ns), .ramp = ramp};
}
Stage stage_rate(double rate, int64_t duration_ns, bool ramp = false) {
    return {.rate = rate, .duration = Duration(duration_ns), .ramp = ramp};
}
Stage stage_at_once(uint64_t count, int64_t duration_ns) {
    return {.at_once = count, .duration = Duration(duration_ns)};
}

std::string text(const std::vector<Segment>& segments) {
    std::string all;
    for (const Segment& segment : segments) {
        const char* kinds[] = {"users", "rate", "at_once"};
        all += std::string(kinds[static_cast<int>(segment.kind)]) + " " +
               std::to_string(segment.stage) + ": " + std::to_string(segment.start_ns / 1'000'000) +
               "-" + std::to_string(segment.end_ns / 1'000'000) + " ms, " +
               std::to_string(static_cast<int>(segment.from)) + "-" +
               std::to_string(static_cast<int>(segment.to)) + "; ";
    }
    return all;
}

Segment rate(double from, double to, int64_t duration_ns, int64_t start_ns = 0) {
    return {.kind = GoalKind::rate,
            .start_ns = start_ns,
            .end_ns = start_ns + duration_ns,
            .from = from,
            .to = to};
}

} // namespace

TEST_CASE("stages become segments") {
    struct Row {
        const char* why;
        std::vector<Stage> stages;
        std::optional<double> spawn_rate;
        const char* expected;
    };
    const Row rows[] = {
        {"held", {stage_users(5, one_second)}, {}, "users 0: 0-1000 ms, 5-5; "},
        {"a ramp starts at 0", {stage_users(5, one_second, true)}, {}, "users 0: 0-1000 ms, 0-5; "},
        {"a ramp starts at the goal before",
         {stage_users(5, one_second), stage_users(2, one_second, true)},
         {},
         "users 0: 0-1000 ms, 5-5; users 1: 1000-2000 ms, 5-2; "},
        {"rates",
         {stage_rate(10, one_second, true), stage_rate(20, one_second)},
         {},
         "rate 0: 0-1000 ms, 0-10; rate 1: 1000-2000 ms, 20-20; "},
        {"at once, and a ramp behind it starts at 0",
         {stage_at_once(7, one_second), stage_rate(20, one_second, true)},
         {},
         "at_once 0: 0-1000 ms, 7-7; rate 1: 1000-2000 ms, 0-20; "},
        {"a spawn rate makes a held rise a ramp and a hold",
         {stage_users(10, 10 * one_second)},
         5.0,
         "users 0: 0-2000 ms, 0-10; users 0: 2000-10000 ms, 10-10; "},
        {"only the rise is spawned",
         {stage_users(4, 10 * one_second), stage_users(2, one_second),
          stage_users(6, 10 * one_second)},
         2.0,
         "users 0: 0-2000 ms, 0-4; users 0: 2000-10000 ms, 4-4; users 1: 10000-11000 ms, 2-2; "
         "users 2: 11000-13000 ms, 2-6; users 2: 13000-21000 ms, 6-6; "},
        {"ramps have their own pace",
         {stage_users(4, one_second, true)},
         1.0,
         "users 0: 0-1000 ms, 0-4; "},
        {"a stage that ends before all have come keeps the pace",
         {stage_users(10, 1250'000'000)},
         2.0, // at 0, 0.5 and 1 s
         "users 0: 0-1000 ms, 0-2; users 0: 1000-1250 ms, 3-3; "},
        {"the next stage goes on from those who have come",
         {stage_users(10, one_second), stage_users(4, 2 * one_second)},
         2.0,
         "users 0: 0-500 ms, 0-1; users 0: 500-1000 ms, 2-2; "
         "users 1: 1000-2000 ms, 2-4; users 1: 2000-3000 ms, 4-4; "},
        {"a stage shorter than one spawn has one user",
         {stage_users(10, 100'000'000)},
         2.0,
         "users 0: 0-100 ms, 1-1; "},
        {"a spawn rate that takes centuries",
         {stage_users(1'000'000, one_second)},
         1e-9,
         "users 0: 0-1000 ms, 1-1; "},
        {"a rise as long as its stage",
         {stage_users(3, 30 * one_second)},
         0.1,
         "users 0: 0-30000 ms, 0-3; "},
    };
    for (const Row& row : rows) {
        INFO(std::string(row.why));
        Load load{.stages = row.stages, .spawn_rate = row.spawn_rate};
        CHECK(text(compile_segments(load)) == std::string(row.expected));
    }
}

TEST_CASE("an open-ended stage ends never") {
    Load load{.stages = {{.users = 3, .duration = open_ended}}};
    std::vector<Segment> segments = compile_segments(load);
    CHECK(segments.back().end_ns == never_ns);
    load.stages = {stage_users(3, one_second), {.users = 5, .duration = open_ended}};
    segments = compile_segments(load);
    CHECK(segments.back().end_ns == never_ns);
    CHECK(segments.back().start_ns == one_second);
}

TEST_CASE("arrivals are the integral of the rate") {
    struct Row {
        const char* why;
        Segment segment;
        long double arrivals;
    };
    const Row rows[] = {
        {"held", rate(100, 100, 10 * one_second), 1000},
        {"decimal text: 0.1/s is no binary fraction", rate(0.1, 0.1, 30 * one_second), 3},
        {"0.7/s", rate(0.7, 0.7, 10 * one_second), 7},
        {"1/3 a second, near enough", rate(1.0 / 3, 1.0 / 3, 3 * one_second), 1},
        {"a fraction stays one", rate(0.5, 0.5, 3 * one_second), 1.5L},
        {"a rise from 0", rate(0, 10, 10 * one_second), 50},
        {"a fall to 0", rate(10, 0, 10 * one_second), 50},
        {"between rates", rate(10, 30, 10 * one_second), 200},
        {"nothing", rate(0, 0, 10 * one_second), 0},
        {"a year at the highest rate", rate(100e6, 100e6, 365 * 86400 * one_second),
         3153600000000000},
        {"nanoseconds", rate(1e6, 1e6, 1500), 1.5L},
        {"at once", {.kind = GoalKind::at_once, .end_ns = one_second, .from = 7, .to = 7}, 7},
    };
    for (const Row& row : rows) {
        INFO(std::string(row.why));
        CHECK(static_cast<double>(arrivals_in(row.segment)) ==
              doctest::Approx(static_cast<double>(row.arrivals)).epsilon(1e-15));
    }
    // Open-ended: more than any index, and no overflow.
    CHECK(arrivals_in(rate(100e6, 100e6, never_ns)) > 4e17L);
}

TEST_CASE("an arrival is due where the integral reaches its position") {
    struct Row {
        const char* why;
        Segment segment;
        long double position;
        int64_t due_ns;
    };
    const Row rows[] = {
        {"the first one at the start", rate(100, 100, one_second), 0, 0},
        {"held", rate(100, 100, one_second), 7, 70'000'000},
        {"rounded to the nearest nanosecond", rate(3, 3, one_second), 1, 333'333'333},
        {"and up", rate(3, 3, one_second), 2, 666'666'667},
        {"segments start later", rate(10, 10, one_second, 5 * one_second), 1, 5'100'000'000},
        {"fractions of a position", rate(10, 10, one_second), 0.25L, 25'000'000},
        {"a rise from 0: t = sqrt(2 p / slope)", rate(0, 10, 10 * one_second), 2, 2 * second},
        {"its start", rate(0, 10, 10 * one_second), 0, 0},
        {"its end", rate(0, 10, 10 * one_second), 50, 10 * second},
        {"a fall to 0", rate(10, 0, 10 * one_second), 48, 8 * second},
        {"its end", rate(10, 0, 10 * one_second), 50, 10 * second},
        {"never behind the end", rate(10, 0, 10 * one_second), 50.0000001L, 10 * second},
        {"a slope of 1e-10", rate(1000, 1000.0000001, 1000 * one_second), 500'000, 499'999'999'988},
        {"a day later", rate(1e6, 1e6, 86'400 * one_second), 86'399'999'999.0L, 86'399'999'999'000},
        {"a billion years of overflow", rate(1e-6, 1e-6, never_ns), 1, 1'000'000 * one_second},
        {"at once: all at the start",
         {.kind = GoalKind::at_once, .start_ns = 42, .end_ns = one_second, .from = 7, .to = 7},
         6,
         42},
    };
    for (const Row& row : rows) {
        INFO(std::string(row.why));
        CHECK(arrival_due_ns(row.segment, row.position) == row.due_ns);
    }
}
