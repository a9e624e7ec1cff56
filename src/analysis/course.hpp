// The course of a run: trends of its figures while the load was held, where its errors lie, where
// the warm-up ended, and how sure its percentiles are. Each reads the timeline and says it in
// words.
#pragma once

#include "analysis/timeline_figures.hpp"
#include "ringblast/findings.hpp"

#include <optional>
#include <vector>

namespace ringblast {

/// p50, p95, p99, goodput and the generator's memory; none where fewer than 12 windows were held.
std::vector<TrendFinding> find_trends(const TimelineFigures& timeline);

std::optional<ErrorClustering> find_error_clustering(const TimelineFigures& timeline);

/// The 95 % intervals that the sample allows, by order statistics: the values at the ranks
/// n q ± 1.96 √(n q (1 − q)). Seconds in a row resemble each other, so n is divided by the index of
/// dispersion of the requests beyond the percentile.
std::vector<PercentileInterval> percentile_intervals(const Histogram& latency,
                                                     const TimelineFigures& timeline);

/// Where the warm-up of a run without one ended, by MSER-5 (White 1997): of the means of five rows
/// each, the cut that makes the standard error of the rest least. Empty when a warm-up was left
/// out, or the held part is not the start of the load or has fewer than 50 rows.
std::optional<SteadyState> find_steady_state(const Result& result, const TimelineFigures& timeline);

/// Index of the first batch to keep; empty when it lies in the second half.
std::optional<size_t> mser_cut(const std::vector<double>& batches);

} // namespace ringblast
