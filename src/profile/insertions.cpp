#include "profile/insertions.hpp"

#include "base/quote.hpp"

#include <algorithm>

namespace ringblast {

namespace {

constexpr std::string_view literal_braces = "\"{{\"";
constexpr std::string_view insertion_forms =
    "; allowed: {{name}}, {{name.column}} of a csv, {{name | raw}}, "
    "and {{\"{{\"}} for the braces themselves";

bool is_letter(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::string_view trim(std::string_view text) {
    const size_t first = text.find_first_not_of(" \t");
    return first == std::string_view::npos
               ? std::string_view{}
               : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Whether a name stands there, with the column of a csv or without. Columns have any name.
bool is_reference(std::string_view text) {
    const size_t dot = text.find('.');
    return is_variable_name(text.substr(0, dot)) && dot + 1 != text.size();
}

/// The insertion at the front of `text`.
Expected<TextPiece> take_insertion(std::string_view text) {
    const size_t start = text.find_first_not_of(" \t", 2);
    const bool literal =
        start != std::string_view::npos && text.substr(start).starts_with(literal_braces);
    const size_t close = text.find("}}", literal ? start + literal_braces.size() : 2);
    if (close == std::string_view::npos) {
        return failure("{{ without }} in " + quoted(text) + std::string(insertion_forms));
    }
    const std::string_view inside = trim(text.substr(2, close - 2));
    TextPiece piece{.text = text.substr(0, close + 2), .insertion = true};
    if (inside == literal_braces) {
        return piece;
    }
    const size_t bar = inside.find('|');
    piece.name = trim(inside.substr(0, bar));
    piece.raw = bar != std::string_view::npos;
    if (!is_reference(piece.name)) {
        return failure("{{" + std::string(inside.substr(0, 40)) + "}}: " + quoted(piece.name) +
                       " is not the name of a variable" + std::string(insertion_forms));
    }
    if (piece.raw && trim(inside.substr(bar + 1)) != "raw") {
        return failure("{{" + std::string(inside.substr(0, 40)) + "}}: there is no " +
                       quoted(trim(inside.substr(bar + 1))) + std::string(insertion_forms));
    }
    return piece;
}

void append_percent(std::string& out, std::string_view text, Encode encode) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    for (const char c : text) {
        if (is_letter(c) || is_digit(c) ||
            std::string_view("-._~").find(c) != std::string_view::npos) {
            out += c;
        } else if (c == ' ' && encode == Encode::form) {
            out += '+';
        } else {
            const auto byte = static_cast<unsigned char>(c);
            out += '%';
            out += digits[byte >> 4];
            out += digits[byte & 15];
        }
    }
}

void append_json_escaped(std::string& out, std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    constexpr std::string_view letters = "btn?fr"; // of the codes 8 to 13
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (byte >= 8 && byte <= 13 && byte != 11) {
            out += '\\';
            out += letters[byte - 8];
        } else if (byte < ' ' || byte == 127) {
            out += "\\u00";
            out += digits[byte >> 4];
            out += digits[byte & 15];
        } else {
            out += c;
        }
    }
}

} // namespace

Expected<std::vector<TextPiece>> split_insertions(std::string_view text) {
    std::vector<TextPiece> pieces;
    while (!text.empty()) {
        const size_t at = std::min(text.find("{{"), text.size());
        if (at > 0) {
            pieces.push_back({.text = text.substr(0, at)});
            text.remove_prefix(at);
            continue;
        }
        Expected<TextPiece> piece = take_insertion(text);
        if (!piece) {
            return std::unexpected(piece.error());
        }
        text.remove_prefix(piece->text.size());
        pieces.push_back(*piece);
    }
    return pieces;
}

bool is_variable_name(std::string_view text) {
    return !text.empty() && !is_digit(text[0]) && text[0] != '-' &&
           std::ranges::all_of(
               text, [](char c) { return is_letter(c) || is_digit(c) || c == '_' || c == '-'; });
}

void append_encoded(std::string& out, std::string_view text, Encode encode) {
    const auto pieces = split_insertions(text);
    if (!pieces) {
        out.append(text);
        return;
    }
    for (const TextPiece& piece : *pieces) {
        if (piece.insertion) {
            out.append(piece.text);
        } else {
            append_percent(out, piece.text, encode);
        }
    }
}

void append_json_string(std::string& out, std::string_view text) {
    const auto pieces = split_insertions(text);
    if (pieces && pieces->size() == 1 && pieces->front().raw) {
        out.append(text);
        return;
    }
    out += '"';
    if (!pieces) {
        append_json_escaped(out, text);
    } else {
        for (const TextPiece& piece : *pieces) {
            if (piece.insertion) {
                out.append(piece.text);
            } else {
                append_json_escaped(out, piece.text);
            }
        }
    }
    out += '"';
}

} // namespace ringblast
