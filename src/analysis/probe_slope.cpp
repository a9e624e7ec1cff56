#include "analysis/probe_slope.hpp"

#include "analysis/trend.hpp"

#include <algorithm>
#include <vector>

namespace ringblast {

namespace {

constexpr size_t points_max = 600; ///< the effort grows with the square

/// Means of equal numbers of neighbours.
std::vector<SeriesPoint> thinned(const std::vector<SeriesPoint>& points) {
    const size_t together = (points.size() + points_max - 1) / points_max;
    std::vector<SeriesPoint> thin;
    for (size_t first = 0; first + together <= points.size(); first += together) {
        SeriesPoint mean;
        for (size_t i = first; i < first + together; ++i) {
            mean.t_s += points[i].t_s / static_cast<double>(together);
            mean.value += points[i].value / static_cast<double>(together);
        }
        thin.push_back(mean);
    }
    return thin;
}

} // namespace

void fill_slope(ProbeResult& probe) {
    std::vector<SeriesPoint> points;
    for (const ProbePoint& point : probe.series) {
        if (point.measured) {
            points.push_back({point.t_s, point.value});
        }
    }
    probe.slope = probe.slope_low = probe.slope_high = std::nullopt;
    if (points.size() < trend_points_min) {
        return;
    }
    points = thinned(points);
    // A slope does not know where 0 is, but the trend wants a median above it.
    const auto [low, high] = std::ranges::minmax(points, {}, &SeriesPoint::value);
    if (low.value == high.value) {
        probe.slope = probe.slope_low = probe.slope_high = 0;
        return;
    }
    const double lift = high.value - 2 * low.value;
    for (SeriesPoint& point : points) {
        point.value += lift;
    }
    if (const std::optional<Trend> trend = find_trend(points)) {
        probe.slope = trend->slope;
        probe.slope_low = trend->slope_low;
        probe.slope_high = trend->slope_high;
    }
}

} // namespace ringblast
