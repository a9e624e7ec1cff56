// The reader's side of the sample ring.
#include "stats/sample_ring.hpp"

#include "base/check.hpp"

#include <algorithm>
#include <bit>

namespace ringblast {

SampleRing::SampleRing(size_t capacity)
    : memory_(capacity * sizeof(SampleRecord)), records_(memory_.at<SampleRecord>(0)),
      mask_(capacity - 1) {
    CHECK(std::has_single_bit(capacity));
}

size_t SampleRing::pop(std::span<SampleRecord> into) {
    uint64_t head = head_.load(std::memory_order_relaxed);
    uint64_t stored = tail_.load(std::memory_order_acquire) - head;
    size_t count = std::min<uint64_t>(stored, into.size());
    for (size_t i = 0; i < count; ++i) {
        into[i] = records_[(head + i) & mask_];
    }
    head_.store(head + count, std::memory_order_release);
    return count;
}

} // namespace ringblast
