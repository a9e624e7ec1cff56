#include "report/escape.hpp"

#include <cstdint>

namespace ringblast {

namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd"; // U+FFFD

/// Length of the UTF-8 character at the front, 0 when there is none (RFC 3629: no overlong forms,
/// no surrogates, nothing above U+10FFFF).
size_t utf8_length(std::string_view text) {
    const auto byte = [&](size_t i) {
        return i < text.size() ? static_cast<uint8_t>(text[i]) : uint8_t{0};
    };
    const auto follows = [&](size_t i) { return (byte(i) & 0xc0) == 0x80; };
    const uint8_t first = byte(0);
    if (first < 0x80) {
        return 1;
    }
    if (first >= 0xc2 && first <= 0xdf) {
        return follows(1) ? 2 : 0;
    }
    if (first >= 0xe0 && first <= 0xef) {
        const bool overlong = first == 0xe0 && byte(1) < 0xa0;
        const bool surrogate = first == 0xed && byte(1) > 0x9f;
        return follows(1) && follows(2) && !overlong && !surrogate ? 3 : 0;
    }
    if (first >= 0xf0 && first <= 0xf4) {
        const bool overlong = first == 0xf0 && byte(1) < 0x90;
        const bool beyond = first == 0xf4 && byte(1) > 0x8f;
        return follows(1) && follows(2) && follows(3) && !overlong && !beyond ? 4 : 0;
    }
    return 0;
}

/// Calls `add` with every character, U+FFFD in the place of bytes that are none.
template <class Add>
void for_each_character(std::string_view text, Add add) {
    while (!text.empty()) {
        const size_t length = utf8_length(text);
        add(length == 0 ? replacement : text.substr(0, length));
        text.remove_prefix(length == 0 ? 1 : length);
    }
}

bool is_xml_character(std::string_view character) {
    if (character.size() == 1) {
        const auto byte = static_cast<uint8_t>(character[0]);
        return (byte >= 0x20 && byte != 0x7f) || byte == '\t' || byte == '\n' || byte == '\r';
    }
    return character != "\xef\xbf\xbe" && character != "\xef\xbf\xbf"; // U+FFFE, U+FFFF
}

std::string_view xml_entity(char c) {
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return "";
    }
}

} // namespace

std::string valid_utf8(std::string_view text) {
    std::string valid;
    for_each_character(text, [&](std::string_view character) { valid += character; });
    return valid;
}

std::string escape_xml(std::string_view text) {
    std::string escaped;
    for_each_character(text, [&](std::string_view character) {
        const std::string_view entity = xml_entity(character[0]);
        if (!entity.empty()) {
            escaped += entity;
        } else {
            escaped += is_xml_character(character) ? character : replacement;
        }
    });
    return escaped;
}

std::string escape_markdown(std::string_view text) {
    constexpr std::string_view markup = "\\`*_[]<>#|~$&@";
    std::string escaped;
    for_each_character(text, [&](std::string_view character) {
        const auto byte = static_cast<uint8_t>(character[0]);
        if (byte < 0x20 || byte == 0x7f) {
            escaped += byte == '\n' || byte == '\t' || byte == '\r' ? " " : replacement;
            return;
        }
        escaped += markup.find(character[0]) == std::string_view::npos ? "" : "\\";
        escaped += character;
    });
    return escaped;
}

std::string csv_field(std::string_view text) {
    std::string valid = valid_utf8(text);
    for (size_t at = 0; (at = valid.find('\0', at)) != std::string::npos;) {
        valid.replace(at, 1, replacement); // Python's reader stops at it
    }
    if (valid.find_first_of(",\"\r\n") == std::string::npos) {
        return valid;
    }
    std::string field = "\"";
    for (const char c : valid) {
        field += c == '"' ? "\"\"" : std::string(1, c);
    }
    return field + "\"";
}

std::string escape_script_json(std::string_view json) {
    std::string escaped;
    escaped.reserve(json.size());
    for (const char c : json) {
        switch (c) {
        case '<':
            escaped += "\\u003c";
            break;
        case '>':
            escaped += "\\u003e";
            break;
        case '&':
            escaped += "\\u0026";
            break;
        default:
            escaped += c;
        }
    }
    return escaped;
}

} // namespace ringblast
