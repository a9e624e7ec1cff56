// Histogram: 64-bit counts over HdrHistogram's slots, kept only between the first and the last
// used one. Beside the slots run the sum and the extremes, exact where the recorder knew them.
#include "ringblast/histogram.hpp"

#include "base/check.hpp"

#include <cmath>

namespace ringblast {

static_assert(HistogramLayout{}.slot_count() == 24576, "the table in docs and DESIGN");
static_assert(HistogramLayout{}.unit_magnitude() == 9);

/// Makes slots [first, last] part of the used range.
void Histogram::cover(size_t first, size_t last) {
    if (slots_.empty()) {
        first_ = first;
    }
    if (first < first_) {
        slots_.insert(slots_.begin(), first_ - first, 0);
        first_ = first;
    }
    if (last >= slots_end()) {
        slots_.resize(last - first_ + 1);
    }
}

void Histogram::add_count(size_t index, uint64_t count) {
    cover(index, index);
    slots_[index - first_] += count;
    count_ += count;
}

bool Histogram::record(int64_t value_ns, uint64_t count) {
    if (value_ns < 0 || value_ns > layout_.highest) {
        return false;
    }
    if (count == 0) {
        return true;
    }
    add_count(layout_.index_of(value_ns), count);
    sum_ns_ += static_cast<double>(value_ns) * static_cast<double>(count);
    min_ns_ = std::min(min_ns_, value_ns);
    max_ns_ = std::max(max_ns_, value_ns);
    return true;
}

void Histogram::add_slot(size_t index, uint64_t count) {
    CHECK(index < layout_.slot_count());
    if (count == 0) {
        return;
    }
    add_count(index, count);
    int64_t low = layout_.value_of(index);
    int64_t middle = low + layout_.width_of(index) / 2;
    sum_ns_ += static_cast<double>(middle) * static_cast<double>(count);
    min_ns_ = std::min(min_ns_, low);
    max_ns_ = std::max(max_ns_, layout_.value_max_of(index));
}

void Histogram::add_slots(size_t first, std::span<const uint32_t> counts, const Exact& exact) {
    CHECK(!counts.empty() && counts.front() != 0 && counts.back() != 0);
    CHECK(first + counts.size() <= layout_.slot_count());
    cover(first, first + counts.size() - 1);
    uint64_t* slots = slots_.data() + (first - first_);
    uint64_t added = 0;
    for (size_t i = 0; i < counts.size(); ++i) {
        slots[i] += counts[i];
        added += counts[i];
    }
    count_ += added;
    sum_ns_ += exact.sum_ns;
    min_ns_ = std::min(min_ns_, exact.min_ns);
    max_ns_ = std::max(max_ns_, exact.max_ns);
}

void Histogram::merge(const Histogram& other) {
    CHECK(layout_ == other.layout_);
    if (other.empty()) {
        return;
    }
    cover(other.slots_begin(), other.slots_end() - 1);
    for (size_t index = other.slots_begin(); index < other.slots_end(); ++index) {
        slots_[index - first_] += other.slots_[index - other.first_];
    }
    count_ += other.count_;
    sum_ns_ += other.sum_ns_;
    min_ns_ = std::min(min_ns_, other.min_ns_);
    max_ns_ = std::max(max_ns_, other.max_ns_);
}

void Histogram::set_exact(const Exact& exact) {
    CHECK(!empty());
    sum_ns_ = exact.sum_ns;
    min_ns_ = exact.min_ns;
    max_ns_ = exact.max_ns;
}

double Histogram::mean() const {
    return empty() ? 0 : sum_ns_ / static_cast<double>(count_);
}

double Histogram::stddev() const {
    if (empty()) {
        return 0;
    }
    auto middle_of = [this](size_t index) {
        return static_cast<double>(layout_.value_of(index) + layout_.width_of(index) / 2);
    };
    // Around the mean of the slots' middles, not the exact one: else equal samples would spread.
    double slot_sum = 0;
    for (size_t index = slots_begin(); index < slots_end(); ++index) {
        slot_sum += middle_of(index) * static_cast<double>(slots_[index - first_]);
    }
    double slot_mean = slot_sum / static_cast<double>(count_);
    double squares = 0;
    for (size_t index = slots_begin(); index < slots_end(); ++index) {
        double distance = middle_of(index) - slot_mean;
        squares += distance * distance * static_cast<double>(slots_[index - first_]);
    }
    return std::sqrt(squares / static_cast<double>(count_));
}

int64_t Histogram::percentile(double percentile) const {
    if (empty()) {
        return 0;
    }
    // nextDown keeps e.g. 90 % of 10 samples at the ninth although 0.9 * 10 may round up past it.
    double share = std::nextafter(std::clamp(percentile, 0.0, 100.0), -1.0) / 100;
    double wanted = std::ceil(share * static_cast<double>(count_));
    uint64_t rank = wanted < 1 ? 1 : std::min(static_cast<uint64_t>(wanted), count_);
    uint64_t seen = 0;
    for (size_t index = slots_begin(); index < slots_end(); ++index) {
        seen += slots_[index - first_];
        if (seen >= rank) {
            return std::min(layout_.value_max_of(index), max_ns_);
        }
    }
    return max_ns_;
}

uint64_t Histogram::slot(size_t index) const {
    return index < slots_begin() || index >= slots_end() ? 0 : slots_[index - first_];
}

} // namespace ringblast
