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
/// workers / service time. Departures are known on arrival.
class FifoQueue {
public:
    struct Shape {
        uint32_t workers = 1;
        int64_t service_ns = 0;
        uint64_t waiting_max = 0; ///< more are turned away; 0: no limit
        auto operator<=>(const Shape&) const = default;
    };
    explicit FifoQueue(Shape shape);

    /// When an arrival at `now_ns` will have been served; nothing when it is turned away. Times
    /// must not go back.
    std::optional<int64_t> arrive(int64_t now_ns);

private:
    Shape shape_;
    std::priority_queue<int64_t, std::vector<int64_t>, std::greater<>> free_at_; // per worker
    std::deque<int64_t> starts_; // of those that wait, only kept with a limit
};

/// Lets `rate` a second pass, with a burst of a tenth of a second.
class TokenBucket {
public:
    explicit TokenBucket(double rate);
    /// 0: passes. Else how long until one would.
    int64_t take(int64_t now_ns);

private:
    double rate_;
    double tokens_max_;
    double tokens_;
    int64_t filled_ns_ = INT64_MIN; // before the first
};

} // namespace ringblast
