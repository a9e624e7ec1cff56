// What one figure of a probe was over the run, in bounded memory: a point for each reading up to as
// many as an hour has, then pairs of them merge, like the rows of the timeline. What a report says
// of the measured load comes from the points in it.
#pragma once

#include "ringblast/probe.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace ringblast {

class ProbeSeries {
public:
    static constexpr size_t points_max = 3600;

    /// A reading, `t_s` after time zero. Readings come in order of time.
    void add(double t_s, double value);
    void add_failure(std::string message);

    /// Readings from `from_s` to `to_s` are the measured ones; the series has all. No slope.
    ProbeResult result(const ProbeFigure& figure, double from_s, double to_s) const;

private:
    struct Point {
        double from_s, until_s; ///< first and last reading
        double min, max, last, sum;
        uint64_t count;
    };
    static void merge(Point& point, const Point& later);

    std::vector<Point> points_;
    uint64_t per_point_ = 1; ///< readings
    uint64_t failures_ = 0;
    std::string last_failure_;
};

} // namespace ringblast
