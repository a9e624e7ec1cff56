#include "target/models.hpp"

#include "base/clock.hpp"

#include <algorithm>
#include <cmath>

namespace ringblast {

FifoQueue::FifoQueue(Shape shape) : shape_(shape) {
    for (uint32_t i = 0; i < shape.workers; ++i) {
        free_at_.push(INT64_MIN);
    }
}

std::optional<int64_t> FifoQueue::arrive(int64_t now_ns) {
    int64_t start_ns = std::max(now_ns, free_at_.top());
    if (shape_.waiting_max > 0) {
        while (!starts_.empty() && starts_.front() <= now_ns) {
            starts_.pop_front();
        }
        if (start_ns > now_ns) {
            if (starts_.size() >= shape_.waiting_max) {
                return std::nullopt;
            }
            starts_.push_back(start_ns);
        }
    }
    free_at_.pop();
    free_at_.push(start_ns + shape_.service_ns);
    return start_ns + shape_.service_ns;
}

TokenBucket::TokenBucket(double rate)
    : rate_(rate), tokens_max_(std::max(1.0, rate / 10)), tokens_(tokens_max_) {}

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
