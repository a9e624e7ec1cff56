#include "target/output_arena.hpp"

#include <algorithm>
#include <cstring>

namespace ringblast {

namespace {

constexpr size_t arena_block_size = 256 * 1024;

} // namespace

std::string_view OutputArena::join(std::string_view head, std::string_view tail) {
    if (used_ > 0 && head.data() + head.size() == top() &&
        tail.size() <= blocks_[current_].size - used_) {
        std::memcpy(top(), tail.data(), tail.size());
        used_ += tail.size();
        return {head.data(), head.size() + tail.size()};
    }
    size_t size = head.size() + tail.size();
    make_room(size);
    char* start = top();
    if (!head.empty()) {
        std::memcpy(start, head.data(), head.size());
    }
    std::memcpy(start + head.size(), tail.data(), tail.size());
    used_ += size;
    return {start, size};
}

void OutputArena::make_room(size_t size) {
    if (!blocks_.empty() && size <= blocks_[current_].size - used_) {
        return;
    }
    size_t next = blocks_.empty() ? 0 : current_ + 1;
    if (next == blocks_.size() || blocks_[next].size < size) {
        size_t wanted = std::max(size, arena_block_size);
        blocks_.insert(blocks_.begin() + static_cast<ptrdiff_t>(next),
                       Block{std::make_unique_for_overwrite<char[]>(wanted), wanted});
    }
    current_ = next;
    used_ = 0;
}

} // namespace ringblast
