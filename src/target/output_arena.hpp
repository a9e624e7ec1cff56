// Memory for the answers of one turn: bytes are appended, views of them stay valid until reset(),
// and the blocks are used again. So an answer costs a copy, not an allocation.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace ringblast {

class OutputArena {
public:
    /// `head` followed by `tail` in one piece. Copies only `tail` when `head` was the last result.
    std::string_view join(std::string_view head, std::string_view tail);

    /// Makes all views invalid and all memory free for new ones.
    void reset() {
        current_ = 0;
        used_ = 0;
    }

private:
    struct Block {
        std::unique_ptr<char[]> bytes;
        size_t size;
    };

    char* top() const { return blocks_[current_].bytes.get() + used_; }
    void make_room(size_t size);

    std::vector<Block> blocks_;
    size_t current_ = 0;
    size_t used_ = 0; // of the current block
};

} // namespace ringblast
