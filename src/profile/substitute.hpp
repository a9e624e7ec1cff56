// `${NAME}` and `${NAME:-default}` in the strings of a profile: read from --set, then from the
// environment, before anything else looks at the string.
//
//     ${NAME}            its value; an error where it is unset
//     ${NAME:-text}      text where NAME is unset or empty; text may hold ${...} itself
//     $${                the two characters ${
#pragma once

#include "profile/toml.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringblast {

/// NAME=VALUE pairs in order; of equal names the last one counts.
using SetValues = std::vector<std::pair<std::string, std::string>>;

/// The text with all of them replaced; an error says what is wrong and what is allowed.
Expected<std::string> substitute(std::string_view text, const SetValues& set);

/// Replaces in every string of the tree; keys stay as they are.
void substitute_tree(TomlNode& node, const SetValues& set, Problems& problems);

} // namespace ringblast
