// The nearest known word to a mistyped one, for error messages.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace ringblast {

/// The word of `known` with the smallest edit distance to `word` (two letters that changed places
/// are one slip), upper and lower case being equal; empty when even that one differs in more than a
/// third of its letters (one at least). The view is one of `known`.
std::string_view nearest_word(std::string_view word, std::span<const std::string_view> known);

/// ` (nearest: NAME)` for the end of a message, or nothing.
std::string nearest_hint(std::string_view word, std::span<const std::string_view> known);

} // namespace ringblast
