// Bytes on their way to a socket. Unlike a string it never touches what it holds when it is emptied
// or swapped, for a kernel may still be reading there; and it takes 16 bytes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

namespace ringblast {

class TlsBuffer {
public:
    std::string_view view() const { return {bytes_.get(), size_}; }
    bool empty() const { return size_ == 0; }
    size_t size() const { return size_; }
    size_t capacity() const { return capacity_; }

    /// Allocates when there is no room.
    void append(std::string_view bytes) {
        if (bytes.size() > capacity_ - size_) [[unlikely]] {
            grow(size_ + bytes.size());
        }
        std::memcpy(bytes_.get() + size_, bytes.data(), bytes.size());
        size_ += static_cast<uint32_t>(bytes.size());
    }
    /// Requires: size <= size().
    void truncate(size_t size) { size_ = static_cast<uint32_t>(size); }
    void clear() { size_ = 0; }
    void free() { *this = TlsBuffer(); }
    void swap(TlsBuffer& other) {
        std::swap(bytes_, other.bytes_);
        std::swap(size_, other.size_);
        std::swap(capacity_, other.capacity_);
    }

private:
    [[gnu::noinline]] void grow(size_t size) {
        size_t wanted = std::max(size + size / 2, size_t{256});
        auto larger = std::make_unique_for_overwrite<char[]>(wanted);
        if (size_ > 0) {
            std::memcpy(larger.get(), bytes_.get(), size_);
        }
        bytes_ = std::move(larger);
        capacity_ = static_cast<uint32_t>(wanted);
    }

    std::unique_ptr<char[]> bytes_;
    uint32_t size_ = 0;
    uint32_t capacity_ = 0;
};

} // namespace ringblast
