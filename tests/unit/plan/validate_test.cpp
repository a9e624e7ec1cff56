// What is no load, and in which words that is told.
#include "base/clock.hpp"
#include "plan/plan.hpp"

#include <cmath>
#include <doctest/doctest.h>

using namespace ringblast;

namespace {

Stage users(double count, int64_t seconds = 1) {
    return {.users = count, .duration = Duration(seconds * ns_per_second)};
}
Stage rate(double per_second, int64_t seconds = 1) {
    return {.rate = per_second, .duration = Duration(seconds * ns_per_second)};
}
Stage at_once(uint64_t count) {
    return {.at_once = count, .duration = Duration(ns_per_second)};
}

} // namespace

TEST_CASE("sound loads") {
    const Load loads[] = {
        {.stages = {users(1)}},
        {.stages = {users(0), users(1'000'000)}},
        {.stages = {rate(0.001)}},
        {.stages = {rate(100e6)}},
        {.stages = {at_once(1)}},
        {.stages = {rate(0), at_once(1), rate(7)}},
        {.stages = {users(1)}, .requests = 1, .spawn_rate = 0.1, .pipeline = 1024},
        {.stages = {users(1, 10)}, .warm_up = Duration(9 * ns_per_second)},
        {.stages = {{.users = 1, .duration = open_ended}}, .requests = 5},
    };
    for (const Load& load : loads) {
        CHECK(validate_load(load).empty());
    }
}

TEST_CASE("each fault has its message, which names the option and what is allowed") {
    struct Row {
        Load load;
        const char* message;
    };
    const double none = std::nan("");
    const Row rows[] = {
        {{}, "the load has no stage: give users or a rate with a duration"},
        {{.stages = {users(2.5)}},
         "stage 1: 2.5 users: a whole number from 0 to 1000000 is allowed"},
        {{.stages = {users(3), users(-1)}},
         "stage 2: -1 users: a whole number from 0 to 1000000 is allowed"},
        {{.stages = {users(1'000'001)}},
         "stage 1: 1000001 users: a whole number from 0 to 1000000 is allowed"},
        {{.stages = {rate(1), rate(-1)}}, "stage 2: rate -1/s: 0 to 100000000/s is allowed"},
        {{.stages = {rate(1), rate(none)}}, "stage 2: rate nan/s: 0 to 100000000/s is allowed"},
        {{.stages = {users(1), users(none)}},
         "stage 2: nan users: a whole number from 0 to 1000000 is allowed"},
        {{.stages = {users(1, 0)}}, "stage 1: its duration must be longer than 0"},
        {{.stages = {users(1), rate(1)}},
         "stage 2: one load is closed (users) or open (a rate), not both"},
        {{.stages = {at_once(1), users(1)}},
         "stage 2: one load is closed (users) or open (a rate), not both"},
        {{.stages = {users(0), users(0)}},
         "the load asks for nothing: no stage has users or a rate above 0"},
        {{.stages = {at_once(0)}},
         "the load asks for nothing: no stage has users or a rate above 0"},
        {{.stages = {users(1, 2)}, .warm_up = Duration(2 * ns_per_second)},
         "--warm-up must be shorter than the load: it is its first part, not added to it"},
        {{.stages = {users(1)}, .pipeline = 0}, "--pipeline 0: 1 to 1024 is allowed"},
        {{.stages = {users(1)}, .pipeline = 1025}, "--pipeline 1025: 1 to 1024 is allowed"},
        {{.stages = {rate(1)}, .pipeline = 2},
         "--pipeline goes with users (-u), not with a rate: an arrival is one request"},
        {{.stages = {rate(1)}, .spawn_rate = 1},
         "--spawn-rate goes with users (-u); in an open load use a ramp of the rate, --stages "
         "'>1000/s:30s'"},
        {{.stages = {users(1)}, .spawn_rate = 0}, "--spawn-rate must be above 0 users per second"},
        {{.stages = {users(1)}, .spawn_rate = none},
         "--spawn-rate must be above 0 users per second"},
        {{.stages = {rate(1)}, .max_users = 0}, "an open load needs at least one user (-u)"},
        {{.stages = {users(1)}, .requests = 0}, "-n 0: at least one request is needed"},
    };
    for (const Row& row : rows) {
        CAPTURE(std::string(row.message));
        std::vector<Error> errors = validate_load(row.load);
        REQUIRE(errors.size() == 1);
        CHECK(errors.front().message == row.message);
    }
}

TEST_CASE("all faults are told at once") {
    Load load{.stages = {users(0.5), rate(-1, 0)}, .requests = 0, .pipeline = 0};
    CHECK(validate_load(load).size() == 6);
}
