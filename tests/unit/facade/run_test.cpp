// The library as a C++ program uses it: a run in-process against the embedded target.
#include "ringblast/ringblast.hpp"

#include "base/unique_fd.hpp"
#include "io/socket.hpp"
#include "run/resolve.hpp"
#include "run/session.hpp"
#include "target/server.hpp"

#undef CHECK
#include <doctest/doctest.h>

#include <netinet/in.h>
#include <numeric>

using namespace ringblast;
using namespace std::chrono_literals;

namespace {

std::unique_ptr<TargetServer> start_target() {
    Expected<std::unique_ptr<TargetServer>> server = TargetServer::start({});
    REQUIRE_MESSAGE(server.has_value(), (server ? "" : server.error().message));
    return std::move(*server);
}

/// Counts what an observer is told.
struct Watcher final : Observer {
    int starts = 0, seconds = 0, samples = 0, finishes = 0;
    uint64_t started = 0;

    void on_start(int64_t) override { ++starts; }
    void on_second(const Snapshot& snapshot) override {
        ++seconds;
        started += snapshot.row->started;
    }
    void on_sample(const Sample& sample) override {
        ++samples;
        CHECK(sample.status == 200);
        CHECK(sample.error.empty());
    }
    void on_finish(const Result&) override { ++finishes; }
};

} // namespace

TEST_CASE("a run of a number of requests counts them exactly, as the target does") {
    auto target = start_target();
    Profile profile = blast_profile(target->url() + "bytes/100");
    profile.load.stages = {{.users = 4, .duration = open_ended}};
    profile.load.requests = 500;
    Watcher watcher;
    auto result = run(profile, {.samples = true, .observers = {&watcher}});
    REQUIRE(result.has_value());
    CHECK(result->counts.started == 500);
    CHECK(result->counts.ok() == 500);
    CHECK(result->counts.statuses == std::map<int, uint64_t>{{200, 500}});
    CHECK(result->latency.count() == 500);
    CHECK(result->bytes.body == 50'000);
    CHECK(result->connections_opened == 4);
    CHECK(result->verdict == Verdict::pass);
    CHECK(result->self_check.started == result->self_check.ended);
    CHECK(result->self_check.in_flight_area_s ==
          doctest::Approx(result->self_check.latency_sum_s).epsilon(1e-9));
    CHECK(watcher.starts == 1);
    CHECK(watcher.finishes == 1);
    CHECK(watcher.samples == 500);
    CHECK(watcher.started == 500);
    target->stop();
    CHECK(target->counters().requests == 500);
}

TEST_CASE("arrivals at a rate are those of the schedule, on one thread and on two") {
    auto target = start_target();
    for (unsigned threads : {1u, 2u}) {
        Profile profile = blast_profile(target->url());
        profile.load.stages = {{.rate = 200, .duration = 500ms, .ramp = true},
                               {.rate = 200, .duration = 500ms}};
        auto result = run(profile, {.threads = threads});
        REQUIRE(result.has_value());
        CHECK(result->arrivals == 150);
        CHECK(result->counts.ok() + result->dropped == 150);
        REQUIRE(result->stages.size() == 2);
        CHECK(result->stages[0].counts.started == 50);
        CHECK(result->stages[1].counts.started == 100);
        uint64_t rows = std::accumulate(
            result->timeline.begin(), result->timeline.end(), uint64_t{0},
            [](uint64_t sum, const TimelineRow& row) { return sum + row.started; });
        CHECK(rows == 150);
    }
}

TEST_CASE("what a profile says wrong comes back all at once") {
    Profile profile = blast_profile("localhost:8080");
    profile.load.stages = {};
    profile.thresholds = {{.target = "p95 < 10 apples"}};
    auto result = run(profile);
    REQUIRE(!result.has_value());
    CHECK(result.error().size() == 3);
}

TEST_CASE("a check knows the names that the set-up would fill, and no others") {
    Profile profile = blast_profile("http://127.0.0.1:1/");
    Request& request = profile.classes.front().tasks.front().requests.front();
    request.literal = false;
    request.path = "/runs/{{token}}";
    auto unknown = check(profile);
    REQUIRE_FALSE(unknown.has_value());
    CHECK(unknown.error().front().message.contains("token"));
    profile.setup = {{.path = "/login", .extract = {{.variable = "token", .what = "/token"}}}};
    CHECK(check(profile).has_value());
}

TEST_CASE("a target that nobody listens at: the run is not made") {
    // Bound but not listening: refuses, and no other program can get the port meanwhile.
    UniqueFd taken(socket(AF_INET, SOCK_STREAM, 0));
    sockaddr_in address{.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    REQUIRE(bind(taken.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    Profile profile =
        blast_profile("http://127.0.0.1:" + std::to_string(local_port(taken.get())) + "/");
    auto result = run(profile);
    REQUIRE(result.has_value());
    REQUIRE(result->not_made.has_value());
    CHECK(result->not_made->find("connection refused") != std::string::npos);
    CHECK(result->counts.started == 0);
}

TEST_CASE("a session has windows: each knows only what happened in it") {
    auto target = start_target();
    Profile profile = blast_profile(target->url());
    profile.load.stages = {{.rate = 1000, .duration = 10s}};
    auto bindings = resolve_target(profile.target);
    REQUIRE(bindings.has_value());
    auto plan = compile_plan(profile, std::move(*bindings));
    REQUIRE(plan.has_value());
    RunOptions options;
    auto session = Session::start(*plan, options);
    REQUIRE(session.has_value());
    auto window = [&](double from_s, double to_s) {
        (*session)->advance_to(from_s);
        (*session)->forget();
        (*session)->advance_to(to_s);
        return (*session)->figures(from_s, to_s);
    };
    Result first = window(0.2, 0.5);
    Result second = window(0.6, 0.8);
    (*session)->stop(StopRequest::at_once);
    while ((*session)->advance()) {
    }
    CHECK(first.duration_s == doctest::Approx(0.3));
    CHECK(second.duration_s == doctest::Approx(0.2));
    // Read at about those times on any machine: some hundred, never the whole load.
    CHECK(first.counts.started > 0);
    CHECK(first.counts.started < 5'000);
    CHECK(second.counts.started > 0);
    CHECK(second.latency.count() > 0); // read while it grows: may be one ahead of the outcomes
}
