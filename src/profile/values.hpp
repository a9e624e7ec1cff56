// Single values of a profile. Each reader gives the value, or nothing after it added a problem:
// `LABEL: what was read is not what it should be; allowed: …`. Where a number is wanted, a string
// that reads as one is taken, so that ${NAME} can stand for it.
#pragma once

#include "profile/reading.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ringblast {

/// Longest time in a profile: a year, so that sums of many stay in range.
inline constexpr Duration duration_max = std::chrono::hours(24 * 366);

/// Adds `LABEL: WHAT-WAS-READ is not WHAT; allowed: ALLOWED`.
void refuse_value(Reading& reading, std::string_view label, const TomlNode& node,
                  std::string_view what, std::string_view allowed);

using OptionalText = std::optional<std::string>;

std::optional<bool> read_boolean(Reading& reading, std::string_view label, const TomlNode& node);
OptionalText read_text(Reading& reading, std::string_view label, const TomlNode& node);
/// A text that goes into one line of a report: not empty, no control characters, 200 bytes at most.
OptionalText read_name(Reading& reading, std::string_view label, const TomlNode& node);
/// A text with insertions, which are noted.
OptionalText read_template(Reading& reading, std::string_view label, const TomlNode& node);
/// The same of a header: no control characters. Numbers and booleans are taken as texts.
OptionalText read_header_value(Reading& reading, std::string_view label, const TomlNode& node);
/// A regular expression that compiles.
OptionalText read_regex(Reading& reading, std::string_view label, const TomlNode& node);
/// A string, number or boolean as text.
OptionalText read_scalar(Reading& reading, std::string_view label, const TomlNode& node);
/// A text that is not empty, as a path from the file it stands in.
OptionalText read_path(Reading& reading, std::string_view label, const TomlNode& node);
/// The same; `-` is left alone.
OptionalText read_output_path(Reading& reading, std::string_view label, const TomlNode& node);
/// A string or a list of strings, none of them empty.
std::optional<std::vector<std::string>> read_texts(Reading& reading, std::string_view label,
                                                   const TomlNode& node);

/// At most duration_max.
std::optional<Duration> read_duration(Reading& reading, std::string_view label,
                                      const TomlNode& node);
std::optional<Duration> read_duration_above_0(Reading& reading, std::string_view label,
                                              const TomlNode& node);
std::optional<uint64_t> read_count(Reading& reading, std::string_view label, const TomlNode& node);
std::optional<uint64_t> read_count_above_0(Reading& reading, std::string_view label,
                                           const TomlNode& node);
std::optional<uint64_t> read_size(Reading& reading, std::string_view label, const TomlNode& node);
/// 0 to 100.
std::optional<unsigned> read_redirects(Reading& reading, std::string_view label,
                                       const TomlNode& node);
/// Per second.
std::optional<double> read_rate(Reading& reading, std::string_view label, const TomlNode& node);
/// Finite and above 0.
std::optional<double> read_number_above_0(Reading& reading, std::string_view label,
                                          const TomlNode& node);
std::optional<int64_t> read_integer(Reading& reading, std::string_view label, const TomlNode& node);
/// One of some words: its index.
std::optional<size_t> read_word(Reading& reading, std::string_view label, const TomlNode& node,
                                std::span<const std::string_view> words);

/// Whether it is a table; a problem where not. `example` says how it looks.
bool expect_table(Reading& reading, std::string_view label, const TomlNode& node,
                  std::string_view example);
/// The table `key` of the top, or an empty one; a complaint where it is no table.
const TomlNode& part(Reading& reading, const TableReader& top, std::string_view key);
/// The tables of a list, [[label]]; what is no table is a problem.
std::vector<const TomlNode*> read_tables(Reading& reading, std::string_view label,
                                         const TomlNode& node);

} // namespace ringblast
