// What --message and --message-size mean for a blast.
#pragma once

#include "ringblast/error.hpp"
#include "ringblast/profile.hpp"

#include <optional>
#include <string>
#include <vector>

namespace ringblast {

/// Puts the message into the blast's request: the text given, or letters of that size (16 bytes at
/// first). Errors: options that go with http:// or ws:// only, both at once, a bad size. Requires:
/// the profile is a blast and its headers and body are read.
std::vector<Error> read_message(const std::optional<std::string>& message,
                                const std::optional<std::string>& size, Profile& profile);

} // namespace ringblast
