// What is wrong with a profile is said in words that name the place, what was read and what is
// allowed: exactly these.
#include "../scenario/temporary_file.hpp"
#include "messages.hpp"

using namespace ringblast;
using namespace ringblast::messages_test;

TEST_CASE("a profile that is no TOML, or none") {
    check({
        {"a profile needs a user", "",
         "p.toml:1:1: the profile has no [[user]]; allowed: one or more, each with a "
         "[[user.task]]"},
        {"nesting is bounded", "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r = 1",
         "p.toml:1:1: this nests too deep; allowed: 16 levels"},
    });
}

TEST_CASE("a syntax error is told with its place, in the words of the parser") {
    CHECK(messages("name = ").starts_with("p.toml:1:8: this is not TOML: "));
    CHECK(messages("name = 1\nname = 2").starts_with("p.toml:2:8: this is not TOML: "));
}

TEST_CASE("unknown keys get the nearest known one or their right table") {
    check({
        {"nearest",
         with_user("[select]\n"
                   "tag = \"x\""),
         "p.toml:2:1: \"tag\" is not a key of [select] (nearest: tags); allowed: tags, "
         "exclude_tags, user_class"},
        {"right table",
         with_user("[select]\n"
                   "spawn_rate = 5"),
         "p.toml:2:1: \"spawn_rate\" is not a key of [select]: it belongs in [load]; allowed: "
         "tags, exclude_tags, user_class"},
        {"right tables",
         with_user("[select]\n"
                   "duration = \"5s\""),
         "p.toml:2:1: \"duration\" is not a key of [select]: it belongs in [load] or a stage "
         "of [load]; allowed: tags, exclude_tags, user_class"},
        {"at the top", with_user("users = 5"),
         "p.toml:1:1: \"users\" is not a key of the profile: it belongs in [load] or a stage "
         "of [load]; allowed: name, description, include, target, load, select, output, "
         "variables, setup, teardown, user, probe, threshold"},
        {"no word like it",
         with_user("[setup]\n"
                   "xyzzy = 1"),
         "p.toml:2:1: \"xyzzy\" is not a key of [setup] and [teardown]; allowed: request"},
        {"several at once, in the order of the file",
         with_user("[output]\n"
                   "jsn = \"a\"\n"
                   "[select]\n"
                   "tagz = \"b\""),
         "p.toml:2:1: \"jsn\" is not a key of [output] (nearest: json); allowed: json, html, "
         "csv, junit, markdown, hdr_log, output_dir\n"
         "p.toml:4:1: \"tagz\" is not a key of [select] (nearest: tags); allowed: tags, "
         "exclude_tags, user_class"},
    });
}

TEST_CASE("wrong types and values of the target") {
    check({
        {"a table is needed", with_user("target = 5"),
         "p.toml:1:10: target: 5 is not a table; allowed: [target]"},
        {"boolean for a duration",
         with_user("[target]\n"
                   "timeout = true"),
         "p.toml:2:11: timeout: true is not a duration; allowed: \"500us\", \"250ms\", "
         "\"10s\", \"5m\", \"1h30m\", or a number of seconds"},
        {"unknown unit",
         with_user("[target]\n"
                   "timeout = \"10x\""),
         "p.toml:2:11: timeout: \"10x\" is not a duration: there is no unit \"x\"; allowed: "
         "500us, 250ms, 10s, 5m, 5min, 1h30m, or a bare number of seconds"},
        {"zero",
         with_user("[target]\n"
                   "timeout = 0"),
         "p.toml:2:11: timeout: it is 0; allowed: more than that"},
        {"more than a year",
         with_user("[target]\n"
                   "timeout = \"9000h\""),
         "p.toml:2:11: timeout: \"9000h\" is not a duration of a run; allowed: up to 8784h (a "
         "year)"},
        {"number for a text",
         with_user("[target]\n"
                   "base_url = 5"),
         "p.toml:2:12: base_url: 5 is not a string; allowed: a text in quotes"},
        {"no scheme",
         with_user("[target]\n"
                   "base_url = \"localhost:8000\""),
         "p.toml:2:12: base_url: 'localhost:8000' has no scheme: write 'http://localhost:8000'"},
        {"no boolean",
         with_user("[target]\n"
                   "keepalive = \"maybe\""),
         "p.toml:2:13: keepalive: \"maybe\" is not a boolean; allowed: true, false"},
        {"no word of the list",
         with_user("[target]\n"
                   "rate_limited = \"seperate\""),
         "p.toml:2:16: rate_limited: \"seperate\" is not one of its words (nearest: separate); "
         "allowed: \"separate\", \"error\", \"ok\""},
        {"too many redirects",
         with_user("[target]\n"
                   "follow_redirects = 101"),
         "p.toml:2:20: follow_redirects: 101 is not a number of redirects; allowed: 0 (none) "
         "to 100"},
        {"a header's name",
         with_user("[target]\n"
                   "headers = { \"bad name\" = \"x\" }"),
         "p.toml:2:13: headers: \"bad name\" is not the name of a header; allowed: letters, "
         "digits and !#$%&'*+-.^_`|~"},
        {"a header's value",
         with_user("[target]\n"
                   "headers = { A = \"x\\ny\" }"),
         "p.toml:2:17: A: the value of a header is one line; allowed: texts without control "
         "characters"},
        {"a negative size",
         with_user("[target]\n"
                   "max_body = -5"),
         "p.toml:2:12: max_body: \"-5\" is not a size: it is negative; allowed: a whole number "
         "of bytes such as 500, 10k, 1MB, 64KiB"},
        {"a list of something else",
         with_user("[target]\n"
                   "resolve = [5]"),
         "p.toml:2:12: resolve: 5 is not a string; allowed: a text in quotes"},
        {"a version of TLS that is not spoken",
         with_user("[target.tls]\n"
                   "min = \"1.1\""),
         "p.toml:2:7: min: \"1.1\" is not one of its words (nearest: 1.2); allowed: \"1.2\", "
         "\"1.3\""},
        {"a key that TLS does not have",
         with_user("[target.tls]\n"
                   "verfy = false"),
         "p.toml:2:1: \"verfy\" is not a key of [target.tls] (nearest: verify); allowed: verify, "
         "ca, cert, key, sni, min, max, resume"},
    });
}

TEST_CASE("the load") {
    check({
        {"no end",
         with_user("[load]\n"
                   "users = 5"),
         "p.toml:1:1: a load without end; allowed: duration = \"30s\", or requests = 1000"},
        {"stages and a duration",
         with_user("[load]\n"
                   "stages = \"5:1s\"\n"
                   "duration = \"5s\""),
         "p.toml:3:1: duration: each stage has its own; allowed: beside users or rate, without "
         "stages"},
        {"stages and a rate",
         with_user("[load]\n"
                   "stages = \"5/s:1s\"\n"
                   "rate = 5"),
         "p.toml:3:1: stages and rate exclude each other; allowed: one of stages, rate"},
        {"closed stages and users",
         with_user("[load]\n"
                   "stages = \"5:1s\"\n"
                   "users = 5"),
         "p.toml:3:1: users: the stages have users already; allowed: beside stages of rates "
         "(users that are ready before the start), or users with duration and no stages"},
        {"empty",
         with_user("[load]\n"
                   "stages = []"),
         "p.toml:2:10: a load without stages; allowed: stages = [{ users = 50, duration = "
         "\"30s\" }]"},
        {"no goal and no duration",
         with_user("[load]\n"
                   "stages = [{ ramp = true }]"),
         "p.toml:2:11: a stage of [load] is incomplete; allowed: one of users, rate, at_once\n"
         "p.toml:2:11: a stage without duration; allowed: duration = \"30s\""},
        {"two goals",
         with_user("[load]\n"
                   "stages = [{ users = 1, rate = 1, duration = 1 }]"),
         "p.toml:2:24: users and rate exclude each other; allowed: one of users, rate, at_once"},
        {"mixed",
         with_user("[load]\n"
                   "stages = [{ users = 1, duration = 1 }, { rate = 1, duration = 1 }]"),
         "p.toml:2:40: stages with users (closed load) and with rates (open load) cannot be "
         "mixed; allowed: one kind in a load"},
        {"no table",
         with_user("[load]\n"
                   "stages = [5]"),
         "p.toml:2:11: load.stages: 5 is not a table; allowed: [[load.stages]] or stages = [{ "
         "… }]"},
        {"at once",
         with_user("[load]\n"
                   "stages = [{ at_once = 0, duration = 1 }]"),
         "p.toml:2:23: at_once: it is 0; allowed: more than that"},
        {"a ramp of arrivals at once",
         with_user("[load]\n"
                   "stages = [{ at_once = 5, duration = 1, ramp = true }]"),
         "p.toml:2:11: arrivals at once cannot be ramped to; allowed: ramp = true with users "
         "or rate"},
        {"the short form",
         with_user("[load]\n"
                   "stages = \"5\""),
         "p.toml:2:10: stage 1 (\"5\"): a goal and a duration with ':' between them are "
         "expected; allowed: 50:30s (users), 100/s:30s (rate), >200:1m (ramp), @200:10s (at "
         "once)"},
        {"longer than a year",
         with_user("[load]\n"
                   "stages = [{ users = 1, duration = \"8000h\" }, { users = 1, duration = "
                   "\"8000h\" }]"),
         "p.toml:2:10: the stages are longer than a year; allowed: up to 8784h together"},
        {"half a user",
         with_user("[load]\n"
                   "users = 1.5\n"
                   "duration = 1"),
         "p.toml:2:9: users: \"1.5\" is not a count: it is not a whole number; allowed: a "
         "whole number such as 500, 10k, 1M, 64Ki"},
        {"a threshold with a scope",
         with_user("[load]\n"
                   "stages = [{ users = 1, duration = 1, threshold = \"x: p95 < 1s\" }]"),
         "p.toml:2:50: threshold: \"x: p95 < 1s\" is not a condition without scope; allowed: "
         "METRIC OP VALUE: the scope is stage(1), where it stands; others in [[threshold]]"},
    });
}

TEST_CASE("variables") {
    const test::TemporaryFile csv("email,name\nann@x.org,Ann\n");
    check({
        {"no kind",
         with_user("[variables]\n"
                   "a = {}"),
         "p.toml:2:5: a variable is incomplete; allowed: one of int, uuid, seq, choice, "
         "string, now, value, csv"},
        {"two kinds",
         with_user("[variables]\n"
                   "a = { seq = 1, uuid = true }"),
         "p.toml:2:16: uuid and seq exclude each other; allowed: one of int, uuid, seq, "
         "choice, string, now, value, csv"},
        {"an empty range",
         with_user("[variables]\n"
                   "a = { int = [5, 1] }"),
         "p.toml:2:13: int: the range is empty; allowed: [lowest, highest], both included"},
        {"no range",
         with_user("[variables]\n"
                   "a = { int = 5 }"),
         "p.toml:2:13: int: 5 is not a range; allowed: [lowest, highest], both included"},
        {"no choices",
         with_user("[variables]\n"
                   "a = { choice = [] }"),
         "p.toml:2:16: choice: an empty list is not a list to choose from; allowed: [\"one\", "
         "\"two\"]"},
        {"a length",
         with_user("[variables]\n"
                   "a = { string = 0 }"),
         "p.toml:2:16: string: 0 is not a length; allowed: 1 to 65536 random letters and digits"},
        {"uuid is true",
         with_user("[variables]\n"
                   "a = { uuid = false }"),
         "p.toml:2:14: uuid: false draws nothing; allowed: true"},
        {"pick is of a csv",
         with_user("[variables]\n"
                   "a = { seq = 1, pick = \"random\" }"),
         "p.toml:2:16: pick: only a csv has rows to pick; allowed: beside csv"},
        {"a wrong word",
         with_user("[variables]\n"
                   "a = { now = \"iso8601\" }"),
         "p.toml:2:13: now: \"iso8601\" is not one of its words; allowed: \"unix\", "
         "\"unix_ms\", \"iso\""},
        {"a name that no insertion could have",
         with_user("[variables]\n"
                   "\"a b\" = 5"),
         "p.toml:2:1: \"a b\" is not the name of a variable; allowed: letters, digits, _ and "
         "-, a letter first"},
        {"unknown in an insertion",
         with_task("path = \"/{{pgae}}\"\n"
                   "[variables]\n"
                   "page = 1"),
         "p.toml:4:8: {{pgae}}: there is no variable \"pgae\" (nearest: page); allowed: the "
         "names in [variables] and those that an extract writes"},
        {"a csv without column",
         with_task("path = \"/{{a}}\"\n"
                   "[variables]\n"
                   "a = { csv = \"a.csv\" }"),
         "p.toml:4:8: {{a}}: a csv has columns; allowed: {{a.COLUMN}}\n"
         "p.toml:6:13: the CSV file \"a.csv\" cannot be read: No such file or directory"},
        {"a column of something else",
         with_task("path = \"/{{a.b}}\"\n"
                   "[variables]\n"
                   "a = 1"),
         "p.toml:4:8: {{a.b}}: only a csv has columns; allowed: {{a}}"},
        {"a column that the csv does not have",
         with_task("path = \"/{{a.emial}}\"\n"
                   "[variables]\n"
                   "a = { csv = \"" +
                   csv.path() + "\" }"),
         "p.toml:4:8: {{a.emial}}: the csv has no column \"emial\" (nearest: email); allowed: "
         "email, name"},
        {"a csv that is none",
         with_task("path = \"/\"\n"
                   "[variables]\n"
                   "a = { csv = \"/proc/self/fd\" }"),
         "p.toml:6:13: the CSV file \"/proc/self/fd\" is not a file"},
        {"a regular expression that is none",
         with_task("path = \"/\"\n"
                   "expect = { body_matches = \"a(b\" }"),
         "p.toml:5:27: body_matches: the regular expression \"a(b\" is not valid at character 4: "
         "missing closing parenthesis; allowed: a regular expression (PCRE2)"},
        {"an insertion without end", with_task("path = \"/{{a\""),
         "p.toml:4:8: {{ without }} in \"{{a\"; allowed: {{name}}, {{name.column}} of a csv, "
         "{{name | raw}}, and {{\"{{\"}} for the braces themselves"},
        {"no name in it", with_task("path = \"/{{a b}}\""),
         "p.toml:4:8: {{a b}}: \"a b\" is not the name of a variable; allowed: {{name}}, "
         "{{name.column}} of a csv, {{name | raw}}, and {{\"{{\"}} for the braces themselves"},
        {"an unknown filter", with_task("path = \"/{{a | upper}}\""),
         "p.toml:4:8: {{a | upper}}: there is no \"upper\"; allowed: {{name}}, {{name.column}} "
         "of a csv, {{name | raw}}, and {{\"{{\"}} for the braces themselves"},
    });
}

TEST_CASE("thresholds") {
    check({
        {"no text", with_user("threshold = 5"),
         "p.toml:1:13: threshold: 5 is not a threshold; allowed: \"p95 < 500ms\", { target = "
         "…, critical = … }, or a list of them"},
        {"no target",
         with_user("[[threshold]]\n"
                   "critical = \"p95 < 1s\""),
         "p.toml:1:1: a threshold without target; allowed: target = \"p95 < 500ms\", with "
         "critical, window and abort as you like"},
        {"a window of 0",
         with_user("[[threshold]]\n"
                   "target = \"p95 < 1s\"\n"
                   "window = 0"),
         "p.toml:3:10: window: it is 0; allowed: more than that"},
        {"a scope within a request",
         with_task("path = \"/\"\n"
                   "threshold = \"GET x: p95 < 1s\""),
         "p.toml:5:13: threshold: \"GET x: p95 < 1s\" is not a condition without scope; "
         "allowed: METRIC OP VALUE: the scope is \"GET /\", where it stands; others in "
         "[[threshold]]"},
    });
}

TEST_CASE("values from outside") {
    check({
        {"unset", with_user("name = \"${RINGBLAST_TEST_UNSET}\""),
         "p.toml:1:8: ${RINGBLAST_TEST_UNSET} is not set; allowed: --set "
         "RINGBLAST_TEST_UNSET=VALUE, the environment, or a default: "
         "${RINGBLAST_TEST_UNSET:-VALUE}"},
        {"and no second message about the same value",
         with_user("[target]\n"
                   "timeout = \"${RINGBLAST_TEST_UNSET}\""),
         "p.toml:2:11: ${RINGBLAST_TEST_UNSET} is not set; allowed: --set "
         "RINGBLAST_TEST_UNSET=VALUE, the environment, or a default: "
         "${RINGBLAST_TEST_UNSET:-VALUE}"},
        {"no name", with_user("name = \"${1x}\""),
         "p.toml:1:8: ${1x}: \"1x\" is not a name of letters, digits and _; allowed: ${NAME} "
         "or ${NAME:-default}, and $${ for the two characters themselves"},
        {"no end", with_user("name = \"${A\""),
         "p.toml:1:8: a ${ without its }; allowed: ${NAME} or ${NAME:-default}, and $${ for "
         "the two characters themselves"},
        {"a default of a wrong kind",
         with_user("[target]\n"
                   "timeout = \"${RINGBLAST_TEST_UNSET:-soon}\""),
         "p.toml:2:11: timeout: \"soon\" is not a duration: a number is missing; allowed: "
         "500us, 250ms, 10s, 5m, 5min, 1h30m, or a bare number of seconds"},
    });
}

TEST_CASE("who reads thresholds may refuse them") {
    const LoadOptions options{.threshold_problem = [](const ThresholdText& text) {
        return text.target == "\"GET /\": p95" ? std::optional(Error{"no condition"})
                                               : std::nullopt;
    }};
    CHECK(messages(with_task("path = \"/\"\nthreshold = [\"p95\", \"p50\"]"), options) ==
          "p.toml:5:14: no condition");
}

TEST_CASE("a hundred problems are told") {
    std::string text = "[select]\n";
    for (int i = 0; i < 150; ++i) {
        text += "key" + std::to_string(i) + " = 1\n";
    }
    const auto profile = load_profile_text(text, {.name = "p.toml"});
    REQUIRE_FALSE(profile);
    REQUIRE(profile.error().size() == 101);
    CHECK(profile.error().back().message == "and 51 more");
}

TEST_CASE("a file that is not there, and one that is a folder") {
    const auto missing = load_profile("/nonexistent/p.toml");
    REQUIRE_FALSE(missing);
    CHECK(missing.error()[0].message ==
          "cannot read /nonexistent/p.toml: No such file or directory");
    const auto folder = load_profile("/");
    REQUIRE_FALSE(folder);
    CHECK(folder.error()[0].message == "cannot read /: Is a directory");
}
