// Answers to request heads that came before. A load generator sends the same bytes again and
// again: one comparison then replaces parsing, routing and rendering, and since the answer is
// stored many times over in a row, k pipelined requests are answered by one view of k answers.
//
//     request bytes ── hash of 16 of them ──► entry ── equal? ──► | answer | answer | answer | …
//
// An entry is rendered anew when the second of its Date is over. Blocks in use are never changed:
// replaced ones live on until the sends that were queued with them have been submitted.
#pragma once

#include "target/responses.hpp"

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace ringblast {

class ReplyCache {
public:
    struct Entry {
        std::string request;
        uint32_t request_size = UINT32_MAX; ///< the same, or larger than any when empty
        uint32_t reply_size = 0;
        int64_t second = 0; ///< of the Date in the answers
        std::string block;  ///< answers in a row
        Action action;
        ReplyContext context;
    };

    /// The entry for the request head at the start of `bytes`, or nullptr. `second` and `date`
    /// say the time. The entry is valid until the next store() or find().
    const Entry* find(std::string_view bytes, int64_t second, std::string_view date) {
        if (bytes.size() < key_end) {
            return nullptr;
        }
        Entry& entry = entries_[index_of(bytes)];
        if (bytes.size() < entry.request_size ||
            std::memcmp(bytes.data(), entry.request.data(), entry.request_size) != 0) {
            return nullptr;
        }
        if (entry.second != second) [[unlikely]] {
            render(entry, second, date);
        }
        return &entry;
    }

    /// Remembers what a bodiless request got, if it will get the same again.
    void store(std::string_view request, const Action& action, const ReplyContext& context,
               int64_t second);

    /// To be called once a turn, after the queued sends were submitted.
    void start_turn() {
        if (!retired_.empty() || !retired_before_.empty()) [[unlikely]] {
            retired_before_.clear();
            retired_before_.swap(retired_);
        }
    }

private:
    static constexpr size_t key_start = 4; // behind "GET "
    static constexpr size_t key_end = key_start + 16;

    static size_t index_of(std::string_view bytes) {
        uint64_t words[2];
        std::memcpy(words, bytes.data() + key_start, sizeof words);
        return (words[0] * 0x9e3779b97f4a7c15u ^ words[1] * 0xd6e8feb86659fd93u) >> 60;
    }
    void render(Entry& entry, int64_t second, std::string_view date);

    std::array<Entry, 16> entries_;
    std::vector<std::string> retired_;        // in this turn
    std::vector<std::string> retired_before_; // in the one before
};

} // namespace ringblast
