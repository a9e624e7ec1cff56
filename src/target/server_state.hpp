// What the threads of one target server share: the models behind its routes, the counters of
// every thread, and the word to stop. Only rare routes lock.
#pragma once

#include "target/models.hpp"

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace ringblast {

/// Counted by one thread, read by any.
struct alignas(64) LoopCounters {
    std::atomic<uint64_t> requests = 0;            ///< heads read, good ones
    std::atomic<uint64_t> bad_requests = 0;        ///< answered with 400 and a close
    std::atomic<uint64_t> messages = 0;            ///< of WebSockets, read whole
    std::atomic<uint64_t> bad_frames = 0;          ///< WebSockets closed for a fault of the peer
    std::atomic<uint64_t> connections = 0;         ///< accepted
    std::atomic<uint64_t> connections_open = 0;    ///< now
    std::atomic<uint64_t> connections_refused = 0; ///< closed at once: no slot left

    /// For the one thread that writes: no locked instruction.
    static void add(std::atomic<uint64_t>& counter, uint64_t count) {
        counter.store(counter.load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
    }
};

class ServerState {
public:
    explicit ServerState(uint64_t seed) : seed_(seed) {}

    /// When a request that arrives now leaves the queue of that shape; nothing: turned away.
    std::optional<int64_t> pass_queue(FifoQueue::Shape shape, int64_t now_ns);
    /// 0, or how long to wait before trying again. `burst` 0: a tenth of a second's.
    struct RateLimit {
        double rate = 0, burst = 0;
        auto operator<=>(const RateLimit&) const = default;
    };
    int64_t pass_rate_limit(RateLimit limit, int64_t now_ns);
    /// Keeps `size` bytes for ever, as a server does that leaks. False where it has leaked enough.
    bool leak(uint64_t size);
    /// Whether the next request of /flaky fails: a draw by its number, so the same in each run.
    bool next_fails(double share);
    std::string new_token();
    /// Whether `authorization` is "Bearer " and a token of this server.
    bool is_authorized(std::string_view authorization) const;

    /// The counters of one more thread; they live as long as this object.
    LoopCounters& add_counters();
    /// The sums over the threads in the text format of Prometheus.
    std::string render_metrics();
    /// The sum of one counter over the threads.
    uint64_t sum(std::atomic<uint64_t> LoopCounters::*counter);

    std::atomic<bool> stopping = false;

private:
    std::string token_of(uint64_t number) const;

    uint64_t seed_;
    std::atomic<uint64_t> flaky_count_ = 0;
    std::atomic<uint64_t> token_count_ = 0;
    std::mutex mutex_; // guards what follows
    std::map<FifoQueue::Shape, FifoQueue> queues_;
    std::map<RateLimit, TokenBucket> buckets_;
    std::vector<std::unique_ptr<char[]>> leaks_;
    uint64_t leaked_bytes_ = 0;
    std::deque<LoopCounters> counters_;
};

} // namespace ringblast
