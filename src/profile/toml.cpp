// The only file that includes toml++. Its exceptions end here.
#include "profile/toml.hpp"

#include <algorithm>
#include <exception>
#include <sstream>
#include <toml++/toml.h>

namespace ringblast {

namespace {

// toml++ bounds how deep values nest, not how many parts a dotted key has; each part is a table
// whose destructor recurses.
constexpr int key_parts_max = 16;

struct TooDeep {
    Place place;
};

Place place_of(const toml::source_region& region, uint32_t file) {
    return {file, region.begin.line, region.begin.column};
}

template <class T>
std::string to_text(const T& value) {
    std::ostringstream out;
    out << value;
    return std::move(out).str();
}

TomlNode convert(const toml::node& from, uint32_t file, int depth);

TomlNode convert_table(const toml::table& from, uint32_t file, int depth) {
    TomlNode node;
    for (const auto& [key, value] : from) {
        node.entries.push_back({std::string(key.str()), place_of(key.source(), file),
                                convert(value, file, depth + 1)});
    }
    // The parser keeps them by name; headers and fields go out as they were written.
    std::ranges::stable_sort(node.entries, {}, &TomlEntry::place);
    return node;
}

TomlNode convert(const toml::node& from, uint32_t file, int depth) {
    const Place place = place_of(from.source(), file);
    if (depth > toml_depth_max) {
        throw TooDeep{place};
    }
    TomlNode node;
    if (const auto* table = from.as_table()) {
        node = convert_table(*table, file, depth);
    } else if (const auto* list = from.as_array()) {
        node.kind = TomlNode::Kind::list;
        for (const toml::node& item : *list) {
            node.items.push_back(convert(item, file, depth + 1));
        }
    } else if (const auto* text = from.as_string()) {
        node.kind = TomlNode::Kind::text;
        node.text = text->get();
    } else if (const auto* integer = from.as_integer()) {
        node.kind = TomlNode::Kind::integer;
        node.integer = integer->get();
    } else if (const auto* real = from.as_floating_point()) {
        node.kind = TomlNode::Kind::real;
        node.real = real->get();
    } else if (const auto* truth = from.as_boolean()) {
        node.kind = TomlNode::Kind::boolean;
        node.truth = truth->get();
    } else {
        node.kind = TomlNode::Kind::date;
        if (const auto* date = from.as_date()) {
            node.text = to_text(date->get());
        } else if (const auto* time = from.as_time()) {
            node.text = to_text(time->get());
        } else if (const auto* date_time = from.as_date_time()) {
            node.text = to_text(date_time->get());
        }
    }
    node.place = place;
    return node;
}

/// Walks over a quoted text that starts at `at`; the position behind it.
size_t skip_quoted(std::string_view text, size_t at) {
    const char quote = text[at];
    const std::string_view three = quote == '"' ? "\"\"\"" : "'''";
    const bool long_one = text.substr(at).starts_with(three);
    at += long_one ? 3 : 1;
    while (at < text.size()) {
        if (quote == '"' && text[at] == '\\') {
            at += 2;
        } else if (long_one && text.substr(at).starts_with(three)) {
            return at + 3;
        } else if (!long_one && (text[at] == quote || text[at] == '\n')) {
            return at + 1;
        } else {
            ++at;
        }
    }
    return text.size();
}

/// Where a key with more parts than a sane one stands, as far as that shows without parsing.
std::optional<Place> find_long_key(std::string_view text, uint32_t file) {
    uint32_t line = 1;
    int parts = 1;
    for (size_t at = 0; at < text.size();) {
        const char letter = text[at];
        if (letter == '"' || letter == '\'') {
            const size_t end = std::min(skip_quoted(text, at), text.size());
            line += static_cast<uint32_t>(std::ranges::count(text.substr(at, end - at), '\n'));
            at = end;
            continue;
        }
        if (letter == '#') {
            at = std::min(text.find('\n', at), text.size());
            continue;
        }
        line += letter == '\n';
        if (std::string_view("\n=,{[").find(letter) != std::string_view::npos) {
            parts = 1;
        } else if (letter == '.' && ++parts > key_parts_max) {
            return Place{file, line, 1};
        }
        ++at;
    }
    return std::nullopt;
}

std::string nesting_message(int allowed) {
    return "this nests too deep; allowed: " + std::to_string(allowed) + " levels";
}

} // namespace

const TomlEntry* TomlNode::find(std::string_view key) const {
    const auto found = std::ranges::find(entries, key, &TomlEntry::key);
    return found == entries.end() ? nullptr : &*found;
}

TomlEntry* TomlNode::find(std::string_view key) {
    const auto found = std::ranges::find(entries, key, &TomlEntry::key);
    return found == entries.end() ? nullptr : &*found;
}

std::optional<TomlNode> parse_toml(std::string_view text, uint32_t file, Problems& problems) {
    if (auto place = find_long_key(text, file)) {
        problems.add(*place, nesting_message(key_parts_max));
        return std::nullopt;
    }
    try {
        return convert(toml::parse(text), file, 0);
    } catch (const toml::parse_error& error) {
        problems.add(place_of(error.source(), file),
                     "this is not TOML: " + std::string(error.description()));
    } catch (const TooDeep& deep) {
        problems.add(deep.place, nesting_message(toml_depth_max));
    } catch (const std::exception& error) {
        problems.add({file, 0, 0}, "the TOML parser gave up: " + std::string(error.what()));
    }
    return std::nullopt;
}

} // namespace ringblast
