// Base64 with padding (RFC 4648 § 4).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ringblast {

std::string encode_base64(std::string_view bytes);

/// Writes the 4 * ceil(size / 3) letters to `to`; returns their end.
char* write_base64(char* to, std::string_view bytes);

/// The bytes, or nothing when the text is not whole base64: a wrong letter, length or padding.
std::optional<std::string> decode_base64(std::string_view text);

} // namespace ringblast
