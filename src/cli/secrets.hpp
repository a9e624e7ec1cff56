// What may not be shown: keys, tokens, cookies, passwords in URLs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ringblast {

/// Whether the value of a header is a secret: Authorization, Cookie, X-API-Key and their like.
bool is_secret_header(std::string_view name);

/// A line `Name: value`; a secret value is ***.
std::string masked_header(const std::string& text);

/// The command line as one text for the result, secrets replaced by *** unless shown.
std::string render_command(const std::vector<std::string>& arguments, bool show_secrets);

} // namespace ringblast
