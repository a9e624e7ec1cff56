// How a load is laid out over this machine: number of threads, their cores, whether they may
// poll. The default leaves a local target its share of the cores.
#pragma once

#include "plan/plan.hpp"
#include "ringblast/error.hpp"
#include "ringblast/ringblast.hpp"

#include <vector>

namespace ringblast {

struct Layout {
    std::vector<int> cpus; ///< one per thread; -1: not pinned
    bool spin = false;     ///< a core is spare, so that threads may poll for due times
};

/// Requires: `allowed` is not empty. Errors name --cpus or --threads.
Expected<Layout> lay_out(const Plan& plan, const RunOptions& options,
                         const std::vector<int>& allowed);

} // namespace ringblast
