#include "scenario/response_parts.hpp"

#include <doctest/doctest.h>
#include <string>
#include <vector>
#include <zlib.h>

using namespace ringblast;

namespace {

/// `window_bits` as zlib has them: 31 gzip, 15 zlib, -15 bare.
std::string deflated(std::string_view text, int window_bits) {
    z_stream stream{};
    REQUIRE(deflateInit2(&stream, 9, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    std::string out(deflateBound(&stream, text.size()) + 64, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

std::string with_fields(const std::string& fields, const std::string& body) {
    return "HTTP/1.1 200 OK\r\n" + fields + "\r\n" + body;
}

std::string chunked(const std::string& text) {
    std::string out;
    for (size_t at = 0; at < text.size(); at += 10) {
        std::string piece = text.substr(at, 10);
        out += (piece.size() == 10 ? "A" : std::string(1, static_cast<char>('0' + piece.size())));
        out += ";x=y\r\n" + piece + "\r\n";
    }
    return out + "0\r\nTrailer: t\r\n\r\n";
}

} // namespace

TEST_CASE("responses taken apart") {
    const std::string final_head = "HTTP/1.1 200 OK\r\nA: b\r\n\r\n";
    struct Row {
        const char* why;
        std::string bytes, head, body;
    };
    const Row rows[] = {
        {"head and body", final_head + "body", final_head, "body"},
        {"no fields", "HTTP/1.1 204 No\r\n\r\n", "HTTP/1.1 204 No\r\n\r\n", ""},
        {"interim heads first", "HTTP/1.1 100 C\r\n\r\nHTTP/1.1 103 E\r\nL: x\r\n\r\n" + final_head,
         final_head, ""},
        {"101 is final", "HTTP/1.1 101 S\r\n\r\nws", "HTTP/1.1 101 S\r\n\r\n", "ws"},
        {"nothing", "", "", ""},
        {"a head without end", "HTTP/1.1 200 OK\r\nA: b", "HTTP/1.1 200 OK\r\nA: b", ""},
        {"interim heads only", "HTTP/1.1 100 C\r\n\r\n", "", ""},
    };
    for (const Row& row : rows) {
        INFO(std::string(row.why));
        SplitResponse parts = split_response(row.bytes);
        CHECK(parts.head == row.head);
        CHECK(parts.body == row.body);
    }
}

TEST_CASE("fields by name") {
    const std::string head = with_fields("Set-Cookie: a=1\r\nset-cookie:b=2 \r\nX: 1\r\n"
                                         "SET-COOKIE:\r\n folded\r\nLast: x\r\n",
                                         "");
    std::vector<std::string> values;
    for_each_field(head, "Set-Cookie", [&](std::string_view value) { values.emplace_back(value); });
    CHECK(values == std::vector<std::string>{"a=1", "b=2", "folded"});
    values.clear();
    for_each_field(head, "last", [&](std::string_view value) { values.emplace_back(value); });
    CHECK(values == std::vector<std::string>{"x"});
    for (const char* rubbish : {"", "\r\n", "x", "x\r\n:\r\n\r\n", "x\r\ny\r\n"}) {
        for_each_field(rubbish, "x", [&](std::string_view) { values.clear(); });
    }
    CHECK(values.size() == 1);
}

TEST_CASE("bodies decoded") {
    const std::string text(1000, 'x');
    const std::string gzip = deflated(text, 31);
    const std::optional<std::string> unreadable;
    struct Row {
        const char* why;
        std::string bytes;
        std::optional<std::string> body;
    };
    const Row rows[] = {
        {"as it is", with_fields("", "body"), "body"},
        {"chunked", with_fields("Transfer-Encoding: Chunked\r\n", chunked("0123456789abcde")),
         "0123456789abcde"},
        {"chunked and empty", with_fields("transfer-encoding: chunked\r\n", chunked("")), ""},
        {"chunked and cut off", with_fields("Transfer-Encoding: chunked\r\n", "5\r\nabc"),
         unreadable},
        {"chunked and wrong", with_fields("Transfer-Encoding: chunked\r\n", "5\r\nabcdefgh\r\n"),
         unreadable},
        {"gzip", with_fields("Content-Encoding: gzip\r\n", gzip), text},
        {"gzip in two members",
         with_fields("Content-Encoding: x-gzip\r\n", deflated("ab", 31) + deflated("cd", 31)),
         "abcd"},
        {"gzip, chunked",
         with_fields("Content-Encoding: GZIP\r\nTransfer-Encoding: chunked\r\n", chunked(gzip)),
         text},
        {"deflate", with_fields("Content-Encoding: deflate\r\n", deflated(text, 15)), text},
        {"deflate without its frame",
         with_fields("Content-Encoding: deflate\r\n", deflated(text, -15)), text},
        {"gzip that is none", with_fields("Content-Encoding: gzip\r\n", "no gzip"), unreadable},
        {"gzip cut off", with_fields("Content-Encoding: gzip\r\n", gzip.substr(0, gzip.size() - 3)),
         unreadable},
        {"another coding", with_fields("Content-Encoding: br\r\n", "x"), unreadable},
        {"another transfer coding", with_fields("Transfer-Encoding: gzip, chunked\r\n", "x"),
         unreadable},
        {"no coding by name", with_fields("Content-Encoding: identity\r\n", "x"), "x"},
        {"the answer to a HEAD has no body",
         with_fields("Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", ""), ""},
        {"as large as allowed", with_fields("", text), text},
        {"larger than allowed", with_fields("", text + "x"), unreadable},
        {"chunked and larger", with_fields("Transfer-Encoding: chunked\r\n", chunked(text + "x")),
         unreadable},
        {"inflated and larger", with_fields("Content-Encoding: gzip\r\n", deflated(text + "x", 31)),
         unreadable},
        {"inflated and much larger",
         with_fields("Content-Encoding: gzip\r\n", deflated(std::string(10'000'000, 'x'), 31)),
         unreadable},
    };
    BodyDecoder decoder;
    for (const Row& row : rows) {
        INFO(std::string(row.why));
        std::optional<std::string_view> body =
            decoder.decode(split_response(row.bytes), text.size());
        REQUIRE(body.has_value() == row.body.has_value());
        CHECK(body.value_or("") == row.body.value_or(""));
    }
    CHECK(decoder.decode(split_response(rows[5].bytes), 0) == std::nullopt);
    CHECK_MESSAGE(decoder.decode(split_response(rows[5].bytes), 5000) == text, "room grows again");
}
