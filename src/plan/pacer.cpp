#include "plan/pacer.hpp"

#include <algorithm>
#include <cmath>

namespace ringblast {

namespace {

constexpr uint64_t arrival_stream = 1;

/// Arrivals k = 0, 1, … with offset + k < size.
uint64_t count_from(long double offset, long double size) {
    return static_cast<uint64_t>(std::max(0.0L, std::ceil(snap_to_integer(size - offset))));
}

} // namespace

ArrivalPacer::ArrivalPacer(const SegmentBoard& board, Settings settings)
    : board_(&board), settings_(settings), index_(settings.share.index) {}

void ArrivalPacer::pop() {
    index_ += settings_.share.count;
    next_.due_ns = never_ns;
    seek();
}

void ArrivalPacer::enter_segment(size_t cursor, uint64_t first_index, long double offset) {
    cursor_ = cursor;
    first_index_ = first_index;
    offset_ = offset;
}

void ArrivalPacer::seek() {
    if (index_ >= settings_.limit) {
        return;
    }
    std::span<const Segment> segments = board_->segments();
    if (settings_.arrival == Arrival::constant) {
        seek_constant(segments);
    } else {
        seek_poisson(segments);
    }
}

void ArrivalPacer::seek_constant(std::span<const Segment> segments) {
    while (cursor_ < segments.size()) {
        const Segment& segment = segments[cursor_];
        long double size = arrivals_in(segment);
        bool at_once = segment.kind == GoalKind::at_once;
        uint64_t count = at_once ? static_cast<uint64_t>(size) : count_from(offset_, size);
        if (index_ < first_index_ + count) {
            long double position = offset_ + static_cast<long double>(index_ - first_index_);
            next_ = {index_, arrival_due_ns(segment, position), segment.stage};
            return;
        }
        long double rest = offset_ + static_cast<long double>(count) - size;
        enter_segment(cursor_ + 1, first_index_ + count,
                      at_once ? offset_ : std::max(0.0L, rest));
    }
}

// The gap before an arrival is drawn when it is looked for; what a segment leaves of it is carried
// into the next one (time rescaling). Draws up to this thread's index, position by position.
void ArrivalPacer::seek_poisson(std::span<const Segment> segments) {
    RandomKey key{.seed = settings_.seed, .stream = arrival_stream};
    while (cursor_ < segments.size()) {
        const Segment& segment = segments[cursor_];
        long double size = arrivals_in(segment);
        if (segment.kind == GoalKind::at_once) {
            auto count = static_cast<uint64_t>(size);
            if (index_ < first_index_ + count) {
                next_ = {index_, segment.start_ns, segment.stage};
                return;
            }
            drawn_ += count; // a gap carried into this segment is that of the arrival after it
            enter_segment(cursor_ + 1, first_index_ + count, 0);
            continue;
        }
        while (position_ < size && drawn_ <= index_) {
            position_ += random_exponential(key, drawn_);
            ++drawn_;
        }
        if (position_ < size) {
            next_ = {index_, arrival_due_ns(segment, position_), segment.stage};
            return;
        }
        // The arrival drawn last (drawn_ - 1) falls behind this segment.
        position_ -= size;
        enter_segment(cursor_ + 1, drawn_ - 1, 0);
    }
}

void UserPacer::pop() {
    active_ = next_.start ? active_ + 1 : active_ - 1;
    next_.at_ns = never_ns;
    seek();
}

void UserPacer::seek() {
    std::span<const Segment> segments = board_->segments();
    for (; cursor_ < segments.size(); ++cursor_) {
        const Segment& segment = segments[cursor_];
        auto from = static_cast<uint64_t>(segment.from);
        auto to = static_cast<uint64_t>(segment.to);
        long double per_user_ns = from == to ? 0
                                             : static_cast<long double>(segment.end_ns -
                                                                        segment.start_ns) /
                                                   (to > from ? to - from : from - to);
        if (uint64_t user = share_.global(active_); user < to) {
            uint64_t steps = user > from ? user - from : 0;
            next_ = {segment.start_ns + std::llroundl(per_user_ns * steps), true, active_};
            return;
        }
        // A fall ends the users with the highest numbers first.
        if (uint64_t user = share_.global(active_ - 1); active_ > 0 && user >= to) {
            uint64_t steps = user < from ? from - user : 0;
            next_ = {segment.start_ns + std::llroundl(per_user_ns * steps), false, active_ - 1};
            return;
        }
    }
}

} // namespace ringblast
