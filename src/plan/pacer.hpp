// The two pacers of a thread: which arrival is next (open load) and which user starts or stops next
// (closed load). Arrival i belongs to thread i mod N, user u to thread u mod N, so the split is exact
// at every moment and the same for any number of threads.
//
// Constant arrivals: the k-th of a segment is due where the integral of the rate reaches
// offset + k; the fraction that a segment leaves over is the offset of the next one. Poisson: unit
// exponential gaps, each a function of (seed, index), summed and put through the same inverse
// (time rescaling); every thread sums all of them, so that each has the same arrival times.
#pragma once

#include "base/random.hpp"
#include "plan/segment_board.hpp"

#include <cstdint>

namespace ringblast {

/// One thread of N.
struct ThreadShare {
    uint32_t index = 0;
    uint32_t count = 1;

    /// How many of the first `total` numbered things belong to this thread.
    uint64_t of(uint64_t total) const { return (total + count - 1 - index) / count; }
    uint64_t global(uint64_t local) const { return local * count + index; }
};

struct NextArrival {
    uint64_t index = 0;      ///< global
    int64_t due_ns = never_ns; ///< since time zero; never_ns: none known
    uint32_t stage = 0;

    bool operator==(const NextArrival&) const = default;
};

class ArrivalPacer {
public:
    struct Settings {
        ThreadShare share;
        Arrival arrival = Arrival::constant;
        uint64_t seed = 1;
        uint64_t limit = UINT64_MAX; ///< number of arrivals of all threads
    };
    /// `board` is borrowed.
    ArrivalPacer(const SegmentBoard& board, Settings settings);

    /// The next arrival of this thread; looks for newly published segments when it has none.
    const NextArrival& next() {
        if (next_.due_ns == never_ns) {
            seek();
        }
        return next_;
    }
    void pop();

private:
    void seek();
    void seek_constant(std::span<const Segment> segments);
    void seek_poisson(std::span<const Segment> segments);
    void enter_segment(size_t cursor, uint64_t first_index, long double offset);

    const SegmentBoard* board_;
    Settings settings_;
    NextArrival next_;
    uint64_t index_;            ///< global index of the arrival looked for
    size_t cursor_ = 0;         ///< segment
    uint64_t first_index_ = 0;  ///< of the segment
    long double offset_ = 0;    ///< constant: position of the segment's first arrival
    long double position_ = 0;  ///< Poisson: of the last arrival drawn, from the segment's start
    uint64_t drawn_ = 0;        ///< Poisson: arrivals drawn so far
};

/// A user of this thread starts or stops.
struct UserChange {
    int64_t at_ns = never_ns; ///< never_ns: nothing known to come
    bool start = true;
    uint64_t user = 0; ///< number within the thread
};

class UserPacer {
public:
    UserPacer(const SegmentBoard& board, ThreadShare share) : board_(&board), share_(share) {}

    const UserChange& next() {
        if (next_.at_ns == never_ns) {
            seek();
        }
        return next_;
    }
    /// Takes the change that next() showed.
    void pop();
    uint64_t active() const { return active_; }

private:
    void seek();

    const SegmentBoard* board_;
    ThreadShare share_;
    UserChange next_;
    uint64_t active_ = 0; ///< users of this thread that are running: 0..active-1
    size_t cursor_ = 0;
};

} // namespace ringblast
