#include "protocol/request_head.hpp"

#include "guarded.hpp"
#include "protocol/field_lines.hpp"

#include <doctest/doctest.h>
#include <string>

using namespace ringblast;
using namespace ringblast::test;

namespace {

struct GoodRequest {
    std::string what;
    std::string bytes;
    std::string method;
    std::string target;
    bool keep_alive;
    uint64_t content_length = 0;
    bool chunked = false;
    bool expects_continue = false;
};

void check_equal(const ParsedRequest& parsed, const GoodRequest& row) {
    REQUIRE(parsed.status == ParseStatus::complete);
    CHECK(parsed.head.size == row.bytes.size());
    CHECK(parsed.head.method == row.method);
    CHECK(parsed.head.target == row.target);
    CHECK(parsed.head.keep_alive == row.keep_alive);
    CHECK(parsed.head.content_length == row.content_length);
    CHECK(parsed.head.chunked == row.chunked);
    CHECK(parsed.head.expects_continue == row.expects_continue);
}

} // namespace

TEST_CASE("good requests, whole and at every split") {
    const std::string get = "GET / HTTP/1.1\r\nHost: a\r\n";
    const GoodRequest rows[] = {
        {"a small GET", get + "\r\n", "GET", "/", true},
        {"a line break in front", "\r\n" + get + "\r\n", "GET", "/", true},
        {"path and query", "HEAD /a?b=c HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n", "HEAD",
         "/a?b=c", true},
        {"a body by length", "POST /a HTTP/1.1\r\nhost: a\r\nContent-Length: 12\r\n\r\n", "POST",
         "/a", true, 12},
        {"a chunked body", "PUT /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
         "PUT", "/a", true, 0, true},
        {"Expect", get + "Expect: 100-Continue\r\nContent-Length: 3\r\n\r\n", "GET", "/", true, 3,
         false, true},
        {"close", get + "Connection: Close\r\n\r\n", "GET", "/", false},
        {"HTTP/1.0 closes and needs no Host", "GET / HTTP/1.0\r\n\r\n", "GET", "/", false},
        {"HTTP/1.0 with keep-alive", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "GET", "/",
         true},
        {"an absolute target", "GET http://a/b HTTP/1.1\r\nHost: a\r\n\r\n", "GET", "http://a/b",
         true},
        {"an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", "GET", "/", true},
    };
    GuardedBytes guarded;
    for (const GoodRequest& row : rows) {
        CAPTURE(row.what);
        check_equal(parse_request_head(guarded.put(row.bytes)), row);
        check_equal(parse_request_head(guarded.put(row.bytes + "GET /next")), row);
        for (size_t cut = 0; cut < row.bytes.size(); ++cut) {
            CAPTURE(cut);
            for (size_t scanned : {size_t(0), cut > 0 ? cut - 1 : 0}) {
                CHECK(parse_request_head(guarded.put(row.bytes.substr(0, cut)), scanned).status ==
                      ParseStatus::need_more);
            }
            check_equal(parse_request_head(guarded.put(row.bytes), cut), row);
        }
    }
}

TEST_CASE("bad requests and what they are answered with") {
    struct Bad {
        std::string what;
        std::string bytes;
        int error_status;
        const char* problem;
    };
    const std::string get = "GET / HTTP/1.1\r\nHost: a\r\n";
    const Bad rows[] = {
        {"TLS on a plain port", std::string("\x16\x03\x01\x02\x00", 5), 400, "not an HTTP request"},
        {"no method", " / HTTP/1.1\r\n\r\n", 400, "not an HTTP request"},
        {"an endless method", std::string(33, 'A'), 400, "not an HTTP request"},
        {"two line breaks in front", "\r\n\r\n" + get + "\r\n", 400, "not an HTTP request"},
        {"HTTP/0.9", "GET /\r\n\r\n", 400, "a bad request line"},
        {"two spaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400, "a bad request line"},
        {"a space at the end", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400, "a bad request line"},
        {"a tab", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", 400, "not an HTTP request"},
        {"a control in the target", "GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n", 400,
         "a bad request line"},
        {"HTTP/2.0", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505, "not HTTP/1.0 or 1.1"},
        {"bare LF", "GET / HTTP/1.1\nHost: a\n\n", 400, "a bad request line"},
        {"no Host", "GET / HTTP/1.1\r\n\r\n", 400, "not exactly one Host field"},
        {"two Hosts", get + "Host: a\r\n\r\n", 400, "not exactly one Host field"},
        {"both framings", get + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400,
         "both Transfer-Encoding and Content-Length"},
        {"a coding that is not chunked", get + "Transfer-Encoding: gzip\r\n\r\n", 501,
         "a Transfer-Encoding that is not chunked at the end"},
        {"a bad length", get + "Content-Length: x\r\n\r\n", 400, "Content-Length is not a number"},
        {"white space before the colon", get + "A : b\r\n\r\n", 400,
         "white space in or before a field name"},
    };
    GuardedBytes guarded;
    for (const Bad& row : rows) {
        CAPTURE(row.what);
        ParsedRequest whole = parse_request_head(guarded.put(row.bytes));
        CHECK(whole.status == ParseStatus::bad);
        CHECK(whole.error_status == row.error_status);
        CHECK(whole.problem == doctest::String(row.problem));
        ParsedRequest bytewise;
        for (size_t size = 1; size <= row.bytes.size() && bytewise.status == ParseStatus::need_more;
             ++size) {
            bytewise = parse_request_head(guarded.put(row.bytes.substr(0, size)), size - 1);
        }
        CHECK(bytewise.status == ParseStatus::bad);
    }
}

TEST_CASE("a head of 64 KiB is the longest") {
    GuardedBytes guarded;
    const std::string start = "GET / HTTP/1.1\r\nHost: a\r\nA: ";
    for (size_t size : {size_t(head_size_max), size_t(head_size_max) + 1}) {
        std::string bytes = start + std::string(size - start.size() - 4, 'a') + "\r\n\r\n";
        bool good = size <= head_size_max;
        for (size_t scanned : {size_t(0), size - 1}) {
            ParsedRequest parsed = parse_request_head(guarded.put(bytes), scanned);
            CHECK(parsed.status == (good ? ParseStatus::complete : ParseStatus::bad));
            CHECK(parsed.error_status == (good ? 0 : 431));
        }
    }
}

TEST_CASE("path, query and fields can be looked up") {
    ParsedRequest parsed =
        parse_request_head("GET /a/b?c=d?e HTTP/1.1\r\nHost: a\r\nX-Folded: one\r\n two\r\n"
                           "Authorization:  Bearer t \r\nEmpty:\r\n\r\n");
    REQUIRE(parsed.status == ParseStatus::complete);
    CHECK(parsed.head.path() == "/a/b");
    CHECK(parsed.head.query() == "c=d?e");
    std::string_view fields = parsed.head.field_lines;
    CHECK(find_field(fields, "authorization") == "Bearer t");
    CHECK(find_field(fields, "host") == "a");
    CHECK(find_field(fields, "x-folded") == "one\r\n two");
    CHECK(find_field(fields, "empty").data() != nullptr);
    CHECK(find_field(fields, "empty").empty());
    CHECK(find_field(fields, "two").data() == nullptr);
    CHECK(find_field("", "host").data() == nullptr);
}
