// Where goals are published: written by one thread, read by all workers without a lock. A segment
// is immutable once it is on the board; the count is released after it and acquired before it.
#pragma once

#include "base/check.hpp"
#include "plan/segment.hpp"

#include <atomic>
#include <cstddef>
#include <memory>
#include <span>

namespace ringblast {

class SegmentBoard {
public:
    explicit SegmentBoard(size_t capacity)
        : capacity_(capacity), segments_(std::make_unique<Segment[]>(capacity)) {}

    /// Requires: a start not before the end of the one published last, and room.
    void publish(const Segment& segment) {
        size_t count = count_.load(std::memory_order_relaxed);
        CHECK(count < capacity_);
        CHECK(count == 0 || segments_[count - 1].end_ns <= segment.start_ns);
        segments_[count] = segment;
        count_.store(count + 1, std::memory_order_release);
    }
    /// No more segments follow: what is on the board is the whole load.
    void finish() { finished_.store(true, std::memory_order_release); }

    std::span<const Segment> segments() const {
        return {segments_.get(), count_.load(std::memory_order_acquire)};
    }
    bool finished() const { return finished_.load(std::memory_order_acquire); }

private:
    size_t capacity_;
    std::unique_ptr<Segment[]> segments_;
    std::atomic<size_t> count_{0};
    std::atomic<bool> finished_{false};
};

} // namespace ringblast
