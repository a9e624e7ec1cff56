// The files come in a header that the build makes (tools/embed); that each has its one line of
// description is looked after while this is compiled.
#include "profile/builtin.hpp"

#include "base/nearest.hpp"
#include "base/quote.hpp"
#include "profile/builtin_files.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace ringblast {

namespace {

/// The text of `description = "..."`. Without that line the table is no constant: it does not
/// compile.
constexpr std::string_view description_of(std::string_view toml) {
    constexpr std::string_view key = "\ndescription = \"";
    const std::string_view rest = toml.substr(toml.find(key)).substr(key.size());
    return rest.substr(0, rest.find("\"\n"));
}

constexpr auto table = [] {
    std::array<BuiltinProfile, profile_builtin_files::files.size()> profiles;
    for (size_t i = 0; i < profiles.size(); ++i) {
        const auto& [name, text] = profile_builtin_files::files[i];
        profiles[i] = {.name = name, .description = description_of(text), .text = text};
    }
    return profiles;
}();

} // namespace

std::span<const BuiltinProfile> builtin_profiles() {
    return table;
}

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
