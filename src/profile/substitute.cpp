#include "profile/substitute.hpp"

#include "base/quote.hpp"

#include <algorithm>
#include <cstdlib>
#include <optional>

namespace ringblast {

namespace {

constexpr int depth_max = 8; ///< of defaults in defaults
constexpr std::string_view reference_forms =
    "; allowed: ${NAME} or ${NAME:-default}, and $${ for the two characters themselves";

bool is_name(std::string_view text) {
    return !text.empty() && !(text[0] >= '0' && text[0] <= '9') &&
           std::ranges::all_of(text, [](char c) {
               return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                      c == '_';
           });
}

std::optional<std::string> look_up(const std::string& name, const SetValues& set) {
    const auto found = std::ranges::find(set.rbegin(), set.rend(), name,
                                         &std::pair<std::string, std::string>::first);
    if (found != set.rend()) {
        return found->second;
    }
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

/// Length up to the brace that closes, of a text behind an opening one; braces inside match.
size_t find_close(std::string_view text) {
    int open = 1;
    for (size_t i = 0; i < text.size(); ++i) {
        open += (text[i] == '{') - (text[i] == '}');
        if (open == 0) {
            return i;
        }
    }
    return std::string_view::npos;
}

Expected<std::string> substitute_at(std::string_view text, const SetValues& set, int depth);

/// What stands between the braces.
Expected<std::string> value_of(std::string_view inside, const SetValues& set, int depth) {
    const size_t mark = inside.find(":-");
    const std::string name(inside.substr(0, mark));
    if (!is_name(name)) {
        return failure("${" + std::string(inside.substr(0, 40)) + "}: " + quoted(name) +
                       " is not a name of letters, digits and _" + std::string(reference_forms));
    }
    std::optional<std::string> value = look_up(name, set);
    if (mark != std::string_view::npos && (!value || value->empty())) {
        return substitute_at(inside.substr(mark + 2), set, depth + 1);
    }
    if (!value) {
        return failure("${" + name + "} is not set; allowed: --set " + name +
                       "=VALUE, the environment, or a default: ${" + name + ":-VALUE}");
    }
    return *value;
}

Expected<std::string> substitute_at(std::string_view text, const SetValues& set, int depth) {
    if (depth > depth_max) {
        return failure("${...}: defaults in defaults nest too deep; allowed: " +
                       std::to_string(depth_max) + " levels");
    }
    std::string result;
    for (;;) {
        const size_t at = text.find("${");
        result.append(text.substr(0, at));
        if (at == std::string_view::npos) {
            return result;
        }
        const bool escaped = at > 0 && text[at - 1] == '$';
        text.remove_prefix(at + 2);
        if (escaped) {
            result += '{'; // behind the second $ of $${
            continue;
        }
        const size_t close = find_close(text);
        if (close == std::string_view::npos) {
            return failure("a ${ without its }" + std::string(reference_forms));
        }
        Expected<std::string> value = value_of(text.substr(0, close), set, depth);
        if (!value) {
            return value;
        }
        result += *value;
        text.remove_prefix(close + 1);
    }
}

} // namespace

Expected<std::string> substitute(std::string_view text, const SetValues& set) {
    return substitute_at(text, set, 0);
}

void substitute_tree(TomlNode& node, const SetValues& set, Problems& problems) {
    if (node.kind == TomlNode::Kind::text && node.text.find("${") != std::string::npos) {
        if (auto text = substitute(node.text, set)) {
            node.text = std::move(*text);
        } else {
            problems.add_cause(node.place, text.error().message);
        }
    }
    for (TomlNode& item : node.items) {
        substitute_tree(item, set, problems);
    }
    for (TomlEntry& entry : node.entries) {
        substitute_tree(entry.node, set, problems);
    }
}

} // namespace ringblast
