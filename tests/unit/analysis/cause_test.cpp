// What to look at first: each rule where it applies, with its figures, and silence elsewhere.
#include "analysis/cause.hpp"

#include "made_up_run.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace ringblast;

namespace {

std::vector<std::string> kinds_of(const Result& result) {
    std::vector<std::string> kinds;
    for (const Cause& cause : result.findings.causes) {
        kinds.push_back(cause.kind);
        CHECK_FALSE(cause.what.empty());
        CHECK_FALSE(cause.evidence.empty());
    }
    return kinds;
}

using Kinds = std::vector<std::string>;

} // namespace

TEST_CASE("a run in which nothing stands out has no causes") {
    Result result = made_up_run({users_for(50, 30)}, [](double) { return MadeUpSecond{}; });
    decide_by(result, {});
    CHECK(kinds_of(result).empty());
    CHECK(find_causes(Result{.not_made = "no"}, {}, {}).empty());
}

TEST_CASE("a queue that grows in an open load") {
    Result result = made_up_run({rate_for(200, 30)}, [](double t_s) {
        return MadeUpSecond{.ok = 150, .latency_ms = 10 + 250 * t_s, .started = 200};
    });
    decide_by(result, {});
    REQUIRE(kinds_of(result) == Kinds{"queue_growing"});
    const Cause& cause = result.findings.causes[0];
    CHECK(cause.evidence[1] ==
          "6,000 requests were asked for, 4,500 answered by the end of the load");
    CHECK(cause.evidence[2] == "goodput stood at 150/s, then 150/s");

    Result closed = made_up_run({users_for(200, 30)}, [](double t_s) {
        return MadeUpSecond{.ok = 150, .latency_ms = 10 + 250 * t_s, .started = 200};
    });
    decide_by(closed, {});
    CHECK(kinds_of(closed).empty()); // a closed load waits for its answers
}

TEST_CASE("a rate limiter with its rate and its window") {
    Result result = made_up_run({rate_for(200, 60)}, [](double t_s) {
        const bool limited = static_cast<int>(t_s) % 10 >= 5;
        return MadeUpSecond{.ok = limited ? 0UL : 200UL, .rate_limited = limited ? 200UL : 0UL};
    });
    decide_by(result, {});
    REQUIRE(kinds_of(result) == Kinds{"rate_limited"});
    const auto& evidence = result.findings.causes[0].evidence;
    CHECK(evidence[0] == "6,000 of 12,000 answers were 429 (50 %)");
    CHECK(evidence.back() == "they come back every 10 s: the limiter's window");

    Result flat = made_up_run({rate_for(200, 20)},
                              [](double) { return MadeUpSecond{.ok = 120, .rate_limited = 80}; });
    decide_by(flat, {});
    CHECK(flat.findings.causes[0].what == "a rate limiter, at about 120/s");
}

TEST_CASE("the kind of most errors, with where they lie and its hint") {
    Result result = made_up_run({users_for(50, 60)}, [](double t_s) {
        return MadeUpSecond{.ok = 100, .failed = t_s >= 20 && t_s < 22 ? 60UL : 0UL};
    });
    result.errors = {
        {.outcome = Outcome::http_error,
         .request = "/",
         .message = "status 503",
         .count = 110,
         .first_s = 20,
         .last_s = 22},
        {.outcome = Outcome::http_error, .request = "/", .message = "status 404", .count = 10}};
    decide_by(result, {});
    REQUIRE(kinds_of(result) == Kinds{"http_error"});
    const Cause& cause = result.findings.causes[0];
    CHECK(cause.what == "the errors: status 503");
    CHECK(cause.evidence[0] == "110 of 120 failed requests, from 20.0 to 22.0 s");
    CHECK(cause.evidence[1] == "100 % of the errors in 2 of 60 s (20 to 22 s)");
    CHECK(cause.advice == result.errors[0].hint);
    CHECK_FALSE(cause.advice.empty());
}

TEST_CASE("connections that are not taken up") {
    Result result = made_up_run({users_for(50, 20)}, [](double) { return MadeUpSecond{}; });
    result.counts.outcomes[static_cast<size_t>(Outcome::connect_error)] = 500;
    result.errors = {
        {.outcome = Outcome::connect_error, .message = "connection refused", .count = 500}};
    decide_by(result, {});
    CHECK(kinds_of(result) == Kinds{"accept_backlog"});

    Result slow = made_up_run({users_for(50, 20)}, [](double) { return MadeUpSecond{}; });
    slow.connect.record(200'000, 90);
    slow.connect.record(1'020'000'000, 7);
    decide_by(slow, {});
    REQUIRE(kinds_of(slow) == Kinds{"accept_backlog"});
    CHECK(slow.findings.causes[0].evidence[0].starts_with("7 of 97 connects took a second"));
}

TEST_CASE("this machine goes before the target") {
    Result result = made_up_run({users_for(50, 20)}, [](double) { return MadeUpSecond{}; });
    result.counts.outcomes[static_cast<size_t>(Outcome::connect_error)] = 500;
    result.generator.out_of_ports = 400;
    result.generator.out_of_files = 3;
    decide_by(result, {});
    CHECK(result.validity.state == ValidityState::invalid);
    CHECK(kinds_of(result) == Kinds{"generator_limited", "out_of_ports", "out_of_files"});
}

TEST_CASE("more users without more answers") {
    const auto steps = [](double ok_per_user) {
        return made_up_run({users_for(50, 10), users_for(100, 10), users_for(200, 10)},
                           [=](double t_s) {
                               const double users = t_s < 10 ? 50 : t_s < 20 ? 100 : 200;
                               const double ok = std::min(120.0, users * ok_per_user);
                               return MadeUpSecond{.ok = static_cast<uint64_t>(ok),
                                                   .latency_ms = 1000 * users / ok};
                           });
    };
    Result knee = steps(1.2);
    decide_by(knee, {});
    REQUIRE(kinds_of(knee) == Kinds{"saturated"});
    CHECK(knee.findings.causes[0].evidence[0].starts_with("100 users: 120/s"));
    Result room = steps(0.5);
    decide_by(room, {});
    CHECK(kinds_of(room).empty());
}

TEST_CASE("what was seen beside the load") {
    Result result = made_up_run({users_for(50, 20)}, [](double) { return MadeUpSecond{.ok = 5}; });
    decide_by(result, {});
    const auto series = [](const char* name, auto value) {
        SideSeries series{.name = name, .unit = ""};
        for (int t = 0; t < 120; ++t) {
            series.points.push_back({.t_s = static_cast<double>(t), .value = value(t)});
        }
        return series;
    };
    const SideSeries beside[] = {
        series("api.cpu", [](int t) { return 99.0 + t % 2; }),
        series("database.cpu", [](int t) { return 20.0 + t % 30; }),
        series("api.rss", [](int t) { return 1e8 + 1e6 * t; }),
        series("database.rss", [](int t) { return 1e8 + (t < 30 ? 1e6 * t : 3e7); }),
        series("cache.hit_rate", [](int t) { return 50.0 + t; }),
    };
    const std::vector<Cause> causes = find_causes(result, read_timeline(result), beside);
    REQUIRE(causes.size() == 2);
    CHECK(causes[0].kind == "cpu_full");
    CHECK(causes[0].what.starts_with("api.cpu"));
    CHECK(causes[1].kind == "memory_growing");
    CHECK(causes[1].what == "api.rss grows");
    CHECK(causes[1].evidence[0].starts_with("by 60"));
}
