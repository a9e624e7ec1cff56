// Whether the target held a load back: users who wait, a queue that grows, a processor that is
// full.
#include "analysis/held_back.hpp"

#include "analysis/validity.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace ringblast;

namespace {

constexpr double ms = 1e6;

/// Seconds of a run: users at the end, started, ended, p50.
struct Second {
    uint64_t users, started, ended;
    double p50_ms;
};

void add(Result& result, const Second& second, int times = 1) {
    for (int i = 0; i < times; ++i) {
        TimelineRow row{.t_s = static_cast<double>(result.timeline.size())};
        row.users = second.users;
        row.started = second.started;
        row.ok = second.ended;
        row.p50_ns = static_cast<int64_t>(second.p50_ms * ms);
        result.timeline.push_back(row);
    }
}

/// 1,000 users in four seconds, then ten seconds with all of them, of whom `waiting` wait.
Result users_run(uint64_t waiting, double p50_few_ms, double p50_all_ms) {
    Result result;
    result.generator.threads = 1;
    result.generator.busy = {0.25};
    add(result, {250, 250, 250, p50_few_ms});
    add(result, {500, 300, 300, p50_few_ms});
    add(result, {750, 350, 350, p50_few_ms});
    add(result, {1000, 400 + waiting, 400, p50_all_ms});
    add(result, {1000, 400, 400, p50_all_ms}, 10);
    return result;
}

void add_processor(Result& result, const char* name, double percent) {
    ProbeResult probe{.name = name, .unit = "percent"};
    for (int i = 0; i < 10; ++i) {
        probe.series.push_back({.t_s = static_cast<double>(i), .value = percent, .measured = true});
    }
    result.probes.push_back(std::move(probe));
}

} // namespace

TEST_CASE("users who wait for a target that was faster with few of them") {
    CHECK(find_target_limit(users_run(200, 5, 500)) ==
          "the target or the network held the users back: with all 1,000 users on, 20 % of them "
          "waited for an answer at any time, and half of the answers took 500 ms instead of the "
          "5.00 ms with up to 250 users, so that they made 19.8 % fewer requests");
    struct Row {
        const char* why;
        uint64_t waiting;
        double p50_few_ms, p50_all_ms;
        bool limited;
    };
    const Row rows[] = {
        {"one in ten waits, at a hundredfold latency", 102, 5, 500, true},
        {"fewer wait: hardly a request is missing", 98, 5, 500, false},
        {"slow, but as slow with few users", 400, 800, 800, false},
        {"a little slower", 400, 500, 900, false},
        {"twice as slow", 400, 500, 1000, true},
        {"twice as slow, but few wait", 180, 500, 1000, false},
        {"no answer with few users to compare with", 400, 0, 1000, false},
        {"fast", 5, 1, 1, false},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const Result result = users_run(row.waiting, row.p50_few_ms, row.p50_all_ms);
        CHECK(find_target_limit(result).empty() != row.limited);
    }
}

TEST_CASE("a run that has no such users says nothing of them") {
    Result blast = users_run(900, 5, 500);
    blast.generator.closed_at_full_speed = true; // says so in other words
    CHECK(find_target_limit(blast).empty());

    Result short_run = users_run(400, 5, 500);
    short_run.timeline.resize(8); // four seconds with all users
    CHECK(find_target_limit(short_run).empty());

    Result not_made = users_run(400, 5, 500);
    not_made.not_made = "refused";
    CHECK(find_target_limit(not_made).empty());
}

TEST_CASE("what comes after the first part with all users is not looked at") {
    Result result = users_run(10, 5, 6);
    add(result, {100, 50, 0, 900}, 20); // users leave; who was taken back is in flight no more
    add(result, {1000, 400, 400, 900}, 20);
    CHECK(find_target_limit(result).empty());
}

TEST_CASE("a warm-up may show what the target does with few users") {
    Result result = users_run(400, 5, 500);
    for (size_t i = 0; i < 4; ++i) {
        result.timeline[i].warm_up = true;
    }
    CHECK(find_target_limit(result).find("5.00 ms with up to 250 users") != std::string::npos);
}

TEST_CASE("all users at once leave the processor as evidence") {
    Result result;
    add(result, {500, 700, 300, 900});
    add(result, {500, 300, 300, 900}, 10);
    CHECK(find_target_limit(result).empty());
    add_processor(result, "cache.cpu", 40);
    CHECK(find_target_limit(result).empty());
    add_processor(result, "server.cpu", 99);
    CHECK(find_target_limit(result) ==
          "the target held the users back: with all 500 users on, 80 % of them waited for an "
          "answer at any time, while server.cpu stood at 99 %");
}

TEST_CASE("a full processor and twice the latency, though hardly a request is missing") {
    Result result = users_run(20, 2, 9);
    CHECK(find_target_limit(result).empty());
    add_processor(result, "server.cpu", 98);
    CHECK(find_target_limit(result) ==
          "the target was at its limit: with all 1,000 users on server.cpu stood at 98 %, and half "
          "of the answers took 9.00 ms instead of the 2.00 ms with up to 250 users");
    result = users_run(20, 8, 9); // it spins, and answers as it always does
    add_processor(result, "server.cpu", 98);
    CHECK(find_target_limit(result).empty());
}

TEST_CASE("processors are full at a whole number of cores") {
    struct Row {
        double percent;
        bool full;
    };
    for (const Row& row :
         {Row{99, true}, Row{95, true}, Row{94, false}, Row{40, false}, Row{101, true},
          Row{150, false}, Row{194, true}, Row{185, false}, Row{398, true}}) {
        CAPTURE(row.percent);
        CHECK(read_processor(std::vector<double>(9, row.percent)).full == row.full);
    }
    const std::vector<double> busy = {100, 60, 100, 50, 100, 70, 100, 60, 100};
    CHECK_FALSE(read_processor(busy).full);
    CHECK(read_processor(busy).middle == 100);
    CHECK_FALSE(read_processor({}).full);
}

TEST_CASE("a rate that is not answered") {
    Result result;
    result.self_check.open_load = true;
    result.generator.threads = 1;
    result.generator.busy = {0.25};
    for (int t = 0; t < 10; ++t) {
        add(result, {1, 100, 80, 100.0 + 200 * t});
    }
    CHECK(find_target_limit(result) ==
          "the target or the network answered too slowly for the rate: 800 of 1,000 requests were "
          "answered by the end of the load, and half of the answers took 1.80 s at its end instead "
          "of 200 ms");
    const Validity validity = judge_validity(result);
    CHECK(validity.state == ValidityState::valid);
    CHECK(validity.limit == Limit::target);
    REQUIRE(validity.reasons.size() == 1);
    CHECK(validity.reasons[0].ends_with(" (the generator's one thread was 25 % busy)"));
    for (TimelineRow& row : result.timeline) {
        row.p50_ns = 5'000'000;
    }
    CHECK(find_target_limit(result).empty());
}

TEST_CASE("a generator without time to spare does not blame the target") {
    Result result = users_run(400, 5, 500);
    CHECK(judge_validity(result).limit == Limit::target);
    result.generator.busy = {0.92};
    CHECK(judge_validity(result).limit == Limit::none);
    result.generator.busy = {0.97};
    CHECK(judge_validity(result).limit == Limit::generator);
}
