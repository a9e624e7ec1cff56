// Whether the generator can be trusted in a run (SPEC § 8), from what it saw of itself: the exact
// self-checks, the lateness of its sends, its busy share, drops, starved resources and what the
// host took away. Each finding is one plain sentence with its figures.
#pragma once

#include "ringblast/result.hpp"

namespace ringblast {

/// Pure. Uses `result.thresholds` for the tightest latency limit: decide thresholds before.
/// The reasons are sorted with the gravest first; a valid run may have some too, such as what
/// limited a blast.
Validity judge_validity(const Result& result);

} // namespace ringblast
