// The stages of a load in one line, as --stages takes them:
//
//     list     = entry *("," entry)
//     entry    = goal ":" duration            held; with ">" before the goal: ramped to
//              | duration ":" goal            k6's order, where only the first has a time unit
//     goal     = count                        users (closed load)
//              | rate with "/"                arrivals (open load)
//              | "@" count                    that many arrivals at once (open load)
//
//     50:30s,>200:1m        100/s:10s,>1000/s:1m        @200:10s        30s:50
#pragma once

#include "ringblast/error.hpp"
#include "ringblast/profile.hpp"

#include <string_view>
#include <vector>

namespace ringblast {

/// At least one stage, all closed or all open, each of some duration. Blanks around entries are
/// allowed. An error names the entry and what is allowed.
Expected<std::vector<Stage>> parse_stages(std::string_view list);

} // namespace ringblast
