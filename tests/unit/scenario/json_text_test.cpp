#include "scenario/json_text.hpp"

#include <doctest/doctest.h>
#include <optional>
#include <set>
#include <string>
#include <vector>

using namespace ringblast;

namespace {

const std::string text = R"({ "a" : 1, "b": {"c":[10, 20.50 , -3e2, "x\"y\u00e9", true, null]},
  "": "empty", "m~n": "tilde", "s/t": "slash", "*": "star", "big": 18446744073709551615,
  "items": [{"id":7,"n":"p"}, {"n":"q"}, {"id":8}, {"id":null}], "o": {"x" : [ 1,2 ] ,"y":"}]"}})";

JsonPointer pointer(std::string_view of) {
    Expected<JsonPointer> parsed = JsonPointer::parse(of);
    REQUIRE(parsed.has_value());
    return std::move(*parsed);
}

JsonText read(std::string_view of) {
    JsonText json;
    REQUIRE(json.read(of));
    return json;
}

} // namespace

TEST_CASE("what pointers find") {
    struct Row {
        const char* pointer;
        std::optional<std::string> found;
    };
    const Row rows[] = {
        {"/a", "1"},
        {"/b/c/0", "10"},
        {"/b/c/1", "20.50"},
        {"/b/c/2", "-3e2"},
        {"/b/c/3", "x\"y\xc3\xa9"},
        {"/b/c/4", "true"},
        {"/b/c/5", std::nullopt}, // a null is nothing to take
        {"/b/c/6", std::nullopt},
        {"/b/c/-", std::nullopt},
        {"/b/c/00", std::nullopt},
        {"/b/c", "[10, 20.50 , -3e2, \"x\\\"y\\u00e9\", true, null]"},
        {"/", "empty"},
        {"/m~0n", "tilde"},
        {"/s~1t", "slash"},
        {"/big", "18446744073709551615"},
        {"/o/x", "[ 1,2 ]"},
        {"/o", "{\"x\" : [ 1,2 ] ,\"y\":\"}]\"}"},
        {"/a/b", std::nullopt},
        {"/none", std::nullopt},
        {"", text},
    };
    JsonText json = read(text);
    for (const Row& row : rows) {
        INFO(std::string(row.pointer));
        std::string out = "<";
        bool found = json.append_found(out, pointer(row.pointer), 0);
        CHECK(found == row.found.has_value());
        CHECK(out == "<" + row.found.value_or(""));
    }
    CHECK(json.has(pointer("/b/c/5")));
    CHECK(!json.has(pointer("/b/c/6")));
}

TEST_CASE("a star finds one of many, each as likely") {
    JsonText json = read(text);
    std::vector<std::string> picked;
    for (uint64_t random : {uint64_t{0}, UINT64_MAX / 2 - 9, UINT64_MAX / 2 + 9, UINT64_MAX}) {
        CHECK(json.append_found(picked.emplace_back(), pointer("/items/*/id"), random));
    }
    CHECK(picked == std::vector<std::string>{"7", "7", "8", "8"});
    std::string out;
    CHECK(!json.append_found(out, pointer("/items/*/none"), 5));
    CHECK(!json.append_found(out, pointer("/a/*"), 5));
    CHECK(json.append_found(out, pointer("/o/*/1"), 5));
    CHECK(out == "2");
    CHECK(json.has(pointer("/items/*/n")));
    CHECK(!json.has(pointer("/items/*/x")));
    CHECK(json.has_equal(pointer("/items/*/n"), read("\"q\"")));
    CHECK(!json.has_equal(pointer("/items/*/n"), read("\"r\"")));
    CHECK(json.has_equal(pointer("/b/*/*"), read("-300")));
}

TEST_CASE("what equals what") {
    struct Row {
        const char* why;
        const char *a, *b;
        bool equal;
    };
    const Row rows[] = {
        {"the same number", "1", "1", true},
        {"numbers by value", "1", "1.0", true},
        {"numbers by value, large", "1e3", "1000", true},
        {"other numbers", "1", "2", false},
        {"signed and unsigned", "-1", "18446744073709551615", false},
        {"beyond 53 bits", "9007199254740993", "9007199254740992", false},
        {"beyond 63 bits", "18446744073709551615", "18446744073709551614", false},
        {"a number is no text", "1", "\"1\"", false},
        {"texts by their meaning", "\"\\u0061\"", "\"a\"", true},
        {"other texts", "\"a\"", "\"A\"", false},
        {"true", "true", "true", true},
        {"true and false", "true", "false", false},
        {"null", "null", "null", true},
        {"null is not false", "null", "false", false},
        {"arrays in order", "[1,2]", "[1.0, 2]", true},
        {"arrays in another order", "[1,2]", "[2,1]", false},
        {"a longer array", "[1,2,3]", "[1,2]", false},
        {"a shorter array", "[1]", "[1,2]", false},
        {"objects in any order", "{\"a\":1,\"b\":[{}]}", "{\"b\":[{}],\"a\":1}", true},
        {"an object with more", "{\"a\":1,\"b\":2}", "{\"a\":1}", false},
        {"an object with another name", "{\"a\":1}", "{\"b\":1}", false},
        {"an object with another value", "{\"a\":1}", "{\"a\":2}", false},
        {"nothing and nothing", "[]", "{}", false},
    };
    for (const Row& row : rows) {
        INFO(std::string(row.why));
        CHECK(read(row.a).has_equal(pointer(""), read(row.b)) == row.equal);
        CHECK(read(row.b).has_equal(pointer(""), read(row.a)) == row.equal);
    }
}

TEST_CASE("what is JSON") {
    struct Row {
        const char* why;
        std::string text;
        bool json;
    };
    const Row rows[] = {
        {"an object", "{}", true},
        {"a scalar", " 5 ", true},
        {"a byte order mark", "\xef\xbb\xbf{}", true},
        {"nothing", "", false},
        {"blanks", "  ", false},
        {"two texts", "{} {}", false},
        {"two scalars", "1,2", false},
        {"brackets the wrong way round", "1],[2", false},
        {"a text that does not end", "\"a", false},
        {"cut off", "{\"a\":", false},
        {"a trailing comma", "[1,]", false},
        {"HTML", "<html></html>", false},
        {"no UTF-8", "\"\xff\"", false},
        {"a control character in a text", "\"\n\"", false},
        {"a number that is too large", "1e400", false},
        {"deep, but not too deep", std::string(1000, '[') + std::string(1000, ']'), true},
        {"too deep", std::string(1'000'000, '['), false},
        {"a leading zero", "01", false},
    };
    JsonText json;
    for (const Row& row : rows) {
        INFO(std::string(row.why));
        CHECK(json.read(row.text) == row.json);
    }
}

TEST_CASE("pointers that cannot be read") {
    struct Row {
        std::string text, message;
    };
    const Row rows[] = {
        {"a/b", "the JSON pointer \"a/b\" does not start with '/': write \"/a/b\""},
        {"/a~2", "the JSON pointer \"/a~2\" has a '~' that is neither ~0 (for ~) nor ~1 (for /)"},
        {"/a~", "the JSON pointer \"/a~\" has a '~' that is neither ~0 (for ~) nor ~1 (for /)"},
        {std::string(65, '/'),
         "the JSON pointer \"////////////////////////////////////////…\" is deeper than 64 levels"},
    };
    for (const Row& row : rows) {
        Expected<JsonPointer> parsed = JsonPointer::parse(row.text);
        REQUIRE(!parsed.has_value());
        CHECK(parsed.error().message == row.message);
    }
    CHECK(JsonPointer::parse(std::string(64, '/')).has_value());
}
