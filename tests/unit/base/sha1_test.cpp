#include "base/sha1.hpp"

#include <doctest/doctest.h>
#include <string>

using namespace ringblast;

namespace {

std::string hex(const std::array<uint8_t, 20>& digest) {
    std::string text;
    for (uint8_t byte : digest) {
        text += "0123456789abcdef"[byte >> 4];
        text += "0123456789abcdef"[byte & 15];
    }
    return text;
}

} // namespace

TEST_CASE("SHA-1 of the vectors of RFC 3174 and around the ends of blocks") {
    struct Row {
        std::string what;
        std::string text;
        const char* digest;
    };
    std::string eighty;
    for (int i = 0; i < 80; ++i) {
        eighty += "01234567";
    }
    const Row rows[] = {
        {"nothing", "", "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
        {"RFC 3174, 1", "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"},
        {"RFC 3174, 2", "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "84983e441c3bd26ebaae4aa1f95129e5e54670f1"},
        {"RFC 3174, 3", std::string(1'000'000, 'a'), "34aa973cd4c4daa4f61eeb2bdbad27316534016f"},
        {"RFC 3174, 4", eighty, "dea356a2cddd90c7a7ecedc5ebb563934f460452"},
        {"55 letters", std::string(55, 'x'), "cef734ba81a024479e09eb5a75b6ddae62e6abf1"},
        {"56 letters", std::string(56, 'x'), "901305367c259952f4e7af8323f480d59f81335b"},
        {"63 letters", std::string(63, 'x'), "0ddc4e0cccd9a12850deb5abb0853a4425559fec"},
        {"64 letters", std::string(64, 'x'), "bb2fa3ee7afb9f54c6dfb5d021f14b1ffe40c163"},
        {"65 letters", std::string(65, 'x'), "78c741ddc482e4cdf8c474a0876347a0905b6233"},
        {"119 letters", std::string(119, 'x'), "4300320394f7ee239bcdce7d3b8bcee173a0cd5c"},
        {"120 letters", std::string(120, 'x'), "ceb2821639c4b6dcb10bce0e522ca2e608ce056d"},
        {"the key of RFC 6455 § 1.3",
         "dGhlIHNhbXBsZSBub25jZQ==258EAFA5-E914-47DA-95CA-C5AB0DC85B11",
         "b37a4f2cc0624f1690f64606cf385945b2bec4ea"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.what);
        CHECK(hex(sha1(row.text)) == row.digest);
    }
}
