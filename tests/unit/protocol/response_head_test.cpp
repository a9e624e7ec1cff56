#include "protocol/response_head.hpp"

#include "guarded.hpp"

#include <doctest/doctest.h>
#include <string>

using namespace ringblast;
using namespace ringblast::test;

namespace {

constexpr std::string_view date = "Sun, 06 Nov 1994 08:49:37 GMT";

/// Parses as it arrives in two parts, at the edge of a guarded page.
ParsedHead parse_in_two(std::string_view bytes, size_t cut, bool head_request) {
    static GuardedBytes guarded;
    ParsedHead first = parse_response_head(guarded.put(bytes.substr(0, cut)), head_request);
    if (first.status != ParseStatus::need_more) {
        return first;
    }
    return parse_response_head(guarded.put(bytes), head_request, cut);
}

ParsedHead parse_bytewise(std::string_view bytes, bool head_request) {
    static GuardedBytes guarded;
    ParsedHead parsed;
    for (size_t size = 1; size <= bytes.size() && parsed.status == ParseStatus::need_more; ++size) {
        parsed = parse_response_head(guarded.put(bytes.substr(0, size)), head_request, size - 1);
    }
    return parsed;
}

struct Good {
    std::string what;
    std::string bytes;
    uint16_t status;
    Framing framing;
    bool keep_alive;
    uint64_t content_length = 0;
    bool head_request = false;
};

void check_equal(const ParsedHead& parsed, const Good& row, size_t size) {
    REQUIRE(parsed.status == ParseStatus::complete);
    CHECK(parsed.head.size == size);
    CHECK(parsed.head.status == row.status);
    CHECK(parsed.head.framing == row.framing);
    CHECK(parsed.head.keep_alive == row.keep_alive);
    CHECK(parsed.head.content_length == row.content_length);
}

} // namespace

TEST_CASE("good heads, whole and at every split") {
    const std::string ok = "HTTP/1.1 200 OK\r\n";
    const Good rows[] = {
        {"Content-Length frames the body", ok + "Content-Length: 5\r\n\r\n", 200, Framing::length,
         true, 5},
        {"names and values in any case and spacing", ok + "cOnTeNt-LENGTH:\t 7 \t\r\n\r\n", 200,
         Framing::length, true, 7},
        {"equal Content-Length values count as one",
         ok + "Content-Length: 5, 5\r\nContent-Length: 05\r\n\r\n", 200, Framing::length, true, 5},
        {"the greatest length is that of a signed 64-bit number",
         ok + "Content-Length: 9223372036854775807\r\n\r\n", 200, Framing::length, true,
         9223372036854775807u},
        {"chunked overrides Content-Length and ends the connection",
         ok + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 200, Framing::chunked,
         false},
        {"chunked last in a list", ok + "Transfer-Encoding: gzip, Chunked\r\n\r\n", 200,
         Framing::chunked, true},
        {"chunked last over two lines",
         ok + "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n", 200,
         Framing::chunked, true},
        {"chunked not last: until close", ok + "Transfer-Encoding: chunked, gzip\r\n\r\n", 200,
         Framing::until_close, false},
        {"an unknown coding: until close", ok + "Transfer-Encoding: yolo\r\n\r\n", 200,
         Framing::until_close, false},
        {"nothing said: until close", ok + "\r\n", 200, Framing::until_close, false},
        {"Connection: close", ok + "Content-Length: 1\r\nConnection: foo, Close\r\n\r\n", 200,
         Framing::length, false, 1},
        {"close wins over keep-alive",
         ok + "Connection: close\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\n", 200,
         Framing::length, false, 1},
        {"HTTP/1.0 closes by default", "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n", 200,
         Framing::length, false, 1},
        {"HTTP/1.0 with keep-alive",
         "HTTP/1.0 200 OK\r\nContent-Length: 1\r\nConnection: Keep-Alive\r\n\r\n", 200,
         Framing::length, true, 1},
        {"chunked from HTTP/1.0 is read and closed",
         "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n", 200,
         Framing::chunked, false},
        {"a later HTTP/1.x is read as 1.1", "HTTP/1.7 200 OK\r\nContent-Length: 1\r\n\r\n", 200,
         Framing::length, true, 1},
        {"204 has no body whatever it says", "HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\n",
         204, Framing::none, true},
        {"304 has no body", "HTTP/1.1 304 \r\nTransfer-Encoding: chunked\r\n\r\n", 304,
         Framing::none, true},
        {"HEAD has no body", ok + "Content-Length: 5\r\n\r\n", 200, Framing::none, true, 0, true},
        {"HEAD without a length keeps the connection", ok + "\r\n", 200, Framing::none, true, 0,
         true},
        {"interim", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", 103, Framing::none, true},
        {"no reason phrase, no space", "HTTP/1.1 301\r\nContent-Length: 0\r\n\r\n", 301,
         Framing::length, true, 0},
        {"a reason outside of ASCII", "HTTP/1.1 500 Ori\xc3\xab\r\nContent-Length: 0\r\n\r\n", 500,
         Framing::length, true, 0},
        {"999", "HTTP/1.1 999 \r\nContent-Length: 0\r\n\r\n", 999, Framing::length, true, 0},
        {"folded lines belong to the value before",
         ok + "A: b\r\n c\r\n\td\r\nContent-Length:\r\n 4\r\n\r\n", 200, Framing::length, true, 4},
        {"a folded Connection still says close",
         ok + "Content-Length: 1\r\nConnection: foo,\r\n close\r\n\r\n", 200, Framing::length,
         false, 1},
        {"a folded coding is not chunked", ok + "Transfer-Encoding: chunked\r\n abc\r\n\r\n", 200,
         Framing::until_close, false},
        {"names that only start alike",
         ok + "Content-Length-X: 9\r\nContent-Lengt: 8\r\nContent-Length: 2\r\n\r\n", 200,
         Framing::length, true, 2},
        {"a tab, long values and 0x80..0xff in values",
         ok + "A: " + std::string(100, 'a') + "\t\xff\x80" + std::string(33, 'b') +
             "\r\nContent-Length: 2\r\n\r\n",
         200, Framing::length, true, 2},
    };
    for (const Good& row : rows) {
        CAPTURE(row.what);
        size_t size = row.bytes.size();
        GuardedBytes guarded;
        check_equal(parse_response_head(guarded.put(row.bytes), row.head_request), row, size);
        std::string more = row.bytes + "HTTP/1.1 404 Not Found\r\n\r\n";
        check_equal(parse_response_head(guarded.put(more), row.head_request), row, size);
        for (size_t cut = 0; cut < size; ++cut) {
            CAPTURE(cut);
            ParsedHead part =
                parse_response_head(guarded.put(row.bytes.substr(0, cut)), row.head_request);
            REQUIRE(part.status == ParseStatus::need_more);
            check_equal(parse_in_two(more, cut, row.head_request), row, size);
        }
        check_equal(parse_bytewise(row.bytes, row.head_request), row, size);
    }
}

TEST_CASE("bad heads, whole and at every split") {
    const std::string ok = "HTTP/1.1 200 OK\r\n";
    struct Bad {
        std::string what;
        std::string bytes;
        const char* problem;
    };
    const Bad rows[] = {
        {"another protocol", "SSH-2.0-OpenSSH\r\n\r\n", "not an HTTP response"},
        {"lower case", "http/1.1 200 OK\r\n\r\n", "not an HTTP response"},
        {"a line break in front", "\r\nHTTP/1.1 200 OK\r\n\r\n", "not an HTTP response"},
        {"HTTP/2", "HTTP/2 200 OK\r\n\r\n", "not HTTP/1.x"},
        {"no minor version", "HTTP/1. 200 OK\r\n\r\n", "not HTTP/1.x"},
        {"two digits of version", "HTTP/1.10 200 OK\r\n\r\n", "a bad HTTP version"},
        {"status of two digits", "HTTP/1.1 20 OK\r\n\r\n", "the status is not three digits"},
        {"status of four digits", "HTTP/1.1 2000 OK\r\n\r\n", "the status is not three digits"},
        {"status below 100", "HTTP/1.1 099 OK\r\n\r\n", "a status below 100"},
        {"a NUL in the reason", std::string("HTTP/1.1 200 O\0K\r\n\r\n", 20),
         "a control character in the status line"},
        {"a bare CR in the status line", "HTTP/1.1 200 OK\rA: b\r\n\r\n",
         "a control character in the status line"},
        {"bare LF", "HTTP/1.1 200 OK\nContent-Length: 0\n\n", "a line ends in LF without CR"},
        {"bare LF behind a field", ok + "A: b\nContent-Length: 0\r\n\r\n",
         "a line ends in LF without CR"},
        {"white space before the colon", ok + "Content-Length : 5\r\n\r\n",
         "white space in or before a field name"},
        {"white space before the first name", ok + " A: b\r\n\r\n",
         "white space in or before a field name"},
        {"no colon", ok + "abc\r\n\r\n", "a field line without a valid name and colon"},
        {"no name", ok + ": b\r\n\r\n", "a field line without a valid name and colon"},
        {"a NUL in a value", ok + std::string("A: b\0c\r\n\r\n", 10),
         "a control character in a field value"},
        {"DEL in a value", ok + "A: b\x7f\r\n\r\n", "a control character in a field value"},
        {"a bare CR in a value", ok + "A: b\rc\r\n\r\n", "a CR without LF"},
        {"a CR without LF at the end", ok + "A: b\r\n\rx\r\n\r\n", "a CR without LF"},
        {"two lengths", ok + "Content-Length: 5\r\nContent-Length: 6\r\n\r\n",
         "two different Content-Length values"},
        {"a list of two lengths", ok + "Content-Length: 5, 6\r\n\r\n",
         "two different Content-Length values"},
        {"a length that wraps 64 bits", ok + "Content-Length: 18446744073709551621\r\n\r\n",
         "Content-Length is too large"},
        {"one more than the greatest", ok + "Content-Length: 9223372036854775808\r\n\r\n",
         "Content-Length is too large"},
        {"an empty length", ok + "Content-Length:\r\n\r\n", "Content-Length is empty"},
        {"a negative length", ok + "Content-Length: -5\r\n\r\n", "Content-Length is not a number"},
        {"a length with a space", ok + "Content-Length: 5 5\r\n\r\n",
         "Content-Length is not a number"},
        {"a folded length", ok + "Content-Length: 5\r\n 5\r\n\r\n",
         "Content-Length is not a number"},
        {"a bad length beside chunked",
         ok + "Transfer-Encoding: chunked\r\nContent-Length: x\r\n\r\n",
         "Content-Length is not a number"},
    };
    for (const Bad& row : rows) {
        CAPTURE(row.what);
        GuardedBytes guarded;
        ParsedHead whole = parse_response_head(guarded.put(row.bytes), false);
        CHECK(whole.status == ParseStatus::bad);
        CHECK(whole.problem == doctest::String(row.problem));
        for (size_t cut = 0; cut < row.bytes.size(); ++cut) {
            CAPTURE(cut);
            CHECK(parse_in_two(row.bytes, cut, false).status == ParseStatus::bad);
        }
        CHECK(parse_bytewise(row.bytes, false).status == ParseStatus::bad);
    }
}

TEST_CASE("what is known before the head is whole does not depend on the cuts") {
    // A fault in a field is a verdict only at the end of the head, unless the end can never come.
    CHECK(parse_response_head("HTTP/1.1 200 OK\r\nA b\r\n", false).status ==
          ParseStatus::need_more);
    CHECK(parse_response_head("HTTP/1.1 200 OK\r\nA b\r\n\r\n", false).status == ParseStatus::bad);
    CHECK(parse_response_head("HTTP/1.1 200 OK\r\nA: b\n", false).status == ParseStatus::bad);
    CHECK(parse_response_head("x", false).status == ParseStatus::bad);
    CHECK(parse_response_head("", false).status == ParseStatus::need_more);
}

TEST_CASE("the Date is found when there is exactly one of the usual length") {
    auto offset_in = [](const std::string& fields) {
        std::string bytes = "HTTP/1.1 200 OK\r\n" + fields + "Content-Length: 0\r\n\r\n";
        ParsedHead parsed = parse_response_head(bytes, false);
        REQUIRE(parsed.status == ParseStatus::complete);
        return parsed.head.date_offset;
    };
    std::string text(date);
    CHECK(offset_in("Date: " + text + "\r\n") == 23);
    CHECK(offset_in("A: b\r\ndATE:  \t" + text + " \r\n") == 31);
    CHECK(offset_in("") == 0);
    CHECK(offset_in("Date: " + text + "x\r\n") == 0);
    CHECK(offset_in("Date: now\r\n") == 0);
    CHECK(offset_in("Date: " + text + "\r\nDate: " + text + "\r\n") == 0);
    CHECK(offset_in("Date: now\r\nDate: " + text + "\r\n") == 0);
    CHECK(offset_in("Datum: " + text + "\r\n") == 0);
}

TEST_CASE("a head of 64 KiB is the longest") {
    GuardedBytes guarded;
    const std::string start = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nA: ";
    for (size_t size : {size_t(head_size_max), size_t(head_size_max) + 1}) {
        std::string bytes = start + std::string(size - start.size() - 4, 'a') + "\r\n\r\n";
        bool good = size <= head_size_max;
        CHECK(parse_response_head(guarded.put(bytes), false).status ==
              (good ? ParseStatus::complete : ParseStatus::bad));
        CHECK(parse_response_head(guarded.put(bytes), false, size - 1).status ==
              (good ? ParseStatus::complete : ParseStatus::bad));
    }
    std::string endless = start + std::string(head_size_max, 'a');
    CHECK(parse_response_head(endless.substr(0, head_size_max - 1), false).status ==
          ParseStatus::need_more);
    CHECK(parse_response_head(endless.substr(0, head_size_max), false).status == ParseStatus::bad);
}
