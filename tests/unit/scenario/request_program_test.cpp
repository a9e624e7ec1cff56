#include "scenario/request_program.hpp"

#include "../engine/allocation_count.hpp"
#include "protocol/request_head.hpp"
#include "protocol/request_template.hpp"

#include <doctest/doctest.h>
#include <string>
#include <vector>

using namespace ringblast;
using namespace ringblast::test;

namespace {

const Url url = parse_url("http://localhost:8080/base/").value();
const std::string fields =
    "Host: localhost:8080\r\nUser-Agent: " + std::string(user_agent()) + "\r\nAccept: */*\r\n";

/// x = `a "b"`, bad = a line break; stored: token, id (both unset).
struct RenderScene {
    Variables variables = Variables::compile({{.name = "x", .texts = {"a \"b\""}},
                                              {.name = "bad", .texts = {"v\r\nEvil: 1"}},
                                              {.name = "next", .texts = {"/n?m"}},
                                              {.name = "empty", .texts = {""}}},
                                             {"token", "id"}, {}, 1)
                              .value();
    UserValues values{2};
    CookieJar jar;

    RequestProgram compile(const Request& request, std::vector<Header> headers = {}) const {
        Expected<RequestProgram> program = RequestProgram::compile(
            {.request = request, .url = url, .headers = std::move(headers)}, variables);
        REQUIRE(program.has_value());
        return std::move(*program);
    }
    std::string render(const RequestProgram& program) const {
        std::string out = "what was before";
        CHECK(program.render(out, variables, {}, values, &jar));
        return out;
    }
};

} // namespace

TEST_CASE("requests as they are rendered") {
    struct Row {
        const char* why;
        Request request;
        std::vector<Header> headers;
        std::string bytes;
    };
    const Row rows[] = {
        {"a path segment",
         {.path = "/a/{{x}}"},
         {},
         "GET /base/a/a%20%22b%22 HTTP/1.1\r\n" + fields + "\r\n"},
        {"a path without slash",
         {.path = "{{x}}"},
         {},
         "GET /base/a%20%22b%22 HTTP/1.1\r\n" + fields + "\r\n"},
        {"a raw path brings its slash",
         {.path = "{{next | raw}}"},
         {},
         "GET /base/n?m HTTP/1.1\r\n" + fields + "\r\n"},
        {"or gets one",
         {.path = "{{empty | raw}}x"},
         {},
         "GET /base/x HTTP/1.1\r\n" + fields + "\r\n"},
        {"a query alone",
         {.path = "?q={{x}}"},
         {},
         "GET /base?q=a%20%22b%22 HTTP/1.1\r\n" + fields + "\r\n"},
        {"a path cannot smuggle",
         {.path = "/{{bad}}?{{bad | raw}}"},
         {},
         "GET /base/v%0D%0AEvil%3A%201?v%0D%0AEvil:%201 HTTP/1.1\r\n" + fields + "\r\n"},
        {"a header cannot either",
         {.path = "/"},
         {{"A", "{{bad}}"}, {"B", "<{{bad | raw}}>"}},
         "GET /base/ HTTP/1.1\r\n" + fields + "A: v  Evil: 1\r\nB: <v  Evil: 1>\r\n\r\n"},
        {"a header with an unset variable is left out",
         {.path = "/"},
         {{"Authorization", "Bearer {{token}}"}, {"A", "b"}},
         "GET /base/ HTTP/1.1\r\n" + fields + "A: b\r\n\r\n"},
        {"later headers replace earlier ones and defaults",
         {.path = "/"},
         {{"A", "{{x}}"}, {"accept", "text/html"}, {"a", "2"}, {"User-Agent", ""}},
         "GET /base/ HTTP/1.1\r\nHost: localhost:8080\r\naccept: text/html\r\na: 2\r\n\r\n"},
        {"a JSON body",
         {.method = "POST", .path = "/", .body = "{\"a\":\"{{x}}\"}", .body_kind = BodyKind::json},
         {},
         "POST /base/ HTTP/1.1\r\n" + fields +
             "Content-Type: application/json\r\nContent-Length:         15\r\n\r\n"
             "{\"a\":\"a \\\"b\\\"\"}"},
        {"a form",
         {.method = "POST", .path = "/", .body = "a={{x}}", .body_kind = BodyKind::form},
         {},
         "POST /base/ HTTP/1.1\r\n" + fields +
             "Content-Type: application/x-www-form-urlencoded\r\nContent-Length:         11\r\n"
             "\r\na=a+%22b%22"},
        {"a type of the user's",
         {.method = "POST", .path = "/", .body = "{{x}}", .body_kind = BodyKind::json},
         {{"content-type", "application/merge+json"}},
         "POST /base/ HTTP/1.1\r\n" + fields +
             "content-type: application/merge+json\r\nContent-Length:          7\r\n\r\n"
             "a \\\"b\\\""},
        {"an empty body has a length too",
         {.method = "POST", .path = "/", .body = "{{empty}}"},
         {},
         "POST /base/ HTTP/1.1\r\n" + fields + "Content-Length:          0\r\n\r\n"},
    };
    RenderScene scene;
    for (const Row& row : rows) {
        INFO(std::string(row.why));
        RequestProgram program = scene.compile(row.request, row.headers);
        std::string bytes = scene.render(program);
        CHECK(bytes == row.bytes);
        CHECK((program.fixed_bytes().empty() || program.fixed_bytes() == bytes));
        ParsedRequest parsed = parse_request_head(bytes);
        REQUIRE(parsed.status == ParseStatus::complete);
        CHECK(parsed.head.content_length == bytes.size() - parsed.head.size);
    }
}

TEST_CASE("the length of a body that varies is right-aligned in its room") {
    RenderScene scene;
    RequestProgram program = scene.compile({.method = "POST", .path = "/", .body = "12{{x}}"});
    CHECK(scene.render(program) ==
          "POST /base/ HTTP/1.1\r\n" + fields + "Content-Length:          7\r\n\r\n12a \"b\"");
    scene.values.set(1, std::string(123'456, 'y'));
    program = scene.compile({.method = "POST", .path = "/", .body = "{{id}}"});
    std::string bytes = scene.render(program);
    CHECK(bytes.find("\r\nContent-Length:     123456\r\n\r\ny") != bytes.npos);
}

TEST_CASE("what does not vary is what render_request makes") {
    struct Row {
        const char* why;
        Request request;
        std::vector<Header> headers;
        RequestSpec spec;
    };
    const Row rows[] = {
        {"a GET", {.path = "/a"}, {}, {.url = url, .target = "/base/a"}},
        {"no path", {}, {}, {.url = url}},
        {"a POST with headers",
         {.method = "POST", .path = "/a b", .body = "{}"},
         {{"A", "1"}, {"a", "2"}},
         {.method = "POST",
          .url = url,
          .target = "/base/a%20b",
          .headers = {{"A", "2"}},
          .body = "{}"}},
        {"a literal request keeps its braces",
         {.method = "PUT", .path = "/{{a}}", .body = "{{b}}", .literal = true},
         {{"A", "{{c}}"}},
         {.method = "PUT",
          .url = url,
          .target = "/base/%7B%7Ba%7D%7D",
          .headers = {{"A", "{{c}}"}},
          .body = "{{b}}"}},
    };
    RenderScene scene;
    for (const Row& row : rows) {
        INFO(std::string(row.why));
        std::vector<Header> headers = row.headers;
        RequestProgram program = scene.compile(row.request, headers);
        std::string wanted = render_request(row.spec).value();
        if (row.headers.size() == 2) {
            wanted.replace(wanted.find("A: 2"), 1, "a"); // the last spelling counts
        }
        CHECK(program.fixed_bytes() == wanted);
        CHECK(scene.render(program) == wanted);
        CHECK(program.stored_reads().empty());
    }
}

TEST_CASE("cookies") {
    RenderScene scene;
    RequestProgram fixed = scene.compile({.method = "POST", .path = "/a?b", .body = "{}"});
    RequestProgram own = scene.compile({.path = "/a"}, {{"Cookie", "theme={{id}}"}, {"A", "1"}});
    scene.jar.take("sid=1; Path=/base", "/", "localhost", false, 0);
    scene.jar.take("other=1; Path=/b", "/", "localhost", false, 0);
    CHECK(scene.render(fixed) ==
          "POST /base/a?b HTTP/1.1\r\n" + fields + "Cookie: sid=1\r\nContent-Length: 2\r\n\r\n{}");
    CHECK(scene.render(own) ==
          "GET /base/a HTTP/1.1\r\n" + fields + "A: 1\r\nCookie: sid=1\r\n\r\n");
    scene.values.set(1, "dark");
    CHECK(scene.render(own) ==
          "GET /base/a HTTP/1.1\r\n" + fields + "A: 1\r\nCookie: theme=dark; sid=1\r\n\r\n");
    scene.jar.clear();
    CHECK(scene.render(own) ==
          "GET /base/a HTTP/1.1\r\n" + fields + "A: 1\r\nCookie: theme=dark\r\n\r\n");
    CHECK(scene.render(fixed) == fixed.fixed_bytes());
}

TEST_CASE("variables without a value") {
    RenderScene scene;
    RequestProgram program = scene.compile({.method = "POST", .path = "/{{id}}", .body = "{{x}}"},
                                           {{"Authorization", "{{token}}"}});
    CHECK_MESSAGE(program.stored_reads() == std::vector<uint32_t>{1},
                  "those of headers are not waited for");
    std::string out;
    CHECK(!program.render(out, scene.variables, {}, scene.values, nullptr));
    scene.values.set(1, "5");
    CHECK(program.render(out, scene.variables, {}, scene.values, nullptr));
    CHECK(out.starts_with("POST /base/5 HTTP/1.1\r\n"));
    CHECK(out.find("Authorization") == out.npos);
    CHECK(RequestProgram::target_of(out) == "/base/5");
    scene.values.set(0, "secret");
    CHECK(program.render(out, scene.variables, {}, scene.values, nullptr));
    CHECK(out.find("\r\nAuthorization: secret\r\n") != out.npos);
}

TEST_CASE("requests that follow a redirect") {
    RenderScene scene;
    RequestProgram program = scene.compile(
        {.method = "POST", .path = "/login", .body = "u={{x}}", .body_kind = BodyKind::form},
        {{"A", "1"}, {"Content-Language", "en"}, {"B", "{{token}}"}, {"C", "3"}});
    scene.jar.take("sid=1; Path=/home", "/", "localhost", false, 0);
    const std::string get =
        "GET /home?x HTTP/1.1\r\n" + fields + "A: 1\r\nC: 3\r\nCookie: sid=1\r\n\r\n";
    const std::string post = "POST /other HTTP/1.1\r\n" + fields +
                             "Content-Type: application/x-www-form-urlencoded\r\nA: 1\r\n"
                             "Content-Language: en\r\nC: 3\r\nContent-Length:         11\r\n"
                             "\r\nu=a+%22b%22";
    struct Row {
        const char* why;
        RequestProgram::Redirection redirection;
        std::string bytes;
    };
    const Row rows[] = {
        {"303 becomes a GET", {.sent = "POST /login ", .status = 303, .target = "/home?x"}, get},
        {"302 of a POST too", {.sent = "POST /login ", .status = 302, .target = "/home?x"}, get},
        {"a GET stays one", {.sent = "GET /x ", .status = 307, .target = "/home?x"}, get},
        {"307 keeps all", {.sent = "POST /login ", .status = 307, .target = "/other"}, post},
    };
    for (const Row& row : rows) {
        INFO(std::string(row.why));
        std::string out;
        CHECK(program.render_redirect(out, row.redirection, scene.variables, {}, scene.values,
                                      &scene.jar));
        CHECK(out == row.bytes);
    }
}

TEST_CASE("requests that cannot be compiled") {
    struct Row {
        const char* why;
        Request request;
        std::vector<Header> headers;
        const char* message;
    };
    const Row rows[] = {
        {"an unknown variable in the path",
         {.path = "/{{idd}}"},
         {},
         "the path: unknown variable \"idd\" (nearest: \"id\")"},
        {"in a header",
         {.path = "/"},
         {{"A", "{{y}}"}},
         "the header A: unknown variable \"y\" (nearest: \"x\")"},
        {"in the body",
         {.path = "/", .body = "{{"},
         {},
         "the body: \"{{\" without \"}}\" in \"{{\": write {{\"{{\"}} for a pair of braces"},
        {"a method of two words",
         {.method = "GET /", .path = "/"},
         {},
         "the method 'GET /' is not one word: write something like GET or POST"},
        {"a line break in a header",
         {.path = "/"},
         {{"A", "1\r\nB: 2"}},
         "the value of the header 'A' holds a line break or another control character; a header "
         "is one line"},
        {"a length that is not the body's",
         {.path = "/", .body = "12"},
         {{"Content-Length", "3"}},
         "the header Content-Length says '3', but the body has 2 bytes: leave the header out, it "
         "is computed"},
        {"a length of what varies",
         {.path = "/", .body = "{{x}}"},
         {{"Content-Length", "3"}},
         "the header Content-Length cannot be set for a body with insertions: leave it out, it is "
         "computed"},
        {"a coding",
         {.path = "/", .body = "{{x}}"},
         {{"Transfer-Encoding", "chunked"}},
         "the header Transfer-Encoding cannot be set: bodies are sent with their Content-Length"},
    };
    RenderScene scene;
    for (const Row& row : rows) {
        INFO(std::string(row.why));
        Expected<RequestProgram> program = RequestProgram::compile(
            {.request = row.request, .url = url, .headers = row.headers}, scene.variables);
        REQUIRE(!program.has_value());
        CHECK(program.error().message == row.message);
    }
}

TEST_CASE("rendering again allocates nothing") {
    using Kind = Variable::Kind;
    Variables variables =
        Variables::compile({{.name = "page", .kind = Kind::integer, .low = 1, .high = 50},
                            {.name = "id", .kind = Kind::uuid},
                            {.name = "when", .kind = Kind::now, .now = Variable::Now::iso},
                            {.name = "name", .kind = Kind::text, .low = 40},
                            {.name = "colour", .kind = Kind::choice, .texts = {"red", "blue"}}},
                           {"token"}, {}, 1)
            .value();
    RequestProgram program =
        RequestProgram::compile(
            {.request = {.method = "POST",
                         .path = "/{{colour}}?p={{page}}",
                         .body = "{\"a\":\"{{id}}\",\"b\":\"{{when}}\",\"c\":\"{{name}}\"}",
                         .body_kind = BodyKind::json},
             .url = url,
             .headers = {{"Authorization", "Bearer {{token}}"}}},
            variables)
            .value();
    UserValues values(1);
    values.set(0, "a token");
    CookieJar jar;
    jar.take("sid=1; Path=/", "/", "localhost", false, 0);
    std::string out;
    out.reserve(1000);
    uint64_t before = allocation_count();
    bool fine = true;
    for (uint64_t turn = 0; turn < 100; ++turn) {
        fine &= program.render(out, variables, {.turn = turn}, values, &jar);
        fine &= program.render_redirect(
            out, {.sent = "POST ", .status = turn % 2 == 0 ? 303 : 307, .target = "/x"}, variables,
            {.turn = turn}, values, &jar);
    }
    CHECK(allocation_count() == before);
    CHECK(fine);
}
