#include "plan/segment.hpp"

#include "base/check.hpp"
#include "base/clock.hpp"

#include <algorithm>
#include <cmath>

namespace ringblast {

namespace {

long double seconds_of(const Segment& segment) {
    return static_cast<long double>(segment.end_ns - segment.start_ns) / ns_per_second;
}

/// Whole numbers from 0 below a value.
double count_below(double value) {
    return static_cast<double>(std::ceil(snap_to_integer(value)));
}

struct StageGoal {
    GoalKind kind;
    double value;
};

StageGoal goal_of(const Stage& stage) {
    if (stage.users) {
        return {GoalKind::users, *stage.users};
    }
    if (stage.rate) {
        return {GoalKind::rate, *stage.rate};
    }
    CHECK(stage.at_once.has_value());
    return {GoalKind::at_once, static_cast<double>(*stage.at_once)};
}

} // namespace

std::vector<Segment> compile_segments(const Load& load) {
    std::vector<Segment> segments;
    double before = 0;
    int64_t time_ns = 0;
    for (uint32_t index = 0; index < load.stages.size(); ++index) {
        const Stage& stage = load.stages[index];
        StageGoal goal = goal_of(stage);
        int64_t end_ns = std::min(time_ns + stage.duration.count(), never_ns);
        Segment segment{.kind = goal.kind,
                        .stage = index,
                        .start_ns = time_ns,
                        .end_ns = end_ns,
                        .from = stage.ramp ? before : goal.value,
                        .to = goal.value};
        bool spawned = goal.kind == GoalKind::users && !stage.ramp && load.spawn_rate &&
                       goal.value > before;
        if (spawned) {
            Segment rise = segment;
            rise.from = before;
            double stage_s = static_cast<double>(end_ns - time_ns) / 1e9;
            double rise_s = (goal.value - before) / *load.spawn_rate;
            if (rise_s > stage_s) { // the stage ends first: as many as have come by then
                segment.to = before + std::max(1.0, count_below(stage_s * *load.spawn_rate));
                rise.to = segment.to - 1; // the last one comes where the rise of the others ends
                rise_s = (rise.to - before) / *load.spawn_rate;
            }
            rise.end_ns = time_ns + std::llround(rise_s * 1e9);
            if (rise.from < rise.to) {
                segments.push_back(rise);
            }
            segment.start_ns = rise.end_ns;
            segment.from = segment.to;
        }
        if (segment.start_ns < end_ns || !spawned) {
            segments.push_back(segment);
        }
        before = goal.kind == GoalKind::at_once ? 0 : segments.back().to;
        time_ns = end_ns;
    }
    return segments;
}

long double snap_to_integer(long double value) {
    long double nearest = std::round(value);
    long double tolerance = std::max(1e-7L, std::fabs(value) * 1e-14L);
    return std::fabs(value - nearest) <= tolerance ? nearest : value;
}

long double arrivals_in(const Segment& segment) {
    if (segment.kind == GoalKind::at_once) {
        return segment.to;
    }
    long double mean = (static_cast<long double>(segment.from) + segment.to) / 2;
    return snap_to_integer(mean * seconds_of(segment));
}

// The rate r(t) = from + (to - from) t / D has the integral from t + slope t² / 2; its inverse in
// the form that loses no digits when the slope is small: t = 2p / (from + sqrt(from² + 2 slope p)).
int64_t arrival_due_ns(const Segment& segment, long double position) {
    if (segment.kind == GoalKind::at_once) {
        return segment.start_ns;
    }
    long double from = segment.from;
    long double time_s;
    if (segment.from == segment.to) {
        time_s = position / from;
    } else {
        long double slope = (static_cast<long double>(segment.to) - from) / seconds_of(segment);
        long double root = std::sqrt(std::max(0.0L, from * from + 2 * slope * position));
        time_s = position == 0 ? 0 : 2 * position / (from + root);
    }
    auto offset_ns = static_cast<int64_t>(time_s * ns_per_second + 0.5L);
    return std::min(segment.start_ns + offset_ns, segment.end_ns);
}

} // namespace ringblast
