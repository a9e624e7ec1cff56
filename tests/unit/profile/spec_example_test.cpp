// A profile that uses most of the format, read as a whole: the example of the contract.
#include "profile/load.hpp"

#include "folder.hpp"

#include <doctest/doctest.h>

using namespace ringblast;
using namespace std::chrono_literals;
using test::Folder;

namespace {

constexpr std::string_view text = R"toml(
name = "dashboard"
description = "Typical users of the web client"

[target]
base_url = "${DASHBOARD_HOST:-http://localhost:8000}"
headers  = { X-API-Key = "${API_KEY:-demo}" }
timeout  = "10s"

[load]
stages = [ { users = 10, ramp = true, duration = "5s" }, { users = 10, duration = "1m" } ]
warm_up = "2s"

[variables]
page = { int = [1, 50] }
account = { csv = "accounts.csv", pick = "unique" }

[setup]
request = [ { name = "deep health", path = "/health/deep", expect = { status = [200] } } ]

[[user]]
name = "WebClientUser"
weight = 5
wait = { between = ["1s", "3s"] }
headers = { Authorization = "Bearer {{token}}" }

  [[user.on_start]]
  name = "login"
  method = "POST"
  path = "/api/auth/login/json"
  json = { email = "{{account.email}}", password = "{{account.password}}" }
  extract = { token = { json = "/access_token" } }

  [[user.task]]
  name = "get runs"
  weight = 4
  tags = ["read", "dashboard"]
  path = "/api/runs"
  query = { page = "{{page}}" }
  expect = { status = [200], json = { "/items" = { exists = true } }, body_contains = "id", max_latency = "2s" }
  threshold = ["p50 < 50ms", "p95 < 150ms"]

  [[user.task]]
  name = "burst"
  weight = 1
  repeat = 4
  request = [ { name = "runs", path = "/api/runs" }, { name = "stats", path = "/api/stats" } ]

  [[user.task]]
  name = "export"
  weight = 1

    [[user.task.request]]
    name = "ask"
    method = "POST"
    path = "/api/gdpr/export"
    json = { format = "json", count = "{{page | raw}}" }
    extract = { id = { json = "/id" } }

    [[user.task.request]]
    name = "poll"
    path = "/api/gdpr/export/{{id}}"
    until = { json = { "/status" = "completed" }, every = "1s", within = "30s" }

[[threshold]]
target   = "p95 < 500ms"
critical = "p95 < 1000ms"
)toml";

Profile load_example() {
    const Folder folder;
    folder.write("accounts.csv", "email,password,session\nann@x.org,a,1\n");
    auto profile = load_profile_text(text, {.name = "dashboard.toml", .directory = folder / ""});
    if (!profile) {
        for (const Error& error : profile.error()) {
            MESSAGE(error.message);
        }
    }
    REQUIRE(profile);
    return *profile;
}

} // namespace

TEST_CASE("target, load and variables of the example") {
    const Profile profile = load_example();
    CHECK(profile.name == "dashboard");
    CHECK(profile.description == "Typical users of the web client");
    CHECK(profile.target.base_url == "http://localhost:8000");
    CHECK(profile.target.headers == std::vector<Header>{{"X-API-Key", "demo"}});
    CHECK(profile.target.timeout == 10s);
    CHECK(profile.target.follow_redirects == 10);
    CHECK(profile.load.stages == std::vector<Stage>{{.users = 10, .duration = 5s, .ramp = true},
                                                    {.users = 10, .duration = 1min}});
    CHECK(profile.load.warm_up == 2s);
    REQUIRE(profile.variables.size() == 2);
    CHECK(profile.variables[0].name == "page");
    CHECK(profile.variables[0].kind == Variable::Kind::integer);
    CHECK(profile.variables[0].low == 1);
    CHECK(profile.variables[0].high == 50);
    CHECK(profile.variables[0].per == DrawnPer::task);
    CHECK(profile.variables[1].kind == Variable::Kind::csv);
    CHECK(profile.variables[1].file.ends_with("/accounts.csv"));
    CHECK(profile.variables[1].per == DrawnPer::user);
    REQUIRE(profile.setup.size() == 1);
    CHECK(profile.setup[0].name == "deep health");
    CHECK(profile.setup[0].expect == Expect{.status = {200}});
    CHECK(profile.teardown.empty());
}

TEST_CASE("the user of the example") {
    const Profile profile = load_example();
    REQUIRE(profile.classes.size() == 1);
    const UserClass& user = profile.classes[0];
    CHECK(user.name == "WebClientUser");
    CHECK(user.weight == 5);
    CHECK(user.wait == Wait{.kind = Wait::Kind::between, .a_s = 1, .b_s = 3});
    CHECK(user.headers == std::vector<Header>{{"Authorization", "Bearer {{token}}"}});
    REQUIRE(user.on_start.size() == 1);
    const Request& login = user.on_start[0];
    CHECK(login.name == "login");
    CHECK(login.method == "POST");
    CHECK(login.body == R"({"email":"{{account.email}}","password":"{{account.password}}"})");
    CHECK(login.body_kind == BodyKind::json);
    CHECK(login.headers == std::vector<Header>{{"Content-Type", "application/json"}});
    CHECK(login.extract == std::vector<Extract>{{.variable = "token", .what = "/access_token"}});
}

TEST_CASE("the tasks of the example") {
    const Profile profile = load_example();
    const std::vector<Task>& tasks = profile.classes[0].tasks;
    REQUIRE(tasks.size() == 3);
    CHECK(tasks[0].name == "get runs");
    CHECK(tasks[0].weight == 4);
    CHECK(tasks[0].tags == std::vector<std::string>{"read", "dashboard"});
    REQUIRE(tasks[0].requests.size() == 1);
    CHECK(tasks[0].requests[0].name == "get runs");
    CHECK(tasks[0].requests[0].method == "GET");
    CHECK(tasks[0].requests[0].path == "/api/runs?page={{page}}");
    CHECK(tasks[0].requests[0].expect ==
          Expect{.status = {200},
                 .body_contains = "id",
                 .json = {{.pointer = "/items", .kind = JsonCondition::Kind::exists}},
                 .max_latency = 2s});
    CHECK(tasks[1].repeat == 4);
    REQUIRE(tasks[1].requests.size() == 2);
    CHECK(tasks[1].requests[1].name == "stats");
    CHECK(tasks[1].requests[1].path == "/api/stats");
    REQUIRE(tasks[2].requests.size() == 2);
    CHECK(tasks[2].requests[0].body == R"({"format":"json","count":{{page | raw}}})");
    CHECK(tasks[2].requests[1].path == "/api/gdpr/export/{{id}}");
    CHECK(tasks[2].requests[1].until ==
          Until{.condition = {.json = {{.pointer = "/status", .value = "\"completed\""}}},
                .every = 1s,
                .within = 30s});
}

TEST_CASE("the thresholds of the example, in the order of the file but those of the run first") {
    const Profile profile = load_example();
    REQUIRE(profile.thresholds.size() == 3);
    CHECK(profile.thresholds[0].target == "p95 < 500ms");
    CHECK(profile.thresholds[0].critical == "p95 < 1000ms");
    CHECK(profile.thresholds[1].target == "\"get runs\": p50 < 50ms");
    CHECK(profile.thresholds[2].target == "\"get runs\": p95 < 150ms");
}
