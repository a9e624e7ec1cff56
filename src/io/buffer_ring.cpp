#include "io/buffer_ring.hpp"

#include <cerrno>
#include <sys/mman.h>

namespace ringblast {

namespace {

void* map_pages(size_t size) {
    void* pages =
        mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return pages == MAP_FAILED ? nullptr : pages;
}

} // namespace

// io_uring_setup_buf_ring came with liburing 2.4; Debian 12 has 2.3, so the ring is mapped and
// registered by hand.
int BufferRing::open(io_uring& ring, Shape shape) {
    shape_ = shape;
    mask_ = io_uring_buf_ring_mask(shape.count);
    ring_ = static_cast<io_uring_buf_ring*>(map_pages(shape.count * sizeof(io_uring_buf)));
    memory_ = static_cast<char*>(map_pages(static_cast<size_t>(shape.count) * shape.size));
    if (ring_ == nullptr || memory_ == nullptr) {
        return -ENOMEM;
    }
    io_uring_buf_reg registration{};
    registration.ring_addr = reinterpret_cast<uintptr_t>(ring_);
    registration.ring_entries = shape.count;
    registration.bgid = shape.group;
    int result = io_uring_register_buf_ring(&ring, &registration, 0);
    if (result < 0) {
        return result;
    }
    io_uring_buf_ring_init(ring_);
    for (unsigned id = 0; id < shape.count; ++id) {
        recycle(id);
    }
    publish();
    return 0;
}

BufferRing::~BufferRing() {
    if (ring_ != nullptr) {
        munmap(ring_, shape_.count * sizeof(io_uring_buf));
    }
    if (memory_ != nullptr) {
        munmap(memory_, static_cast<size_t>(shape_.count) * shape_.size);
    }
}

} // namespace ringblast
