// The part of compile_plan that turns classes, tasks and requests into programs and leaves.
#pragma once

#include "plan/plan.hpp"

#include <string>
#include <utility>
#include <vector>

namespace ringblast {

/// Fills variables, requests, leaves, tasks and classes of a plan whose base is known. `values`:
/// what the set-up extracted. Errors are added to `errors`.
void compile_users(const Profile& profile,
                   const std::vector<std::pair<std::string, std::string>>& values, Plan& plan,
                   std::vector<Error>& errors);

} // namespace ringblast
