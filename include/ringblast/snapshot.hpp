// One second of a running load, as plain data, for whoever watches it: the terminal, the .hlog
// stream, a test. Handed to observers by the collector's thread, never by an engine thread.
#pragma once

#include "ringblast/histogram.hpp"
#include "ringblast/result.hpp"

#include <cstdint>

namespace ringblast {

struct Snapshot {
    double elapsed_s = 0, total_s = 0; ///< total 0: open-ended (a number of requests)
    unsigned stage = 1, stage_count = 1;
    const TimelineRow* row = nullptr;      ///< the second just over; valid during the call
    const Histogram* interval = nullptr;   ///< its latencies; valid during the call
    uint64_t started = 0, completed = 0, failed = 0; ///< since time zero, warm-up included
    uint64_t planned_requests = 0;         ///< 0: not limited by number
};

/// A request that ended, for --verbose. Valid during the call.
struct Sample {
    double t_s = 0; ///< when it ended
    uint64_t user = 0;
    std::string_view name;
    Outcome outcome = Outcome::ok;
    int status = 0;
    int64_t latency_ns = 0;
    uint64_t bytes = 0;
    std::string_view error; ///< empty when ok
};

/// Watches a run. Called on one thread, about once a second; must not block for long.
class Observer {
public:
    virtual ~Observer() = default;
    virtual void on_start(int64_t started_at_unix_ns) { (void)started_at_unix_ns; }
    virtual void on_second(const Snapshot&) {}
    virtual void on_sample(const Sample&) {}
    virtual void on_finish(const Result&) {}
};

} // namespace ringblast
