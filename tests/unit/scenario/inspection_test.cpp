#include "scenario/inspection.hpp"

#include "../engine/allocation_count.hpp"

#include <doctest/doctest.h>
#include <set>
#include <string>
#include <vector>

using namespace ringblast;
using namespace ringblast::test;

namespace {

const std::string body =
    R"({"status":"completed","count":3,"items":[{"id":7},{"id":8}],"who":"x","token":"T\n"})";
const std::string head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                         "X-Id: 5\r\nX-Id: 6\r\nSet-Cookie: sid=abc; Path=/\r\n\r\n";

/// Variables: name = x, unset (never set), a, b, c.
struct InspectionScene {
    Variables variables =
        Variables::compile({{.name = "name", .texts = {"x"}}, {.name = "n", .texts = {"3"}}},
                           {"unset", "a", "b", "c"}, {}, 1)
            .value();
    UserValues values{4};
    CookieJar jar;
    DrawOrigin origin;
    Inspector inspector{variables};

    Inspection compile(const Expect& expect, const std::vector<Extract>& extracts = {}) const {
        ExpectedAll<Inspection> inspection = Inspection::compile(expect, extracts, variables);
        REQUIRE(inspection.has_value());
        return std::move(*inspection);
    }
    std::string look(const Inspection& inspection, std::string_view bytes, int64_t latency_ns = 0) {
        uint32_t number =
            inspector.inspect(inspection, {.bytes = bytes, .status = 200, .latency_ns = latency_ns},
                              {.origin = origin, .values = values, .cookies = &jar});
        return number == Inspector::fine ? "fine" : inspection.problem_text(number);
    }
};

using Kind = JsonCondition::Kind;

Expect json(const char* pointer, Kind kind, const char* value = "") {
    return {.json = {{.pointer = pointer, .kind = kind, .value = value}}};
}

} // namespace

TEST_CASE("expectations on a response") {
    struct Row {
        const char* why;
        Expect expect;
        const char* answer;
    };
    const Row rows[] = {
        {"nothing", {}, "fine"},
        {"the status is not looked at", {.status = {404}}, "fine"},
        {"a header, in any case", {.headers = {{"content-type", "json"}}}, "fine"},
        {"one of several fields", {.headers = {{"X-Id", "6"}}}, "fine"},
        {"a header that is there", {.headers = {{"X-Id", ""}}}, "fine"},
        {"a header with another value",
         {.headers = {{"X-Id", "7"}}},
         "header X-Id does not contain \"7\""},
        {"a header that is missing", {.headers = {{"ETag", "7"}}}, "header ETag: missing"},
        {"a text", {.body_contains = "completed"}, "fine"},
        {"a text with a variable", {.body_contains = "\"who\":\"{{name}}\""}, "fine"},
        {"a text that is not there",
         {.body_contains = "failed"},
         "body does not contain \"failed\""},
        {"a text with an unset variable",
         {.body_contains = "{{unset}}"},
         "body_contains: a variable of the expectation is not set"},
        {"an expression", {.body_matches = "\"id\":\\d,?"}, "fine"},
        {"an expression that does not match", {.body_matches = "^x"}, "body does not match \"^x\""},
        {"an expression that would take for ever",
         {.body_matches = "(\\w*\\W*)*[!?]$"},
         "body_matches: the search for \"(\\w*\\W*)*[!?]$\" took too many steps"},
        {"JSON equals", json("/status", Kind::equals, "\"completed\""), "fine"},
        {"JSON equals by value", json("/count", Kind::equals, "3.0"), "fine"},
        {"JSON equals a variable", json("/who", Kind::equals, "\"{{name}}\""), "fine"},
        {"JSON equals a raw variable", json("/count", Kind::equals, "\"{{n | raw}}\""), "fine"},
        {"any element", json("/items/*/id", Kind::equals, "8"), "fine"},
        {"no element", json("/items/*/id", Kind::equals, "9"), "json /items/*/id: not 9"},
        {"JSON differs", json("/status", Kind::equals, "\"failed\""),
         "json /status: not \"failed\""},
        {"JSON is missing", json("/stat", Kind::equals, "1"), "json /stat: missing"},
        {"JSON with an unset variable", json("/count", Kind::equals, "\"{{unset}}\""),
         "json /count: a variable of the expectation is not set"},
        {"JSON with a variable that makes none", json("/count", Kind::equals, "\"{{name | raw}}\""),
         "json /count: not \"{{name | raw}}\""},
        {"JSON exists", json("/items", Kind::exists), "fine"},
        {"JSON should exist", json("/error", Kind::exists), "json /error: missing"},
        {"JSON absent", json("/error", Kind::absent), "fine"},
        {"JSON should be absent", json("/items", Kind::absent), "json /items: present"},
        {"in time", {.max_latency = std::chrono::milliseconds(5)}, "fine"},
        {"too late", {.max_latency = std::chrono::milliseconds(4)}, "slower than 4 ms"},
        {"of several the first problem counts",
         {.headers = {{"ETag", ""}}, .body_contains = "failed"},
         "header ETag: missing"},
    };
    InspectionScene scene;
    for (const Row& row : rows) {
        INFO(std::string(row.why));
        CHECK(scene.look(scene.compile(row.expect), head + body, 5'000'000) == row.answer);
    }
}

TEST_CASE("values taken from a response") {
    struct Row {
        const char* why;
        Extract extract;
        const char* answer;
        std::optional<std::string> value{};
    };
    using From = Extract::Kind;
    const Row rows[] = {
        {"a text, unescaped", {"a", From::json, "/token"}, "fine", "T\n"},
        {"a number", {"a", From::json, "/count"}, "fine", "3"},
        {"an object", {"a", From::json, "/items/0"}, "fine", "{\"id\":7}"},
        {"no such place", {"a", From::json, "/x"}, "variable a: no json /x"},
        {"no such place, but a default", {"a", From::json, "/x", 1, "none"}, "fine", "none"},
        {"an empty default", {"a", From::json, "/x", 1, ""}, "fine", ""},
        {"a group", {"a", From::regex, "\"id\":(\\d)"}, "fine", "7"},
        {"the whole match", {"a", From::regex, "\"id\":\\d", 0}, "fine", "\"id\":7"},
        {"no match", {"a", From::regex, "id=(\\d)"}, "variable a: no match of \"id=(\\d)\""},
        {"a group that took no part",
         {"a", From::regex, "status|(x)"},
         "variable a: no match of \"status|(x)\""},
        {"a header, the first", {"a", From::header, "x-id"}, "fine", "5"},
        {"no header", {"a", From::header, "Location"}, "variable a: no header Location"},
        {"a cookie of the response", {"a", From::cookie, "sid"}, "fine", "abc"},
        {"a cookie of the jar", {"a", From::cookie, "old"}, "fine", "kept"},
        {"no cookie", {"a", From::cookie, "none"}, "variable a: no cookie none"},
    };
    for (const Row& row : rows) {
        INFO(std::string(row.why));
        InspectionScene scene;
        scene.jar.take("old=kept; Path=/", "/", "h", false, 0);
        CHECK(scene.look(scene.compile({}, {row.extract}), head + body) == row.answer);
        CHECK(scene.values.is_set(1) == row.value.has_value());
        CHECK(scene.values.get(1) == row.value.value_or(""));
    }
}

TEST_CASE("values are taken all or none") {
    InspectionScene scene;
    using From = Extract::Kind;
    Inspection checked = scene.compile({.body_contains = "failed"}, {{"a", From::json, "/count"}});
    CHECK(scene.look(checked, head + body) == "body does not contain \"failed\"");
    CHECK(!scene.values.is_set(1));
    Inspection second = scene.compile({}, {{"a", From::json, "/count"}, {"b", From::json, "/x"}});
    CHECK(scene.look(second, head + body) == "variable b: no json /x");
    CHECK(!scene.values.is_set(1));
}

TEST_CASE("a star takes one element for all") {
    InspectionScene scene;
    using From = Extract::Kind;
    Inspection inspection =
        scene.compile({}, {{"a", From::json, "/*/id"}, {"b", From::json, "/*/n"}});
    std::set<std::string> seen;
    for (uint64_t turn = 0; turn < 100; ++turn) {
        scene.origin.turn = turn;
        CHECK(scene.look(inspection,
                         head + R"([{"id":1,"n":"1"},{"id":2,"n":"2"},{"id":3,"n":"3"}])") ==
              "fine");
        CHECK(scene.values.get(1) == scene.values.get(2));
        seen.emplace(scene.values.get(1));
    }
    CHECK(seen.size() == 3);
}

TEST_CASE("bodies that are not what was hoped for") {
    struct Row {
        const char* why;
        std::string bytes;
        const char* answer;
    };
    const std::string large = head + std::string(1000, ' ') + "{}";
    const Row rows[] = {
        {"HTML", head + "<html>", "body is not JSON"},
        {"nothing", head, "body is not JSON"},
        {"not even a head", "", "body is not JSON"},
        {"a bad chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx",
         "body is larger than max_body, or in a coding that cannot be read"},
        {"too large", large, "body is larger than max_body, or in a coding that cannot be read"},
    };
    InspectionScene scene;
    scene.inspector.set_max_body(1000);
    Inspection inspection = scene.compile(json("/a", Kind::exists));
    for (const Row& row : rows) {
        INFO(std::string(row.why));
        CHECK(scene.look(inspection, row.bytes) == row.answer);
    }
    Inspection extraction = scene.compile({}, {{"a", Extract::Kind::json, "/a", 1, "fallback"}});
    CHECK(scene.look(extraction, head + "<html>") == "fine");
    CHECK(scene.values.get(1) == "fallback");
    CHECK(scene.inspector.body_of({.bytes = head + "x"}) == "x");
    CHECK(scene.inspector.body_of({.bytes = rows[3].bytes}) == "x");
    CHECK(scene.inspector.body_of(
              {.bytes =
                   "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"}) ==
          "x");
}

TEST_CASE("what has to be looked at") {
    struct Row {
        const char* why;
        Expect expect;
        std::vector<Extract> extracts;
        bool head, body, empty;
    };
    const Row rows[] = {
        {"a status only", {.status = {200}}, {}, false, false, true},
        {"a latency", {.max_latency = std::chrono::seconds(1)}, {}, false, false, false},
        {"a header", {.headers = {{"A", "b"}}}, {}, true, false, false},
        {"a body", {.body_contains = "x"}, {}, false, true, false},
        {"JSON", json("/a", Kind::absent), {}, false, true, false},
        {"a cookie", {}, {{"a", Extract::Kind::cookie, "c"}}, true, false, false},
        {"a value", {}, {{"a", Extract::Kind::regex, "(c)"}}, false, true, false},
    };
    InspectionScene scene;
    for (const Row& row : rows) {
        INFO(std::string(row.why));
        Inspection inspection = scene.compile(row.expect, row.extracts);
        CHECK(inspection.looks_at_head() == row.head);
        CHECK(inspection.looks_at_body() == row.body);
        CHECK(inspection.empty() == row.empty);
        CHECK(inspection.problem_text(Inspector::fine) == "");
        CHECK(inspection.problem_text(999) == "");
    }
}

TEST_CASE("inspections that cannot be compiled, all problems at once") {
    Expect expect{.headers = {{"a b", "x"}, {"A", "{{y}}"}},
                  .body_contains = "{{",
                  .body_matches = "a(",
                  .json = {{.pointer = "x", .kind = Kind::exists},
                           {.pointer = "/x", .value = "yes"},
                           {.pointer = "/y", .value = "{{zz}}"}}};
    std::vector<Extract> extracts{
        {"name", Extract::Kind::json, "/x"},      {"a", Extract::Kind::json, "x"},
        {"a", Extract::Kind::regex, "[", 1},      {"a", Extract::Kind::regex, "x", 1},
        {"a", Extract::Kind::header, "no name "},
    };
    InspectionScene scene;
    ExpectedAll<Inspection> inspection = Inspection::compile(expect, extracts, scene.variables);
    REQUIRE(!inspection.has_value());
    std::vector<std::string> messages;
    for (const Error& error : inspection.error()) {
        messages.push_back(error.message);
    }
    CHECK(messages ==
          std::vector<std::string>{
              "header a b: that is no name of a header",
              "header A: unknown variable \"y\" (nearest: \"a\")",
              "body_contains: \"{{\" without \"}}\" in \"{{\": write {{\"{{\"}} for a pair of "
              "braces",
              "body_matches: the regular expression \"a(\" is not valid at character 3: missing "
              "closing parenthesis",
              "json x: the JSON pointer \"x\" does not start with '/': write \"/x\"",
              "json /x: the value \"yes\" is not JSON",
              "json /y: unknown variable \"zz\"",
              "variable name: it is not among those that responses fill",
              "variable a: the JSON pointer \"x\" does not start with '/': write \"/x\"",
              "variable a: the regular expression \"[\" is not valid at character 2: missing "
              "terminating ] for character class",
              "variable a: \"x\" has no group 1: put what you want in parentheses, or write group "
              "= 0",
              "variable a: \"no name \" is no name of a header or cookie",
          });
    ExpectedAll<Inspection> insertion =
        Inspection::compile({.body_matches = "{{name}}"}, {}, scene.variables);
    REQUIRE(!insertion.has_value());
    CHECK(insertion.error().front().message ==
          "body_matches: a regular expression takes no insertions; look for a value with "
          "body_contains or json, and write \\{\\{ for a pair of braces");
}

TEST_CASE("inspecting again allocates nothing") {
    InspectionScene scene;
    using From = Extract::Kind;
    Inspection inspection = scene.compile({.headers = {{"Content-Type", "json"}},
                                           .body_contains = "{{name}}",
                                           .body_matches = "\"id\":(\\d)",
                                           .json = {{"/count", Kind::equals, "\"{{n | raw}}\""}}},
                                          {{"a", From::json, "/items/*/id"},
                                           {"b", From::regex, "\"id\":(\\d)"},
                                           {"c", From::cookie, "sid"}});
    const std::string bytes = head + body;
    bool fine = scene.look(inspection, bytes) == "fine";
    RawResponse response{.bytes = bytes};
    uint64_t before = allocation_count();
    for (uint64_t turn = 0; turn < 100; ++turn) {
        scene.origin.turn = turn;
        fine &= scene.inspector.inspect(
                    inspection, response,
                    {.origin = scene.origin, .values = scene.values, .cookies = &scene.jar}) ==
                Inspector::fine;
    }
    CHECK(allocation_count() == before);
    CHECK(fine);
}
