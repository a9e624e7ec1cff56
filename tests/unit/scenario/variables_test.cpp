#include "scenario/variables.hpp"

#include "temporary_file.hpp"

#include <doctest/doctest.h>
#include <map>
#include <set>
#include <string>
#include <vector>

using namespace ringblast;
using namespace ringblast::test;

namespace {

using Kind = Variable::Kind;

Variables compile(const std::vector<Variable>& declared, uint64_t seed = 1,
                  const std::vector<std::string>& extracted = {},
                  const std::vector<Given>& given = {}) {
    ExpectedAll<Variables> variables = Variables::compile(declared, extracted, given, seed);
    REQUIRE(variables.has_value());
    return std::move(*variables);
}

std::string draw(const Variables& variables, std::string_view name, const DrawOrigin& origin = {},
                 Escape escape = Escape::none, const UserValues& values = UserValues()) {
    Expected<VariableRef> ref = variables.find(name);
    REQUIRE(ref.has_value());
    REQUIRE(variables.has_value(*ref, origin, values));
    std::string out;
    variables.append(out, *ref, origin, values, escape);
    return out;
}

Variable integer(int64_t low, int64_t high, DrawnPer per = DrawnPer::task) {
    return {.name = "x", .kind = Kind::integer, .per = per, .low = low, .high = high};
}

Variable csv(const std::string& file, Variable::Pick pick, DrawnPer per = DrawnPer::user) {
    return {.name = "account", .kind = Kind::csv, .per = per, .file = file, .pick = pick};
}

} // namespace

TEST_CASE("values that are drawn are the same for the same origin and differ where they should") {
    struct Row {
        const char* why;
        DrawnPer per;
        DrawOrigin a, b;
        bool same;
    };
    const Row rows[] = {
        {"the requests of a run of a task share them",
         DrawnPer::task,
         {.turn = 3, .request = 0},
         {.turn = 3, .request = 1},
         true},
        {"the next run draws anew", DrawnPer::task, {.turn = 3}, {.turn = 4}, false},
        {"another lane draws its own",
         DrawnPer::task,
         {.lane = 0, .lanes = 2, .turn = 3},
         {.lane = 1, .lanes = 2, .turn = 3},
         false},
        {"of an arrival it does not matter which user serves it",
         DrawnPer::task,
         {.user = 5, .turn = 3},
         {.user = 6, .turn = 3},
         true},
        {"the number of lanes does not matter",
         DrawnPer::task,
         {.lane = 1, .lanes = 2, .turn = 3},
         {.lane = 1, .lanes = 9, .turn = 3},
         true},
        {"per request each draws its own",
         DrawnPer::request,
         {.turn = 3, .request = 0},
         {.turn = 3, .request = 1},
         false},
        {"per request the next run differs too",
         DrawnPer::request,
         {.turn = 3},
         {.turn = 4},
         false},
        {"a user keeps its own",
         DrawnPer::user,
         {.user = 5, .turn = 3, .request = 7},
         {.user = 5, .turn = 9},
         true},
        {"another user has another", DrawnPer::user, {.user = 5}, {.user = 6}, false},
    };
    for (const Row& row : rows) {
        INFO(std::string(row.why));
        Variables variables = compile({integer(INT64_MIN, INT64_MAX, row.per)});
        CHECK((draw(variables, "x", row.a) == draw(variables, "x", row.b)) == row.same);
    }
    CHECK(draw(compile({integer(0, INT64_MAX)}, 1), "x") !=
          draw(compile({integer(0, INT64_MAX)}, 2), "x"));
    CHECK_MESSAGE(draw(compile({integer(0, INT64_MAX)}), "x") ==
                      draw(compile({{.name = "y", .texts = {""}}, integer(0, INT64_MAX)}), "x"),
                  "other variables may come and go");
}

TEST_CASE("integers reach all of their range evenly and never leave it") {
    Variables variables = compile({integer(-2, 3)});
    std::map<std::string, int> counts;
    for (uint64_t turn = 0; turn < 6000; ++turn) {
        ++counts[draw(variables, "x", {.turn = turn})];
    }
    CHECK(counts.size() == 6);
    for (const char* value : {"-2", "-1", "0", "1", "2", "3"}) {
        INFO(std::string(value));
        CHECK(counts[value] > 900);
        CHECK(counts[value] < 1100);
    }
    CHECK(draw(compile({integer(7, 7)}), "x") == "7");
}

TEST_CASE("uuids are of version 4") {
    Variables variables = compile({{.name = "id", .kind = Kind::uuid}});
    std::set<std::string> seen;
    for (uint64_t turn = 0; turn < 1000; ++turn) {
        std::string id = draw(variables, "id", {.turn = turn});
        seen.insert(id);
        REQUIRE(id.size() == 36);
        CHECK(id.find_first_not_of("0123456789abcdef-") == id.npos);
        CHECK((id[8] == '-' && id[13] == '-' && id[18] == '-' && id[23] == '-'));
        CHECK(id[14] == '4');
        CHECK(std::string("89ab").find(id[19]) != std::string::npos);
    }
    CHECK(seen.size() == 1000);
}

TEST_CASE("texts and choices") {
    Variables variables =
        compile({{.name = "t", .kind = Kind::text, .low = 25},
                 {.name = "c", .kind = Kind::choice, .texts = {"red", "green", "blue"}},
                 {.name = "v", .kind = Kind::value, .texts = {"a b"}}});
    std::set<char> letters;
    std::map<std::string, int> colours;
    for (uint64_t turn = 0; turn < 3000; ++turn) {
        std::string text = draw(variables, "t", {.turn = turn});
        CHECK(text.size() == 25);
        letters.insert(text.begin(), text.end());
        ++colours[draw(variables, "c", {.turn = turn})];
    }
    CHECK_MESSAGE(letters.size() == 62, "letters of both cases and digits, all of them");
    CHECK(colours.size() == 3);
    CHECK(colours["red"] > 900);
    CHECK(draw(variables, "v", {}, Escape::query) == "a%20b");
    CHECK(draw(variables, "t", {.turn = 1}) != draw(variables, "t", {.turn = 2}));
}

TEST_CASE("sequences give each number once") {
    struct Row {
        const char* why;
        DrawnPer per;
        DrawOrigin origin;
        const char* value;
    };
    const Row rows[] = {
        {"the first", DrawnPer::task, {}, "100"},
        {"the third arrival", DrawnPer::task, {.turn = 2}, "102"},
        {"the third run of the second of ten users",
         DrawnPer::task,
         {.lane = 1, .lanes = 10, .turn = 2},
         "121"},
        {"per request there is room for the longest task",
         DrawnPer::request,
         {.lane = 1, .lanes = 10, .turn = 2, .request = 3},
         "187"},
        {"per user its number", DrawnPer::user, {.user = 42, .turn = 2}, "142"},
    };
    for (const Row& row : rows) {
        INFO(std::string(row.why));
        Variables variables =
            compile({{.name = "n", .kind = Kind::sequence, .per = row.per, .low = 100}});
        variables.set_requests_max(4);
        CHECK(draw(variables, "n", row.origin) == row.value);
    }
}

TEST_CASE("the time of day") {
    struct Row {
        const char* why;
        Variable::Now now;
        DrawnPer per;
        Escape escape;
        const char* value;
    };
    using Now = Variable::Now;
    // 2024-02-29 12:34:56.789 and a second later.
    const DrawOrigin origin{.turn_unix_ns = 1'709'210'096'789'999'999,
                            .request_unix_ns = 1'709'210'097'789'999'999};
    const Row rows[] = {
        {"seconds", Now::unix_s, DrawnPer::task, Escape::none, "1709210096"},
        {"milliseconds", Now::unix_ms, DrawnPer::task, Escape::none, "1709210096789"},
        {"a leap day", Now::iso, DrawnPer::task, Escape::none, "2024-02-29T12:34:56.789Z"},
        {"of the request", Now::iso, DrawnPer::request, Escape::json, "2024-02-29T12:34:57.789Z"},
        {"escaped in a query", Now::iso, DrawnPer::task, Escape::query,
         "2024-02-29T12%3A34%3A56.789Z"},
    };
    for (const Row& row : rows) {
        INFO(std::string(row.why));
        Variables variables =
            compile({{.name = "t", .kind = Kind::now, .per = row.per, .now = row.now}});
        CHECK(draw(variables, "t", origin, row.escape) == row.value);
    }
    Variables variables = compile({{.name = "t", .kind = Kind::now, .now = Now::iso}});
    CHECK(draw(variables, "t", {.turn_unix_ns = -1}) == "1969-12-31T23:59:59.999Z");
}

TEST_CASE("rows of a CSV file") {
    TemporaryFile file("email,password\na@x,1\nb@x,2\nc@x,3\n");
    using Pick = Variable::Pick;
    SUBCASE("unique gives each row once, then none") {
        Variables variables = compile({csv(file.path(), Pick::unique)});
        CHECK(draw(variables, "account.email", {.user = 2}) == "c@x");
        CHECK(draw(variables, "account.password", {.user = 2}) == "3");
        VariableRef ref = variables.find("account.email").value();
        CHECK(variables.may_be_unset(ref));
        CHECK(!variables.has_value(ref, {.user = 3}, UserValues()));
        CHECK(variables.rows_left({.user = 2}));
        CHECK(!variables.rows_left({.user = 3}));
    }
    SUBCASE("unique per task counts runs") {
        Variables variables = compile({csv(file.path(), Pick::unique, DrawnPer::task)});
        CHECK(draw(variables, "account.email", {.lane = 1, .lanes = 2, .turn = 0}) == "b@x");
        CHECK(draw(variables, "account.email", {.lane = 0, .lanes = 2, .turn = 1}) == "c@x");
        CHECK(!variables.rows_left({.lane = 1, .lanes = 2, .turn = 1}));
    }
    SUBCASE("unique per request does not end the user") {
        Variables variables = compile({csv(file.path(), Pick::unique, DrawnPer::request)});
        CHECK(variables.rows_left({.turn = 100}));
        CHECK(!variables.has_value(variables.find("account.email").value(), {.turn = 100},
                                   UserValues()));
    }
    SUBCASE("circular starts again") {
        Variables variables = compile({csv(file.path(), Pick::circular)});
        CHECK(draw(variables, "account.email", {.user = 4}) == "b@x");
        CHECK(variables.rows_left({.user = 4}));
        CHECK(!variables.may_be_unset(variables.find("account.email").value()));
    }
    SUBCASE("random picks all of them, and both columns from one row") {
        Variables variables = compile({csv(file.path(), Pick::random)});
        std::map<std::string, std::string> seen;
        for (uint64_t user = 0; user < 100; ++user) {
            std::string email = draw(variables, "account.email", {.user = user});
            std::string password = draw(variables, "account.password", {.user = user});
            CHECK((seen[email].empty() || seen[email] == password));
            seen[email] = password;
        }
        CHECK(seen == std::map<std::string, std::string>{{"a@x", "1"}, {"b@x", "2"}, {"c@x", "3"}});
    }
    SUBCASE("escaped for its place") {
        Variables variables = compile({csv(file.path(), Pick::circular)});
        CHECK(draw(variables, "account.email", {}, Escape::form) == "a%40x");
    }
}

TEST_CASE("extracted values live with the user, what the set-up gave with all") {
    Variables variables =
        compile({}, 1, {"token", "id", "token"}, {{"token", "initial"}, {"base", "b"}});
    CHECK(variables.stored_count() == 2);
    CHECK(variables.stored_name(1) == "id");
    CHECK(variables.stored_slot("token") == 0);
    CHECK(!variables.stored_slot("base"));
    UserValues values(variables.stored_count());
    VariableRef id = variables.find("id").value();
    CHECK(id.stored);
    CHECK(!variables.has_value(id, {}, values));
    CHECK(variables.may_be_unset(id));
    values.set(1, "");
    CHECK_MESSAGE(variables.has_value(id, {}, values), "empty is a value");
    CHECK(draw(variables, "token", {}, Escape::none, values) == "initial");
    CHECK(!variables.may_be_unset(variables.find("token").value()));
    values.set(0, "own");
    CHECK(draw(variables, "token", {}, Escape::none, values) == "own");
    CHECK(draw(variables, "base", {}, Escape::none, values) == "b");
    values.clear();
    CHECK(draw(variables, "token", {}, Escape::none, values) == "initial");
}

TEST_CASE("what cannot be compiled") {
    TemporaryFile no_rows("a,b\n");
    struct Row {
        std::string why;
        std::vector<Variable> declared;
        std::vector<std::string> extracted;
        std::vector<std::string> messages;
    };
    const Row rows[] = {
        {"twice the same name",
         {integer(1, 2), integer(1, 2)},
         {},
         {"variable \"x\": it is declared twice"}},
        {"declared and extracted",
         {integer(1, 2)},
         {"x"},
         {"variable \"x\": it is both declared and extracted: rename one"}},
        {"an empty range", {integer(5, 1)}, {}, {"variable \"x\": the range from 5 to 1 is empty"}},
        {"nothing to choose from",
         {{.name = "c", .kind = Kind::choice}},
         {},
         {"variable \"c\": there is nothing to choose from"}},
        {"a text without length",
         {{.name = "t", .kind = Kind::text}},
         {},
         {"variable \"t\": a length of 0 is not possible: 1 to 1048576 letters"}},
        {"a name that no insertion could hold",
         {{.name = "a b", .texts = {""}}},
         {"c}"},
         {"variable \"a b\": a name has letters, digits, '_' and '-' only",
          "variable \"c}\": a name has letters, digits, '_' and '-' only"}},
        {"a time that stands still",
         {{.name = "n", .kind = Kind::now, .per = DrawnPer::user}},
         {},
         {"variable \"n\": the time is drawn per task or per request, not per user"}},
        {"a file that is not there",
         {csv("not/there.csv", Variable::Pick::unique)},
         {},
         {"variable \"account\": the CSV file \"not/there.csv\" cannot be read: No such file or "
          "directory"}},
        {"a file without rows",
         {csv(no_rows.path(), Variable::Pick::unique)},
         {},
         {"variable \"account\": the CSV file \"" + no_rows.path() + "\" has no rows"}},
    };
    for (const Row& row : rows) {
        INFO(row.why);
        ExpectedAll<Variables> variables = Variables::compile(row.declared, row.extracted, {}, 1);
        REQUIRE(!variables.has_value());
        std::vector<std::string> messages;
        for (const Error& error : variables.error()) {
            messages.push_back(error.message);
        }
        CHECK(messages == row.messages);
    }
}

TEST_CASE("names that are not known") {
    TemporaryFile file("email,first name\na,b\n");
    Variables variables =
        compile({csv(file.path(), Variable::Pick::unique), integer(1, 2)}, 1, {"token"});
    CHECK(variables.find("account.first name").has_value());
    struct Row {
        const char* name;
        const char* message;
    };
    const Row rows[] = {
        {"tokn", "unknown variable \"tokn\" (nearest: \"token\")"},
        {"account.emial", "unknown variable \"account.emial\" (nearest: \"account.email\")"},
        {"y", "unknown variable \"y\" (nearest: \"x\")"},
        {"something.else", "unknown variable \"something.else\""},
        {"account",
         "the variable \"account\" is a CSV file: name a column of it, as in \"account.email\""},
    };
    for (const Row& row : rows) {
        INFO(std::string(row.name));
        Expected<VariableRef> ref = variables.find(row.name);
        REQUIRE(!ref.has_value());
        CHECK(ref.error().message == row.message);
    }
}

TEST_CASE("values stay in their place") {
    struct Row {
        const char* why;
        Escape escape;
        std::string text, escaped;
    };
    const Row rows[] = {
        {"as it is", Escape::none, "a\r\n\"%", "a\r\n\"%"},
        {"JSON", Escape::json, std::string("a\"b\\c\n\r\t\x01\0é", 12),
         "a\\\"b\\\\c\\n\\r\\t\\u0001\\u0000é"},
        {"a path segment", Escape::path, "a/b c?d#%é~", "a%2Fb%20c%3Fd%23%25%C3%A9~"},
        {"a query", Escape::query, "a&b=c+d e", "a%26b%3Dc%2Bd%20e"},
        {"a form", Escape::form, "a&b c", "a%26b+c"},
        {"a header", Escape::header, "a\r\nb\tc\x7f\"é", "a  b c \"é"},
        {"raw in a target", Escape::target, "/a/b?c=d&e f#g%20\r\n", "/a/b?c=d&e%20f%23g%20%0D%0A"},
    };
    for (const Row& row : rows) {
        INFO(std::string(row.why));
        std::string out = "before ";
        append_escaped(out, row.text, row.escape);
        CHECK(out == "before " + row.escaped);
    }
}
