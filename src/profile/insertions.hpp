// Texts with `{{insertions}}`, as far as the loader has to know them: where they are, so that what
// stands around them can be encoded and their names be checked. They are compiled by the scenario.
//
//     insertion = "{{" name ["." column] ["|" "raw"] "}}"  |  "{{" DQUOTE "{{" DQUOTE "}}"
#pragma once

#include "ringblast/error.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace ringblast {

struct TextPiece {
    std::string_view text; ///< with its braces where it is an insertion
    bool insertion = false;
    bool raw = false;
    std::string_view name; ///< empty for the literal pair of braces
};

/// Pieces are views into `text` and together all of it. Errors: `{{` without `}}`, something other
/// than a name in them.
Expected<std::vector<TextPiece>> split_insertions(std::string_view text);

/// Whether it may be the name of a variable: letters, digits, `_` and `-`, not a digit first.
bool is_variable_name(std::string_view text);

enum class Encode { query, form };

/// Appends the text percent-encoded (a space is + in a form), insertions as they are; a text whose
/// insertions cannot be read is appended as it is.
void append_encoded(std::string& out, std::string_view text, Encode encode);

/// Appends a JSON string with insertions as they are; without quotes where it is nothing but one
/// raw insertion.
void append_json_string(std::string& out, std::string_view text);

} // namespace ringblast
