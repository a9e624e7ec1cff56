// -u, -R and -d keep the shape of a load and meet their numbers exactly.
#include "profile/rescale.hpp"

#include "profile/stage_list.hpp"

#include <doctest/doctest.h>

using namespace ringblast;
using namespace std::chrono_literals;

namespace {

Load load_of(std::string_view stages) {
    Load load;
    load.stages = *parse_stages(stages);
    return load;
}

std::vector<Stage> stages_of(std::string_view stages) {
    return *parse_stages(stages);
}

std::string problem(std::string_view stages, const Rescale& rescale) {
    Load load = stages.empty() ? Load{} : load_of(stages);
    const std::vector<Stage> before = load.stages;
    const auto done = rescale_load(load, rescale);
    CHECK(load.stages == before);
    return done ? "ok" : done.error().message;
}

} // namespace

TEST_CASE("goals and durations in proportion") {
    struct Row {
        const char* why;
        std::string_view before;
        Rescale rescale;
        std::string_view after;
    };
    const Row rows[] = {
        {"nothing asked for", "50:30s,>200:1m", {}, "50:30s,>200:1m"},
        {"users up", "50:30s,>200:1m", {.users = 400}, "100:30s,>400:1m"},
        {"users down, rounded", "50:30s,200:1m", {.users = 10}, "3:30s,10:1m"},
        {"what is above 0 stays there", "1:1s,0:1s,500:1s", {.users = 10}, "1:1s,0:1s,10:1s"},
        {"the peak twice", "3:1s,3:1s", {.users = 7}, "7:1s,7:1s"},
        {"rates", "100/s:10s,>1000/s:1m", {.rate = 250.0}, "25/s:10s,>250/s:1m"},
        {"arrivals at once go with the rate", "100/s:1s,@7:1s", {.rate = 10.0}, "10/s:1s,@1:1s"},
        {"durations", "5:10s,10:30s", {.duration = 20s}, "5:5s,10:15s"},
        {"all together", "5:10s,10:30s", {.users = 2, .duration = 4s}, "1:1s,2:3s"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Load load = load_of(row.before);
        CHECK(rescale_load(load, row.rescale));
        CHECK(load.stages == stages_of(row.after));
    }
}

TEST_CASE("the sum of the durations is exact") {
    Load load = load_of("1:1s,1:1s,1:1s,1:7s");
    REQUIRE(rescale_load(load, {.duration = 1s}));
    Duration total{};
    for (const Stage& stage : load.stages) {
        total += stage.duration;
    }
    CHECK(total == 1s);
    CHECK(load.stages[0].duration == 100ms);
}

TEST_CASE("the rest of the load stays") {
    Load load = load_of("100/s:10s");
    load.warm_up = 2s;
    load.max_users = 5;
    load.ready_users = 3;
    REQUIRE(rescale_load(load, {.rate = 5.0, .duration = 1s}));
    CHECK(load.warm_up == 2s);
    CHECK(load.max_users == 5);
    CHECK(load.ready_users == 3);
    REQUIRE(rescale_load(load, {.users = 9, .rate = 5.0}));
    CHECK(load.max_users == 9);
}

TEST_CASE("a load without stages gets one") {
    Load load;
    REQUIRE(rescale_load(load, {.users = 5, .duration = 10s}));
    CHECK(load.stages == stages_of("5:10s"));
    Load open;
    REQUIRE(rescale_load(open, {.users = 5, .rate = 100.0, .duration = 10s}));
    CHECK(open.stages == stages_of("100/s:10s"));
    CHECK(open.max_users == 5);
    Load counted;
    counted.requests = 100;
    REQUIRE(rescale_load(counted, {.users = 5}));
    CHECK(counted.stages == std::vector<Stage>{{.users = 5, .duration = open_ended}});
    REQUIRE(rescale_load(counted, {.duration = 10s}));
    CHECK(counted.stages == stages_of("5:10s"));
}

TEST_CASE("what cannot be rescaled") {
    CHECK(problem("5:1s", {.rate = 5.0}) ==
          "-R: the load is closed (users); allowed: -u, or an open load by --stages '100/s:30s'");
    CHECK(problem("5/s:1s", {.users = 5}) ==
          "-u: the load is open (a rate); allowed: -R, beside which -u is the most users");
    CHECK(problem("@5:1s", {.rate = 5.0}) ==
          "-R: all arrivals of this load come at once, there is no rate to rescale; allowed: "
          "--stages '@200:10s'");
    CHECK(problem("5/s:1s", {.rate = 0.0}) ==
          "-R 0 asks for nothing; allowed: a rate above 0, such as 100/s");
    CHECK(problem("5:1s", {.users = 0}) ==
          "-u 0 on a load with a peak of 5 users; allowed: at least 1, on a load that has users");
    CHECK(problem("5:1s,5:1s", {.duration = 1ns}) ==
          "-d is too short for 2 stages; allowed: a duration of which each stage gets a part");
    CHECK(problem("", {.users = 5}) ==
          "the profile has no load that would say how long it lasts; allowed: -d beside -u and -R");
    CHECK(problem("", {.duration = 5s}) ==
          "the profile has no load; allowed: -u or -R with -d, --stages, or --mode");
}
