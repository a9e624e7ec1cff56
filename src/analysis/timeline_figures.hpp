// The timeline as analysis needs it, read once: what each row says beside its figures, and the
// windows of the part of the run in which the load was held.
//
// A trend is a question about the target only while the load stands still, so it is asked of the
// longest part with one goal, outside of the warm-up. Windows have 10 to 60 s, as many as it takes
// for a hundred requests beyond the p95 while there are 30 windows or more; longer where there
// would be more than 240.
#pragma once

#include "ringblast/result.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace ringblast {

inline constexpr double latency_ns_per_ms = 1e6;

/// Percentiles whose intervals are told.
inline constexpr std::array<double, 5> interval_percentiles = {50, 90, 95, 99, 99.9};

struct HeldPart {
    double from_s = 0, to_s = 0;
    double length_s() const { return to_s - from_s; }
};

struct RowFigures {
    const TimelineRow* row = nullptr;
    uint64_t completed = 0;
    double mean_ns = 0; ///< of the latency; 0 when nothing completed
    /// Requests slower than the run's percentiles, in the order of interval_percentiles.
    std::array<uint64_t, interval_percentiles.size()> slower{};
};

struct WindowFigures {
    double t_s = 0, span_s = 0;
    uint64_t completed = 0, ok = 0;
    int64_t p50_ns = 0, p95_ns = 0, p99_ns = 0; ///< 0 when nothing completed
    uint64_t generator_rss_bytes = 0;
};

struct TimelineFigures {
    std::vector<RowFigures> rows; ///< measured ones, those after the load included
    std::optional<HeldPart> held;
    std::vector<WindowFigures> windows; ///< whole ones of the held part; none below 3 min
};

inline constexpr double trend_s_min = 180; ///< a shorter part has no trend

/// The longest measured part of the load with one goal; empty without one. In a closed load it
/// begins when all users are there.
std::optional<HeldPart> held_part(const Result& result);

/// Borrows the rows of `result`.
TimelineFigures read_timeline(const Result& result);

} // namespace ringblast
