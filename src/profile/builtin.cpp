// Only the search: the table is in a source that the build makes (tools/embed_profiles).
#include "profile/builtin.hpp"

#include "base/nearest.hpp"
#include "base/quote.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace ringblast {

Expected<const BuiltinProfile*> find_builtin(std::string_view name) {
    const std::span<const BuiltinProfile> profiles = builtin_profiles();
    const auto found = std::ranges::find(profiles, name, &BuiltinProfile::name);
    if (found != profiles.end()) {
        return &*found;
    }
    std::vector<std::string_view> names;
    std::string listed;
    for (const BuiltinProfile& profile : profiles) {
        names.push_back(profile.name);
        listed.append(listed.empty() ? "" : ", ").append(profile.name);
    }
    return failure("there is no built-in profile " + quoted(name) + nearest_hint(name, names) +
                   "; allowed: " + listed +
                   ", or the path of a file (with a / or ending in .toml)");
}

} // namespace ringblast
