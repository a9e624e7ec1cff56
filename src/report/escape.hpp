// Names and messages may hold anything, from a profile or from a server; here they are made safe
// for the format they go into.
#pragma once

#include <string>
#include <string_view>

namespace ringblast {

/// The text with every byte that is not part of UTF-8 replaced by U+FFFD.
std::string valid_utf8(std::string_view text);

/// For text and quoted attributes of XML and HTML. Valid UTF-8; characters that XML 1.0 does not
/// allow become U+FFFD, line breaks stay.
std::string escape_xml(std::string_view text);

/// For a line or a table cell of GitHub's Markdown: nothing in it is markup, line breaks are
/// blanks.
std::string escape_markdown(std::string_view text);

/// A field of CSV as Python's csv module writes it: in quotes only where it must be.
std::string csv_field(std::string_view text);

/// JSON for a script element: no `<`, `>` or `&`, so that no text in it can end the element. They
/// occur only inside of strings, where their escapes mean the same.
std::string escape_script_json(std::string_view json);

} // namespace ringblast
