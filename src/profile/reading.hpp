// What the readers of the parts of a profile share: problems, options, and the names of variables,
// which are checked when all of the profile is known.
#pragma once

#include "profile/keys.hpp"
#include "profile/load.hpp"
#include "profile/toml.hpp"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace ringblast {

class Reading {
public:
    Reading(const LoadOptions& load_options, Problems& found)
        : options(load_options), problems(found) {}

    void problem(const TomlNode& node, std::string message) {
        problems.add(node.place, std::move(message));
    }
    /// A path as seen from the file that `node` stands in.
    std::string path(const TomlNode& node, std::string_view relative) const;

    /// Notes the insertions of a text; what is wrong with one is a problem at `node`.
    void note_insertions(const TomlNode& node, std::string_view text);
    enum class Kind { declared, csv, extracted };
    void note_variable(const std::string& name, Kind kind) { variables_.emplace(name, kind); }
    /// The columns of a csv, where its file could be read.
    void note_columns(const std::string& name, std::vector<std::string> columns) {
        columns_.emplace(name, std::move(columns));
    }
    /// Insertions of variables that are nowhere declared or extracted become problems.
    void check_insertions();

    const LoadOptions& options;
    Problems& problems;
    size_t bodies_size = 0; ///< bytes of all files that were read as bodies

private:
    struct Use {
        Place place;
        std::string name;
        auto operator<=>(const Use&) const = default;
    };
    void check_insertion(const Use& use, const std::vector<std::string_view>& known);
    void check_column(const Use& use, size_t dot);

    std::map<std::string, Kind, std::less<>> variables_;
    std::map<std::string, std::vector<std::string>, std::less<>> columns_;
    std::set<Use> uses_;
};

/// The keys of one table. Those that it may not have are problems from the start.
class TableReader {
public:
    TableReader(Reading& reading, const TomlNode& table, Table kind)
        : TableReader(reading, table, KnownKeys{key_table(kind), key_tables()}) {}
    /// The same for a table of another kind of file.
    TableReader(Reading& reading, const TomlNode& table, const KnownKeys& known);

    /// The value of a key; null where there is none. Requires: it is a key of this kind of table.
    const TomlNode* find(std::string_view key) const;
    /// The same, with the place of the key.
    const TomlEntry* find_entry(std::string_view key) const;

    /// Reads the value of a key, if there is one, with `read(reading, key, node)`, which gives an
    /// optional; without a value (a problem, then) `out` stays as it is.
    template <class T, class Read>
    void take(std::string_view key, T& out, Read read) const {
        if (const TomlNode* node = find(key)) {
            if (auto value = read(reading_, key, *node)) {
                out = std::move(*value);
            }
        }
    }

    /// The keys of `choices` that are there; more than one, or none where one is `needed`, is a
    /// problem at the table. Null unless it is exactly one.
    const TomlEntry* find_one_of(std::span<const std::string_view> choices, bool needed) const;

private:
    void complain(const TomlEntry& entry) const;

    Reading& reading_;
    const TomlNode& table_;
    KnownKeys known_;
};

} // namespace ringblast
