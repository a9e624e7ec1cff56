#include "scenario/escape.hpp"

#include <array>

namespace ringblast {

namespace {

/// For each Escape a bit in each byte's entry: it may stand as it is.
constexpr std::array<uint8_t, 256> make_plain() {
    std::array<uint8_t, 256> plain{};
    auto bit = [](Escape escape) {
        return static_cast<uint8_t>(1u << static_cast<unsigned>(escape));
    };
    for (unsigned byte = 0; byte < 256; ++byte) {
        char c = static_cast<char>(byte);
        bool letter = (byte | 0x20) >= 'a' && (byte | 0x20) <= 'z';
        bool digit = c >= '0' && c <= '9';
        bool unreserved = letter || digit || c == '-' || c == '.' || c == '_' || c == '~';
        if (unreserved) {
            plain[byte] |= bit(Escape::path) | bit(Escape::query) | bit(Escape::form);
        }
        if (byte >= 0x20 && c != '"' && c != '\\') {
            plain[byte] |= bit(Escape::json);
        }
        if (byte >= 0x20 && byte != 0x7f) {
            plain[byte] |= bit(Escape::header);
        }
        bool unfit = byte <= 0x20 || byte >= 0x7f ||
                     std::string_view("\"#<>\\^`{|}").find(c) != std::string_view::npos;
        if (!unfit) {
            plain[byte] |= bit(Escape::target);
        }
    }
    // RFC 3986 has '~' unreserved, HTML's form encoding does not; both read both.
    return plain;
}

constexpr std::array<uint8_t, 256> plain_table = make_plain();
constexpr std::string_view hex_upper = "0123456789ABCDEF";

void append_json_char(std::string& out, char c) {
    switch (c) {
    case '"':
        out.append("\\\"", 2);
        return;
    case '\\':
        out.append("\\\\", 2);
        return;
    case '\n':
        out.append("\\n", 2);
        return;
    case '\r':
        out.append("\\r", 2);
        return;
    case '\t':
        out.append("\\t", 2);
        return;
    default:
        uint8_t byte = static_cast<uint8_t>(c);
        char code[] = {'\\', 'u', '0', '0', hex_upper[byte >> 4], hex_upper[byte & 15]};
        out.append(code, sizeof code);
    }
}

void append_escaped_char(std::string& out, char c, Escape escape) {
    if (escape == Escape::json) {
        append_json_char(out, c);
    } else if (escape == Escape::header) {
        out.push_back(' ');
    } else if (escape == Escape::form && c == ' ') {
        out.push_back('+');
    } else {
        uint8_t byte = static_cast<uint8_t>(c);
        char code[] = {'%', hex_upper[byte >> 4], hex_upper[byte & 15]};
        out.append(code, sizeof code);
    }
}

} // namespace

void append_escaped(std::string& out, std::string_view text, Escape escape) {
    if (escape == Escape::none) {
        out.append(text);
        return;
    }
    const uint8_t plain = static_cast<uint8_t>(1u << static_cast<unsigned>(escape));
    size_t start = 0;
    for (size_t i = 0; i < text.size(); ++i) {
        if ((plain_table[static_cast<uint8_t>(text[i])] & plain) == 0) [[unlikely]] {
            out.append(text, start, i - start);
            append_escaped_char(out, text[i], escape);
            start = i + 1;
        }
    }
    out.append(text, start, text.size() - start);
}

} // namespace ringblast
