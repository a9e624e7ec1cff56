// The profiles of profiles/, compiled into the binary: for `ringblast run NAME`, `--mode NAME` and
// `ringblast profiles`.
#pragma once

#include "ringblast/error.hpp"

#include <span>
#include <string_view>

namespace ringblast {

/// All of them with static storage.
struct BuiltinProfile {
    std::string_view name;
    std::string_view description; ///< one line
    std::string_view text;        ///< TOML, for load_profile_text
};

/// In the order in which they are listed: from small to large, closed before open.
std::span<const BuiltinProfile> builtin_profiles();

/// The error names the nearest one and all there are.
Expected<const BuiltinProfile*> find_builtin(std::string_view name);

} // namespace ringblast
