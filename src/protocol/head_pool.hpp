// Blocks for heads that have not arrived whole: 4 KiB for the usual one, 64 KiB for a long one.
// Belongs to one worker. Blocks are kept and reused; memory is only asked for in grow(), which is
// cold and counted, and never beyond the bound given at the start.
#pragma once

#include "protocol/response_head.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace ringblast {

class HeadPool {
public:
    static constexpr size_t small_size = 4 * 1024;
    static constexpr size_t large_size = head_size_max;
    static constexpr size_t bytes_max_default = 64 * 1024 * 1024;

    explicit HeadPool(size_t bytes_max = bytes_max_default) : bytes_max_(bytes_max) {}
    HeadPool(const HeadPool&) = delete;
    HeadPool& operator=(const HeadPool&) = delete;

    /// A block of small_size or large_size bytes; nullptr when the bound is reached (counted).
    char* take_small() { return take(small_); }
    char* take_large() { return take(large_); }
    void give_small(char* block) { give(small_, block); }
    void give_large(char* block) { give(large_, block); }

    size_t blocks_taken() const { return small_.taken + large_.taken; }
    uint64_t growths() const { return growths_; }         ///< times that memory was asked for
    uint64_t exhaustions() const { return exhaustions_; } ///< blocks refused
    size_t bytes() const { return bytes_; }               ///< held, taken or not

private:
    struct FreeBlock {
        FreeBlock* next;
    };
    struct Shelf {
        size_t block_size;
        FreeBlock* free = nullptr;
        size_t taken = 0;
    };

    char* take(Shelf& shelf) {
        if (shelf.free == nullptr && !grow(shelf)) [[unlikely]] {
            return nullptr;
        }
        FreeBlock* block = shelf.free;
        shelf.free = block->next;
        ++shelf.taken;
        return reinterpret_cast<char*>(block);
    }
    static void give(Shelf& shelf, char* bytes) {
        FreeBlock* block = reinterpret_cast<FreeBlock*>(bytes);
        block->next = shelf.free;
        shelf.free = block;
        --shelf.taken;
    }
    bool grow(Shelf& shelf);

    size_t bytes_max_;
    size_t bytes_ = 0;
    uint64_t growths_ = 0;
    uint64_t exhaustions_ = 0;
    Shelf small_{small_size};
    Shelf large_{large_size};
    std::vector<std::unique_ptr<char[]>> slabs_;
};

} // namespace ringblast
