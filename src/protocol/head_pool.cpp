#include "protocol/head_pool.hpp"

#include <new>

namespace ringblast {

/// One slab of 64 KiB: sixteen small blocks or a large one.
[[gnu::noinline, gnu::cold]] bool HeadPool::grow(Shelf& shelf) {
    constexpr size_t slab_size = large_size;
    if (bytes_ + slab_size > bytes_max_) {
        ++exhaustions_;
        return false;
    }
    slabs_.push_back(std::make_unique_for_overwrite<char[]>(slab_size));
    bytes_ += slab_size;
    ++growths_;
    char* slab = slabs_.back().get();
    for (size_t at = slab_size; at >= shelf.block_size; at -= shelf.block_size) {
        shelf.free = new (slab + at - shelf.block_size) FreeBlock{shelf.free};
    }
    return true;
}

} // namespace ringblast
