#include "profile/json_text.hpp"

#include "profile/insertions.hpp"
#include "profile/values.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>

namespace ringblast {

namespace {

using Kind = TomlNode::Kind;

void append_real(std::string& out, double number) {
    char digits[32];
    const auto end = std::to_chars(std::begin(digits), std::end(digits), number).ptr;
    const std::string_view text(digits, static_cast<size_t>(end - digits));
    out.append(text);
    if (text.find_first_of(".e") == std::string_view::npos) {
        out.append(".0"); // what was written with a point stays no whole number
    }
}

bool append_json(Reading& reading, std::string_view label, const TomlNode& node, std::string& out) {
    bool good = true;
    switch (node.kind) {
    case Kind::boolean:
        out.append(node.truth ? "true" : "false");
        break;
    case Kind::integer:
        out.append(std::to_string(node.integer));
        break;
    case Kind::real:
        if (!std::isfinite(node.real)) {
            refuse_value(reading, label, node, "a number of JSON", "finite numbers");
            return false;
        }
        append_real(out, node.real);
        break;
    case Kind::text:
    case Kind::date:
        reading.note_insertions(node, node.text);
        append_json_string(out, node.text);
        break;
    case Kind::list:
        out += '[';
        for (const TomlNode& item : node.items) {
            out.append(&item == node.items.data() ? "" : ",");
            good &= append_json(reading, label, item, out);
        }
        out += ']';
        break;
    case Kind::table:
        out += '{';
        for (const TomlEntry& entry : node.entries) {
            reading.note_insertions(entry.node, entry.key);
            out.append(&entry == node.entries.data() ? "" : ",");
            append_json_string(out, entry.key);
            out += ':';
            good &= append_json(reading, label, entry.node, out);
        }
        out += '}';
        break;
    }
    return good;
}

} // namespace

std::optional<std::string> read_json(Reading& reading, std::string_view label,
                                     const TomlNode& node) {
    std::string text;
    return append_json(reading, label, node, text) ? std::optional(std::move(text)) : std::nullopt;
}

std::string unquote_raw_insertions(std::string_view json) {
    std::string result;
    while (!json.empty()) {
        const size_t quote = std::min(json.find('"'), json.size());
        result.append(json.substr(0, quote));
        json.remove_prefix(quote);
        if (json.empty()) {
            break;
        }
        // The string ends at the next quote that no backslash and no insertion holds.
        size_t end = 1;
        while (end < json.size() && json[end] != '"') {
            const bool braces = json.substr(end).starts_with("{{\"{{\"}}");
            end += braces ? 8 : json[end] == '\\' ? 2 : 1;
        }
        if (end >= json.size()) {
            result.append(json);
            break;
        }
        const std::string_view inside = json.substr(1, end - 1);
        const auto pieces = split_insertions(inside);
        const bool raw = pieces && pieces->size() == 1 && pieces->front().raw;
        result.append(raw ? inside : json.substr(0, end + 1));
        json.remove_prefix(end + 1);
    }
    return result;
}

} // namespace ringblast
