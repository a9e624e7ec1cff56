#include "cli/profile_commands.hpp"

#include "cli/load_test.hpp"
#include "cli/suite_command.hpp"
#include "cli/suite_file.hpp"
#include "profile/builtin.hpp"
#include "report/plan_text.hpp"

#include <fmt/format.h>

namespace ringblast {

int run_check(const CheckWords& words) {
    if (is_suite_file(words.run.profile)) {
        return check_suite({.file = words.run.profile, .run = words.run});
    }
    ExpectedAll<TestOptions> options = read_run_options(words.run);
    if (!options) {
        return usage_error(options.error());
    }
    ExpectedAll<Profile> checked = check(options->profile);
    if (!checked) {
        return usage_error(checked.error());
    }
    fmt::print("{}", render_plan(*checked));
    return 0;
}

int run_profiles(const ProfilesWords& words) {
    if (words.name) {
        Expected<const BuiltinProfile*> profile = find_builtin(*words.name);
        if (!profile) {
            return usage_error({profile.error()});
        }
        fmt::print("{}", (*profile)->text);
        return 0;
    }
    for (const BuiltinProfile& profile : builtin_profiles()) {
        fmt::print("  {:<12} {}\n", profile.name, profile.description);
    }
    fmt::print(
        "\nRun one: ringblast run normal --host http://localhost:8080. Take its load for your "
        "own\nURL or profile: --mode normal. Start your own: ringblast profiles normal > "
        "mine.toml\n");
    return 0;
}

} // namespace ringblast
