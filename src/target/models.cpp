#include "target/models.hpp"

#include "base/clock.hpp"
#include "base/random.hpp"

#include <algorithm>
#include <cmath>

namespace ringblast {

namespace {

constexpr uint64_t service_stream = 3; // beside those of the server's state

} // namespace

FifoQueue::FifoQueue(Shape shape, uint64_t seed) : shape_(shape), seed_(seed) {
    for (uint32_t i = 0; i < shape.workers; ++i) {
        free_at_.push(INT64_MIN);
    }
}

/// How long the workers have been running at a time: all of it but the pauses.
int64_t FifoQueue::running_ns(int64_t time_ns) const {
    if (shape_.pause_ns == 0) {
        return time_ns;
    }
    int64_t since_ns = time_ns - first_ns_;
    int64_t cycle_ns = shape_.pause_every_ns - shape_.pause_ns;
    return since_ns / shape_.pause_every_ns * cycle_ns +
           std::min(since_ns % shape_.pause_every_ns, cycle_ns);
}

/// The inverse; what ends with a pause's begin ends before it.
int64_t FifoQueue::time_ns_of(int64_t running_ns) const {
    if (shape_.pause_ns == 0) {
        return running_ns;
    }
    int64_t cycle_ns = shape_.pause_every_ns - shape_.pause_ns;
    int64_t pauses = running_ns > 0 ? (running_ns - 1) / cycle_ns : 0;
    return first_ns_ + running_ns + pauses * shape_.pause_ns;
}

std::optional<int64_t> FifoQueue::arrive(int64_t now_ns) {
    first_ns_ = first_ns_ == INT64_MIN ? now_ns : first_ns_;
    int64_t running_now_ns = running_ns(now_ns);
    int64_t start_ns = std::max(running_now_ns, free_at_.top());
    if (shape_.waiting_max > 0 || shape_.slower > 0) {
        while (!starts_.empty() && starts_.front() <= running_now_ns) {
            starts_.pop_front();
        }
        if (shape_.waiting_max > 0 && start_ns > running_now_ns &&
            starts_.size() >= shape_.waiting_max) {
            return std::nullopt;
        }
    }
    auto service_ns = static_cast<double>(shape_.service_ns);
    service_ns *= 1 + shape_.slower * static_cast<double>(starts_.size());
    if (shape_.random) {
        service_ns *= random_exponential({.seed = seed_, .stream = service_stream}, served_);
    }
    ++served_;
    if ((shape_.waiting_max > 0 || shape_.slower > 0) && start_ns > running_now_ns) {
        starts_.push_back(start_ns);
    }
    int64_t end_ns = start_ns + std::llround(service_ns);
    free_at_.pop();
    free_at_.push(end_ns);
    return time_ns_of(end_ns);
}

TokenBucket::TokenBucket(double rate, double burst)
    : rate_(rate), tokens_max_(std::max(1.0, burst > 0 ? burst : rate / 10)), tokens_(tokens_max_) {
}

int64_t TokenBucket::take(int64_t now_ns) {
    double ns_per_token = static_cast<double>(ns_per_second) / rate_;
    if (filled_ns_ != INT64_MIN) {
        double elapsed_ns = static_cast<double>(std::max<int64_t>(0, now_ns - filled_ns_));
        tokens_ = std::min(tokens_max_, tokens_ + elapsed_ns / ns_per_token);
    }
    filled_ns_ = std::max(now_ns, filled_ns_);
    // A token that is missing by rounding alone counts as there.
    if (tokens_ >= 1 - 1e-9) {
        tokens_ = std::max(0.0, tokens_ - 1);
        return 0;
    }
    return std::max<int64_t>(1, std::llround((1 - tokens_) * ns_per_token));
}

} // namespace ringblast
