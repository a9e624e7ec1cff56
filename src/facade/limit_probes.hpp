// Probes beside a search: what the target showed of itself at each rate.
#pragma once

#include "ringblast/limit.hpp"
#include "run/resolve.hpp"

#include <vector>

namespace ringblast {

/// The profile's probes; where it has none and the target is on this machine, the process that
/// listens on its port, under the name `target`.
std::vector<Probe> probes_of_search(const Profile& profile, const std::vector<Address>& addresses);

/// Gives each trial the mean of what was read in its judged part. What nobody asked for and nobody
/// could read is left out.
void attach_probes(bool asked_for, LimitResult& result);

/// What stood out beyond the limit, for a person who asks why: a process at the end of its core,
/// memory that rose. Requires: attached probes.
std::vector<std::string> probe_sentences(const LimitResult& result);

} // namespace ringblast
