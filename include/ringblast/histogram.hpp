// A latency histogram as plain data: HdrHistogram's log-linear slots with 64-bit counts.
//
// Values are nanoseconds. The layout of HdrHistogram (Gil Tene) divides each power of two into
// equal sub-buckets so that a value is kept to `digits` decimal digits; slot arithmetic is in
// HistogramLayout, shared with the lock-free recording slots of src/stats. Only the slots
// between the first and the last used one take memory, so that a result may hold thousands.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace ringblast {

/// The slot arithmetic of HdrHistogram. A value object; all functions are pure.
struct HistogramLayout {
    int64_t lowest = 1000;                ///< smallest value told apart from 0, ns; >= 1
    int64_t highest = 3'600'000'000'000;  ///< largest value that fits, ns
    int digits = 3;                       ///< decimal digits kept, 1..5

    /// log2 of the unit: values below 2^unit share slot 0.
    int unit_magnitude() const;
    /// log2 of the number of sub-buckets per bucket.
    int sub_bucket_magnitude() const;
    /// Number of slots that cover 0..highest.
    size_t slot_count() const;
    /// Slot of a value in 0..highest.
    size_t index_of(int64_t value) const;
    /// Smallest value of a slot; the inverse of index_of.
    int64_t value_of(size_t index) const;
    /// Number of values that share the slot.
    int64_t width_of(size_t index) const;

    bool operator==(const HistogramLayout&) const = default;
};

/// Counts by latency. Copyable and mergeable; not thread safe.
class Histogram {
public:
    explicit Histogram(HistogramLayout layout = {}) : layout_(layout) {}

    const HistogramLayout& layout() const { return layout_; }

    /// Adds `count` samples of `value_ns`. False, and nothing recorded, when it is out of range.
    bool record(int64_t value_ns, uint64_t count = 1);
    /// Adds `count` samples to a slot by index. Requires: index < layout().slot_count().
    void add_slot(size_t index, uint64_t count);
    /// Adds all samples of `other`. Requires: the same layout. Exact.
    void merge(const Histogram& other);
    /// Tells the exact sum and extremes that the recorder kept beside the slots; without it
    /// mean(), min() and max() come from the slots. `merge` combines them.
    void set_exact(double sum_ns, int64_t min_ns, int64_t max_ns);

    uint64_t count() const { return count_; }
    bool empty() const { return count_ == 0; }
    /// Requires: not empty (0 otherwise). Nanoseconds.
    int64_t min() const;
    int64_t max() const;
    double mean() const;
    double stddev() const;
    /// Value at a percentile in 0..100: the highest value equivalent to the first slot whose
    /// cumulative count reaches ceil(nextDown(percentile)/100 * count), at least 1 (HdrHistogram's
    /// rule), but never above max(). 0 when empty.
    int64_t percentile(double percentile) const;
    /// Count in a slot; 0 outside the used range.
    uint64_t slot(size_t index) const;
    /// Used range [first, last) of slots, first == last when empty.
    size_t slots_begin() const { return first_; }
    size_t slots_end() const { return first_ + slots_.size(); }

private:
    HistogramLayout layout_;
    size_t first_ = 0;
    std::vector<uint64_t> slots_;
    uint64_t count_ = 0;
    bool exact_ = false;
    double sum_ns_ = 0;
    int64_t min_ns_ = std::numeric_limits<int64_t>::max();
    int64_t max_ns_ = 0;
};

} // namespace ringblast
