// A ring of receive buffers provided to the kernel: it picks one per receive, so that memory is
// taken only for data that has come, not per connection. Buffers go back in the order of use and
// become visible to the kernel together, once per harvest.
#pragma once

#include <cstddef>
#include <liburing.h>
#include <string_view>

namespace ringblast {

class BufferRing {
public:
    BufferRing() = default;
    ~BufferRing();
    BufferRing(const BufferRing&) = delete;
    BufferRing& operator=(const BufferRing&) = delete;

    struct Shape {
        unsigned short group; ///< id of the ring among those of the io_uring
        unsigned count;       ///< buffers, a power of two up to 32768
        unsigned size;        ///< bytes each
    };

    /// Maps and registers the buffers; pages become resident when first used. Returns 0 or a
    /// negative errno. `ring` must outlive this object's use, not its destruction.
    int open(io_uring& ring, Shape shape);

    unsigned short group() const { return shape_.group; }
    std::string_view bytes(unsigned id, size_t size) const {
        return {memory_ + static_cast<size_t>(id) * shape_.size, size};
    }
    /// Gives a buffer back; the kernel sees it at the next publish().
    void recycle(unsigned id) {
        io_uring_buf_ring_add(ring_, memory_ + static_cast<size_t>(id) * shape_.size, shape_.size,
                              static_cast<unsigned short>(id), mask_, recycled_++);
    }
    void publish() {
        if (recycled_ != 0) {
            io_uring_buf_ring_advance(ring_, recycled_);
            recycled_ = 0;
        }
    }

private:
    Shape shape_{};
    int mask_ = 0;
    int recycled_ = 0;
    io_uring_buf_ring* ring_ = nullptr;
    char* memory_ = nullptr;
};

} // namespace ringblast
