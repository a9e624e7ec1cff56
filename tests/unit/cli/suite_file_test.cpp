// The file of a suite: what it means, and what is said of one that is wrong.
#include "cli/suite_file.hpp"

#include "../profile/folder.hpp"
#include "profile/file_text.hpp"

#include <doctest/doctest.h>
#include <memory>

using namespace ringblast;
using test::Folder;

namespace {

/// What is read of a suite.toml with this text beside the command line's words.
ExpectedAll<SuiteFile> read(const Folder& folder, std::string_view text, SuiteWords words = {}) {
    folder.write("suite.toml", text);
    words.file = folder / "suite.toml";
    return read_suite_file(words);
}

SuiteFile file_of(const Folder& folder, std::string_view text, SuiteWords words = {}) {
    ExpectedAll<SuiteFile> file = read(folder, text, std::move(words));
    INFO((file ? "" : file.error().front().message));
    REQUIRE(file.has_value());
    return *file;
}

/// The messages without the folder, one a line; `ok` where there are none.
std::string messages(std::string_view text, SuiteWords words = {}) {
    const Folder folder;
    const ExpectedAll<SuiteFile> file = read(folder, text, std::move(words));
    std::string lines = file ? "ok" : "";
    for (const Error& error : file ? std::vector<Error>{} : file.error()) {
        lines.append(lines.empty() ? "" : "\n").append(error.message);
    }
    const std::string place = folder / "";
    for (size_t at = 0; (at = lines.find(place)) != std::string::npos;) {
        lines.erase(at, place.size());
    }
    return lines;
}

struct Row {
    const char* why;
    std::string_view text, expected;
};

} // namespace

TEST_CASE("a suite says what each run is told") {
    const Folder folder;
    const SuiteFile file = file_of(folder, R"(
name = "nightly"
description = "every night"
[output]
output_dir = "reports"
json = "-"
[defaults]
host = "http://localhost:1"
pause = "5s"
set = { KEY = "k", PAGE = 1 }
threshold = "error_rate < 1%"
[[run]]
profile = "smoke.toml"
on_failure = "stop"
[[run]]
name = "load, large"
profile = "smoke"
users = 50
rate = 12.5
duration = "2m"
pause = 0
tags = ["read", "fast"]
exclude_tags = "slow"
user_class = "Reader"
set = { PAGE = 2 }
threshold = ["p95 < 1s", "p99 < 2s"]
each = true
strict = true
)");
    CHECK(file.name == "nightly");
    CHECK(file.description == "every night");
    CHECK(file.outputs.directory == folder / "reports");
    CHECK(file.outputs.json == "-");
    REQUIRE(file.steps.size() == 2);
    const SuiteStep& first = file.steps[0];
    CHECK(first.name.empty());
    CHECK(first.words.profile == folder / "smoke.toml");
    CHECK(first.stop_on_failure);
    CHECK(first.pause == std::chrono::seconds(5));
    CHECK(first.words.host == "http://localhost:1");
    CHECK(first.words.set == std::vector<std::string>{"KEY=k", "PAGE=1"});
    CHECK(first.words.thresholds == std::vector<std::string>{"error_rate < 1%"});
    CHECK_FALSE(first.words.users);
    const SuiteStep& second = file.steps[1];
    CHECK(second.name == "load, large");
    CHECK(second.words.profile == "smoke");
    CHECK_FALSE(second.stop_on_failure);
    CHECK(second.pause.count() == 0);
    CHECK(second.words.users == "50");
    CHECK(second.words.rate == "12.5");
    CHECK(second.words.duration == "2m");
    CHECK(second.words.tags == std::vector<std::string>{"read", "fast"});
    CHECK(second.words.exclude_tags == std::vector<std::string>{"slow"});
    CHECK(second.words.user_classes == std::vector<std::string>{"Reader"});
    CHECK(second.words.set == std::vector<std::string>{"KEY=k", "PAGE=1", "PAGE=2"});
    CHECK(second.words.thresholds == std::vector<std::string>{"p95 < 1s", "p99 < 2s"});
    CHECK(second.words.each);
    CHECK(second.words.strict);
    CHECK(second.place.ends_with("suite.toml:15:1"));
    CHECK(second.places.at("users").ends_with("suite.toml:18:1"));
}

TEST_CASE("without a name a suite has that of its file") {
    CHECK(file_of(Folder{}, "[[run]]\nprofile = \"smoke\"\n").name == "suite");
}

TEST_CASE("the command line goes before the file") {
    auto words = std::make_unique<SuiteWords>();
    words->run.host = "http://localhost:2";
    words->run.duration = "3s";
    words->run.tags = {"write"};
    words->run.set = {"KEY=other"};
    words->run.thresholds = {"p50 < 1s"};
    words->run.outputs.json = "overview.json";
    words->run.outputs.directory = "elsewhere";
    words->on_failure = "stop";
    const SuiteFile file = file_of(Folder{}, R"(
[output]
output_dir = "reports"
html = "page.html"
[[run]]
profile = "smoke"
host = "http://localhost:1"
duration = "1m"
user_class = "Reader"
set = { KEY = "k" }
threshold = "p95 < 1s"
on_failure = "continue"
)",
                                   std::move(*words));
    const SuiteStep& step = file.steps.at(0);
    CHECK(step.words.host == "http://localhost:2");
    CHECK(step.words.duration == "3s");
    CHECK(step.words.tags == std::vector<std::string>{"write"});
    CHECK(step.words.user_classes.empty()); // any filter replaces those of the file
    CHECK(step.words.set == std::vector<std::string>{"KEY=k", "KEY=other"});
    CHECK(step.words.thresholds == std::vector<std::string>{"p95 < 1s", "p50 < 1s"});
    CHECK(step.stop_on_failure);
    CHECK(file.outputs.json == "overview.json");
    CHECK(file.outputs.directory == "elsewhere");
    CHECK(file.outputs.html->ends_with("page.html"));
    CHECK_FALSE(step.words.outputs.json); // that is the overview's
}

TEST_CASE("what is included is laid under, runs by their names") {
    const Folder folder;
    folder.write("parts/base.toml", R"(
[defaults]
pause = "1m"
[[run]]
name = "load"
profile = "load.toml"
users = 10
[[run]]
name = "soak"
profile = "soak"
)");
    const SuiteFile file = file_of(folder, R"(
include = ["parts/base.toml"]
[[run]]
name = "load"
users = 100
[[run]]
profile = "spike"
)");
    REQUIRE(file.steps.size() == 3);
    CHECK(file.steps[0].words.profile == folder / "parts/load.toml");
    CHECK(file.steps[0].words.users == "100");
    CHECK(file.steps[1].name == "soak");
    CHECK(file.steps[2].words.profile == "spike");
    CHECK(file.steps[2].pause == std::chrono::minutes(1));
}

TEST_CASE("${NAME} is filled in, --set before the environment") {
    auto words = std::make_unique<SuiteWords>();
    words->run.set = {"RUNS=7"};
    const SuiteFile file = file_of(Folder{}, R"(
[[run]]
profile = "${RINGBLAST_NOT_SET:-smoke}"
users = "${RUNS}"
)",
                                   std::move(*words));
    CHECK(file.steps.at(0).words.profile == "smoke");
    CHECK(file.steps.at(0).words.users == "7");
}

TEST_CASE("what is wrong is told with its place and its cure") {
    constexpr std::string_view run_keys =
        "profile, name, pause, on_failure, each, set, host, wait_for, users, spawn_rate, duration, "
        "requests, rate, arrival, stages, warm_up, seed, graceful_stop, mode, tags, user_class, "
        "fail_on, strict, exclude_tags, threshold, abort_on_fail";
    const std::string allowed = "; allowed: " + std::string(run_keys);
    const std::string unknown =
        "suite.toml:3:1: \"durations\" is not a key of [[run]] (nearest: duration)" + allowed;
    const std::string elsewhere =
        "suite.toml:3:1: \"output_dir\" is not a key of [[run]]: it belongs in [output]" + allowed;
    const Row rows[] = {
        {"nothing in it", "",
         "suite.toml:1:1: the suite has no [[run]]; allowed: one or more, each with a profile"},
        {"an empty list", "run = []",
         "suite.toml:1:1: the suite has no [[run]]; allowed: one or more, each with a profile"},
        {"a profile instead", "[load]\nusers = 1\n[[user]]\nname = \"u\"\n",
         "suite.toml:3:3: this is a profile, not a suite; allowed: ringblast run suite.toml"},
        {"a run of nothing", "[[run]]\nname = \"load\"\n",
         "suite.toml:1:1: [[run]] has no profile; allowed: profile = \"load.toml\", or the name of "
         "a built-in profile"},
        {"a key mistyped", "[[run]]\nprofile = \"smoke\"\ndurations = 5\n", unknown},
        {"a key of another table", "[[run]]\nprofile = \"smoke\"\noutput_dir = \"x\"\n", elsewhere},
        {"a key of a run on top", "pause = 5\n[[run]]\nprofile = \"smoke\"\n",
         "suite.toml:1:1: \"pause\" is not a key of the suite: it belongs in [defaults] or "
         "[[run]]; "
         "allowed: name, description, include, defaults, output, run"},
        {"a wrong word", "[[run]]\nprofile = \"smoke\"\non_failure = \"halt\"\n",
         "suite.toml:3:14: on_failure: \"halt\" is not one of its words; allowed: \"continue\", "
         "\"stop\""},
        {"a wrong time", "[[run]]\nprofile = \"smoke\"\npause = \"soon\"\n",
         "suite.toml:3:9: pause: \"soon\" is not a duration: a number is missing; allowed: 500us"},
        {"a threshold that cannot be read",
         "[[run]]\nprofile = \"smoke\"\nthreshold = [\"p95 < 500\"]\n",
         "suite.toml:3:13: threshold `p95 < 500`: 500 has no time unit: write 500ms"},
        {"values that are no table", "[[run]]\nprofile = \"smoke\"\nset = [\"A=b\"]\n",
         "suite.toml:3:7: set: a list is not a table; allowed: set = { NAME = \"value\" }"},
        {"a name that is not set", "[[run]]\nprofile = \"${RINGBLAST_NOT_SET}\"\n",
         "suite.toml:2:11: ${RINGBLAST_NOT_SET} is not set; allowed: --set "
         "RINGBLAST_NOT_SET=VALUE, the environment, or a default: ${RINGBLAST_NOT_SET:-VALUE}"},
        {"two problems at once", "[[run]]\nprofile = 5\nname = \"\"\n",
         "suite.toml:2:11: profile: 5 is not a string; allowed: a text in quotes\n"
         "suite.toml:3:8: name: \"\" is not a name"},
        {"no TOML", "[[run]\n", "suite.toml:1:"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const std::string said = messages(row.text);
        CAPTURE(said);
        CHECK(said.starts_with(row.expected));
    }
}

TEST_CASE("wrong words of the command line are told at once") {
    auto words = std::make_unique<SuiteWords>();
    words->run.set = {"A"};
    words->on_failure = "halt";
    CHECK(messages("[[run]]\nprofile = \"smoke\"\n", std::move(*words)) ==
          "--set A: NAME=VALUE is expected\n--on-failure halt: continue or stop is allowed");
    auto nowhere = std::make_unique<SuiteWords>();
    nowhere->file = "/no/such/suite.toml";
    CHECK(read_suite_file(*nowhere).error().front().message ==
          "cannot read /no/such/suite.toml: No such file or directory");
}

TEST_CASE("a suite is told from a profile") {
    const Folder folder;
    folder.write("suite.toml", "[[run]]\nprofile = \"smoke\"\n");
    folder.write("profile.toml", "[[user]]\nname = \"u\"\n");
    CHECK(is_suite_file(folder / "suite.toml"));
    CHECK_FALSE(is_suite_file(folder / "profile.toml"));
    CHECK_FALSE(is_suite_file(folder / "nothing.toml"));
}

TEST_CASE("every key is documented under its table") {
    auto page = read_text_file(DOCS_DIR "/suite.md", 1024 * 1024);
    REQUIRE(page);
    for (const KeyTable& table : suite_key_tables()) {
        CAPTURE(table.title);
        const size_t start = page->find("# " + std::string(table.title) + "\n");
        REQUIRE(start != std::string::npos);
        const std::string part = page->substr(start, page->find("\n#", start) - start);
        for (const std::string_view key :
             table.title == "[defaults]" ? std::span<const std::string_view>{} : table.keys) {
            CAPTURE(key);
            CHECK(part.find("`" + std::string(key) + "`") != std::string::npos);
        }
    }
}
