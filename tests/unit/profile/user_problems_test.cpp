// What is wrong with users, tasks and requests, in exactly these words.
#include "messages.hpp"

using namespace ringblast;
using namespace ringblast::messages_test;

TEST_CASE("users") {
    check({
        {"no name, no task",
         "[[user]]\n"
         "weight = 1",
         "p.toml:1:1: a [[user]] without name; allowed: name = \"WebUser\"\n"
         "p.toml:1:1: a [[user]] without a task; allowed: [[user.task]] with a path"},
        {"a table for a list",
         "[user]\n"
         "name = \"u\"",
         "p.toml:1:1: user: a table is not a list of tables; allowed: [[user]] or user = [{ … "
         "}]"},
        {"a name twice",
         "[[user]]\n"
         "name = \"u\"\n"
         "task = [{ path = \"/\" }]\n"
         "[[user]]\n"
         "name = \"u\"\n"
         "task = [{ path = \"/\" }]",
         "p.toml:4:1: a second [[user]] with the name \"u\"; allowed: a name for each"},
        {"no weight at all",
         "[[user]]\n"
         "name = \"u\"\n"
         "weight = 0\n"
         "task = [{ path = \"/\" }]",
         "p.toml:3:10: weight: 0 is not a number above 0; allowed: numbers such as 5 or 0.5"},
        {"weight and count",
         "[[user]]\n"
         "name = \"u\"\n"
         "weight = 1\n"
         "count = 1\n"
         "task = [{ path = \"/\" }]",
         "p.toml:4:1: weight and count exclude each other; allowed: a share of the users, or a "
         "fixed number of them"},
        {"an empty list of tasks",
         "[[user]]\n"
         "name = \"u\"\n"
         "task = []",
         "p.toml:3:8: a [[user]] without a task; allowed: [[user.task]] with a path"},
        {"wait of two kinds",
         "[[user]]\n"
         "name = \"u\"\n"
         "wait = { constant = 1, pacing = 1 }\n"
         "task = [{ path = \"/\" }]",
         "p.toml:3:24: constant and pacing exclude each other; allowed: one of constant, "
         "between, exponential, pacing, throughput"},
        {"wait of no kind",
         "[[user]]\n"
         "name = \"u\"\n"
         "wait = {}\n"
         "task = [{ path = \"/\" }]",
         "p.toml:3:8: the wait of a [[user]] is incomplete; allowed: one of constant, between, "
         "exponential, pacing, throughput"},
        {"wait from long to short",
         "[[user]]\n"
         "name = \"u\"\n"
         "wait = { between = [\"3s\", \"1s\"] }\n"
         "task = [{ path = \"/\" }]",
         "p.toml:3:20: between: the range is empty; allowed: the shorter one first"},
        {"wait as a number",
         "[[user]]\n"
         "name = \"u\"\n"
         "wait = 5\n"
         "task = [{ path = \"/\" }]",
         "p.toml:3:8: wait: 5 is not a table; allowed: { constant = \"1s\" }, { between = "
         "[\"1s\", \"3s\"] }"},
        {"a threshold where nothing is measured",
         "[[user]]\n"
         "name = \"u\"\n"
         "task = [{ path = \"/\" }]\n"
         "on_stop = [{ path = \"/x\", threshold = \"p95 < 1s\" }]",
         "p.toml:4:39: threshold: requests of [setup], [teardown] and on_stop are in no "
         "statistics; allowed: in tasks and on_start"},
    });
}

TEST_CASE("tasks and requests") {
    check({
        {"nothing to do", with_task("name = \"t\""),
         "p.toml:3:1: a task without requests; allowed: path = \"/\", or a list: request = [{ "
         "path = \"/\" }]"},
        {"a list without name", with_task("request = [{ path = \"/\" }]"),
         "p.toml:3:1: a task with a list of requests has no name; allowed: name = \"…\""},
        {"an empty list",
         with_task("name = \"t\"\n"
                   "request = []"),
         "p.toml:5:11: an empty list of requests; allowed: one request or more"},
        {"a request beside a list",
         with_task("name = \"t\"\n"
                   "request = [{ path = \"/\" }]\n"
                   "path = \"/x\""),
         "p.toml:6:1: path: this task has a list of requests; allowed: in one of them"},
        {"a request without path",
         with_task("name = \"t\"\n"
                   "request = [{ name = \"x\" }]"),
         "p.toml:5:12: a request without path; allowed: path = \"/\""},
        {"a whole URL as path", with_task("path = \"http://other/\""),
         "p.toml:4:8: path: \"http://other/\" is not a path; allowed: \"/items\", which is "
         "appended to the base_url"},
        {"a method in small letters",
         with_task("path = \"/\"\n"
                   "method = \"get\""),
         "p.toml:5:10: method: \"get\" is not a method; allowed: GET, HEAD, POST, PUT, PATCH, "
         "DELETE, OPTIONS and others, in capital letters"},
        {"two bodies",
         with_task("path = \"/\"\n"
                   "body = \"a\"\n"
                   "form = { a = 1 }"),
         "p.toml:6:1: body and form exclude each other; allowed: one of body, body_file, json, "
         "json_file, form"},
        {"a file that is not there",
         with_task("path = \"/\"\n"
                   "body_file = \"no/such/file\""),
         "p.toml:5:13: body_file: cannot read no/such/file: No such file or directory; "
         "allowed: paths relative to this file"},
        {"JSON has no inf",
         with_task("path = \"/\"\n"
                   "json = { a = inf }"),
         "p.toml:5:14: json: inf is not a number of JSON; allowed: finite numbers"},
        {"a table in a query",
         with_task("path = \"/\"\n"
                   "query = { a = {} }"),
         "p.toml:5:15: a: a table is not a single value; allowed: a string, a number, true, "
         "false"},
        {"repeated never",
         with_task("path = \"/\"\n"
                   "repeat = 0"),
         "p.toml:5:10: repeat: it is 0; allowed: more than that"},
        {"a wrong word",
         with_task("path = \"/\"\n"
                   "on_failure = \"stop\""),
         "p.toml:5:14: on_failure: \"stop\" is not one of its words; allowed: \"continue\", "
         "\"end_task\""},
        {"a name of two lines",
         with_task("path = \"/\"\n"
                   "name = \"a\\nb\""),
         "p.toml:5:8: name: \"a?b\" is not a name; allowed: 1 to 200 bytes in one line, "
         "without control characters"},
        {"a tag is a text",
         with_task("path = \"/\"\n"
                   "tags = [5]"),
         "p.toml:5:9: tags: 5 is not a string; allowed: a text in quotes"},
    });
}

TEST_CASE("what looks at a response") {
    check({
        {"a status",
         with_task("path = \"/\"\n"
                   "expect = { status = [99] }"),
         "p.toml:5:22: status: 99 is not a status; allowed: 100 to 999"},
        {"no status",
         with_task("path = \"/\"\n"
                   "expect = { status = [] }"),
         "p.toml:5:21: status: an empty list is not a list of statuses; allowed: [200, 201]; "
         "without status: any of 2xx and 3xx"},
        {"no number",
         with_task("path = \"/\"\n"
                   "expect = { status = \"2xx\" }"),
         "p.toml:5:21: status: \"2xx\" is not a whole number; allowed: whole numbers such as 5 "
         "or -5"},
        {"no pointer",
         with_task("path = \"/\"\n"
                   "expect = { json = { id = 1 } }"),
         "p.toml:5:21: json: \"id\" is not a JSON pointer; allowed: a JSON pointer such as "
         "\"/items/0/id\""},
        {"until what",
         with_task("path = \"/\"\n"
                   "until = { every = \"1s\" }"),
         "p.toml:5:9: until without a condition; allowed: status, header, body_contains, "
         "body_matches, json, max_latency"},
        {"extract from where",
         with_task("path = \"/\"\n"
                   "extract = { id = {} }"),
         "p.toml:5:18: a value of extract is incomplete; allowed: one of json, regex, header, "
         "cookie"},
        {"extract to where",
         with_task("path = \"/\"\n"
                   "extract = { \"9\" = { json = \"/id\" } }"),
         "p.toml:5:13: \"9\" is not the name of a variable; allowed: letters, digits, _ and -, "
         "a letter first"},
        {"a group of no regex",
         with_task("path = \"/\"\n"
                   "extract = { id = { json = \"/id\", group = 1 } }"),
         "p.toml:5:34: group: only a regex has groups; allowed: beside regex"},
        {"no pointer to extract",
         with_task("path = \"/\"\n"
                   "extract = { id = { json = \"id\" } }"),
         "p.toml:5:27: json: \"id\" is not a JSON pointer; allowed: a JSON pointer such as "
         "\"/items/0/id\""},
        {"extract as a text",
         with_task("path = \"/\"\n"
                   "extract = { id = \"/id\" }"),
         "p.toml:5:18: id: \"/id\" is not a table; allowed: { token = { json = "
         "\"/access_token\" } }"},
    });
}

TEST_CASE("tasks on WebSockets") {
    auto with_step = [](const std::string& step) {
        return with_task("ws = \"/ws\"\n"
                         "step = [" +
                         step + "]");
    };
    check({
        {"keys of requests",
         with_task("ws = \"/ws\"\n"
                   "step = [{ hold = 1 }]\n"
                   "path = \"/\"\n"
                   "expect = { status = 200 }"),
         "p.toml:6:1: path: this task is on a WebSocket; allowed: in a task of its own\n"
         "p.toml:7:1: expect: this task is on a WebSocket; allowed: in a task of its own"},
        {"steps without a WebSocket",
         with_task("path = \"/\"\n"
                   "step = [{ hold = 1 }]"),
         "p.toml:5:1: step: this task has no WebSocket; allowed: with ws = \"/path\""},
        {"no steps", with_task("ws = \"/ws\""),
         "p.toml:3:1: a WebSocket without steps; allowed: step = [{ send = \"hello\", expect = "
         "\"welcome\" }, { hold = \"5s\" }, { ping = \"\" } or { close = 1000 }]"},
        {"a whole URL",
         with_task("ws = \"ws://other/\"\n"
                   "step = []"),
         "p.toml:4:6: ws: \"ws://other/\" is not a path; allowed: \"/items\", which is appended "
         "to the base_url"},
        {"a step that does nothing", with_step("{ repeat = 2 }"),
         "p.toml:5:9: a step that does nothing; allowed: { send = \"hello\", expect = \"welcome\" "
         "}, { hold = \"5s\" }, { ping = \"\" } or { close = 1000 }"},
        {"two things in a step", with_step("{ send = \"a\", hold = 1 }"),
         "p.toml:5:23: send and hold exclude each other; allowed: one of send, send_binary, hold, "
         "ping, close"},
        {"two expectations", with_step("{ expect = \"a\", match = \"b\" }"),
         "p.toml:5:25: expect and match exclude each other; allowed: one of expect, match"},
        {"a hold that waits for a message", with_step("{ hold = 1, expect = \"a\" }"),
         "p.toml:5:21: expect: goes with send, not with hold; allowed: in a step of its own"},
        {"a time for nothing", with_step("{ send = \"a\", within = 1 }"),
         "p.toml:5:23: within: nothing is waited for; allowed: with expect or match"},
        {"something behind the close", with_step("{ close = 1000 }, { send = \"a\" }"),
         "p.toml:5:27: a step behind close; allowed: close as the last one"},
        {"a code that nobody may send", with_step("{ close = 1006 }"),
         "p.toml:5:19: close: 1006 is not a close code; allowed: 1000 to 1014 without 1004 to "
         "1006, 3000 to 4999"},
        {"no base64", with_step("{ send_binary = \"a\" }"),
         "p.toml:5:25: send_binary: \"a\" is not base64; allowed: bytes in base64, such as "
         "\"AAECAw==\""},
        {"an unknown key", with_step("{ sent = \"a\" }"),
         "p.toml:5:9: a step that does nothing; allowed: { send = \"hello\", expect = \"welcome\" "
         "}, { hold = \"5s\" }, { ping = \"\" } or { close = 1000 }\n"
         "p.toml:5:11: \"sent\" is not a key of a step of ws (nearest: send); allowed: send, "
         "send_binary, expect, match, within, name, repeat, hold, ping, close"},
        {"a variable that nobody knows", with_step("{ send = \"{{nobody}}\" }"),
         "p.toml:5:18: {{nobody}}: there is no variable \"nobody\"; allowed: the names in "
         "[variables] and those that an extract writes"},
    });
}
