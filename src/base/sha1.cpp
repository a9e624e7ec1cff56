// Blocks of 64 bytes are mixed into five words in eighty steps. Behind the text come 0x80, zeros
// and its length in bits, so that the last block is full.
#include "base/sha1.hpp"

#include <bit>
#include <cstddef>
#include <cstring>

namespace ringblast {

namespace {

using Words = std::array<uint32_t, 5>;
constexpr size_t block_size = 64;
constexpr size_t length_size = 8;

uint32_t load_big_endian(const uint8_t* bytes) {
    return uint32_t{bytes[0]} << 24 | uint32_t{bytes[1]} << 16 | uint32_t{bytes[2]} << 8 |
           uint32_t{bytes[3]};
}

void mix_block(Words& hash, const uint8_t* block) {
    std::array<uint32_t, 80> schedule;
    for (size_t i = 0; i < 16; ++i) {
        schedule[i] = load_big_endian(block + 4 * i);
    }
    for (size_t i = 16; i < 80; ++i) {
        schedule[i] =
            std::rotl(schedule[i - 3] ^ schedule[i - 8] ^ schedule[i - 14] ^ schedule[i - 16], 1);
    }
    auto [a, b, c, d, e] = hash;
    for (size_t i = 0; i < 80; ++i) {
        uint32_t chosen = i < 20   ? (b & c) | (~b & d)
                          : i < 40 ? b ^ c ^ d
                          : i < 60 ? (b & c) | (b & d) | (c & d)
                                   : b ^ c ^ d;
        constexpr std::array<uint32_t, 4> constants = {0x5a827999, 0x6ed9eba1, 0x8f1bbcdc,
                                                       0xca62c1d6};
        uint32_t next = std::rotl(a, 5) + chosen + e + constants[i / 20] + schedule[i];
        e = d;
        d = c;
        c = std::rotl(b, 30);
        b = a;
        a = next;
    }
    const Words mixed = {a, b, c, d, e};
    for (size_t i = 0; i < hash.size(); ++i) {
        hash[i] += mixed[i];
    }
}

} // namespace

std::array<uint8_t, 20> sha1(std::string_view bytes) {
    Words hash = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
    size_t left = bytes.size();
    const uint8_t* at = reinterpret_cast<const uint8_t*>(bytes.data());
    for (; left >= block_size; left -= block_size, at += block_size) {
        mix_block(hash, at);
    }
    std::array<uint8_t, 2 * block_size> last{};
    if (left > 0) {
        std::memcpy(last.data(), at, left);
    }
    last[left] = 0x80;
    size_t last_size = left < block_size - length_size ? block_size : 2 * block_size;
    for (size_t i = 0; i < length_size; ++i) {
        last[last_size - 1 - i] = static_cast<uint8_t>(uint64_t{bytes.size()} * 8 >> 8 * i);
    }
    for (size_t start = 0; start < last_size; start += block_size) {
        mix_block(hash, last.data() + start);
    }
    std::array<uint8_t, 20> digest;
    for (size_t i = 0; i < digest.size(); ++i) {
        digest[i] = static_cast<uint8_t>(hash[i / 4] >> (24 - 8 * (i % 4)));
    }
    return digest;
}

} // namespace ringblast
