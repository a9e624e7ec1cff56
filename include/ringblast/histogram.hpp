// A latency histogram as plain data: HdrHistogram's log-linear slots with 64-bit counts.
//
// Values are nanoseconds. The layout of HdrHistogram (Gil Tene) divides each power of two into
// equal sub-buckets so that a value is kept to `digits` decimal digits; slot arithmetic is in
// HistogramLayout, shared with the lock-free recording slots of src/stats. Only the slots
// between the first and the last used one take memory, so that a result may hold thousands.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace ringblast {

/// The slot arithmetic of HdrHistogram. A value object; all functions are pure and constexpr, so
/// that a fixed layout costs a recorder one bit scan, two shifts and an addition.
///
/// With s = sub_bucket_magnitude() and u = unit_magnitude(), bucket b holds the values of s + u + b
/// bits in 2^(s-1) slots of 2^(u+b) values each; bucket 0 also holds all shorter values.
/// Requires: 1 <= lowest, 2 * lowest <= highest, 1 <= digits <= 5, u + s <= 62.
struct HistogramLayout {
    int64_t lowest = 1000;               ///< smallest value told apart from 0, ns; >= 1
    int64_t highest = 3'600'000'000'000; ///< largest value that fits, ns
    int digits = 3;                      ///< decimal digits kept, 1..5

    /// log2 of the unit: values below 2^unit share slot 0.
    constexpr int unit_magnitude() const { return bit_length(lowest) - 1; }
    /// log2 of the number of sub-buckets per bucket.
    constexpr int sub_bucket_magnitude() const {
        constexpr int magnitudes[] = {5, 8, 11, 15, 18}; // of 2^k >= 2 * 10^digits
        return magnitudes[digits - 1];
    }
    /// Number of slots that cover 0..highest.
    constexpr size_t slot_count() const {
        size_t buckets = static_cast<size_t>(bucket_of(highest)) + 1;
        return (buckets + 1) << (sub_bucket_magnitude() - 1);
    }
    /// Slot of a value in 0..highest.
    constexpr size_t index_of(int64_t value) const {
        int bucket = bucket_of(value);
        return (static_cast<size_t>(bucket) << (sub_bucket_magnitude() - 1)) +
               static_cast<size_t>(value >> (bucket + unit_magnitude()));
    }
    /// Smallest value of a slot; the inverse of index_of.
    constexpr int64_t value_of(size_t index) const {
        size_t bucket = bucket_of_slot(index);
        size_t sub_bucket = index - (bucket << (sub_bucket_magnitude() - 1));
        return static_cast<int64_t>(sub_bucket) << (static_cast<int>(bucket) + unit_magnitude());
    }
    /// Number of values that share the slot.
    constexpr int64_t width_of(size_t index) const {
        return int64_t{1} << (static_cast<int>(bucket_of_slot(index)) + unit_magnitude());
    }
    /// Largest value of a slot.
    constexpr int64_t value_max_of(size_t index) const {
        return value_of(index) + (width_of(index) - 1);
    }

    bool operator==(const HistogramLayout&) const = default;

private:
    static constexpr int bit_length(int64_t value) {
        return static_cast<int>(std::bit_width(static_cast<uint64_t>(value)));
    }
    constexpr int bucket_of(int64_t value) const {
        int64_t shortest = ((int64_t{1} << sub_bucket_magnitude()) - 1) << unit_magnitude();
        return bit_length(value | shortest) - unit_magnitude() - sub_bucket_magnitude();
    }
    constexpr size_t bucket_of_slot(size_t index) const {
        size_t row = index >> (sub_bucket_magnitude() - 1);
        return row == 0 ? 0 : row - 1; // bucket 0 has two rows of slots
    }
};

/// Counts by latency. Copyable and mergeable; not thread safe.
class Histogram {
public:
    Histogram() = default;
    explicit Histogram(const HistogramLayout& layout) : layout_(layout) {}

    const HistogramLayout& layout() const { return layout_; }

    /// Adds `count` samples of `value_ns`. False, and nothing recorded, when it is out of range.
    bool record(int64_t value_ns, uint64_t count = 1);
    /// Adds `count` samples to a slot by index. Requires: index < layout().slot_count().
    void add_slot(size_t index, uint64_t count);
    /// The sum and the extremes of some samples, known beside their slots.
    struct Exact {
        double sum_ns = 0;
        int64_t min_ns = 0;
        int64_t max_ns = 0;
    };
    /// Adds counts to consecutive slots from `first` on, in one pass. Requires: they are within
    /// layout().slot_count(), the first and the last count are not 0.
    void add_slots(size_t first, std::span<const uint32_t> counts, const Exact& exact);
    /// Adds all samples of `other`. Requires: the same layout. Exact.
    void merge(const Histogram& other);
    /// Tells the exact sum and extremes that a recorder kept beside the slots. Samples that came
    /// by add_slot count with the middle and the bounds of their slot until then; `merge` combines
    /// what both sides know. Requires: not empty.
    void set_exact(const Exact& exact);

    uint64_t count() const { return count_; }
    bool empty() const { return count_ == 0; }
    /// Requires: not empty (0 otherwise). Nanoseconds.
    int64_t min() const { return empty() ? 0 : min_ns_; }
    int64_t max() const { return max_ns_; }
    double sum() const { return sum_ns_; }
    double mean() const;
    /// From the slots, so 0 when all samples share one.
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
    void cover(size_t first, size_t last);
    void add_count(size_t index, uint64_t count);

    HistogramLayout layout_;
    size_t first_ = 0;
    std::vector<uint64_t> slots_;
    uint64_t count_ = 0;
    double sum_ns_ = 0;
    int64_t min_ns_ = std::numeric_limits<int64_t>::max();
    int64_t max_ns_ = 0;
};

} // namespace ringblast
