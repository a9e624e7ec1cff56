// Exact due times of users that pause: a binary heap with room for one entry per user, reserved
// before the start. A timing wheel would be cheaper but add its tick to every latency.
#pragma once

#include "plan/segment.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace ringblast {

struct Timer {
    int64_t due_ns;
    uint32_t slot;
};

class TimerHeap {
public:
    explicit TimerHeap(size_t capacity) { heap_.reserve(capacity); }

    bool empty() const { return heap_.empty(); }
    int64_t next_ns() const { return heap_.empty() ? never_ns : heap_.front().due_ns; }

    void push(Timer timer) {
        heap_.push_back(timer);
        std::push_heap(heap_.begin(), heap_.end(), later);
    }
    /// Requires: not empty.
    Timer pop() {
        std::pop_heap(heap_.begin(), heap_.end(), later);
        Timer timer = heap_.back();
        heap_.pop_back();
        return timer;
    }
    void clear() { heap_.clear(); }
    /// Forgets the timer of a slot, if it has one; rare, so all are looked at.
    void remove(uint32_t slot) {
        if (std::erase_if(heap_, [slot](const Timer& timer) { return timer.slot == slot; }) > 0) {
            std::make_heap(heap_.begin(), heap_.end(), later);
        }
    }

private:
    static bool later(const Timer& a, const Timer& b) { return a.due_ns > b.due_ns; }

    std::vector<Timer> heap_;
};

} // namespace ringblast
