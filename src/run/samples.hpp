// From the records of a thread's sample ring to the observers' words.
#pragma once

#include "plan/plan.hpp"
#include "ringblast/snapshot.hpp"
#include "stats/thread_stats.hpp"

#include <vector>

namespace ringblast {

/// Empties the ring of a thread. Requires: stats.wants_samples().
void pass_samples(ThreadStats& stats, const Plan& plan, const std::vector<Observer*>& observers);

} // namespace ringblast
