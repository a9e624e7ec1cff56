// Did a figure change over a run: slowly (a trend) or from one moment on (a step)? Pure functions
// of a series.
//
// The test of Mann and Kendall counts pairs that rise against pairs that fall, so it asks nothing
// of the distribution. Figures of a load follow their neighbours, though: with that serial
// correlation its variance is too small and it cries wolf. Hamed and Rao (1998, Journal of
// Hydrology 204) widen it by the autocorrelation of the ranks after the trend was taken out. The
// size is the slope of Theil and Sen, the median over all pairs, with the interval that the same
// widened variance gives. Steps are the cuts into levels that leave the least squares of ranks, as
// many as are far beyond the noise within the levels.
#pragma once

#include <optional>
#include <span>
#include <vector>

namespace ringblast {

struct SeriesPoint {
    double t_s = 0;
    double value = 0;
};

/// A share of the median of the series, unless it says otherwise.
struct Trend {
    double median = 0;                      ///< of the values
    double slope = 0;                       ///< per second, in the unit of the values
    double slope_low = 0, slope_high = 0;   ///< 95 % interval
    double change = 0;                      ///< slope × length of the series
    double change_low = 0, change_high = 0; ///< 95 % interval
    double p_value = 1;                     ///< of the corrected test, two-sided
    /// p < 0.01, |change| >= 5 % and no half goes the other way: worth a sentence.
    bool significant = false;
};

/// A level that holds from one moment on.
struct Step {
    double t_s = 0;               ///< of the first point at the new level
    double before = 0, after = 0; ///< medians of the levels
};

inline constexpr double z_95 = 1.959964;       ///< deviate of a two-sided 95 % interval
inline constexpr size_t trend_points_min = 12; ///< fewer say nothing

/// Empty with fewer than trend_points_min points or a median that is not above 0. Requires:
/// ascending and about evenly spaced times. O(n² log n) time.
std::optional<Trend> find_trend(std::span<const SeriesPoint> series);

/// Steps of at least 10 % of the median, by time; none where a straight line explains the series
/// as well. Requires: as find_trend.
std::vector<Step> find_steps(std::span<const SeriesPoint> series);

/// Median; 0 when empty.
double median_of(std::vector<double> values);

} // namespace ringblast
