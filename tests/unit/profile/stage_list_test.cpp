#include "profile/stage_list.hpp"

#include <doctest/doctest.h>

using namespace ringblast;
using namespace std::chrono_literals;

TEST_CASE("stage lists as the contract shows them, and near variants") {
    struct Row {
        const char* why;
        std::string_view list;
        std::vector<Stage> stages;
    };
    const Row rows[] = {
        {"closed, held then ramped",
         "50:30s,>200:1m",
         {{.users = 50, .duration = 30s}, {.users = 200, .duration = 1min, .ramp = true}}},
        {"open, held then ramped",
         "100/s:10s,>1000/s:1m",
         {{.rate = 100, .duration = 10s}, {.rate = 1000, .duration = 1min, .ramp = true}}},
        {"at once", "@200:10s", {{.at_once = 200, .duration = 10s}}},
        {"at once among rates",
         "10/s:5s,@2k:10s",
         {{.rate = 10, .duration = 5s}, {.at_once = 2000, .duration = 10s}}},
        {"k6's order", "30s:50", {{.users = 50, .duration = 30s}}},
        {"k6's order with a ramp, a rate and a burst",
         "30s:>50/s,1m:@9",
         {{.rate = 50, .duration = 30s, .ramp = true}, {.at_once = 9, .duration = 1min}}},
        {"a bare duration is seconds, in our order", "50:30", {{.users = 50, .duration = 30s}}},
        {"m is minutes in k6's order", "10m:50", {{.users = 50, .duration = 10min}}},
        {"M is a million users", "1M:10s", {{.users = 1'000'000, .duration = 10s}}},
        {"a rate per minute", "1000/min:10s", {{.rate = 1000 / 60.0, .duration = 10s}}},
        {"/m is not minutes of duration", "60/m:10s", {{.rate = 1, .duration = 10s}}},
        {"a pause", "0:10s", {{.users = 0, .duration = 10s}}},
        {"blanks around",
         " 5 : 1s , >6 : 500ms ",
         {{.users = 5, .duration = 1s}, {.users = 6, .duration = 500ms, .ramp = true}}},
        {"a compound duration", "5:1h30m", {{.users = 5, .duration = 90min}}},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Expected<std::vector<Stage>> stages = parse_stages(row.list);
        REQUIRE(stages);
        CHECK(*stages == row.stages);
    }
}

TEST_CASE("a wrong list names the entry and what is allowed") {
    struct Row {
        std::string_view list, start, reason;
    };
    const Row rows[] = {
        {"", "stage 1 (\"\")", "a goal and a duration"},
        {"50", "stage 1 (\"50\")", "a goal and a duration"},
        {"50:30s,", "stage 2 (\"\")", "a goal and a duration"},
        {"50:30s,,60:1m", "stage 2 (\"\")", "a goal and a duration"},
        {"50:30s,x:1m", "stage 2 (\"x:1m\")", "\"x\" is not a count"},
        {"50:30x", "stage 1 (\"50:30x\")", "\"30x\" is not a duration"},
        {":30s", "stage 1", "\"\" is not a count"},
        {"50:", "stage 1", "\"\" is not a duration"},
        {">:30s", "stage 1", "\"\" is not a count"},
        {">>5:30s", "stage 1", "\">5\" is not a count"},
        {"30s:1m", "stage 1", "both sides of the ':' are durations"},
        {"50:30s:5", "stage 1", "\"30s:5\" is not a duration"},
        {"5:0s", "stage 1", "its duration is 0"},
        {"-5:10s", "stage 1", "negative"},
        {"2.5:10s", "stage 1", "not a whole number"},
        {"@0:10s", "stage 1", "no arrivals"},
        {">@5:10s", "stage 1", "cannot be ramped"},
        {"@5/s:10s", "stage 1", "\"5/s\" is not a count"},
        {"5/day:10s", "stage 1", "no period \"day\""},
        {"5:10s,100/s:10s", "stage 2 (\"100/s:10s\")", "cannot be mixed"},
        {"100/s:10s,5:10s", "stage 2 (\"5:10s\")", "cannot be mixed"},
        {"@5:10s,5:10s", "stage 2 (\"5:10s\")", "cannot be mixed"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.list);
        Expected<std::vector<Stage>> stages = parse_stages(row.list);
        REQUIRE_FALSE(stages);
        CAPTURE(stages.error().message);
        CHECK(stages.error().message.starts_with(row.start));
        CHECK(stages.error().message.find(row.reason) != std::string::npos);
        CHECK(stages.error().message.find("allowed: ") != std::string::npos);
    }
}
