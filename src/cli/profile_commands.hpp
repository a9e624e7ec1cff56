// The commands that show profiles and send nothing: `ringblast check` and `ringblast profiles`.
// Each returns the exit code, 0 or 2.
#pragma once

#include "cli/words.hpp"

namespace ringblast {

/// Prints the plan of a profile as the same words would run it, or all its problems.
int run_check(const CheckWords& words);

/// Lists the built-in profiles, or prints one as TOML.
int run_profiles(const ProfilesWords& words);

} // namespace ringblast
