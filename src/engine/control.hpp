// What the coordinator and the workers tell each other: a start barrier and a stop, nothing else.
#pragma once

#include "ringblast/outcome.hpp"

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ringblast {

enum class StopRequest : int {
    none = 0,
    end_load = 1, ///< as at the end of the load: what is in flight may finish
    at_once = 2,  ///< what is in flight is cancelled
};

struct Control {
    std::atomic<unsigned> ready{0};   ///< workers whose first connections are made or failed
    std::atomic<int64_t> zero_ns{0};  ///< time zero on the Io's clock; 0: not yet known
    std::atomic<StopRequest> stop{StopRequest::none};
    std::atomic<unsigned> finished{0}; ///< workers that have left their loop
};

/// What a worker tells of its end; read after it has been joined.
struct WorkerReport {
    int64_t load_end_ns = 0;         ///< since time zero: when no more was started
    int64_t drained_ns = 0;          ///< since time zero: when nothing was in flight any more
    /// With Plan::once: what the thread's first user has extracted, by slot of the variables.
    std::vector<std::optional<std::string>> values{};
    /// With Plan::keeps_exchanges: requests in the order of their ends.
    struct Exchange {
        uint32_t leaf;
        std::string request, response; ///< bytes as they went; the response may be cut or empty
        Outcome outcome;
        int32_t status, detail;
        int64_t latency_ns;
    };
    std::vector<Exchange> exchanges{};
};

} // namespace ringblast
