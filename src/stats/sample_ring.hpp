// Single requests on their way to --verbose: a ring of 64-byte records between one engine thread
// and the collector. Neither side ever waits; what does not fit is not stored, and the writer is
// told so that it can count it. The text is made by the reader.
#pragma once

#include "ringblast/outcome.hpp"
#include "stats/zeroed_mapping.hpp"

#include <atomic>
#include <cstdint>
#include <span>

namespace ringblast {

/// One request that ended.
struct SampleRecord {
    int64_t end_ns;     ///< on the engine's clock
    int64_t latency_ns; ///< from the due time
    int64_t service_ns; ///< from the first byte sent
    uint64_t user;
    uint64_t bytes; ///< of the body
    uint32_t leaf;
    int32_t status; ///< 0 without response
    int32_t detail; ///< as in ErrorKey
    Outcome outcome;
    uint8_t phase; ///< 0 warm-up, 1 measured
    uint8_t reserved[10];
};
static_assert(sizeof(SampleRecord) == 64, "one cache line, so that a push touches one");

class SampleRing {
public:
    /// Requires: capacity is a power of two.
    explicit SampleRing(size_t capacity);

    /// False, and nothing stored, when the ring is full. The writing thread only.
    bool push(const SampleRecord& record) {
        uint64_t tail = tail_.load(std::memory_order_relaxed);
        if (tail - head_seen_ > mask_) {
            head_seen_ = head_.load(std::memory_order_acquire);
            if (tail - head_seen_ > mask_) {
                return false;
            }
        }
        records_[tail & mask_] = record;
        tail_.store(tail + 1, std::memory_order_release);
        return true;
    }

    /// Moves the oldest records out, at most as many as fit; returns how many. The reading thread
    /// only.
    size_t pop(std::span<SampleRecord> into);

private:
    ZeroedMapping memory_;
    SampleRecord* records_;
    uint64_t mask_;
    // The two sides write on lines of their own.
    alignas(64) std::atomic<uint64_t> tail_ = 0;
    uint64_t head_seen_ = 0; ///< the writer's last look at head_
    alignas(64) std::atomic<uint64_t> head_ = 0;
};

} // namespace ringblast
