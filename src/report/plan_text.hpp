// A profile as the plan that it is: stages over time, users per class, tasks with their share,
// requests with their tags, what to expect. What `ringblast check` prints; nothing is sent.
#pragma once

#include "ringblast/profile.hpp"

#include <optional>
#include <string>

namespace ringblast {

/// Requests that the load will send at most: arrivals times the requests of a mean task, or, in a
/// closed load whose every class pauses, what it would be with responses that take no time.
/// Nothing where the speed of the target alone decides.
std::optional<double> expected_requests(const Profile& profile);

/// The whole text, with a final newline. Requires: a load that validate_load accepted.
std::string render_plan(const Profile& profile);

} // namespace ringblast
