#include "protocol/chunked.hpp"

#include "guarded.hpp"

#include <doctest/doctest.h>
#include <string>

using namespace ringblast;
using namespace ringblast::test;

namespace {

struct Decoded {
    ParseStatus status = ParseStatus::need_more;
    size_t consumed = 0;
    uint64_t payload = 0;
    std::string problem{};
};

/// Decodes pieces of `piece_size` bytes after a first one of `first_size`.
Decoded decode(std::string_view bytes, size_t first_size, size_t piece_size) {
    static GuardedBytes guarded;
    ChunkedDecoder decoder;
    Decoded decoded;
    size_t size = first_size;
    for (size_t at = 0; at < bytes.size() && decoded.status == ParseStatus::need_more;) {
        std::string_view piece = guarded.put(bytes.substr(at, size));
        ChunkedDecoder::Progress progress = decoder.feed(piece);
        decoded.status = progress.status;
        decoded.consumed += progress.consumed;
        decoded.payload += progress.payload;
        decoded.problem = progress.problem;
        at += piece.size();
        size = piece_size;
    }
    return decoded;
}

template <class Check>
void in_all_deliveries(std::string_view bytes, Check check) {
    check(decode(bytes, bytes.size(), bytes.size()));
    check(decode(bytes, 1, 1));
    for (size_t cut = 1; cut < bytes.size(); ++cut) {
        CAPTURE(cut);
        check(decode(bytes, cut, bytes.size()));
    }
}

} // namespace

TEST_CASE("whole bodies") {
    struct Row {
        std::string what;
        std::string bytes;
        uint64_t payload;
    };
    const Row rows[] = {
        {"empty", "0\r\n\r\n", 0},
        {"one chunk", "5\r\nhello\r\n0\r\n\r\n", 5},
        {"two chunks, hexadecimal in both cases",
         "a\r\n0123456789\r\nB\r\n0123456789a\r\n0\r\n\r\n", 21},
        {"leading zeros", "0000000000000000000005\r\nhello\r\n000\r\n\r\n", 5},
        {"data that looks like the end", "7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n", 7},
        {"an extension", "5;a=b;c\r\nhello\r\n0;d\r\n\r\n", 5},
        {"a quoted extension", "5;a=\"b; c\\\"\"\r\nhello\r\n0\r\n\r\n", 5},
        {"white space around an extension", "5 \t; a = b\r\nhello\r\n0 \r\n\r\n", 5},
        {"trailers", "1\r\nx\r\n0\r\nA: b\r\nC:\r\n\r\n", 1},
        {"a folded trailer", "1\r\nx\r\n0\r\nA: b\r\n c\r\n\r\n", 1},
        {"the longest size line",
         "1;" + std::string(chunk_line_size_max - 3, 'x') + "\r\nx\r\n0\r\n\r\n", 1},
        {"the longest trailers", "0\r\nA:" + std::string(trailers_size_max - 6, 'x') + "\r\n\r\n",
         0},
    };
    for (const Row& row : rows) {
        CAPTURE(row.what);
        std::string followed = row.bytes + "HTTP/1.1 200";
        auto check = [&](const Decoded& decoded) {
            REQUIRE(decoded.status == ParseStatus::complete);
            REQUIRE(decoded.consumed == row.bytes.size());
            REQUIRE(decoded.payload == row.payload);
        };
        if (followed.size() < 1000) {
            in_all_deliveries(followed, check);
        } else {
            check(decode(followed, followed.size(), 1));
            check(decode(followed, 1, 1));
            check(decode(followed, 4000, 1460));
        }
        CHECK(decode(row.bytes, row.bytes.size() - 1, 1).status == ParseStatus::complete);
        CHECK(decode(std::string_view(row.bytes).substr(0, row.bytes.size() - 1), 1, 1).status ==
              ParseStatus::need_more);
    }
}

TEST_CASE("bad bodies") {
    struct Row {
        std::string what;
        std::string bytes;
        const char* problem;
    };
    const Row rows[] = {
        {"no size", "\r\nx\r\n", "a chunk size that is not hexadecimal"},
        {"a sign", "+2\r\nOK\r\n", "a chunk size that is not hexadecimal"},
        {"0x", "0x2\r\nOK\r\n", "a chunk size that is not hexadecimal"},
        {"a space in front", " 2\r\nOK\r\n", "a chunk size that is not hexadecimal"},
        {"a word behind the size", "2 x\r\nOK\r\n", "a chunk size that is not hexadecimal"},
        {"a NUL behind the size", std::string("2\0\r\nOK", 6),
         "a chunk size that is not hexadecimal"},
        {"a size of 64 bits", "ffffffffffffffff\r\n", "a chunk size that is too large"},
        {"a size that wraps", "10000000000000002\r\nOK\r\n", "a chunk size that is too large"},
        {"LF only behind the size", "2\nOK\r\n", "a chunk size that is not hexadecimal"},
        {"LF only behind an extension", "2;a\nOK\r\n", "a control character in a chunk extension"},
        {"CR without LF behind the size", "2\rOK\r\n", "a chunk size line without CRLF"},
        {"data beyond the size", "2\r\nOKx\r\n", "chunk data is longer than its size"},
        {"LF only behind data", "2\r\nOK\n0\r\n\r\n", "chunk data is longer than its size"},
        {"CR without LF behind data", "2\r\nOK\rx", "no CRLF behind chunk data"},
        {"a size line without end", "1;" + std::string(chunk_line_size_max, 'x'),
         "a chunk size line longer than 16 KiB"},
        {"endless zeros", std::string(chunk_line_size_max + 1, '0'),
         "a chunk size line longer than 16 KiB"},
        {"trailers without end", "0\r\nA:" + std::string(trailers_size_max, 'x'),
         "trailers longer than 64 KiB"},
        {"a trailer without colon", "0\r\nno colon\r\n\r\n", "a bad trailer name"},
        {"a fold before any trailer", "0\r\n x\r\n\r\n", "a bad trailer name"},
        {"a trailer without name", "0\r\n: x\r\n\r\n", "a bad trailer name"},
        {"a NUL in a trailer", std::string("0\r\nA: \0\r\n\r\n", 11),
         "a control character in a trailer"},
        {"CR without LF in a trailer", "0\r\nA: b\rc\r\n\r\n", "a CR without LF in a trailer"},
        {"CR without LF at the end", "0\r\n\rx", "a CR without LF behind the last chunk"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.what);
        auto check = [&](const Decoded& decoded) {
            REQUIRE(decoded.status == ParseStatus::bad);
            REQUIRE(decoded.problem == row.problem);
        };
        if (row.bytes.size() < 1000) {
            in_all_deliveries(row.bytes, check);
        } else {
            check(decode(row.bytes, row.bytes.size(), 1));
            check(decode(row.bytes, 1, 1));
        }
    }
}
