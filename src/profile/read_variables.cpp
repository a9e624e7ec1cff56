// [variables]: what {{name}} draws.
#include "base/quote.hpp"
#include "profile/insertions.hpp"
#include "profile/read_parts.hpp"
#include "profile/values.hpp"
#include "scenario/csv_file.hpp"

#include <algorithm>
#include <array>

namespace ringblast {

namespace {

using Kind = TomlNode::Kind;

/// In the order of Variable::Kind.
constexpr std::array<std::string_view, 8> kind_keys = {"int",    "uuid", "seq",   "choice",
                                                       "string", "now",  "value", "csv"};
constexpr int64_t string_length_max = 64 * 1024;

std::optional<DrawnPer> read_per(Reading& reading, std::string_view label, const TomlNode& node) {
    static constexpr std::array<std::string_view, 3> words = {"task", "user", "request"};
    const auto word = read_word(reading, label, node, words);
    return word ? std::optional(static_cast<DrawnPer>(*word)) : std::nullopt;
}

std::optional<Variable::Pick> read_pick(Reading& reading, std::string_view label,
                                        const TomlNode& node) {
    static constexpr std::array<std::string_view, 3> words = {"unique", "circular", "random"};
    const auto word = read_word(reading, label, node, words);
    return word ? std::optional(static_cast<Variable::Pick>(*word)) : std::nullopt;
}

std::optional<Variable::Now> read_now(Reading& reading, std::string_view label,
                                      const TomlNode& node) {
    static constexpr std::array<std::string_view, 3> words = {"unix", "unix_ms", "iso"};
    const auto word = read_word(reading, label, node, words);
    return word ? std::optional(static_cast<Variable::Now>(*word)) : std::nullopt;
}

void read_range(Reading& reading, const TomlNode& node, Variable& variable) {
    if (node.kind != Kind::list || node.items.size() != 2) {
        refuse_value(reading, "int", node, "a range", "[lowest, highest], both included");
        return;
    }
    const auto low = read_integer(reading, "int", node.items[0]);
    const auto high = read_integer(reading, "int", node.items[1]);
    variable.low = low.value_or(0);
    variable.high = high.value_or(0);
    if (low && high && *low > *high) {
        reading.problem(node, "int: the range is empty; allowed: [lowest, highest], both included");
    }
}

void read_choices(Reading& reading, const TomlNode& node, Variable& variable) {
    if (node.kind != Kind::list || node.items.empty()) {
        refuse_value(reading, "choice", node, "a list to choose from", "[\"one\", \"two\"]");
        return;
    }
    for (const TomlNode& item : node.items) {
        if (OptionalText text = read_scalar(reading, "choice", item)) {
            variable.texts.push_back(std::move(*text));
        }
    }
}

void read_length(Reading& reading, const TomlNode& node, Variable& variable) {
    const auto length = read_integer(reading, "string", node);
    if (length && (*length < 1 || *length > string_length_max)) {
        refuse_value(reading, "string", node, "a length",
                     "1 to " + std::to_string(string_length_max) + " random letters and digits");
    }
    variable.low = length.value_or(0);
}

/// So that a file that cannot be read, or a column that it does not have, has a place in the
/// profile.
void read_columns(Reading& reading, const TomlNode& node, const Variable& variable) {
    if (variable.file.empty()) {
        return;
    }
    Expected<std::vector<std::string>> columns = CsvFile::read_columns(variable.file);
    if (columns) {
        reading.note_columns(variable.name, std::move(*columns));
    } else {
        reading.problem(node, columns.error().message);
    }
}

void read_kind(Reading& reading, const TableReader& table, const TomlEntry& entry,
               Variable& variable) {
    switch (variable.kind) {
    case Variable::Kind::integer:
        read_range(reading, entry.node, variable);
        break;
    case Variable::Kind::uuid:
        if (read_boolean(reading, "uuid", entry.node) == false) {
            reading.problem(entry.node, "uuid: false draws nothing; allowed: true");
        }
        break;
    case Variable::Kind::sequence:
        table.take("seq", variable.low, read_integer);
        break;
    case Variable::Kind::choice:
        read_choices(reading, entry.node, variable);
        break;
    case Variable::Kind::text:
        read_length(reading, entry.node, variable);
        break;
    case Variable::Kind::now:
        table.take("now", variable.now, read_now);
        break;
    case Variable::Kind::value:
        variable.texts.push_back(read_scalar(reading, "value", entry.node).value_or(""));
        break;
    case Variable::Kind::csv:
        table.take("csv", variable.file, read_path);
        read_columns(reading, entry.node, variable);
        variable.per = DrawnPer::user;
        break;
    }
}

void read_variable(Reading& reading, const TomlNode& node, Variable& variable) {
    const TableReader table(reading, node, Table::variable);
    if (const TomlEntry* entry = table.find_one_of(kind_keys, true)) {
        const auto index = std::ranges::find(kind_keys, entry->key) - kind_keys.begin();
        variable.kind = static_cast<Variable::Kind>(index);
        read_kind(reading, table, *entry, variable);
    }
    table.take("per", variable.per, read_per);
    table.take("pick", variable.pick, read_pick);
    const TomlEntry* pick = table.find_entry("pick");
    if (pick != nullptr && table.find("csv") == nullptr) {
        reading.problems.add(pick->place, "pick: only a csv has rows to pick; allowed: beside csv");
    }
}

} // namespace

std::vector<Variable> read_variables(Reading& reading, const TomlNode& node) {
    std::vector<Variable> variables;
    for (const TomlEntry& entry : node.entries) {
        Variable variable{.name = entry.key};
        if (!is_variable_name(entry.key)) {
            reading.problems.add(entry.place, quoted(entry.key) +
                                                  " is not the name of a variable; allowed: "
                                                  "letters, digits, _ and -, a letter first");
        }
        if (entry.node.kind == Kind::table) {
            read_variable(reading, entry.node, variable);
        } else if (OptionalText text = read_scalar(reading, entry.key, entry.node)) {
            variable.texts.push_back(std::move(*text));
        }
        reading.note_variable(entry.key, variable.kind == Variable::Kind::csv
                                             ? Reading::Kind::csv
                                             : Reading::Kind::declared);
        variables.push_back(std::move(variable));
    }
    return variables;
}

} // namespace ringblast
