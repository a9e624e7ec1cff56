#include "profile/reading.hpp"

#include "base/check.hpp"
#include "base/nearest.hpp"
#include "base/quote.hpp"
#include "profile/file_text.hpp"
#include "profile/insertions.hpp"

#include <algorithm>

namespace ringblast {

namespace {

constexpr size_t hint_size_max = 64; ///< longer words are no slips of the finger

std::string hint(std::string_view word, std::span<const std::string_view> known) {
    return word.size() > hint_size_max ? std::string{} : nearest_hint(word, known);
}

std::string listed(std::span<const std::string_view> words, std::string_view last_joint) {
    std::string text;
    for (size_t i = 0; i < words.size(); ++i) {
        text.append(i == 0 ? "" : i + 1 == words.size() ? last_joint : ", ").append(words[i]);
    }
    return text;
}

/// ` belongs in [load]`, where other tables have the key.
std::string right_tables(std::string_view key, std::span<const KeyTable> family) {
    constexpr size_t shown_max = 3;
    std::vector<std::string_view> places;
    for (const KeyTable& table : family) {
        if (places.size() < shown_max && std::ranges::find(table.keys, key) != table.keys.end()) {
            places.push_back(table.in);
        }
    }
    return places.empty() ? std::string{} : "it belongs in " + listed(places, " or ");
}

} // namespace

std::string Reading::path(const TomlNode& node, std::string_view relative) const {
    return path_in(problems.directory(node.place.file), relative);
}

void Reading::note_insertions(const TomlNode& node, std::string_view text) {
    const auto pieces = split_insertions(text);
    if (!pieces) {
        problem(node, pieces.error().message);
        return;
    }
    for (const TextPiece& piece : *pieces) {
        if (!piece.name.empty()) {
            uses_.insert({node.place, std::string(piece.name)});
        }
    }
}

void Reading::check_column(const Use& use, size_t dot) {
    const auto columns = columns_.find(std::string_view(use.name).substr(0, dot));
    const std::string column = use.name.substr(dot + 1);
    if (columns == columns_.end() ||
        std::ranges::find(columns->second, column) != columns->second.end()) {
        return;
    }
    const std::vector<std::string_view> known(columns->second.begin(), columns->second.end());
    problems.add(use.place, "{{" + use.name + "}}: the csv has no column " + quoted(column) +
                                hint(column, known) + "; allowed: " + listed(known, ", "));
}

void Reading::check_insertion(const Use& use, const std::vector<std::string_view>& known) {
    const size_t dot = use.name.find('.');
    const auto found = variables_.find(std::string_view(use.name).substr(0, dot));
    const std::string insertion = "{{" + use.name + "}}: ";
    if (found == variables_.end()) {
        const std::string name = use.name.substr(0, dot);
        problems.add(use.place, insertion + "there is no variable " + quoted(name) +
                                    hint(name, known) +
                                    "; allowed: the names in [variables] and those that an "
                                    "extract writes");
    } else if (found->second == Kind::csv && dot == std::string::npos) {
        problems.add(use.place,
                     insertion + "a csv has columns; allowed: {{" + use.name + ".COLUMN}}");
    } else if (found->second == Kind::csv) {
        check_column(use, dot);
    } else if (found->second != Kind::csv && dot != std::string::npos) {
        problems.add(use.place, insertion + "only a csv has columns; allowed: {{" +
                                    use.name.substr(0, dot) + "}}");
    }
}

void Reading::check_insertions() {
    std::vector<std::string_view> known;
    for (const auto& [name, kind] : variables_) {
        known.push_back(name);
    }
    for (const Use& use : uses_) {
        if (!problems.full()) {
            check_insertion(use, known);
        }
    }
}

TableReader::TableReader(Reading& reading, const TomlNode& table, const KnownKeys& known)
    : reading_(reading), table_(table), known_(known) {
    for (const TomlEntry& entry : table.entries) {
        if (std::ranges::find(known.table.keys, entry.key) == known.table.keys.end()) {
            complain(entry);
        }
    }
}

void TableReader::complain(const TomlEntry& entry) const {
    if (reading_.problems.full()) {
        reading_.problems.add(entry.place, {});
        return;
    }
    const KeyTable& known = known_.table;
    std::string message = quoted(entry.key) + " is not a key of " + std::string(known.title);
    if (const std::string right = right_tables(entry.key, known_.family); !right.empty()) {
        message += ": " + right;
    } else {
        message += hint(entry.key, known.keys);
    }
    reading_.problems.add(entry.place, message + "; allowed: " + listed(known.keys, ", "));
}

const TomlEntry* TableReader::find_entry(std::string_view key) const {
    CHECK(std::ranges::find(known_.table.keys, key) != known_.table.keys.end());
    return table_.find(key);
}

const TomlNode* TableReader::find(std::string_view key) const {
    const TomlEntry* entry = find_entry(key);
    return entry == nullptr ? nullptr : &entry->node;
}

const TomlEntry* TableReader::find_one_of(std::span<const std::string_view> choices,
                                          bool needed) const {
    const TomlEntry* first = nullptr;
    for (const std::string_view key : choices) {
        const TomlEntry* entry = find_entry(key);
        if (entry != nullptr && first != nullptr) {
            reading_.problems.add(std::max(entry->place, first->place),
                                  first->key + " and " + entry->key +
                                      " exclude each other; allowed: one of " +
                                      listed(choices, ", "));
            return nullptr;
        }
        first = entry == nullptr ? first : entry;
    }
    if (first == nullptr && needed) {
        reading_.problems.add(table_.place, std::string(known_.table.in) +
                                                " is incomplete; allowed: one of " +
                                                listed(choices, ", "));
    }
    return first;
}

} // namespace ringblast
