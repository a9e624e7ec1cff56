// How often each kind of failure happened, and when first and last: a fixed open-addressing table
// with one writer, readable by the collector at any time. An entry's key never changes once its
// `used` flag is published, so readers need no lock.
#pragma once

#include "ringblast/outcome.hpp"

#include <cstdint>
#include <vector>

namespace ringblast {

/// What failed and how.
struct ErrorKey {
    uint32_t leaf = 0;
    Outcome outcome = Outcome::ok;
    int32_t detail = 0; ///< errno, status or a small number that belongs to the outcome

    bool operator==(const ErrorKey&) const = default;
};

/// The leaf of the catch-all keys: failures that came when the table was full. They keep their
/// outcome; their detail is 0.
inline constexpr uint32_t any_leaf = UINT32_MAX;

struct ErrorCount {
    ErrorKey key;
    uint64_t count = 0;
    int64_t first_ns = 0, last_ns = 0; ///< on the recorder's clock
};

/// Requires: zeroed memory (a ZeroedMapping, or value-initialised).
class ErrorTable {
public:
    /// Different keys that are kept apart.
    static constexpr size_t keys_max = 384;

    /// Counts a failure. The owning thread only; never allocates.
    void record(const ErrorKey& key, int64_t now_ns);

    /// The keys counted so far, in no order. Any thread.
    std::vector<ErrorCount> read() const;

private:
    static constexpr size_t slot_count = 512; // a quarter stays free, so that probes are short

    struct Entry {
        uint32_t used;
        uint32_t leaf;
        int32_t detail;
        Outcome outcome;
        uint64_t count;
        int64_t first_ns, last_ns;

        bool holds(const ErrorKey& key) const {
            return leaf == key.leaf && detail == key.detail && outcome == key.outcome;
        }
    };

    Entry& entry_of(const ErrorKey& key, int64_t now_ns);
    static void publish(Entry& entry, const ErrorKey& key, int64_t now_ns);

    uint32_t keys_;
    Entry entries_[slot_count];
    Entry catch_all_[outcome_count];
};

} // namespace ringblast
