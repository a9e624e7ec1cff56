// From a profile to what the engine needs of it.
#include "plan/plan.hpp"

#include "base/clock.hpp"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>

using namespace ringblast;

namespace {

Address address_of(const char* ip) {
    Address address;
    auto* to = reinterpret_cast<sockaddr_in*>(&address.storage);
    to->sin_family = AF_INET;
    inet_pton(AF_INET, ip, &to->sin_addr);
    address.size = sizeof *to;
    return address;
}

Profile profile_of(Request request = {}) {
    Profile profile{.name = "p"};
    profile.target.base_url = "http://h:81/base";
    profile.load.stages = {{.users = 3, .duration = std::chrono::seconds(2)}};
    profile.classes = {{.name = "class",
                        .cookies = false,
                        .tasks = {{.name = "task", .tags = {"t"}, .requests = {request}}}}};
    return profile;
}

Plan compiled(const Profile& profile, const char* ip = "127.0.0.1") {
    ExpectedAll<Plan> plan = compile_plan(profile, {.addresses = {address_of(ip)}});
    REQUIRE(plan.has_value());
    return std::move(*plan);
}

} // namespace

TEST_CASE("the outcome of a response by its status") {
    Plan plan = compiled(profile_of());
    const StatusOutcomes& usual = plan.requests[0].outcome_of;
    for (int status = 100; status < 1000; ++status) {
        CAPTURE(status);
        Outcome expected = status == 429                   ? Outcome::rate_limited
                           : status >= 200 && status < 400 ? Outcome::ok
                                                           : Outcome::http_error;
        CHECK(usual[static_cast<size_t>(status)] == expected);
    }
    plan = compiled(profile_of({.expect = {.status = {404, 429}}}));
    const StatusOutcomes& chosen = plan.requests[0].outcome_of;
    CHECK(chosen[404] == Outcome::ok);
    CHECK(chosen[429] == Outcome::ok);
    CHECK(chosen[200] == Outcome::http_error);
    CHECK(chosen[302] == Outcome::http_error);
}

TEST_CASE("requests become bytes, as often as the pipeline is deep") {
    Profile profile = profile_of({.method = "POST", .path = "/x?y=1", .body = "body"});
    profile.target.headers = {{"A", "target"}, {"B", "target"}};
    profile.classes[0].headers = {{"b", "class"}};
    profile.load.pipeline = 3;
    Plan plan = compiled(profile);
    const PlannedRequest& request = plan.requests[0];
    std::string one = request.bytes.substr(0, request.size);
    CHECK(one.starts_with("POST /base/x?y=1 HTTP/1.1\r\nHost: h:81\r\n"));
    CHECK(one.find("\r\nA: target\r\n") != one.npos);
    CHECK(one.find("\r\nb: class\r\n") != one.npos);
    CHECK(one.find("\r\nB: target\r\n") == one.npos);
    CHECK(one.ends_with("\r\nContent-Length: 4\r\n\r\nbody"));
    CHECK(request.bytes == one + one + one);
    CHECK_FALSE(request.idempotent);
    CHECK_FALSE(request.head);
    CHECK(request.notice == SendNotice::on_failure);
}

TEST_CASE("methods that may be sent once more, and HEAD") {
    for (const char* method : {"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"}) {
        CAPTURE(std::string(method));
        CHECK(compiled(profile_of({.method = method})).requests[0].idempotent);
    }
    for (const char* method : {"POST", "PATCH", "CONNECT", "get", "PURGE"}) {
        CAPTURE(std::string(method));
        CHECK_FALSE(compiled(profile_of({.method = method})).requests[0].idempotent);
    }
    CHECK(compiled(profile_of({.method = "HEAD"})).requests[0].head);
}

TEST_CASE("the end of a large send is asked for") {
    Profile profile = profile_of({.method = "POST", .body = std::string(17'000, 'x')});
    CHECK(compiled(profile).requests[0].notice == SendNotice::always);
    profile = profile_of({.method = "POST", .body = std::string(5000, 'x')});
    CHECK(compiled(profile).requests[0].notice == SendNotice::on_failure);
    profile.load.pipeline = 4; // all of them go with one send
    CHECK(compiled(profile).requests[0].notice == SendNotice::always);
}

TEST_CASE("leaves are numbered and named") {
    Profile profile = profile_of({.method = "GET"});
    profile.classes[0].tasks[0].requests.push_back({.name = "named", .method = "PUT"});
    profile.classes[0].tasks.push_back({.name = "more", .requests = {{.path = "/p"}}});
    profile.classes.push_back({.name = "second", .tasks = {{.name = "t", .requests = {{}}}}});
    Plan plan = compiled(profile);
    REQUIRE(plan.leaves.size() == 4);
    REQUIRE(plan.requests.size() == 4);
    for (uint32_t leaf = 0; leaf < 4; ++leaf) {
        CHECK(plan.requests[leaf].leaf == leaf);
    }
    CHECK(plan.leaves[0].name == "/base");
    CHECK(plan.leaves[0].tags == std::vector<std::string>{"t"});
    CHECK(plan.leaves[1].name == "named");
    CHECK(plan.leaves[1].method == "PUT");
    CHECK(plan.leaves[2].name == "/p");
    CHECK(plan.leaves[2].task_name == "more");
    CHECK(plan.leaves[3].class_name == "second");
}

TEST_CASE("the facts of a closed load") {
    Profile profile = profile_of();
    profile.load.stages.push_back({.users = 9, .duration = std::chrono::seconds(1), .ramp = true});
    Plan plan = compiled(profile);
    CHECK_FALSE(plan.open_load);
    CHECK(plan.users_peak == 9);
    CHECK(plan.users_ready == 3);
    CHECK(plan.end_ns == 3 * ns_per_second);
    CHECK(plan.request_limit == 0);
    CHECK(plan.target_local);
    CHECK_FALSE(plan.waits_for_last_stage);
    profile.load.spawn_rate = 1;
    CHECK(compiled(profile).users_ready == 0);
    profile.target.keepalive = false;
    CHECK(compiled(profile, "10.0.0.1").requests_per_connection == 1);
    CHECK_FALSE(compiled(profile, "10.0.0.1").target_local);
}

TEST_CASE("the facts of an open load") {
    Profile profile = profile_of();
    profile.load.stages = {{.rate = 10.5, .duration = std::chrono::seconds(2)}};
    Plan plan = compiled(profile);
    CHECK(plan.open_load);
    CHECK(plan.users_peak == 10'000);
    CHECK(plan.users_ready == 64);
    CHECK(plan.backlog_max == 11); // one second at the peak rate
    CHECK(plan.rate_peak == 10.5);
    profile.load.max_users = 5;
    profile.load.max_backlog = 3;
    plan = compiled(profile);
    CHECK(plan.users_peak == 5);
    CHECK(plan.users_ready == 5);
    CHECK(plan.backlog_max == 3);
    profile.load.stages.push_back({.at_once = 200, .duration = std::chrono::seconds(2)});
    profile.load.max_users = 150;
    plan = compiled(profile);
    CHECK(plan.backlog_max == 200); // never below what arrives at once
    CHECK(plan.users_ready == 150);
    CHECK(plan.waits_for_last_stage);
}

TEST_CASE("what cannot be compiled is told, all of it") {
    Profile profile = profile_of({.method = "NO METHOD"});
    profile.classes[0].tasks[0].requests.push_back({.headers = {{"a b", "c"}}});
    ExpectedAll<Plan> plan = compile_plan(profile, {.addresses = {address_of("127.0.0.1")}});
    REQUIRE_FALSE(plan.has_value());
    CHECK(plan.error().size() == 2);
    profile.load.stages.clear();
    profile.target.base_url = "nothing";
    plan = compile_plan(profile, {.addresses = {address_of("127.0.0.1")}});
    REQUIRE_FALSE(plan.has_value());
    CHECK(plan.error().size() == 2);
}
