// Linear probing over 512 entries; keys are never removed.
#include "stats/error_table.hpp"

#include "base/random.hpp"
#include "stats/single_writer.hpp"

#include <span>
#include <type_traits>

namespace ringblast {

static_assert(std::is_trivially_default_constructible_v<ErrorTable>,
              "lives in zeroed memory that no constructor may touch");

void ErrorTable::publish(Entry& entry, const ErrorKey& key, int64_t now_ns) {
    entry.leaf = key.leaf;
    entry.detail = key.detail;
    entry.outcome = key.outcome;
    entry.first_ns = now_ns;
    // Release: a reader that sees the flag sees the key.
    std::atomic_ref(entry.used).store(1, std::memory_order_release);
}

ErrorTable::Entry& ErrorTable::entry_of(const ErrorKey& key, int64_t now_ns) {
    static_assert((slot_count & (slot_count - 1)) == 0, "slots are found with a mask");
    uint64_t word = uint64_t{key.leaf} << 32 | static_cast<uint32_t>(key.detail);
    uint64_t hash = mix64(word ^ static_cast<uint64_t>(key.outcome) << 59);
    for (uint64_t probe = hash;; ++probe) {
        Entry& entry = entries_[probe & (slot_count - 1)];
        if (entry.used == 0) {
            if (keys_ == keys_max) {
                break;
            }
            ++keys_;
            publish(entry, key, now_ns);
            return entry;
        }
        if (entry.holds(key)) {
            return entry;
        }
    }
    Entry& rest = catch_all_[static_cast<size_t>(key.outcome)];
    if (rest.used == 0) {
        publish(rest, {.leaf = any_leaf, .outcome = key.outcome, .detail = 0}, now_ns);
    }
    return rest;
}

void ErrorTable::record(const ErrorKey& key, int64_t now_ns) {
    Entry& entry = entry_of(key, now_ns);
    bump(entry.count);
    set_gauge(entry.last_ns, now_ns);
}

std::vector<ErrorCount> ErrorTable::read() const {
    std::vector<ErrorCount> counts;
    auto add_used = [&counts](std::span<const Entry> entries) {
        for (const Entry& entry : entries) {
            if (read_counter(entry.used, std::memory_order_acquire) == 0) {
                continue;
            }
            ErrorKey key = {.leaf = entry.leaf, .outcome = entry.outcome, .detail = entry.detail};
            uint64_t count = read_counter(entry.count);
            if (count > 0) {
                counts.push_back({.key = key,
                                  .count = count,
                                  .first_ns = entry.first_ns,
                                  .last_ns = read_counter(entry.last_ns)});
            }
        }
    };
    add_used(entries_);
    add_used(catch_all_);
    return counts;
}

} // namespace ringblast
