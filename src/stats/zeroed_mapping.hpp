// Anonymous memory that reads as zero and takes a page only when it is written: room for
// statistics that are mostly never touched, reserved before the load.
#pragma once

#include <cstddef>
#include <type_traits>

namespace ringblast {

class ZeroedMapping {
public:
    /// Reserves address space only. Throws std::bad_alloc where even that is refused.
    explicit ZeroedMapping(size_t size);
    ~ZeroedMapping();
    ZeroedMapping(const ZeroedMapping&) = delete;
    ZeroedMapping& operator=(const ZeroedMapping&) = delete;

    /// The objects at an offset. Requires: they fit, the offset is a multiple of alignof(T).
    template <class T>
    T* at(size_t offset) const {
        static_assert(std::is_trivially_default_constructible_v<T>, "no constructor runs");
        return reinterpret_cast<T*>(static_cast<std::byte*>(memory_) + offset);
    }

private:
    void* memory_;
    size_t size_;
};

} // namespace ringblast
