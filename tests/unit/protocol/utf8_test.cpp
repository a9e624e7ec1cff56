#include "protocol/utf8.hpp"

#include "guarded.hpp"

#include <cstring>
#include <doctest/doctest.h>
#include <string>

using namespace ringblast;
using namespace ringblast::test;

namespace {

/// The byte, counted from 1, with which it was refused; 0: it was not. In pieces of `piece_size`.
size_t refused_at(std::string_view text, size_t piece_size) {
    static GuardedBytes guarded;
    Utf8Checker checker;
    for (size_t at = 0; at < text.size(); at += piece_size) {
        std::string_view piece = text.substr(at, piece_size);
        if (!checker.feed(guarded.put(piece))) {
            return at + piece.size();
        }
    }
    return 0;
}

/// By the definition of RFC 3629: decoded, then judged.
bool is_valid_by_value(const std::string& bytes) {
    size_t at = 0;
    while (at < bytes.size()) {
        uint8_t first = static_cast<uint8_t>(bytes[at]);
        size_t size = first < 0x80       ? 1
                      : first >> 5 == 6  ? 2
                      : first >> 4 == 14 ? 3
                      : first >> 3 == 30 ? 4
                                         : 0;
        if (size == 0 || at + size > bytes.size()) {
            return false;
        }
        constexpr uint32_t value_min[] = {0, 0, 0x80, 0x800, 0x10000};
        uint32_t value = size == 1 ? first : first & (0x7fu >> size);
        for (size_t i = 1; i < size; ++i) {
            uint8_t next = static_cast<uint8_t>(bytes[at + i]);
            if (next >> 6 != 2) {
                return false;
            }
            value = value << 6 | (next & 63);
        }
        if (value < value_min[size] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) {
            return false;
        }
        at += size;
    }
    return true;
}

} // namespace

TEST_CASE("texts that are UTF-8, however they are cut") {
    struct Row {
        std::string what;
        std::string text;
    };
    const Row rows[] = {
        {"nothing", ""},
        {"ASCII", "Hello, world! 0123456789 and some more"},
        {"a NUL", std::string("\0", 1)},
        {"the first and the last of two bytes", "\xc2\x80\xdf\xbf"},
        {"the first and the last of three bytes", "\xe0\xa0\x80\xef\xbf\xbf"},
        {"the neighbours of the surrogates", "\xed\x9f\xbf\xee\x80\x80"},
        {"the first and the last of four bytes", "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"},
        {"no characters, but code points", "\xef\xbf\xbe\xef\xb7\x90\xf0\x9f\xbf\xbf"},
        {"Greek", "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5"},
        {"ASCII around one", "12345678\xc3\xa9"
                             "12345678"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.what);
        CHECK(is_utf8(row.text));
        for (size_t piece_size = 1; piece_size <= row.text.size(); ++piece_size) {
            CHECK(refused_at(row.text, piece_size) == 0);
        }
    }
}

TEST_CASE("what is not UTF-8 is refused with the first byte that cannot be") {
    struct Row {
        std::string what;
        std::string text;
        size_t at;
    };
    const Row rows[] = {
        {"a lone continuation", "a\x80", 2},
        {"a too long slash", "\xc0\xaf", 1},
        {"a too long DEL", "\xc1\xbf", 1},
        {"three bytes too long", "\xe0\x9f\xbf", 2},
        {"four bytes too long", "\xf0\x8f\xbf\xbf", 2},
        {"the first surrogate", "\xed\xa0\x80", 2},
        {"the last surrogate", "\xed\xbf\xbf", 2},
        {"over U+10FFFF", "\xf4\x90\x80\x80", 2},
        {"five bytes", "\xf8\x88\x80\x80\x80", 1},
        {"0xff", "12345678\xff", 9},
        {"a letter instead of a continuation",
         "\xe2\x82"
         "a",
         3},
        {"a first byte instead of a continuation", "\xf0\x9f\xc3\xa9", 3},
        {"the third continuation", "\xf0\x9f\x98\xc0", 4},
        {"behind a whole one", "\xc3\xa9\xa9", 3},
    };
    for (const Row& row : rows) {
        CAPTURE(row.what);
        CHECK(refused_at(row.text, 1) == row.at);
        CHECK(refused_at(row.text + std::string(20, 'a'), 100) != 0);
    }
}

TEST_CASE("an unfinished sequence is no whole text") {
    for (std::string_view text : {"\xc3", "\xe2\x82", "\xf0\x9f\x98", "abc\xf0"}) {
        Utf8Checker checker;
        CHECK(checker.feed(text));
        CHECK(!checker.at_boundary());
        CHECK(!is_utf8(text));
    }
}

TEST_CASE(
    "all pairs of bytes, and all first bytes with interesting others, agree with the values") {
    constexpr uint8_t others[] = {0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc2, 0xff};
    size_t differing = 0;
    for (int first = 0; first < 256; ++first) {
        for (int second = 0; second < 256; ++second) {
            std::string bytes{static_cast<char>(first), static_cast<char>(second)};
            differing += is_utf8(bytes) != is_valid_by_value(bytes);
            for (uint8_t third : others) {
                bytes.resize(2);
                bytes += static_cast<char>(third);
                differing += is_utf8(bytes) != is_valid_by_value(bytes);
                for (uint8_t fourth : others) {
                    bytes.resize(3);
                    bytes += static_cast<char>(fourth);
                    differing += is_utf8(bytes) != is_valid_by_value(bytes);
                }
            }
        }
    }
    CHECK(differing == 0);
}
