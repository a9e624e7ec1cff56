// Servers of known behaviour for the routes that test load tests: what they do is computed from
// the time of an arrival, exactly, so that a found breaking point can be checked against it.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <queue>
#include <vector>

namespace ringblast {

/// A FIFO queue before equal workers with a fixed service time (M/D/c, or D/D/c): its capacity is
/// workers / service time. What spoils real servers can be added: service times by chance, a
/// bound, pauses in which everything stands still, slowness that grows with the queue. Departures
/// are known on arrival.
class FifoQueue {
public:
    struct Shape {
        uint32_t workers = 1;
        int64_t service_ns = 0;
        uint64_t waiting_max = 0; ///< more are turned away; 0: no limit
        int64_t pause_ns = 0;     ///< at the end of every `pause_every_ns` since the first arrival
        int64_t pause_every_ns = 0; ///< longer than the pause
        double slower = 0;          ///< a service takes 1 + slower × waiting times as long
        bool random = false;        ///< service times are exponential, drawn by seed and number
        auto operator<=>(const Shape&) const = default;
    };
    explicit FifoQueue(Shape shape, uint64_t seed = 1);

    /// When an arrival at `now_ns` will have been served; nothing when it is turned away. Times
    /// must not go back.
    std::optional<int64_t> arrive(int64_t now_ns);

private:
    int64_t running_ns(int64_t time_ns) const;
    int64_t time_ns_of(int64_t running_ns) const;

    Shape shape_;
    uint64_t seed_;
    uint64_t served_ = 0;
    int64_t first_ns_ = INT64_MIN; // before the first arrival
    // Times below are of a clock that stands still in pauses, so that these need no care.
    std::priority_queue<int64_t, std::vector<int64_t>, std::greater<>> free_at_; // per worker
    std::deque<int64_t> starts_; // of those that wait, only kept where they matter
};

/// Lets `rate` a second pass, and a burst beside: of a tenth of a second where it is 0.
class TokenBucket {
public:
    explicit TokenBucket(double rate, double burst = 0);
    /// 0: passes. Else how long until one would.
    int64_t take(int64_t now_ns);

private:
    double rate_;
    double tokens_max_;
    double tokens_;
    int64_t filled_ns_ = INT64_MIN; // before the first
};

} // namespace ringblast
