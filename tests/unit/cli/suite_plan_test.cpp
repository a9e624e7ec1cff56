// A suite and the profiles it runs, looked at before anything is sent.
#include "cli/suite_plan.hpp"

#include "../profile/folder.hpp"

#include <doctest/doctest.h>
#include <memory>

using namespace ringblast;
using test::Folder;

namespace {

constexpr std::string_view shop = R"(
name = "shop"
[target]
base_url = "http://localhost:1"
[load]
users = 10
duration = "10s"
[[user]]
name = "Reader"
  [[user.task]]
  name = "list"
  tags = ["read"]
  path = "/list"
  [[user.task]]
  name = "show"
  path = "/show"
[[threshold]]
target = "p95 < 1s"
)";

struct Asked {
    std::string_view text;
    std::vector<std::string> only{};
    std::optional<std::string> directory{};
};

ExpectedAll<SuitePlan> plan(const Folder& folder, const Asked& asked) {
    folder.write("shop.toml", shop);
    folder.write("suite.toml", asked.text);
    auto words = std::make_unique<SuiteWords>();
    words->file = folder / "suite.toml";
    words->only = asked.only;
    words->run.outputs.directory = asked.directory;
    return plan_suite(*words);
}

SuitePlan plan_of(const Folder& folder, const Asked& asked) {
    ExpectedAll<SuitePlan> planned = plan(folder, asked);
    INFO((planned ? "" : planned.error().front().message));
    REQUIRE(planned.has_value());
    return std::move(*planned);
}

std::string messages(const Asked& asked) {
    const Folder folder;
    const ExpectedAll<SuitePlan> planned = plan(folder, asked);
    std::string lines = planned ? "ok" : "";
    for (const Error& error : planned ? std::vector<Error>{} : planned.error()) {
        lines.append(lines.empty() ? "" : "\n").append(error.message);
    }
    const std::string place = folder / "";
    for (size_t at = 0; (at = lines.find(place)) != std::string::npos;) {
        lines.erase(at, place.size());
    }
    return lines;
}

} // namespace

TEST_CASE("a run is a profile with its changes, under its own name") {
    const Folder folder;
    const SuitePlan planned = plan_of(folder, {.text = R"(
[[run]]
profile = "shop.toml"
[[run]]
profile = "shop.toml"
name = "large shop"
users = 100
threshold = "p99 < 2s"
)",
                                               .directory = folder / "reports"});
    REQUIRE(planned.runs.size() == 2);
    CHECK(planned.runs[0].name == "shop");
    REQUIRE(planned.runs[1].loads.size() == 1);
    const Profile& large = planned.runs[1].loads[0].options.profile;
    CHECK(large.name == "large shop");
    CHECK(large.load.stages[0].users == 100);
    CHECK(large.thresholds.size() == 2);
    CHECK(large.output.directory == folder / "reports/large-shop");
    CHECK(planned.outputs.directory == folder / "reports");
}

TEST_CASE("a run with each has a load for every task") {
    const Folder folder;
    const SuitePlan planned =
        plan_of(folder, {.text = "[[run]]\nprofile = \"shop.toml\"\neach = true\n"});
    REQUIRE(planned.runs.at(0).loads.size() == 2);
    CHECK(planned.runs[0].loads[0].name == "list");
    CHECK(planned.runs[0].loads[1].options.profile.name == "shop-show");
    CHECK(planned.runs[0].loads[1].options.profile.classes.at(0).tasks.size() == 1);
}

TEST_CASE("some of the runs, in the order of the file") {
    constexpr std::string_view three =
        "[[run]]\nprofile = \"shop.toml\"\n"
        "[[run]]\nprofile = \"smoke\"\nhost = \"http://localhost:1\"\n"
        "[[run]]\nname = \"last\"\nprofile = \"nowhere.toml\"\n";
    const Folder folder;
    const SuitePlan planned = plan_of(folder, {.text = three, .only = {"smoke,shop"}});
    REQUIRE(planned.runs.size() == 2); // what is not chosen need not be there
    CHECK(planned.runs[0].name == "shop");
    CHECK(planned.runs[1].name == "smoke");
    CHECK(
        messages({.text = three, .only = {"smok", "shop"}}) ==
        "--only smok: the suite has no run \"smok\" (nearest: smoke); allowed: last, shop, smoke");
}

TEST_CASE("every problem of every run is told before the first starts") {
    struct Row {
        const char* why;
        std::string_view text, expected;
    };
    constexpr std::string_view twice = "[[run]]\nprofile = \"shop.toml\"\n"
                                       "[[run]]\nprofile = \"shop.toml\"\n";
    constexpr std::string_view one_file = "[[run]]\nname = \"a\"\nprofile = \"files.toml\"\n"
                                          "[[run]]\nname = \"b\"\nprofile = \"files.toml\"\n";
    const Row rows[] = {
        {"two runs of one name", twice,
         "suite.toml:3:1: run \"shop\": the run at suite.toml:1:1 has that name as well; allowed: "
         "a "
         "name = \"…\" for each run"},
        {"a profile that is not there", "[[run]]\nprofile = \"shoop.toml\"\n",
         "suite.toml:1:1: run \"shoop.toml\": cannot read shoop.toml: No such"},
        {"a built-in that is not there", "[[run]]\nprofile = \"smok\"\n",
         "suite.toml:1:1: run \"smok\": "},
        {"a value of a key, at the key", "[[run]]\nprofile = \"shop.toml\"\nusers = 0\n",
         "suite.toml:3:1: users 0: at least 1 is needed"},
        {"words that contradict each other",
         "[[run]]\nprofile = \"shop.toml\"\nstages = \"5:1s\"\nduration = \"5s\"\n",
         "suite.toml:3:1: stages and --duration: the stages say it already"},
        {"a rate for users", "[[run]]\nprofile = \"shop.toml\"\nrate = 5\n", "suite.toml:"},
        {"a tag that there is not", "[[run]]\nprofile = \"shop.toml\"\ntags = [\"raed\"]\n",
         "suite.toml:1:1: run \"shop\": the profile has no tag \"raed\" (nearest: read); allowed: "
         "read"},
        {"a scope that there is not",
         "[[run]]\nprofile = \"shop.toml\"\nthreshold = \"class(Writer): p95 < 1s\"\n",
         "suite.toml:1:1: run \"shop\": "},
        {"two problems of two runs",
         "[[run]]\nprofile = \"shop.toml\"\nusers = 0\n[[run]]\nprofile = \"no.toml\"\n",
         "suite.toml:3:1: users 0: at least 1 is needed\nsuite.toml:4:1: run \"no.toml\": cannot "
         "read no.toml"},
        {"the same problem of two runs is told once",
         "[[run]]\nprofile = \"no.toml\"\nname = \"a\"\n[[run]]\nprofile = \"no.toml\"\nname = "
         "\"b\"",
         "suite.toml:1:1: run \"a\": cannot read no.toml: No such file or directory"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const std::string said = messages({.text = row.text});
        CAPTURE(said);
        CHECK(said.starts_with(row.expected));
    }
    const Folder folder;
    std::string files(shop);
    folder.write("files.toml", files + "[output]\njson = \"one.json\"\n");
    CHECK(plan(folder, {.text = one_file})
              .error()
              .front()
              .message.ends_with(
                  "one.json is also one of run \"a\"; allowed: {profile} or {users} in the name"));
    folder.write("files.toml", files + "[output]\ncsv = \"reports/{profile}\"\n");
    CHECK(plan(folder, {.text = one_file}).has_value());
    folder.write("files.toml", files + "[output]\njson = \"-\"\n");
    CHECK(plan(folder, {.text = one_file}).error().front().message.find("standard output") !=
          std::string::npos);
    folder.write("files.toml", files + "[output]\njson = \"shop.toml/x.json\"\n");
    CHECK(plan(folder, {.text = one_file})
              .error()
              .front()
              .message.ends_with("shop.toml/x.json cannot be written: Not a directory"));
}
