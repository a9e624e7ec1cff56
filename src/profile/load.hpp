// Reads a profile: a TOML file, or the text of one, with what it includes. docs/profile.md is the
// reference of the format. The file becomes a tree (toml, include, substitute); each table of it is
// read by the reader of its part (read_parts.hpp), and every problem is collected with its place.
#pragma once

#include "ringblast/error.hpp"
#include "ringblast/profile.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringblast {

struct LoadOptions {
    /// --set NAME=VALUE: what ${NAME} reads before the environment.
    std::vector<std::pair<std::string, std::string>> set{};
    /// --host: in place of the base_url, which is then not read at all.
    std::optional<std::string> base_url{};
    /// What is wrong with a threshold, or nothing. The room that reads thresholds is above this
    /// one; with it their problems have a place, too.
    std::function<std::optional<Error>(const ThresholdText&)> threshold_problem{};
};

/// Where a text comes from that stands in no file.
struct TextOrigin {
    std::string name;            ///< for messages; without folder and .toml the profile's name, too
    std::string directory = "."; ///< where relative paths start
};

/// Errors are `FILE:LINE:COLUMN: what; what is allowed`, all of them at once. The profile's load
/// may have no stages (then it has to come from elsewhere); what plan/validate.cpp finds is not
/// looked for here.
ExpectedAll<Profile> load_profile(const std::string& path, const LoadOptions& options = {});
ExpectedAll<Profile> load_profile_text(std::string_view text, const TextOrigin& origin,
                                       const LoadOptions& options = {});

} // namespace ringblast
