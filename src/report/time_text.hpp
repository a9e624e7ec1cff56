// Points in time as reports write them.
#pragma once

#include <cstdint>
#include <string>

namespace ringblast {

/// ISO 8601 in UTC with milliseconds: `2026-01-02T03:04:05.678Z`.
std::string print_utc(int64_t unix_ns);

/// For people: `2026-01-02 03:04:05 UTC`.
std::string print_utc_plain(int64_t unix_ns);

} // namespace ringblast
