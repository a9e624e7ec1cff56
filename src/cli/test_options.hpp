// What the words of a load test mean: a profile, the use of this machine, outputs, exit policy.
// Both ways to say it end here: a URL with options, and a profile with the same options over it.
#pragma once

#include "analysis/verdict.hpp"
#include "cli/option_reading.hpp"
#include "cli/words.hpp"
#include "ringblast/ringblast.hpp"

namespace ringblast {

struct TestOptions {
    Profile profile;
    RunOptions run;
    ExitPolicy exit;
    bool quiet = false, verbose = false, progress = true, show_secrets = false;
    bool demo = false; ///< the base URL is that of the embedded target, once it runs
};

/// All bad values and impossible pairs at once. Reads the body file.
ExpectedAll<TestOptions> read_blast_options(const BlastWords& words);

/// The same over a profile: its file, or the built-in of that name. `url` and what else of the
/// target the words name take the place of what the profile says; thresholds are added to its own.
ExpectedAll<TestOptions> read_run_options(const RunWords& words);

/// Whether it is a path (with a / or ending in .toml), not the name of a built-in.
bool is_profile_path(std::string_view name);

/// The NAME=VALUE of --set; others are problems.
std::vector<std::pair<std::string, std::string>> read_set(const std::vector<std::string>& words,
                                                          OptionReading& reading);

/// A profile by its path or the name of a built-in; thresholds are checked, too.
struct ProfileSource {
    std::string name;
    std::vector<std::pair<std::string, std::string>> set{}; ///< --set
    std::optional<std::string> base_url{};
};
ExpectedAll<Profile> open_profile(const ProfileSource& source);

} // namespace ringblast
