// What a request looks at in its response: expect, until, extract.
#include "base/quote.hpp"
#include "profile/insertions.hpp"
#include "profile/json_text.hpp"
#include "profile/read_parts.hpp"
#include "profile/values.hpp"

#include <algorithm>
#include <array>

namespace ringblast {

namespace {

using Kind = TomlNode::Kind;

std::optional<std::vector<int>> read_status(Reading& reading, std::string_view label,
                                            const TomlNode& node) {
    constexpr int64_t lowest = 100, highest = 999;
    std::vector<int> statuses;
    const bool list = node.kind == Kind::list;
    for (const TomlNode& item : list ? std::span(node.items) : std::span(&node, 1)) {
        const auto status = read_integer(reading, label, item);
        if (status && (*status < lowest || *status > highest)) {
            refuse_value(reading, label, item, "a status", "100 to 999");
        } else if (status) {
            statuses.push_back(static_cast<int>(*status));
        }
    }
    if (list && node.items.empty()) {
        refuse_value(reading, label, node, "a list of statuses",
                     "[200, 201]; without status: any of 2xx and 3xx");
    }
    return statuses;
}

bool is_pointer(std::string_view text) {
    return text.empty() || text.starts_with('/');
}

constexpr std::string_view pointer_form = "a JSON pointer such as \"/items/0/id\"";

OptionalText read_pointer(Reading& reading, std::string_view label, const TomlNode& node) {
    OptionalText text = read_text(reading, label, node);
    if (text && !is_pointer(*text)) {
        refuse_value(reading, label, node, "a JSON pointer", pointer_form);
        return std::nullopt;
    }
    return text;
}

/// `{ exists = true }`; any other value is compared.
bool is_condition(const TomlNode& node) {
    return node.kind == Kind::table && node.entries.size() == 1 &&
           node.entries.front().key == "exists";
}

JsonCondition read_condition(Reading& reading, const TomlEntry& entry) {
    JsonCondition condition{.pointer = entry.key};
    if (is_condition(entry.node)) {
        const TableReader table(reading, entry.node, Table::json_condition);
        bool exists = true;
        table.take("exists", exists, read_boolean);
        condition.kind = exists ? JsonCondition::Kind::exists : JsonCondition::Kind::absent;
    } else {
        condition.value = read_json(reading, entry.key, entry.node).value_or("");
    }
    return condition;
}

std::optional<std::vector<JsonCondition>> read_conditions(Reading& reading, std::string_view label,
                                                          const TomlNode& node) {
    if (!expect_table(reading, label, node,
                      "{ \"/status\" = \"done\", \"/id\" = { exists = true } }")) {
        return std::nullopt;
    }
    std::vector<JsonCondition> conditions;
    for (const TomlEntry& entry : node.entries) {
        if (is_pointer(entry.key)) {
            conditions.push_back(read_condition(reading, entry));
        } else {
            reading.problems.add(
                entry.place, std::string(label) + ": " + quoted(entry.key) +
                                 " is not a JSON pointer; allowed: " + std::string(pointer_form));
        }
    }
    return conditions;
}

std::optional<std::vector<Header>> read_expected_headers(Reading& reading, std::string_view label,
                                                         const TomlNode& node) {
    return read_headers(reading, label, node);
}

/// The keys that expect and until share.
Expect read_conditions_of(const TableReader& table) {
    Expect expect;
    table.take("status", expect.status, read_status);
    table.take("header", expect.headers, read_expected_headers);
    table.take("body_contains", expect.body_contains, read_template);
    table.take("body_matches", expect.body_matches, read_regex);
    table.take("json", expect.json, read_conditions);
    table.take("max_latency", expect.max_latency, read_duration_above_0);
    return expect;
}

Extract read_one_extract(Reading& reading, const TomlEntry& entry) {
    /// In the order of Extract::Kind.
    static constexpr std::array<std::string_view, 4> kinds = {"json", "regex", "header", "cookie"};
    Extract extract{.variable = entry.key};
    const TableReader table(reading, entry.node, Table::extract);
    if (const TomlEntry* kind = table.find_one_of(kinds, true)) {
        const auto index = std::ranges::find(kinds, kind->key) - kinds.begin();
        extract.kind = static_cast<Extract::Kind>(index);
        table.take(kind->key, extract.what,
                   extract.kind == Extract::Kind::json    ? read_pointer
                   : extract.kind == Extract::Kind::regex ? read_regex
                                                          : read_name);
    }
    table.take("default", extract.fallback, read_scalar);
    if (const TomlEntry* group = table.find_entry("group")) {
        constexpr uint64_t group_max = 99;
        const auto number = read_count(reading, "group", group->node);
        if (number && *number > group_max) {
            refuse_value(reading, "group", group->node, "a group", "0 (the whole match) to 99");
        } else if (table.find("regex") == nullptr) {
            reading.problems.add(group->place, "group: only a regex has groups; allowed: beside "
                                               "regex");
        }
        extract.group = static_cast<unsigned>(number.value_or(1));
    }
    return extract;
}

} // namespace

Expect read_expect(Reading& reading, const TomlNode& node) {
    if (!expect_table(reading, "expect", node, "{ status = [200], body_contains = \"id\" }")) {
        return {};
    }
    return read_conditions_of(TableReader(reading, node, Table::expect));
}

Until read_until(Reading& reading, const TomlNode& node) {
    Until until;
    if (!expect_table(reading, "until", node,
                      "{ json = { \"/status\" = \"done\" }, every = \"1s\", within = \"30s\" }")) {
        return until;
    }
    const TableReader table(reading, node, Table::until);
    until.condition = read_conditions_of(table);
    table.take("every", until.every, read_duration);
    table.take("within", until.within, read_duration_above_0);
    if (until.condition == Expect{}) {
        reading.problem(node, "until without a condition; allowed: status, header, body_contains, "
                              "body_matches, json, max_latency");
    }
    return until;
}

std::vector<Extract> read_extract(Reading& reading, const TomlNode& node) {
    std::vector<Extract> extracts;
    const std::string_view example = "{ token = { json = \"/access_token\" } }";
    if (!expect_table(reading, "extract", node, example)) {
        return extracts;
    }
    for (const TomlEntry& entry : node.entries) {
        if (!is_variable_name(entry.key)) {
            reading.problems.add(entry.place, quoted(entry.key) +
                                                  " is not the name of a variable; allowed: "
                                                  "letters, digits, _ and -, a letter first");
        } else if (expect_table(reading, entry.key, entry.node, example)) {
            reading.note_variable(entry.key, Reading::Kind::extracted);
            extracts.push_back(read_one_extract(reading, entry));
        }
    }
    return extracts;
}

} // namespace ringblast
