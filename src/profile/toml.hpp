// A TOML file as a plain tree that knows where everything stands. The library that parses it is
// slow to compile and throws; both stay in toml.cpp.
#pragma once

#include "profile/problems.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringblast {

struct TomlEntry;

struct TomlNode {
    enum class Kind : uint8_t { boolean, integer, real, text, date, list, table };
    Kind kind = Kind::table;
    Place place;
    bool truth = false; ///< of a boolean
    int64_t integer = 0;
    double real = 0;
    std::string text;               ///< of a text; of a date as RFC 3339
    std::vector<TomlNode> items;    ///< of a list
    std::vector<TomlEntry> entries; ///< of a table, in the order of the file

    /// The entry of a table; null where there is none.
    const TomlEntry* find(std::string_view key) const;
    TomlEntry* find(std::string_view key);
};

struct TomlEntry {
    std::string key;
    Place place; ///< of the key
    TomlNode node;
};

/// Deeper nesting is refused, so that whoever walks the tree may recurse.
inline constexpr int toml_depth_max = 64;

/// Parses a file; what is wrong is added to `problems` (the parser knows one syntax error only).
std::optional<TomlNode> parse_toml(std::string_view text, uint32_t file, Problems& problems);

} // namespace ringblast
