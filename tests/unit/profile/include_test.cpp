// Files: what an including file wins, and where their problems and paths are.
#include "profile/load.hpp"

#include "folder.hpp"

#include <doctest/doctest.h>
#include <filesystem>

using namespace ringblast;
using test::Folder;

namespace {

Profile load_file(const std::string& path) {
    const auto profile = load_profile(path);
    if (!profile) {
        FAIL(profile.error()[0].message);
    }
    return *profile;
}

/// The messages, the folder's path left out.
std::string messages(const Folder& folder, const std::string& name) {
    const auto profile = load_profile(folder / name);
    std::string lines;
    for (const Error& error : profile ? std::vector<Error>{{"ok"}} : profile.error()) {
        lines += (lines.empty() ? "" : "\n") + error.message;
    }
    const std::string start = folder / "";
    for (size_t at = lines.find(start); at != std::string::npos; at = lines.find(start)) {
        lines.erase(at, start.size());
    }
    return lines;
}

constexpr std::string_view task = "task = [{ path = \"/\" }]\n";

} // namespace

TEST_CASE("tables merge, users by name, other lists and single values are replaced") {
    const Folder folder;
    folder.write("common/base.toml", R"(
description = "common"
threshold = ["p95 < 1s", "p99 < 2s"]
[target]
base_url = "http://a.test"
headers = { A = "1", B = "1" }
[variables]
x = { int = [1, 5] }
y = 1
[[user]]
name = "Web"
weight = 3
wait = { between = ["1s", "3s"] }
headers = { H = "base" }
task = [{ path = "/base" }, { path = "/more" }]
[[user]]
name = "Api"
task = [{ path = "/api" }]
)");
    folder.write("own.toml", R"(
include = ["common/base.toml"]
threshold = ["avg < 1s"]
[target]
headers = { B = "2", C = "2" }
[variables]
x = { seq = 7 }
[[user]]
name = "New"
task = [{ path = "/new" }]
[[user]]
name = "Web"
wait = { constant = "1s" }
headers = { I = "own" }
task = [{ path = "/own" }]
)");
    const Profile profile = load_file(folder / "own.toml");
    CHECK(profile.name == "own");
    CHECK(profile.description == "common");
    CHECK(profile.thresholds.size() == 1);
    CHECK(profile.target.base_url == "http://a.test");
    CHECK(profile.target.headers == std::vector<Header>{{"A", "1"}, {"B", "2"}, {"C", "2"}});
    REQUIRE(profile.variables.size() == 2);
    CHECK(profile.variables[0].kind == Variable::Kind::sequence);
    REQUIRE(profile.classes.size() == 3);
    const UserClass& web = profile.classes[0];
    CHECK(web.name == "Web");
    CHECK(web.weight == 3);
    CHECK(web.wait == Wait{.kind = Wait::Kind::constant, .a_s = 1});
    CHECK(web.headers == std::vector<Header>{{"H", "base"}, {"I", "own"}});
    REQUIRE(web.tasks.size() == 1);
    CHECK(web.tasks[0].requests[0].path == "/own");
    CHECK(profile.classes[1].name == "Api");
    CHECK(profile.classes[2].name == "New");
}

TEST_CASE("a later included file wins over an earlier one; one may be included twice") {
    const Folder folder;
    folder.write("c.toml", "description = \"c\"\n[[user]]\nname = \"u\"\n" + std::string(task));
    folder.write("a.toml", "include = \"c.toml\"\ndescription = \"a\"\n");
    folder.write("b.toml", "include = \"c.toml\"\ndescription = \"b\"\n");
    folder.write("p.toml", "include = [\"a.toml\", \"b.toml\"]\n");
    CHECK(load_file(folder / "p.toml").description == "b");
}

TEST_CASE("paths are relative to the file they stand in") {
    const Folder folder;
    folder.write("parts/order.json", R"({"id":"{{n | raw}}","s":"{{n}}","q":"\"{{n | raw}}"})");
    folder.write("parts/note.txt", "note ${A} {{n}}");
    folder.write("parts/users.toml", R"(
[variables]
n = { csv = "data.csv" }
m = 1
[[user]]
name = "u"
task = [{ path = "/", json_file = "order.json" }, { path = "/", body_file = "note.txt" }]
)");
    folder.write("team/p.toml", "include = [\"../parts/users.toml\"]\n[variables]\nn = 1\n"
                                "m = { csv = \"../data.csv\" }\n");
    folder.write("data.csv", "a\n1\n");
    const Profile profile = load_file(folder / "team/p.toml");
    const std::vector<Task>& tasks = profile.classes[0].tasks;
    CHECK(tasks[0].requests[0].body == R"({"id":{{n | raw}},"s":"{{n}}","q":"\"{{n | raw}}"})");
    CHECK(tasks[0].requests[0].body_kind == BodyKind::json);
    CHECK(tasks[1].requests[0].body == "note ${A} {{n}}");
    CHECK(profile.variables[1].file == folder / "data.csv");
}

TEST_CASE("problems name the file they stand in") {
    const Folder folder;
    folder.write("base.toml",
                 "[target]\ntimeout = \"1x\"\nkeepalive = 5\n[[user]]\nname = \"u\"\n" +
                     std::string(task));
    folder.write("p.toml",
                 "include = [\"base.toml\"]\n[target]\nkeepalive = true\nmax_body = true\n");
    CHECK(messages(folder, "p.toml") ==
          "p.toml:4:12: max_body: true is not a size; allowed: a number of bytes, or a string such "
          "as \"64KiB\"\n"
          "base.toml:2:11: timeout: \"1x\" is not a duration: there is no unit \"x\"; allowed: "
          "500us, "
          "250ms, 10s, 5m, 5min, 1h30m, or a bare number of seconds");
}

TEST_CASE("includes that cannot be") {
    const Folder folder;
    folder.write("self.toml", "include = [\"self.toml\"]\n");
    CHECK(
        messages(folder, "self.toml") ==
        "self.toml:1:12: include: self.toml includes itself, directly or through others; allowed: "
        "files that do not include this one");
    folder.write("a.toml", "include = \"sub/b.toml\"\n");
    folder.write("sub/b.toml", "include = \"../a.toml\"\n");
    CHECK(messages(folder, "a.toml") ==
          "sub/b.toml:1:11: include: a.toml includes itself, directly or through others; allowed: "
          "files that do not include this one");
    folder.write("p.toml", "include = [5, \"none.toml\", \"sub\"]\n");
    CHECK(
        messages(folder, "p.toml") ==
        "p.toml:1:12: include is not a list of paths; allowed: include = [\"common.toml\"]\n"
        "p.toml:1:15: include: cannot read none.toml: No such file or directory; allowed: paths "
        "relative to this file\n"
        "p.toml:1:28: include: cannot read sub: it is not a regular file; allowed: paths relative "
        "to this file");
    folder.write("broken.toml", "a = \n");
    folder.write("q.toml", "include = \"broken.toml\"\n");
    CHECK(messages(folder, "q.toml").starts_with("broken.toml:1:5: this is not TOML: "));
}

TEST_CASE("files that include others twice each do not multiply without end") {
    const Folder folder;
    for (int i = 0; i < 10; ++i) {
        const std::string next = "\"" + std::to_string(i + 1) + ".toml\"";
        folder.write(std::to_string(i) + ".toml", "include = [" + next + ", " + next + "]\n");
    }
    folder.write("10.toml", "[[user]]\nname = \"u\"\n" + std::string(task));
    const auto profile = load_profile(folder / "0.toml");
    REQUIRE_FALSE(profile);
    CHECK(profile.error()[0].message.ends_with(
        "include: too many files; allowed: 64 in one profile"));
}
