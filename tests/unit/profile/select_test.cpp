// Tags and classes decide which tasks take part, and what they leave out is told.
#include "profile/load.hpp"
#include "profile/select.hpp"

#include <doctest/doctest.h>

using namespace ringblast;

namespace {

Profile sample() {
    return *load_profile_text(R"(
[[user]]
name = "Web"
on_start = [{ name = "login", path = "/login", method = "POST" }]
task = [
  { name = "list", path = "/items", tags = ["read", "fast"] },
  { name = "add", path = "/items", method = "PUT", tags = ["write"] },
]
[[user]]
name = "Api"
task = [{ name = "list", path = "/api", tags = ["read"] }, { name = "plain", path = "/plain" }]
)",
                              {.name = "p.toml"});
}

/// `Web(list add) Api(list)`
std::string shape(const Profile& profile) {
    std::string text;
    for (const UserClass& users : profile.classes) {
        text += text.empty() ? users.name : " " + users.name;
        std::string tasks;
        for (const Task& task : users.tasks) {
            tasks += (tasks.empty() ? "" : " ") + task.name;
        }
        text += "(" + tasks + ")";
    }
    return text;
}

} // namespace

TEST_CASE("what is left") {
    struct Row {
        const char* why;
        Selection selection;
        std::string_view left;
    };
    const Row rows[] = {
        {"all without a choice", {}, "Web(list add) Api(list plain)"},
        {"any of the tags", {.tags = {"fast", "write"}}, "Web(list add)"},
        {"none of the excluded", {.exclude_tags = {"read"}}, "Web(add) Api(plain)"},
        {"both", {.tags = {"read"}, .exclude_tags = {"fast"}}, "Api(list)"},
        {"a class", {.classes = {"Api"}}, "Api(list plain)"},
        {"a class and a tag", {.tags = {"read"}, .classes = {"Web"}}, "Web(list)"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Profile profile = sample();
        REQUIRE(apply_selection(profile, row.selection));
        CHECK(shape(profile) == row.left);
    }
}

TEST_CASE("what is gone: names that nothing has any more") {
    Profile profile = sample();
    const auto removed = apply_selection(profile, {.tags = {"write"}});
    REQUIRE(removed);
    CHECK(removed->requests == std::vector<NamedRequest>{{"GET", "list"}, {"GET", "plain"}});
    CHECK(removed->methods == std::vector<std::string>{"GET"});
    CHECK(removed->tags == std::vector<std::string>{"read", "fast"});
    CHECK(removed->classes == std::vector<std::string>{"Api"});
    CHECK(profile.classes[0].on_start.size() == 1);
}

TEST_CASE("unknown names, and nothing left") {
    struct Row {
        Selection selection;
        std::vector<std::string> messages;
    };
    const Row rows[] = {
        {{.tags = {"raed"}, .exclude_tags = {"x"}, .classes = {"web"}},
         {"the profile has no tag \"raed\" (nearest: read); allowed: read, fast, write",
          "the profile has no tag \"x\"; allowed: read, fast, write",
          "the profile has no class \"web\" (nearest: Web); allowed: Web, Api"}},
        {{.tags = {"write"}, .classes = {"Api"}},
         {"the tags and classes asked for leave no task; allowed: tags read, fast, write; classes "
          "Web, Api"}},
    };
    for (const Row& row : rows) {
        Profile profile = sample();
        const auto removed = apply_selection(profile, row.selection);
        REQUIRE_FALSE(removed);
        REQUIRE(removed.error().size() == row.messages.size());
        for (size_t i = 0; i < row.messages.size(); ++i) {
            CHECK(removed.error()[i].message == row.messages[i]);
        }
        CHECK(shape(profile) == "Web(list add) Api(list plain)");
    }
}

TEST_CASE("a mode gives its load and thresholds") {
    Profile profile = sample();
    profile.load.seed = 7;
    Profile mode;
    mode.load.stages = {{.users = 5, .duration = std::chrono::seconds(1)}};
    mode.load.warm_up = std::chrono::milliseconds(5);
    mode.thresholds = {{.target = "p95 < 1s"}};
    take_load_of(profile, mode);
    CHECK(profile.load.stages == mode.load.stages);
    CHECK(profile.load.warm_up == mode.load.warm_up);
    CHECK(profile.load.seed == 7);
    REQUIRE(profile.thresholds.size() == 1);
    CHECK(profile.thresholds[0].target == "p95 < 1s");
    CHECK(shape(profile) == "Web(list add) Api(list plain)");
}
