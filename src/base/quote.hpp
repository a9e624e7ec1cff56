// What a user or a server wrote, made fit for one line of a message.
#pragma once

#include <string>
#include <string_view>

namespace ringblast {

/// The text in double quotes; control characters as '?', cut after 40 bytes with "…".
std::string quoted(std::string_view text);

} // namespace ringblast
