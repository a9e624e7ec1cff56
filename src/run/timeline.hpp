// The rows of the timeline: one a second, and pairs of them merged whenever there are more than
// an hour's worth, so that a day takes no more memory than two hours. Rows keep their histogram
// encoded; a full one would take 200 KiB.
#pragma once

#include "ringblast/result.hpp"
#include "stats/collect.hpp"

#include <vector>

namespace ringblast {

class Timeline {
public:
    static constexpr size_t rows_max = 3600;

    /// What happened in [from_s, to_s).
    struct Span {
        double from_s, to_s;
        bool warm_up;
        bool after;
        uint64_t generator_rss_bytes = 0;
    };

    /// Appends a row; returns it and its latencies, valid until the next call.
    struct Added {
        const TimelineRow& row;
        const Histogram& latency;
    };
    Added add(const Span& span, const Interval& interval);

    const std::vector<TimelineRow>& rows() const { return rows_; }
    std::vector<TimelineRow> take() { return std::move(rows_); }

private:
    void merge_pairs();

    std::vector<TimelineRow> rows_;
    size_t seconds_per_row_ = 1;
    Histogram latency_; ///< of the row added last
};

} // namespace ringblast
