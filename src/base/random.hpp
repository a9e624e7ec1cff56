// Counter-based random numbers: a pure function of (seed, stream, counter), so that arrival i or
// the n-th draw of user u is the same whatever thread makes it. Two rounds of the finalizer of
// SplitMix64 (Steele, Lea, Flood 2014) over the three words; not for cryptography.
#pragma once

#include <cmath>
#include <cstdint>

namespace ringblast {

constexpr uint64_t mix64(uint64_t word) {
    word ^= word >> 30;
    word *= 0xbf58476d1ce4e5b9u;
    word ^= word >> 27;
    word *= 0x94d049bb133111ebu;
    word ^= word >> 31;
    return word;
}

struct RandomKey {
    uint64_t seed = 1;
    uint64_t stream = 0; ///< what the numbers are for: arrivals, a user, …
};

/// 64 random bits.
constexpr uint64_t random_bits(RandomKey key, uint64_t counter) {
    uint64_t word = mix64(key.seed + 0x9e3779b97f4a7c15u * (key.stream + 1));
    return mix64(word ^ mix64(counter + 0x9e3779b97f4a7c15u));
}

/// Uniform in [0, size) from 64 random bits: the high half of their product (Lemire 2019, without
/// the rejection: the bias is below size / 2^64).
constexpr uint64_t scale_bits(uint64_t bits, uint64_t size) {
    __extension__ using Wide = unsigned __int128;
    return static_cast<uint64_t>(static_cast<Wide>(bits) * size >> 64);
}

/// Uniform in [0, 1).
constexpr double random_unit(RandomKey key, uint64_t counter) {
    return static_cast<double>(random_bits(key, counter) >> 11) * 0x1p-53;
}

/// Exponential with mean 1; never infinite.
inline double random_exponential(RandomKey key, uint64_t counter) {
    return -std::log1p(-random_unit(key, counter));
}

} // namespace ringblast
