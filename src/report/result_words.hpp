// The words of a result's enumerations as machines read them, and the sizes of its units: what the
// writer and the reader of the JSON must agree on.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace ringblast {

inline constexpr double ns_in_ms = 1e6;
inline constexpr double ns_in_us = 1e3;

/// In the order of Verdict, ValidityState and Limit.
inline constexpr std::array<std::string_view, 4> verdict_words = {"pass", "marginal", "fail",
                                                                  "skipped"};
inline constexpr std::array<std::string_view, 3> validity_words = {"valid", "suspect", "invalid"};
inline constexpr std::array<std::string_view, 3> limit_words = {"none", "target", "generator"};

/// Requires: the words are those of the enumeration.
template <class Enum, size_t size>
constexpr std::string_view word_of(const std::array<std::string_view, size>& words, Enum value) {
    return words[static_cast<size_t>(value)];
}

} // namespace ringblast
