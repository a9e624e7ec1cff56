// Goals over time. A segment is a stretch of the load with a goal that is constant or changes
// linearly: what the pacers follow and what whoever drives the load publishes. Everything here is
// a pure function of (segment, time) or (segment, index): nothing drifts, whatever the length.
#pragma once

#include "ringblast/profile.hpp"

#include <cstdint>
#include <vector>

namespace ringblast {

inline constexpr int64_t never_ns = open_ended.count();

enum class GoalKind : uint8_t { users, rate, at_once };

struct Segment {
    GoalKind kind = GoalKind::users;
    uint32_t stage = 0;   ///< index from 0 of the stage it is part of
    int64_t start_ns = 0; ///< since time zero
    int64_t end_ns = 0;
    /// Users, or arrivals per second, at start and end; at_once: `to` arrivals at the start.
    /// Users are whole numbers.
    double from = 0;
    double to = 0;
};

/// The segments of a load's stages, in order and without gaps. A held rise with a spawn rate
/// becomes a ramp and a hold. Requires: a load that validate_load accepted.
std::vector<Segment> compile_segments(const Load& load);

/// A value, or the integer that it is within rounding of: rates come as decimal text, and 0.1/s for
/// 30 s is 3 arrivals, not the 3.0000000000000002 of binary fractions.
long double snap_to_integer(long double value);

/// Arrivals in a whole segment: the integral of its rate, a whole number where it is within
/// rounding of one.
long double arrivals_in(const Segment& segment);

/// When the arrival at `position` (arrivals since the segment's start, >= 0) is due.
int64_t arrival_due_ns(const Segment& segment, long double position);

} // namespace ringblast
