// The fast path of repeated heads. A server under load sends the same head again and again but for
// its Date, which changes once a second. So a worker keeps the last good heads as bytes: what
// equals one byte for byte means the same and needs no parsing. When only the Date differs, its new
// characters are checked (visible ASCII, so no line can hide in them) and stored, once a second.
//
// Nothing is believed that the strict parser has not accepted: the fuzz target response_reader
// proves both ways equal. Benchmark: head_cache in bench/protocol_bench.cpp.
#pragma once

#include "protocol/response_head.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string_view>

namespace ringblast {

class HeadCache {
public:
    /// Longer heads are not kept.
    static constexpr uint32_t kept_size_max = 1024;

    struct Entry {
        size_t size = std::numeric_limits<size_t>::max(); ///< of the head; max: empty
        /// Head and body; max when the size of the body is not in the head, or empty.
        uint64_t total_size = std::numeric_limits<uint64_t>::max();
        ResponseHead head{};
        std::array<char, kept_size_max> bytes;
    };

    /// `enabled`: false keeps nothing; every head is parsed.
    explicit HeadCache(bool enabled = true) : enabled_(enabled) {}

    /// The entry that `bytes` starts with, or nullptr. Only for responses to other methods than
    /// HEAD. The entry is valid until the next call.
    const Entry* find(std::string_view bytes) {
        for (const Entry& entry : entries_) {
            if (bytes.size() >= entry.size &&
                std::memcmp(bytes.data(), entry.bytes.data(), entry.size) == 0) {
                ++hits_;
                return &entry;
            }
        }
        return nullptr;
    }

    /// As find(), but only where the whole response is there.
    const Entry* find_whole(std::string_view bytes) {
        for (const Entry& entry : entries_) {
            if (bytes.size() >= entry.total_size &&
                std::memcmp(bytes.data(), entry.bytes.data(), entry.size) == 0) [[likely]] {
                ++hits_;
                return &entry;
            }
        }
        return nullptr;
    }

    /// After find() found nothing: the entry whose Date alone differs, with its Date renewed.
    const Entry* find_with_new_date(std::string_view bytes);

    /// Keeps the head at the start of `bytes`, as parsed for a method other than HEAD, when it can
    /// be used again: final, keep-alive, without what someone may want to see (a cookie, the
    /// Retry-After of a 503).
    void install(std::string_view bytes, const ResponseHead& head);

    uint64_t hits() const { return hits_; }

private:
    /// A head that keeps changing (a request id) only costs: after that many installs, with
    /// not even half as many hits, rest for many responses.
    static constexpr uint32_t trial_installs = 256;
    static constexpr uint32_t rest_responses = 65'536;

    void rest();

    std::array<Entry, 2> entries_;
    uint64_t hits_ = 0;
    uint64_t hits_at_trial_ = 0;
    uint32_t installs_ = 0;
    uint32_t resting_ = 0;
    uint8_t next_ = 0;
    bool enabled_;
};

} // namespace ringblast
