// Arrivals that wait for a free user, first in first out, bounded; room is reserved at the start.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace ringblast {

/// An arrival that is due and not started.
struct Waiting {
    int64_t due_ns;
    uint32_t stage;
    uint64_t index = 0; ///< of the arrival, over all threads
};

class Backlog {
public:
    explicit Backlog(size_t capacity) : ring_(capacity) {}

    bool empty() const { return count_ == 0; }
    size_t size() const { return count_; }
    /// False, and nothing kept, when it is full.
    bool push(Waiting arrival) {
        if (count_ == ring_.size()) {
            return false;
        }
        ring_[(first_ + count_) % ring_.size()] = arrival;
        ++count_;
        return true;
    }
    /// Requires: not empty.
    Waiting pop() {
        Waiting arrival = ring_[first_];
        first_ = (first_ + 1) % ring_.size();
        --count_;
        return arrival;
    }

private:
    std::vector<Waiting> ring_;
    size_t first_ = 0;
    size_t count_ = 0;
};

} // namespace ringblast
