#include "protocol/request_template.hpp"

#include "protocol/request_head.hpp"

#include <doctest/doctest.h>
#include <string>

using namespace ringblast;

namespace {

const std::string agent = "User-Agent: " + std::string(user_agent()) + "\r\n";

RequestSpec get(const char* url) {
    return {.url = parse_url(url).value()};
}

RequestSpec with(RequestSpec spec, auto change) {
    change(spec);
    return spec;
}

} // namespace

TEST_CASE("requests as they go out") {
    struct Row {
        std::string what;
        RequestSpec spec;
        std::string bytes;
    };
    const RequestSpec plain = get("http://localhost:8080/a?b");
    const std::string start = "GET /a?b HTTP/1.1\r\nHost: localhost:8080\r\n" + agent;
    const Row rows[] = {
        {"a GET", plain, start + "Accept: */*\r\n\r\n"},
        {"the default port is not named", get("http://localhost/"),
         "GET / HTTP/1.1\r\nHost: localhost\r\n" + agent + "Accept: */*\r\n\r\n"},
        {"IPv6 in brackets", get("http://[::1]:81/"),
         "GET / HTTP/1.1\r\nHost: [::1]:81\r\n" + agent + "Accept: */*\r\n\r\n"},
        {"a target of its own", with(plain, [](RequestSpec& s) { s.target = "/c"; }),
         "GET /c HTTP/1.1\r\nHost: localhost:8080\r\n" + agent + "Accept: */*\r\n\r\n"},
        {"a POST with body",
         with(plain, [](RequestSpec& s) { s.method = "POST", s.body = "hello"; }),
         "POST /a?b HTTP/1.1\r\nHost: localhost:8080\r\n" + agent +
             "Accept: */*\r\nContent-Length: 5\r\n\r\nhello"},
        {"a PUT without body says so", with(plain, [](RequestSpec& s) { s.method = "PUT"; }),
         "PUT /a?b HTTP/1.1\r\nHost: localhost:8080\r\n" + agent +
             "Accept: */*\r\nContent-Length: 0\r\n\r\n"},
        {"a GET with a body", with(plain, [](RequestSpec& s) { s.body = "x"; }),
         start + "Accept: */*\r\nContent-Length: 1\r\n\r\nx"},
        {"no keep-alive", with(plain, [](RequestSpec& s) { s.keep_alive = false; }),
         start + "Accept: */*\r\nConnection: close\r\n\r\n"},
        {"user info becomes Basic authorization", get("http://me:secret@localhost/"),
         "GET / HTTP/1.1\r\nHost: localhost\r\n" + agent +
             "Accept: */*\r\nAuthorization: Basic bWU6c2VjcmV0\r\n\r\n"},
        {"a user without password", get("http://me@localhost/"),
         "GET / HTTP/1.1\r\nHost: localhost\r\n" + agent +
             "Accept: */*\r\nAuthorization: Basic bWU6\r\n\r\n"},
        {"the user's headers follow",
         with(plain,
              [](RequestSpec& s) {
                  s.headers = {{"A", " b "}, {"C", "\xc3\xa9\td"}};
              }),
         start + "Accept: */*\r\nA: b\r\nC: \xc3\xa9\td\r\n\r\n"},
        {"the last of a name counts, in any case",
         with(plain,
              [](RequestSpec& s) {
                  s.headers = {{"A", "1"}, {"B", "2"}, {"a", "3"}};
              }),
         start + "Accept: */*\r\na: 3\r\nB: 2\r\n\r\n"},
        {"ours are replaced",
         with(plain,
              [](RequestSpec& s) {
                  s.headers = {{"accept", "text/html"}};
              }),
         start + "accept: text/html\r\n\r\n"},
        {"an empty value takes ours away",
         with(plain,
              [](RequestSpec& s) {
                  s.headers = {{"accept", ""}, {"User-Agent", " "}};
              }),
         "GET /a?b HTTP/1.1\r\nHost: localhost:8080\r\n\r\n"},
        {"an empty value takes an earlier one away",
         with(plain,
              [](RequestSpec& s) {
                  s.headers = {{"A", "1"}, {"A", ""}};
              }),
         start + "Accept: */*\r\n\r\n"},
        {"a true Content-Length is said once",
         with(plain,
              [](RequestSpec& s) {
                  s.body = "xy", s.headers = {{"content-length", "2"}};
              }),
         start + "Accept: */*\r\nContent-Length: 2\r\n\r\nxy"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.what);
        Expected<std::string> request = render_request(row.spec);
        REQUIRE(request.has_value());
        CHECK(*request == row.bytes);
        ParsedRequest parsed = parse_request_head(*request);
        CHECK(parsed.status == ParseStatus::complete);
        CHECK(parsed.head.content_length == row.spec.body.size());
    }
}

TEST_CASE("what would not stay in its place is refused, without its value") {
    struct Row {
        std::string what;
        RequestSpec spec;
        std::string message;
    };
    const RequestSpec plain = get("http://localhost/");
    const Row rows[] = {
        {"a method of two words", with(plain, [](RequestSpec& s) { s.method = "GET /x"; }),
         "the method 'GET /x' is not one word: write something like GET or POST"},
        {"no method", with(plain, [](RequestSpec& s) { s.method = ""; }),
         "the method '' is not one word: write something like GET or POST"},
        {"a space in the path", with(plain, [](RequestSpec& s) { s.target = "/a b"; }),
         "the path '/a b' holds spaces or control characters"},
        {"a line break in a name",
         with(plain,
              [](RequestSpec& s) {
                  s.headers = {{"A\nB", "c"}};
              }),
         "the header name 'A?B' is not valid: write NAME: VALUE, the name without spaces"},
        {"no name",
         with(plain,
              [](RequestSpec& s) {
                  s.headers = {{"", "c"}};
              }),
         "the header name '' is not valid: write NAME: VALUE, the name without spaces"},
        {"CR in a value",
         with(plain,
              [](RequestSpec& s) {
                  s.headers = {{"A", "secret\rB"}};
              }),
         "the value of the header 'A' holds a line break or another control character; a header "
         "is one line"},
        {"LF in a value",
         with(plain,
              [](RequestSpec& s) {
                  s.headers = {{"A", "b\nC: d"}};
              }),
         "the value of the header 'A' holds a line break or another control character; a header "
         "is one line"},
        {"NUL in a value",
         with(plain,
              [](RequestSpec& s) {
                  s.headers = {{"A", std::string(1, '\0')}};
              }),
         "the value of the header 'A' holds a line break or another control character; a header "
         "is one line"},
        {"a false Content-Length",
         with(plain,
              [](RequestSpec& s) {
                  s.headers = {{"Content-Length", "5"}};
              }),
         "the header Content-Length says '5', but the body has 0 bytes: leave the header out, it "
         "is computed"},
        {"Transfer-Encoding",
         with(plain,
              [](RequestSpec& s) {
                  s.headers = {{"transfer-encoding", "chunked"}};
              }),
         "the header Transfer-Encoding cannot be set: bodies are sent with their Content-Length"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.what);
        Expected<std::string> request = render_request(row.spec);
        REQUIRE(!request.has_value());
        CHECK(request.error().message == row.message);
    }
}

TEST_CASE("repetition for pipelining") {
    CHECK(repeated("ab", 1) == "ab");
    CHECK(repeated("ab", 3) == "ababab");
}

TEST_CASE("the value that counts") {
    std::vector<Header> headers{{"A", "1"}, {"b", " 2 "}, {"a", "3"}, {"C", "4"}, {"c", ""}};
    CHECK(header_value(headers, "A") == "3");
    CHECK(header_value(headers, "B") == "2");
    CHECK(!header_value(headers, "c"));
    CHECK(!header_value(headers, "d"));
}
