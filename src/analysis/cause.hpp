// What a person should look at first, from the data of a run: each finding names what was seen,
// the figures behind it and what to do about it. Rules, not guesses: a rule that does not apply
// says nothing, and a run in which nothing stands out has no causes.
#pragma once

#include "analysis/timeline_figures.hpp"
#include "analysis/trend.hpp"
#include "ringblast/result.hpp"

#include <span>
#include <string>
#include <vector>

namespace ringblast {

/// Figures that were seen beside the load, once a second or so.
struct SideSeries {
    std::string name; ///< as in `probe(NAME)`; `.cpu` and `.rss` at its end mean a process
    std::string unit; ///< `percent`, `bytes` …; may be empty
    std::vector<SeriesPoint> points;
};

/// The causes, what to look at first in front. Requires: a decided result with its other findings.
std::vector<Cause> find_causes(const Result& result, const TimelineFigures& timeline,
                               std::span<const SideSeries> beside);

} // namespace ringblast
