// A value of a profile as compact JSON text: bodies, and values that a response is compared with.
#pragma once

#include "profile/reading.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace ringblast {

/// Insertions stay in their strings; a string that is only `{{x | raw}}` is written without
/// quotes. Keys stand in the order of the file. A date becomes a string; `inf` and `nan` are a
/// problem.
std::optional<std::string> read_json(Reading& reading, std::string_view label,
                                     const TomlNode& node);

/// JSON text of a file: strings that are only `{{x | raw}}` lose their quotes.
std::string unquote_raw_insertions(std::string_view json);

} // namespace ringblast
