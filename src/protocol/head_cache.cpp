#include "protocol/head_cache.hpp"

#include "protocol/field_lines.hpp"

namespace ringblast {

namespace {

/// True when no byte of the word is outside 0x20..0x7e.
bool all_visible(uint64_t word) {
    constexpr uint64_t ones = 0x0101010101010101u;
    return (((word - ones * 0x20) | (word + ones) | word) & (ones * 0x80)) == 0;
}

bool is_plain_date(const char* at) {
    static_assert(date_size == 29, "four overlapping words");
    return all_visible(load64(at)) && all_visible(load64(at + 8)) && all_visible(load64(at + 16)) &&
           all_visible(load64(at + 21));
}

} // namespace

const HeadCache::Entry* HeadCache::find_with_new_date(std::string_view bytes) {
    for (Entry& entry : entries_) {
        uint32_t date = entry.head.date_offset;
        uint32_t behind = date + date_size;
        if (bytes.size() >= entry.size && date != 0 &&
            std::memcmp(bytes.data(), entry.bytes.data(), date) == 0 &&
            std::memcmp(bytes.data() + behind, entry.bytes.data() + behind, entry.size - behind) ==
                0 &&
            is_plain_date(bytes.data() + date)) {
            std::memcpy(entry.bytes.data() + date, bytes.data() + date, date_size);
            ++hits_;
            return &entry;
        }
    }
    return nullptr;
}

void HeadCache::install(std::string_view bytes, const ResponseHead& head) {
    if (!enabled_ || head.status < 200 || !head.keep_alive || head.sets_cookie ||
        head.refuses_for_now() || head.size > kept_size_max) {
        return;
    }
    if (resting_ > 0) {
        --resting_;
        return;
    }
    if (++installs_ == trial_installs) {
        bool useful = hits_ - hits_at_trial_ >= trial_installs / 2;
        installs_ = 0;
        hits_at_trial_ = hits_;
        if (!useful) {
            rest();
            return;
        }
    }
    Entry& entry = entries_[next_];
    next_ ^= 1;
    entry.size = head.size;
    entry.head = head;
    entry.total_size = head.framing == Framing::chunked ? std::numeric_limits<uint64_t>::max()
                                                        : head.size + head.content_length;
    std::memcpy(entry.bytes.data(), bytes.data(), head.size);
}

void HeadCache::rest() {
    for (Entry& entry : entries_) { // as new, but for the bytes
        entry.size = std::numeric_limits<size_t>::max();
        entry.total_size = std::numeric_limits<uint64_t>::max();
        entry.head = {};
    }
    resting_ = rest_responses;
}

} // namespace ringblast
