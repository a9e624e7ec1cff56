// From words to options: a blast, and what the command line changes in a profile.
#include "cli/test_options.hpp"

#include "../scenario/temporary_file.hpp"
#include "profile/builtin.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <memory>

using namespace ringblast;
using test::TemporaryFile;

namespace {

constexpr const char* two_classes = R"(
name = "shop"
[target]
base_url = "http://localhost:1"
timeout = "3s"
headers = { X-Shop = "1" }
[load]
stages = [ { users = 10, duration = "10s" }, { users = 20, duration = "30s" } ]
[output]
json = "shop.json"
[select]
tags = ["read"]
[[threshold]]
target = "p95 < 1s"
[[user]]
name = "Reader"
  [[user.task]]
  name = "list"
  tags = ["read"]
  path = "/list"
  headers = { authorization = "Basic x", Accept = "text/plain" }
[[user]]
name = "Writer"
  [[user.on_start]]
  path = "/login"
  [[user.task]]
  name = "write"
  tags = ["write"]
  method = "POST"
  path = "/list"
)";

TestOptions options_of(RunWords words) {
    TemporaryFile file(two_classes);
    words.profile = file.path();
    ExpectedAll<TestOptions> options = read_run_options(words);
    INFO((options ? "" : options.error().front().message));
    REQUIRE(options.has_value());
    return *options;
}

std::vector<std::string> problems_of(RunWords words) {
    TemporaryFile file(two_classes);
    words.profile = file.path();
    ExpectedAll<TestOptions> options = read_run_options(words);
    std::vector<std::string> messages;
    if (!options) {
        for (const Error& error : options.error()) {
            messages.push_back(error.message);
        }
    }
    return messages;
}

RunWords with(std::optional<std::string> RunWords::*word, const char* value) {
    auto words = std::make_unique<RunWords>(); // on the heap: g++ 12 warns of the stack for nothing
    (*words).*word = value;
    return std::move(*words);
}

} // namespace

TEST_CASE("a profile without words stays what it is") {
    TestOptions options = options_of({});
    CHECK(options.profile.load.stages.size() == 2);
    CHECK(options.profile.load.stages[1].users == 20);
    CHECK(options.profile.target.timeout == std::chrono::seconds(3));
    CHECK(options.profile.selection.tags == std::vector<std::string>{"read"});
    CHECK(options.profile.output.json->ends_with("/shop.json"));
    CHECK(options.profile.thresholds.size() == 1);
    CHECK_FALSE(options.profile.thresholds[0].abort);
}

TEST_CASE("users and duration rescale, stages replace") {
    RunWords words;
    words.users = "200";
    words.duration = "4s";
    Load load = options_of(words).profile.load;
    CHECK(load.stages[0].users == 100);
    CHECK(load.stages[1].users == 200);
    CHECK(load.stages[0].duration == std::chrono::seconds(1));
    CHECK(load.stages[1].duration == std::chrono::seconds(3));

    load = options_of(with(&RunWords::stages, "5:1s,>7:2s")).profile.load;
    CHECK(load.stages.size() == 2);
    CHECK(load.stages[1].users == 7);
    CHECK(load.stages[1].ramp);
}

TEST_CASE("a mode brings its load and its thresholds") {
    RunWords words = with(&RunWords::mode, "stress");
    words.thresholds = {"p99 < 9s"};
    words.abort_on_fail = true;
    Profile profile = options_of(words).profile;
    CHECK(profile.load.stages.size() == 4);
    CHECK(profile.classes[0].name == "Reader");
    CHECK(profile.thresholds.front().target == "p95 < 2s");
    CHECK(profile.thresholds.back().target == "p99 < 9s");
    for (const ThresholdText& threshold : profile.thresholds) {
        CHECK(threshold.abort);
    }
    BlastWords blast;
    blast.url = "http://localhost:1/";
    blast.mode = "burst";
    blast.rate = "100";
    ExpectedAll<TestOptions> options = read_blast_options(blast);
    REQUIRE(options.has_value());
    CHECK(options->profile.load.stages[1].rate == 100);
    CHECK(options->profile.classes[0].name == "blast");
}

TEST_CASE("headers of the command line go before those of requests and mean themselves") {
    RunWords words;
    words.headers = {"Authorization: Bearer {{x}}", "X-New: 1"};
    Profile profile = options_of(words).profile;
    const std::vector<Header> expected = {
        {"Accept", "text/plain"}, {"Authorization", R"(Bearer {{"{{"}}x}})"}, {"X-New", "1"}};
    CHECK(profile.classes[0].tasks[0].requests[0].headers == expected);
    CHECK(profile.classes[1].on_start[0].headers.back() == Header{"X-New", "1"});
}

TEST_CASE("any filter of the command line replaces those of the profile") {
    RunWords words;
    words.exclude_tags = {"a,b", "c"};
    words.classes = {"Writer"};
    Selection selection = options_of(words).profile.selection;
    CHECK(selection.tags.empty());
    CHECK(selection.exclude_tags == std::vector<std::string>{"a", "b", "c"});
    CHECK(selection.classes == std::vector<std::string>{"Writer"});
}

TEST_CASE("the target and the outputs of the command line go before those of the profile") {
    RunWords words;
    words.host = "http://other:2";
    words.timeout = "1s";
    words.no_keepalive = true;
    words.outputs.json = "-";
    words.outputs.html = "x.html";
    Profile profile = options_of(words).profile;
    CHECK(profile.target.base_url == "http://other:2");
    CHECK(profile.target.timeout == std::chrono::seconds(1));
    CHECK_FALSE(profile.target.keepalive);
    CHECK(profile.output.json == "-");
    CHECK(profile.output.html == "x.html");
}

TEST_CASE("what makes no sense with a profile is refused with the reason") {
    struct Row {
        std::optional<std::string> RunWords::*word;
        const char* value;
        const char* message;
    };
    const Row rows[] = {
        {&RunWords::body, "x", "--body goes with a URL"},
        {&RunWords::method, "PUT", "--method goes with a URL"},
        {&RunWords::expect_status, "200", "--expect-status goes with a URL"},
        {&RunWords::pipeline, "4", "--pipeline goes with a URL"},
        {&RunWords::rate, "10", "-R: the load is closed"},
        {&RunWords::users, "0", "--users 0: at least 1"},
        {&RunWords::arrival, "poisson", "--arrival goes with a rate"},
        {&RunWords::mode, "strss",
         "--mode: there is no built-in profile \"strss\" (nearest: stress)"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.message);
        std::vector<std::string> problems = problems_of(with(row.word, row.value));
        REQUIRE(problems.size() == 1);
        CHECK(problems[0].starts_with(row.message));
    }
}

TEST_CASE("problems of the file and of the words come together") {
    TemporaryFile file("[load]\nuser = 3\n");
    RunWords words;
    words.profile = file.path();
    words.cpus = "x";
    ExpectedAll<TestOptions> options = read_run_options(words);
    REQUIRE_FALSE(options.has_value());
    CHECK(std::ranges::any_of(options.error(),
                              [](const Error& error) { return error.message.contains(":2:1: "); }));
    CHECK(options.error().back().message.starts_with("--cpus x: "));
}

TEST_CASE("every built-in profile can be run as it is") {
    for (const BuiltinProfile& builtin : builtin_profiles()) {
        CAPTURE(builtin.name);
        RunWords words;
        words.profile = builtin.name;
        ExpectedAll<TestOptions> options = read_run_options(words);
        REQUIRE(options.has_value());
        CHECK(options->profile.thresholds.size() >= 2);
        CHECK(check(options->profile).has_value());
    }
}
