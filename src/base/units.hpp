// Durations, counts, sizes and rates as people write them. Reading is exact (integer nanoseconds
// and bytes) and refuses whatever it does not understand wholly; the errors say what was read and
// what is allowed. The other way round is base/print.hpp.
//
//     duration  = number | 1*(number unit)      units descending: 1h30m
//     unit      = "h" | "m" | "min" | "s" | "ms" | "us" | "µs" | "ns"
//     count     = number ["k" | "K" | "M" | "G" | "T" | "Ki" | "KiB" | "Mi" | …]
//     size      = count | number ("B" | "kB" | "KB" | "MB" | …)
//     rate      = count ["/" ("s" | "sec" | "min" | "m" | "h")]
//     number    = digits ["." digits]
#pragma once

#include "ringblast/error.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace ringblast {

/// What a duration without unit means.
enum class BareNumber { seconds, refused };

/// At most 292 years; 0 is allowed. What is finer than a nanosecond is an error.
Expected<std::chrono::nanoseconds> parse_duration(std::string_view text,
                                                  BareNumber bare = BareNumber::seconds);

/// A whole number: 1.5k is 1500, 1.5 is an error.
Expected<uint64_t> parse_count(std::string_view text);

/// Bytes; as parse_count, and with B.
Expected<uint64_t> parse_size(std::string_view text);

/// Per second, finite and not negative. Without a period the number is per second. Not rounded to
/// a whole number: 1000/min is 16.67.
Expected<double> parse_rate(std::string_view text);

} // namespace ringblast
