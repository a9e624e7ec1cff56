// Headers: a table of names and values.
#include "base/quote.hpp"
#include "profile/read_parts.hpp"
#include "profile/values.hpp"

#include <algorithm>

namespace ringblast {

namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// A token of RFC 9110, § 5.6.2.
bool is_token(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        const char small = lower(c);
        return (small >= 'a' && small <= 'z') || (c >= '0' && c <= '9') ||
               std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
    });
}

} // namespace

std::vector<Header> read_headers(Reading& reading, std::string_view label, const TomlNode& node) {
    std::vector<Header> headers;
    if (!expect_table(reading, label, node, "{ X-Api-Version = \"2\", Accept = \"text/html\" }")) {
        return headers;
    }
    for (const TomlEntry& entry : node.entries) {
        if (!is_token(entry.key)) {
            reading.problems.add(entry.place,
                                 std::string(label) + ": " + quoted(entry.key) +
                                     " is not the name of a header; allowed: letters, digits and "
                                     "!#$%&'*+-.^_`|~");
        } else if (auto value = read_header_value(reading, entry.key, entry.node)) {
            headers.push_back({entry.key, std::move(*value)});
        }
    }
    return headers;
}

bool has_header(const std::vector<Header>& headers, std::string_view name) {
    return std::ranges::any_of(headers, [name](const Header& header) {
        return std::ranges::equal(header.name, name, {}, lower, lower);
    });
}

} // namespace ringblast
