#include "run/probe_series.hpp"

#include <algorithm>

namespace ringblast {

void ProbeSeries::merge(Point& point, const Point& later) {
    point.until_s = later.until_s;
    point.min = std::min(point.min, later.min);
    point.max = std::max(point.max, later.max);
    point.last = later.last;
    point.sum += later.sum;
    point.count += later.count;
}

void ProbeSeries::add(double t_s, double value) {
    const Point point{t_s, t_s, value, value, value, value, 1};
    if (!points_.empty() && points_.back().count < per_point_) {
        merge(points_.back(), point);
        return;
    }
    if (points_.size() == points_max) {
        for (size_t i = 0; i < points_max / 2; ++i) {
            points_[i] = points_[2 * i];
            merge(points_[i], points_[2 * i + 1]);
        }
        points_.resize(points_max / 2);
        per_point_ *= 2;
    }
    points_.push_back(point);
}

void ProbeSeries::add_failure(std::string message) {
    ++failures_;
    last_failure_ = std::move(message);
}

ProbeResult ProbeSeries::result(const ProbeFigure& figure, double from_s, double to_s) const {
    ProbeResult result{.name = figure.name,
                       .unit = figure.unit,
                       .failures = failures_,
                       .last_failure = last_failure_};
    double sum = 0;
    for (const Point& point : points_) {
        const bool measured = point.from_s >= from_s && point.from_s <= to_s;
        result.series.push_back(
            {point.from_s, point.sum / static_cast<double>(point.count), measured});
        if (!measured) {
            continue;
        }
        result.count += point.count;
        sum += point.sum;
        result.last = point.last;
        result.min = std::min(result.min.value_or(point.min), point.min);
        result.max = std::max(result.max.value_or(point.max), point.max);
    }
    if (result.count > 0) {
        result.avg = sum / static_cast<double>(result.count);
    }
    return result;
}

} // namespace ringblast
