#include "profile/values.hpp"

#include "base/nearest.hpp"
#include "base/quote.hpp"
#include "base/units.hpp"
#include "scenario/regex.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <system_error>

namespace ringblast {

namespace {

using Kind = TomlNode::Kind;

constexpr size_t name_size_max = 200;

/// Without exponent: the readers of units know none.
std::string print_plain(double number) {
    char digits[1100]; // the longest double has 309 digits before the point or 1074 behind it
    const auto end =
        std::to_chars(std::begin(digits), std::end(digits), number, std::chars_format::fixed).ptr;
    return {std::begin(digits), end};
}

/// What a person wrote, for a message.
std::string describe(const TomlNode& node) {
    switch (node.kind) {
    case Kind::boolean:
        return node.truth ? "true" : "false";
    case Kind::integer:
        return std::to_string(node.integer);
    case Kind::real:
        return print_plain(node.real).substr(0, 40);
    case Kind::text:
        return quoted(node.text);
    case Kind::date:
        return node.text;
    case Kind::list:
        return node.items.empty() ? "an empty list" : "a list";
    case Kind::table:
        return "a table";
    }
    return {};
}

/// The digits of a number, or a string in the hope that it holds some.
std::optional<std::string> number_text(const TomlNode& node) {
    switch (node.kind) {
    case Kind::integer:
        return std::to_string(node.integer);
    case Kind::real:
        return print_plain(node.real);
    case Kind::text:
        return node.text;
    default:
        return std::nullopt;
    }
}

/// Reads with one of base/units.hpp, whose errors say what is allowed.
template <class T>
std::optional<T> read_unit(Reading& reading, std::string_view label, const TomlNode& node,
                           Expected<T> (*parse)(std::string_view), std::string_view what,
                           std::string_view allowed) {
    const auto text = number_text(node);
    if (!text) {
        refuse_value(reading, label, node, what, allowed);
        return std::nullopt;
    }
    const Expected<T> value = parse(*text);
    if (!value) {
        reading.problem(node, std::string(label) + ": " + value.error().message);
        return std::nullopt;
    }
    return *value;
}

/// Adds a problem and gives nothing where the value is 0.
template <class T>
std::optional<T> above_0(Reading& reading, std::string_view label, const TomlNode& node,
                         std::optional<T> value) {
    if (value && *value == T{}) {
        reading.problem(node, std::string(label) + ": it is 0; allowed: more than that");
        return std::nullopt;
    }
    return value;
}

bool has_control(std::string_view text) {
    return std::ranges::any_of(
        text, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 127; });
}

template <class Number>
bool parse_whole_text(std::string_view text, Number& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size();
}

} // namespace

void refuse_value(Reading& reading, std::string_view label, const TomlNode& node,
                  std::string_view what, std::string_view allowed) {
    std::string message(label);
    message.append(": ").append(describe(node)).append(" is not ").append(what);
    message.append("; allowed: ").append(allowed);
    reading.problem(node, std::move(message));
}

std::optional<bool> read_boolean(Reading& reading, std::string_view label, const TomlNode& node) {
    if (node.kind == Kind::boolean) {
        return node.truth;
    }
    if (node.kind == Kind::text && (node.text == "true" || node.text == "false")) {
        return node.text == "true";
    }
    refuse_value(reading, label, node, "a boolean", "true, false");
    return std::nullopt;
}

OptionalText read_text(Reading& reading, std::string_view label, const TomlNode& node) {
    if (node.kind == Kind::text) {
        return node.text;
    }
    refuse_value(reading, label, node, "a string", "a text in quotes");
    return std::nullopt;
}

OptionalText read_name(Reading& reading, std::string_view label, const TomlNode& node) {
    OptionalText name = read_text(reading, label, node);
    if (name && (name->empty() || name->size() > name_size_max || has_control(*name))) {
        refuse_value(reading, label, node, "a name",
                     "1 to " + std::to_string(name_size_max) +
                         " bytes in one line, without control characters");
        return std::nullopt;
    }
    return name;
}

OptionalText read_regex(Reading& reading, std::string_view label, const TomlNode& node) {
    OptionalText text = read_text(reading, label, node);
    if (!text) {
        return std::nullopt;
    }
    if (Expected<Regex> regex = Regex::compile(*text); !regex) {
        reading.problem(node, std::string(label) + ": " + regex.error().message +
                                  "; allowed: a regular expression (PCRE2)");
        return std::nullopt;
    }
    return text;
}

OptionalText read_template(Reading& reading, std::string_view label, const TomlNode& node) {
    OptionalText text = read_text(reading, label, node);
    if (text) {
        reading.note_insertions(node, *text);
    }
    return text;
}

OptionalText read_header_value(Reading& reading, std::string_view label, const TomlNode& node) {
    OptionalText text = read_scalar(reading, label, node);
    if (text && has_control(*text)) {
        reading.problem(node, std::string(label) + ": the value of a header is one line; allowed: "
                                                   "texts without control characters");
        return std::nullopt;
    }
    if (text) {
        reading.note_insertions(node, *text);
    }
    return text;
}

OptionalText read_scalar(Reading& reading, std::string_view label, const TomlNode& node) {
    if (node.kind == Kind::boolean) {
        return node.truth ? "true" : "false";
    }
    if (node.kind == Kind::date) {
        return node.text;
    }
    if (auto text = number_text(node)) {
        return text;
    }
    refuse_value(reading, label, node, "a single value", "a string, a number, true, false");
    return std::nullopt;
}

OptionalText read_path(Reading& reading, std::string_view label, const TomlNode& node) {
    OptionalText text = read_text(reading, label, node);
    if (text && (text->empty() || text->find('\0') != std::string::npos)) {
        refuse_value(reading, label, node, "a path", "a path relative to this file");
        return std::nullopt;
    }
    return text ? OptionalText(reading.path(node, *text)) : text;
}

OptionalText read_output_path(Reading& reading, std::string_view label, const TomlNode& node) {
    return node.kind == Kind::text && node.text == "-" ? OptionalText(node.text)
                                                       : read_path(reading, label, node);
}

std::optional<std::vector<std::string>> read_texts(Reading& reading, std::string_view label,
                                                   const TomlNode& node) {
    const bool one = node.kind == Kind::text;
    if (!one && node.kind != Kind::list) {
        refuse_value(reading, label, node, "a list of strings",
                     "[\"one\", \"two\"], or one string");
        return std::nullopt;
    }
    std::vector<std::string> texts;
    for (const TomlNode& item : one ? std::span(&node, 1) : std::span(node.items)) {
        if (OptionalText text = read_name(reading, label, item)) {
            texts.push_back(std::move(*text));
        }
    }
    return texts;
}

std::optional<Duration> read_duration(Reading& reading, std::string_view label,
                                      const TomlNode& node) {
    const auto value = read_unit<Duration>(
        reading, label, node, [](std::string_view text) { return parse_duration(text); },
        "a duration", "\"500us\", \"250ms\", \"10s\", \"5m\", \"1h30m\", or a number of seconds");
    if (value && *value > duration_max) {
        refuse_value(reading, label, node, "a duration of a run", "up to 8784h (a year)");
        return std::nullopt;
    }
    return value;
}

std::optional<Duration> read_duration_above_0(Reading& reading, std::string_view label,
                                              const TomlNode& node) {
    return above_0(reading, label, node, read_duration(reading, label, node));
}

std::optional<uint64_t> read_count(Reading& reading, std::string_view label, const TomlNode& node) {
    return read_unit<uint64_t>(reading, label, node, parse_count, "a count",
                               "a whole number, or a string such as \"10k\"");
}

std::optional<uint64_t> read_count_above_0(Reading& reading, std::string_view label,
                                           const TomlNode& node) {
    return above_0(reading, label, node, read_count(reading, label, node));
}

std::optional<uint64_t> read_size(Reading& reading, std::string_view label, const TomlNode& node) {
    return read_unit<uint64_t>(reading, label, node, parse_size, "a size",
                               "a number of bytes, or a string such as \"64KiB\"");
}

std::optional<unsigned> read_redirects(Reading& reading, std::string_view label,
                                       const TomlNode& node) {
    constexpr uint64_t redirects_max = 100;
    const auto count = read_count(reading, label, node);
    if (count && *count > redirects_max) {
        refuse_value(reading, label, node, "a number of redirects", "0 (none) to 100");
        return std::nullopt;
    }
    return count ? std::optional(static_cast<unsigned>(*count)) : std::nullopt;
}

std::optional<double> read_rate(Reading& reading, std::string_view label, const TomlNode& node) {
    return read_unit<double>(reading, label, node, parse_rate, "a rate",
                             "a number per second, or a string such as \"100/s\", \"1000/min\"");
}

std::optional<double> read_number_above_0(Reading& reading, std::string_view label,
                                          const TomlNode& node) {
    const auto text = number_text(node);
    double number = 0;
    if (!text || !parse_whole_text(*text, number) || !std::isfinite(number) || number <= 0) {
        refuse_value(reading, label, node, "a number above 0", "numbers such as 5 or 0.5");
        return std::nullopt;
    }
    return number;
}

std::optional<int64_t> read_integer(Reading& reading, std::string_view label,
                                    const TomlNode& node) {
    if (node.kind == Kind::integer) {
        return node.integer;
    }
    int64_t number = 0;
    if (node.kind != Kind::text || !parse_whole_text(node.text, number)) {
        refuse_value(reading, label, node, "a whole number", "whole numbers such as 5 or -5");
        return std::nullopt;
    }
    return number;
}

std::optional<size_t> read_word(Reading& reading, std::string_view label, const TomlNode& node,
                                std::span<const std::string_view> words) {
    const auto found = node.kind == Kind::text ? std::ranges::find(words, node.text) : words.end();
    if (found != words.end()) {
        return static_cast<size_t>(found - words.begin());
    }
    std::string allowed;
    for (const std::string_view word : words) {
        allowed.append(allowed.empty() ? "" : ", ").append(quoted(word));
    }
    const std::string hint = node.kind == Kind::text && node.text.size() <= name_size_max
                                 ? nearest_hint(node.text, words)
                                 : std::string{};
    refuse_value(reading, label, node, "one of its words" + hint, allowed);
    return std::nullopt;
}

bool expect_table(Reading& reading, std::string_view label, const TomlNode& node,
                  std::string_view example) {
    if (node.kind == Kind::table) {
        return true;
    }
    refuse_value(reading, label, node, "a table", example);
    return false;
}

const TomlNode& part(Reading& reading, const TableReader& top, std::string_view key) {
    static const TomlNode nothing;
    const TomlNode* node = top.find(key);
    return node != nullptr && expect_table(reading, key, *node, "[" + std::string(key) + "]")
               ? *node
               : nothing;
}

std::vector<const TomlNode*> read_tables(Reading& reading, std::string_view label,
                                         const TomlNode& node) {
    std::vector<const TomlNode*> tables;
    const std::string form = "[[" + std::string(label) + "]] or " +
                             std::string(label.substr(label.rfind('.') + 1)) + " = [{ … }]";
    if (node.kind != Kind::list) {
        refuse_value(reading, label, node, "a list of tables", form);
        return tables;
    }
    for (const TomlNode& item : node.items) {
        if (expect_table(reading, label, item, form)) {
            tables.push_back(&item);
        }
    }
    return tables;
}

} // namespace ringblast
