// The recording side of a histogram: 32-bit slots of a fixed layout, cumulative over the run, one
// writer, readable by the collector at any time. The extremes bound the touched slots, so that a
// reader looks at those only; everything starts at zero, so that memory that was never written
// costs nothing (32 to 36 KiB of the 96 are resident for usual latencies).
#pragma once

#include "ringblast/histogram.hpp"
#include "stats/single_writer.hpp"

#include <cstdint>
#include <type_traits>

namespace ringblast {

/// Requires: zeroed memory (a ZeroedMapping, or value-initialised).
struct HistogramSlots {
    static constexpr HistogramLayout layout{};

    /// Sum of (recorded value + 1): values and samples in one counter, which thus changes with
    /// every sample. Wraps around. Minus the samples of the slots it is the sum of the values.
    uint64_t sum_and_count;
    uint64_t max_ns;         ///< largest recorded value
    uint64_t min_complement; ///< ~smallest recorded value: 0 while there is none
    uint64_t out_of_range;   ///< samples above the layout's highest value, recorded as that
    uint32_t slots[layout.slot_count()]; ///< wrap around: a reader takes differences

    /// Adds a sample; a value below 0 counts as 0. The owning thread only; never allocates.
    void record(int64_t value_ns) {
        auto value = static_cast<uint64_t>(value_ns);
        if (value > static_cast<uint64_t>(layout.highest)) [[unlikely]] {
            value = clamp(value_ns);
        }
        raise_to(max_ns, value);
        raise_to(min_complement, ~value);
        // Release: who sees the slot also sees extremes that cover it. The sum comes last, so
        // that an unchanged sum means unchanged slots.
        bump(slots[layout.index_of(static_cast<int64_t>(value))], 1, std::memory_order_release);
        bump(sum_and_count, value + 1, std::memory_order_release);
    }

private:
    [[gnu::noinline, gnu::cold]] uint64_t clamp(int64_t value_ns) {
        if (value_ns < 0) {
            return 0;
        }
        bump(out_of_range);
        return static_cast<uint64_t>(layout.highest);
    }
};

static_assert(std::is_trivially_default_constructible_v<HistogramSlots>,
              "lives in zeroed memory that no constructor may touch");

} // namespace ringblast
