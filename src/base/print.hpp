// Figures as a person reads them: three digits that matter, a unit, thousands apart. For texts
// and messages only; files for machines have plain numbers in fixed units.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ringblast {

/// A latency: `850 ns`, `498 µs`, `1.94 ms`, `12.3 s`, `95.0 s`. Requires: ns >= 0.
std::string print_latency(double ns);

/// A span of time of a run or a stage: `250 ms`, `2.5 s`, `10 s`, `1 min 30 s`, `1 h 5 min`.
std::string print_span(double seconds);

/// `1,234,567`.
std::string print_count(uint64_t count);

/// A rate per second without its unit: `0.5`, `12.3`, `123,457`.
std::string print_rate(double per_second);

/// Decimal: `0 B`, `612 B`, `1.23 MB`.
std::string print_bytes(double bytes);

/// A fraction as percent: `0 %`, `<0.01 %`, `0.28 %`, `12.3 %`, `99.72 %`, `100 %`. Only 0 and 1
/// themselves are printed as 0 and 100.
std::string print_share(double fraction);

/// `1 request`, `1,234 requests`: a count with its noun, an `s` added where it is not one.
std::string print_counted(uint64_t count, const char* noun);

/// The text with control characters replaced by `?`: names and messages may hold what a server
/// sent, and a terminal obeys escape sequences.
std::string printable(std::string_view text);

/// Columns that the text takes on a terminal: its code points, SGR codes apart.
size_t display_width(std::string_view text);

} // namespace ringblast
