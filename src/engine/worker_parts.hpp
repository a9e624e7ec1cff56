// What a worker of any kind has in common: its measures and its tallies.
#pragma once

#include "base/clock.hpp"

#include <cstdint>

namespace ringblast {

struct WorkerParts {
    /// Counted since the last turn; the rarer counters go to the statistics at once.
    struct Tally {
        uint64_t bytes_sent = 0, bytes_received = 0, bytes_body = 0, tasks_started = 0;
        uint64_t in_flight_area_ns = 0, latency_sum_ns = 0;
    };

    static constexpr int64_t enter_max_ns = 50 * ns_per_ms; ///< so that a stop is seen
    static constexpr int64_t spin_window_ns = 150'000; ///< about the overshoot of a kernel sleep
    static constexpr int64_t pause_after_connect_error_ns = 10 * ns_per_ms;
    static constexpr unsigned opening_max = 256; ///< unanswered connects ahead of the load
    static constexpr unsigned paced_batch = 4;   ///< sends that share a clock stamp
    static constexpr unsigned starts_per_turn_max = 1024;
    static constexpr uint64_t discard_min = 64 * 1024;
    static constexpr uint64_t large_body_min = 16 * 1024;
};

} // namespace ringblast
