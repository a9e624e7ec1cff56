// What a good profile becomes: every form of every value.
#include "profile/load.hpp"

#include "folder.hpp"

#include <doctest/doctest.h>

using namespace ringblast;
using namespace std::chrono_literals;
using test::Folder;

namespace {

Profile load(std::string_view text, const LoadOptions& options = {},
             const std::string& directory = "dir") {
    const auto profile =
        load_profile_text(text, {.name = "dir/p.toml", .directory = directory}, options);
    if (!profile) {
        FAIL(profile.error()[0].message);
    }
    return *profile;
}

const std::string user = "\n[[user]]\nname = \"u\"\ntask = [{ path = \"/\" }]\n";

/// The request of a task with these lines.
Request request(const std::string& lines) {
    return load("[variables]\nx = 1\ny = 2\n[[user]]\nname = \"u\"\n[[user.task]]\n" + lines)
        .classes[0]
        .tasks[0]
        .requests[0];
}

} // namespace

TEST_CASE("without anything, the defaults") {
    const Profile profile = load(user);
    CHECK(profile.name == "p");
    CHECK(profile.description.empty());
    CHECK(profile.target.base_url.empty());
    CHECK(profile.target.follow_redirects == 10);
    CHECK(profile.load.stages.empty());
    CHECK(profile.classes[0].weight == 1);
    CHECK(profile.classes[0].cookies);
    CHECK(profile.classes[0].wait == Wait{});
    CHECK(profile.classes[0].tasks[0].name == "GET /");
    CHECK(profile.classes[0].tasks[0].repeat == 1);
}

TEST_CASE("the target") {
    const Target target = load(R"([target]
base_url = "https://a.test/v1"
headers = { B = "2", A = 1, C = true }
timeout = 1.5
connect_timeout = "250ms"
follow_redirects = 0
keepalive = false
requests_per_connection = "1k"
connect_to = "127.0.0.1:80"
resolve = ["a.test:443:127.0.0.1"]
local_ips = "127.0.0.2"
unix_socket = "server.sock"
wait_for = "30s"
rate_limited = "error"
max_body = "64KiB")" + user)
                              .target;
    CHECK(target.base_url == "https://a.test/v1");
    CHECK(target.headers == std::vector<Header>{{"B", "2"}, {"A", "1"}, {"C", "true"}});
    CHECK(target.timeout == 1500ms);
    CHECK(target.connect_timeout == 250ms);
    CHECK(target.follow_redirects == 0);
    CHECK_FALSE(target.keepalive);
    CHECK(target.requests_per_connection == 1000);
    CHECK(target.connect_to == "127.0.0.1:80");
    CHECK(target.resolve == std::vector<std::string>{"a.test:443:127.0.0.1"});
    CHECK(target.local_ips == std::vector<std::string>{"127.0.0.2"});
    CHECK(target.unix_socket == "dir/server.sock");
    CHECK(target.wait_for == 30s);
    CHECK(target.rate_limited == RateLimitedAs::error);
    CHECK(target.max_body == 65536);
}

TEST_CASE("--host is in place of a base_url that has no value") {
    const Profile profile = load("[target]\nbase_url = \"${RINGBLAST_TEST_UNSET}\"" + user,
                                 {.base_url = "http://b.test"});
    CHECK(profile.target.base_url == "http://b.test");
}

TEST_CASE("stages of a load") {
    struct Row {
        const char* why;
        std::string lines;
        std::vector<Stage> stages;
    };
    const Row rows[] = {
        {"users for a time", "users = 5\nduration = \"1m\"", {{.users = 5, .duration = 1min}}},
        {"until a number", "users = 5\nrequests = 10", {{.users = 5, .duration = open_ended}}},
        {"a rate", "rate = \"60/min\"\nduration = 10", {{.rate = 1, .duration = 10s}}},
        {"the short form",
         "stages = \"5:1s,>7:2s\"",
         {{.users = 5, .duration = 1s}, {.users = 7, .duration = 2s, .ramp = true}}},
        {"tables",
         "stages = [{ rate = 1.5, duration = 1, ramp = true }, { at_once = 9, duration = 1 }]",
         {{.rate = 1.5, .duration = 1s, .ramp = true}, {.at_once = 9, .duration = 1s}}},
        {"a string that reads as a number",
         "users = \"${N}\"\nduration = \"${T:-3s}\"",
         {{.users = 12, .duration = 3s}}},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CHECK(load("[load]\n" + row.lines + user, {.set = {{"N", "12"}}}).load.stages ==
              row.stages);
    }
}

TEST_CASE("the rest of a load") {
    const Load values = load(R"([load]
rate = 5
users = 3
duration = "1m"
requests = "2k"
warm_up = "1s"
graceful_stop = 0
stop_timeout = "9s"
arrival = "poisson"
max_users = 7
max_backlog = 8
seed = 42)" + user)
                            .load;
    CHECK(values.ready_users == 3);
    CHECK(values.requests == 2000);
    CHECK(values.warm_up == 1s);
    CHECK(values.graceful_stop == 0s);
    CHECK(values.stop_timeout == 9s);
    CHECK(values.arrival == Arrival::poisson);
    CHECK(values.max_users == 7);
    CHECK(values.max_backlog == 8);
    CHECK(values.seed == 42);
    CHECK(load("[load]\nusers = 3\nduration = 1\nspawn_rate = \"2/s\"" + user).load.spawn_rate ==
          2);
}

TEST_CASE("thresholds have the scope of their place") {
    const Profile profile = load(
        R"(threshold = ["p95 < 1s", { target = "rps > 5", critical = "rps > 2", window = "10s", abort = true }]
[load]
stages = [{ users = 1, duration = 1 }, { users = 1, duration = 1, threshold = "error_rate < 2%" }]
[[user]]
name = "u"
on_start = [{ name = "in", path = "/", threshold = "p95 < 2s" }]
[[user.task]]
name = "say \"hi\""
path = "/"
threshold = { target = "p95 < 3s", critical = "p95 < 4s" }
[[user.task]]
name = "two"
threshold = "avg < 1s"
request = [{ name = "a", path = "/" }, { name = "b", path = "/" }, { name = "a", path = "/", threshold = "max < 1s" }]
)");
    std::string texts;
    for (const ThresholdText& threshold : profile.thresholds) {
        texts += threshold.target + (threshold.critical ? " | " + *threshold.critical : "") + "\n";
    }
    CHECK(texts == R"(p95 < 1s
rps > 5 | rps > 2
stage(2): error_rate < 2%
"in": p95 < 2s
"say \"hi\"": p95 < 3s | "say \"hi\"": p95 < 4s
"a": max < 1s
"a": avg < 1s
"b": avg < 1s
)");
    CHECK(profile.thresholds[1].window == 10s);
    CHECK(profile.thresholds[1].abort);
}

TEST_CASE("variables") {
    const Folder folder;
    folder.write("data/a.csv", "email\nann@x.org\n");
    const Profile profile = load(R"([variables]
a = { int = [-5, 5] }
b = { uuid = true, per = "request" }
c = { seq = 100 }
d = { choice = ["x", 1.5, true] }
e = { string = 12 }
f = { now = "iso" }
g = "text"
h = { value = 5 }
i = { csv = "data/a.csv", pick = "random", per = "task" })" +
                                     user,
                                 {}, folder / "");
    const std::vector<Variable>& list = profile.variables;
    REQUIRE(list.size() == 9);
    CHECK((list[0].low == -5 && list[0].high == 5));
    CHECK((list[1].kind == Variable::Kind::uuid && list[1].per == DrawnPer::request));
    CHECK((list[2].kind == Variable::Kind::sequence && list[2].low == 100));
    CHECK(list[3].texts == std::vector<std::string>{"x", "1.5", "true"});
    CHECK((list[4].kind == Variable::Kind::text && list[4].low == 12));
    CHECK((list[5].kind == Variable::Kind::now && list[5].now == Variable::Now::iso));
    CHECK((list[6].kind == Variable::Kind::value && list[6].texts[0] == "text"));
    CHECK((list[7].kind == Variable::Kind::value && list[7].texts[0] == "5"));
    CHECK((list[8].file == folder / "data/a.csv" && list[8].pick == Variable::Pick::random));
    CHECK(list[8].per == DrawnPer::task);
}

TEST_CASE("waits") {
    struct Row {
        std::string wait;
        Wait expected;
    };
    const Row rows[] = {
        {"{ constant = \"250ms\" }", {.kind = Wait::Kind::constant, .a_s = 0.25}},
        {"{ between = [1, \"3s\"] }", {.kind = Wait::Kind::between, .a_s = 1, .b_s = 3}},
        {"{ exponential = 5 }", {.kind = Wait::Kind::exponential, .a_s = 5}},
        {"{ pacing = \"2s\" }", {.kind = Wait::Kind::pacing, .a_s = 2}},
        {"{ throughput = 0.5 }", {.kind = Wait::Kind::throughput, .a_s = 0.5}},
    };
    for (const Row& row : rows) {
        CHECK(load("[[user]]\nname = \"u\"\ntask = [{ path = \"/\" }]\nwait = " + row.wait)
                  .classes[0]
                  .wait == row.expected);
    }
}

TEST_CASE("paths and bodies") {
    struct Row {
        const char* why;
        std::string lines;
        std::string method, path, body, content_type;
    };
    const std::string json = "application/json", form = "application/x-www-form-urlencoded";
    const Row rows[] = {
        {"nothing but a path", "path = \"/a\"", "GET", "/a", "", ""},
        {"a query, encoded but for its insertions",
         "path = \"/a\"\nquery = { q = \"b c&{{x}}\", n = [1, 2], \"ä\" = true }", "GET",
         "/a?q=b%20c%26{{x}}&n=1&n=2&%C3%A4=true", "", ""},
        {"behind a query that is there", "path = \"/a?b=1\"\nquery = { c = 2 }", "GET",
         "/a?b=1&c=2", "", ""},
        {"an empty query", "path = \"/a\"\nquery = {}", "GET", "/a", "", ""},
        {"a text", "path = \"/\"\nbody = \"n {{x}}\"", "POST", "/", "n {{x}}", ""},
        {"an empty text is a body, too", "path = \"/\"\nbody = \"\"", "POST", "/", "", ""},
        {"another method", "path = \"/\"\nmethod = \"PUT\"\nbody = \"b\"", "PUT", "/", "b", ""},
        {"a form", "path = \"/\"\nform = { a = \"b c\", d = \"{{x}}&\", e = [1, 2] }", "POST", "/",
         "a=b+c&d={{x}}%26&e=1&e=2", form},
        {"JSON in the order of the file",
         "path = \"/\"\njson = { b = 1, a = [1.0, 1e300, true, \"\\\"\\n\\u0001\"], c = {} }",
         "POST", "/", R"({"b":1,"a":[1.0,1e+300,true,"\"\n\u0001"],"c":{}})", json},
        {"JSON with insertions",
         "path = \"/\"\njson = { a = \"{{x}}\", b = \"{{ x | raw }}\", c = \"1 {{x|raw}}\" }",
         "POST", "/", R"({"a":"{{x}}","b":{{ x | raw }},"c":"1 {{x|raw}}"})", json},
        {"braces of their own", "path = \"/\"\njson = [\"{{\\\"{{\\\"}} \\\" }}\"]", "POST", "/",
         R"(["{{"{{"}} \" }}"])", json},
        {"JSON that is one value", "path = \"/\"\njson = \"a\"", "POST", "/", "\"a\"", json},
        {"a date is a text", "path = \"/\"\njson = [1979-05-27T07:32:00Z]", "POST", "/",
         "[\"1979-05-27T07:32:00Z\"]", json},
        {"a type of its own", "path = \"/\"\nheaders = { content-type = \"a/b\" }\njson = 1",
         "POST", "/", "1", "a/b"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const Request read = request(row.lines);
        CHECK(read.method == row.method);
        CHECK(read.path == row.path);
        CHECK(read.body == row.body);
        CHECK((read.headers.empty() ? "" : read.headers[0].value) == row.content_type);
        CHECK(read.name == row.method + " " + row.path.substr(0, row.path.find('?')));
    }
}

TEST_CASE("a Content-Type of the class or the target is one that is given") {
    const Profile profile = load(R"([[user]]
name = "u"
headers = { CONTENT-TYPE = "a/b" }
task = [{ path = "/", json = 1 }])");
    CHECK(profile.classes[0].tasks[0].requests[0].headers.empty());
}

TEST_CASE("what a request looks at") {
    const Request read = request(R"toml(path = "/"
timeout = "1s"
think = 2
follow_redirects = 3
on_failure = "end_task"
expect = { status = 204, header = { Server = "x" }, body_matches = "a+", json = { "" = { a = 1, b = [] }, "/gone" = { exists = false }, "/n" = 1.5 } }
[user.task.extract]
j = { json = "/a/*/b" }
r = { regex = "a(b)", group = 0, default = 5 }
h = { header = "Location" }
c = { cookie = "sid", default = "" })toml");
    CHECK(read.timeout == 1s);
    CHECK(read.think == 2s);
    CHECK(read.follow_redirects == 3);
    CHECK(read.end_task_on_failure);
    using Kind = JsonCondition::Kind;
    CHECK(read.expect == Expect{.status = {204},
                                .headers = {{"Server", "x"}},
                                .body_matches = "a+",
                                .json = {{.pointer = "", .value = R"({"a":1,"b":[]})"},
                                         {.pointer = "/gone", .kind = Kind::absent},
                                         {.pointer = "/n", .value = "1.5"}}});
    CHECK(read.extract ==
          std::vector<Extract>{
              {.variable = "j", .kind = Extract::Kind::json, .what = "/a/*/b"},
              {.variable = "r",
               .kind = Extract::Kind::regex,
               .what = "a(b)",
               .group = 0,
               .fallback = "5"},
              {.variable = "h", .kind = Extract::Kind::header, .what = "Location"},
              {.variable = "c", .kind = Extract::Kind::cookie, .what = "sid", .fallback = ""}});
}

TEST_CASE("users, selection and outputs") {
    const Profile profile = load(R"([select]
tags = ["a", "b"]
exclude_tags = "c"
user_class = ["u"]
[output]
json = "-"
output_dir = "/var/reports"
csv = "out/{profile}"
[teardown]
request = [{ path = "/bye" }]
[[user]]
name = "u"
count = 1
cookies = false
on_stop = [{ path = "/logout", method = "DELETE" }]
task = [{ path = "/", weight = 0.5, tags = ["a"], repeat = 2 }])");
    CHECK(profile.selection.tags == std::vector<std::string>{"a", "b"});
    CHECK(profile.selection.exclude_tags == std::vector<std::string>{"c"});
    CHECK(profile.selection.classes == std::vector<std::string>{"u"});
    CHECK(profile.output.json == "-");
    CHECK(profile.output.directory == "/var/reports");
    CHECK(profile.output.csv == "dir/out/{profile}");
    CHECK_FALSE(profile.output.html);
    CHECK(profile.teardown[0].name == "GET /bye");
    CHECK(profile.classes[0].count == 1);
    CHECK_FALSE(profile.classes[0].cookies);
    CHECK(profile.classes[0].on_stop[0].name == "DELETE /logout");
    CHECK(profile.classes[0].tasks[0].weight == 0.5);
    CHECK(profile.classes[0].tasks[0].repeat == 2);
}

TEST_CASE("a task on a WebSocket: requests for what is counted, steps that say when") {
    const Profile profile = load(R"([variables]
x = 1
[[user]]
name = "u"
[[user.task]]
name = "chat"
ws = "/ws/{{x}}"
query = { room = "a b" }
headers = { A = "1" }
subprotocol = "one"
timeout = "3s"
repeat = 2
threshold = "p95 < 1s"
step = [
  { send = "hello" },
  { expect = "welcome {{x}}", within = "2s", name = "greeting" },
  { repeat = 10, send_binary = "AAE=", match = "^n" },
  { send = "last" },
  { hold = "5s" },
  { ping = "p" },
  { expect = "bye" },
  { close = 4000 },
])");
    const Task& task = profile.classes[0].tasks[0];
    REQUIRE(task.ws);
    CHECK(task.name == "chat");
    CHECK(task.repeat == 2);
    CHECK(task.ws->subprotocols == std::vector<std::string>{"one"});
    std::string names;
    for (const Request& request : task.requests) {
        names += request.method + " " + request.name + "\n";
        CHECK(request.timeout == 3s);
    }
    CHECK(names == "GET chat connect\nWS greeting\nWS chat\nWS chat\n");
    CHECK(task.requests[0].path == "/ws/{{x}}?room=a%20b");
    CHECK(task.requests[0].headers == std::vector<Header>{{"A", "1"}});
    const std::vector<SocketStep>& steps = task.ws->steps;
    REQUIRE(steps.size() == 7);
    CHECK(steps[0].send == "hello"); // with the expect behind it
    CHECK(steps[0].expect == "welcome {{x}}");
    CHECK(steps[0].within == 2s);
    CHECK(steps[0].request == 1);
    CHECK(steps[1].send == std::string("\0\1", 2));
    CHECK(steps[1].binary);
    CHECK(steps[1].expression);
    CHECK(steps[1].repeat == 10);
    CHECK(steps[1].request == 2);
    CHECK_FALSE(steps[2].expect);
    CHECK(steps[3].kind == SocketStep::Kind::hold);
    CHECK(steps[3].hold == 5s);
    CHECK(steps[4].kind == SocketStep::Kind::ping);
    CHECK(steps[4].send == "p");
    CHECK_FALSE(steps[5].send);
    CHECK(steps[5].request == 3);
    CHECK(steps[6].kind == SocketStep::Kind::close);
    CHECK(steps[6].close_code == 4000);
    CHECK(profile.thresholds.size() == 3); // one for each name
}

TEST_CASE("a task on a WebSocket without a name has that of its path") {
    const Profile profile = load(R"([[user]]
name = "u"
task = [{ ws = "/ws?x=1", step = [{ hold = 1 }] }])");
    CHECK(profile.classes[0].tasks[0].name == "ws /ws");
    CHECK(profile.classes[0].tasks[0].requests[0].name == "ws /ws connect");
}
