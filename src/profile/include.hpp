// A profile or a suite and the files it includes as one tree. The including file wins: tables merge
// key by key, [[user]], [[probe]] and [[run]] by name; what is one value (another array, the wait
// of a user, a variable) is replaced whole.
#pragma once

#include "profile/substitute.hpp"
#include "profile/toml.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace ringblast {

/// Largest profile file, bytes.
inline constexpr size_t profile_size_max = 1024 * 1024;

struct TomlSource {
    std::string_view text;
    std::string name;      ///< for messages
    std::string directory; ///< where `include` looks
    std::string path;      ///< empty: the text is in no file
};

/// Parses, includes and merges; `set` is for ${...} in the paths of includes, all other strings are
/// left as they are. Without a tree at least one problem was added.
std::optional<TomlNode> read_tree(const TomlSource& source, const SetValues& set,
                                  Problems& problems);

} // namespace ringblast
