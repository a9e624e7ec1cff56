// Points in time as reports write them.
#pragma once

#include "ringblast/profile.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ringblast {

inline double seconds(Duration duration) {
    return std::chrono::duration<double>(duration).count();
}

/// ISO 8601 in UTC with milliseconds: `2026-01-02T03:04:05.678Z`.
std::string print_utc(int64_t unix_ns);

/// What print_utc writes; nothing when the text is something else. Whole milliseconds.
std::optional<int64_t> parse_utc(std::string_view text);

/// The time that a saved result keeps: whole milliseconds. Reports use no finer one, so that one
/// made again from the file is the same.
int64_t whole_ms(int64_t unix_ns);

/// For people: `2026-01-02 03:04:05 UTC`.
std::string print_utc_plain(int64_t unix_ns);

/// For file names: `20260102-030405`.
std::string print_utc_compact(int64_t unix_ns);

} // namespace ringblast
