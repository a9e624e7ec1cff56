// What of a profile takes part: tags and classes of the command line or of [select], and load and
// thresholds of another profile (--mode).
#pragma once

#include "ringblast/error.hpp"
#include "ringblast/profile.hpp"

#include <compare>
#include <string>
#include <vector>

namespace ringblast {

struct NamedRequest {
    std::string method, name;
    auto operator<=>(const NamedRequest&) const = default;
};

/// What is in no remaining class or task, but was before: a threshold on it is skipped.
struct RemovedNames {
    std::vector<NamedRequest> requests;
    std::vector<std::string> methods, tags, classes;
};

/// Removes tasks without any of `tags`, with any of `exclude_tags`, classes that are not named, and
/// classes without tasks left; on_start and on_stop stay with their class. Empty lists choose all.
/// Errors: a tag or class that the profile does not have (with the nearest one), nothing left.
ExpectedAll<RemovedNames> apply_selection(Profile& profile, const Selection& selection);

/// Gives `profile` the load and the thresholds of `mode`; its seed and stop_timeout stay.
void take_load_of(Profile& profile, const Profile& mode);

} // namespace ringblast
