// The ring that both sides of bench/floor turn: an io_uring with one buffer ring, nothing else.
//
// It is deliberately not src/io: the floor has to stay what the kernel alone costs, however the
// product's own door to the kernel grows. Set up as DESIGN's "loop of one core" says; one enter a
// turn submits, waits for one completion and runs the kernel's deferred work.
#pragma once

#include "base/check.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <liburing.h>
#include <memory>

namespace ringblast::floor {

/// What a completion belongs to; travels in user_data as operation << 32 | number.
enum class Operation : uint32_t { accept, connect, send, receive, discard, close, socket, stop };

inline uint64_t tag_of(Operation operation, uint32_t number) {
    return static_cast<uint64_t>(operation) << 32 | number;
}
inline Operation operation_of(const io_uring_cqe* cqe) {
    return static_cast<Operation>(cqe->user_data >> 32);
}
inline uint32_t number_of(const io_uring_cqe* cqe) {
    return static_cast<uint32_t>(cqe->user_data);
}

/// CPU seconds of this thread, kernel work included.
inline double thread_cpu_s() {
    timespec used;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

/// Ends the program with the reason: a bench has nothing to recover to.
[[noreturn, gnu::cold]] inline void fail(const char* what, int error) {
    std::fprintf(stderr, "floor: %s: %s\n", what, std::strerror(error < 0 ? -error : error));
    std::exit(3);
}

struct RingSizes {
    unsigned submissions = 1024;
    unsigned completions = 4096;
    unsigned buffers = 512;      ///< a power of two; of the one buffer group, number 0
    unsigned buffer_size = 2048; ///< bytes
    unsigned descriptors = 0;    ///< slots for direct descriptors
};

/// An io_uring, its provided buffers and the loop over its completions. Belongs to the thread that
/// made it.
class Ring {
public:
    explicit Ring(const RingSizes& sizes) : sizes_(sizes) {
        io_uring_params params{};
        params.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
                       IORING_SETUP_SUBMIT_ALL | IORING_SETUP_CQSIZE;
        params.cq_entries = sizes.completions;
        if (int error = io_uring_queue_init_params(sizes.submissions, &ring_, &params)) {
            fail("io_uring_setup", error);
        }
        io_uring_register_ring_fd(&ring_);
        if (sizes.descriptors > 0) {
            if (int error = io_uring_register_files_sparse(&ring_, sizes.descriptors)) {
                fail("registering descriptor slots", error);
            }
        }
        add_buffers();
    }
    /// Cancels what is armed first: the kernel takes a ring apart later than its process, and an
    /// armed accept would keep the port.
    ~Ring() {
        io_uring_sync_cancel_reg everything{};
        everything.flags = IORING_ASYNC_CANCEL_ANY | IORING_ASYNC_CANCEL_ALL;
        everything.timeout = {1, 0};
        io_uring_register_sync_cancel(&ring_, &everything);
        io_uring_get_events(&ring_); // runs the ends of what was cancelled
        io_uring_queue_exit(&ring_);
    }
    Ring(const Ring&) = delete;
    Ring& operator=(const Ring&) = delete;

    /// The next free entry, tagged. Hands the full queue to the kernel first if need be.
    io_uring_sqe* next_entry(Operation operation, uint32_t number) {
        io_uring_sqe* sqe = io_uring_get_sqe(&ring_);
        if (sqe == nullptr) [[unlikely]] {
            io_uring_submit(&ring_);
            sqe = io_uring_get_sqe(&ring_);
            CHECK(sqe != nullptr);
        }
        sqe->user_data = tag_of(operation, number);
        return sqe;
    }

    /// Room for `count` entries in one submission: a chain of links must not be torn.
    void reserve(unsigned count) {
        if (io_uring_sq_space_left(&ring_) < count) [[unlikely]] {
            io_uring_submit(&ring_);
        }
    }

    /// Sends the whole; only a failure is told.
    io_uring_sqe* send(uint32_t number, int fd, const char* bytes, size_t size) {
        io_uring_sqe* sqe = next_entry(Operation::send, number);
        io_uring_prep_send(sqe, fd, bytes, size, MSG_WAITALL | MSG_NOSIGNAL);
        sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
        return sqe;
    }

    /// Receives into provided buffers until the end, an error, or no buffer is left.
    io_uring_sqe* receive_many(uint32_t number, int fd) {
        io_uring_sqe* sqe = next_entry(Operation::receive, number);
        io_uring_prep_recv_multishot(sqe, fd, nullptr, 0, 0);
        sqe->flags |= IOSQE_BUFFER_SELECT;
        return sqe;
    }

    /// Receives once into a provided buffer. Data is not there yet when it is asked for, so the
    /// futile first try is left out.
    io_uring_sqe* receive_once(uint32_t number, int fd) {
        io_uring_sqe* sqe = next_entry(Operation::receive, number);
        io_uring_prep_recv(sqe, fd, nullptr, sizes_.buffer_size, 0);
        sqe->ioprio |= IORING_RECVSEND_POLL_FIRST;
        sqe->flags |= IOSQE_BUFFER_SELECT;
        return sqe;
    }

    /// Drops up to `size` bytes in the kernel: no buffer, no copy.
    io_uring_sqe* discard(uint32_t number, int fd, size_t size) {
        io_uring_sqe* sqe = next_entry(Operation::discard, number);
        io_uring_prep_recv(sqe, fd, nullptr, size, MSG_TRUNC);
        return sqe;
    }

    /// A completion Operation::stop after so many seconds: ends a loop without a clock read a turn.
    void stop_after(double seconds) {
        limit_.tv_sec = static_cast<int64_t>(seconds);
        limit_.tv_nsec = static_cast<int64_t>((seconds - static_cast<double>(limit_.tv_sec)) * 1e9);
        io_uring_sqe* sqe = next_entry(Operation::stop, 0);
        io_uring_prep_timeout(sqe, &limit_, 0, 0);
    }

    /// One enter: submits, runs what the kernel deferred, waits for `wait` completions. Then
    /// `on_completion(cqe)` for each; buffers given back meanwhile are there before the next enter.
    template <typename Handler>
    void turn(unsigned wait, Handler&& on_completion) {
        const int result = wait > 0 ? io_uring_submit_and_wait(&ring_, wait)
                                    : io_uring_submit_and_get_events(&ring_);
        if (result < 0 && result != -EINTR && result != -EBUSY && result != -EAGAIN) {
            fail("io_uring_enter", result);
        }
        ++turns_;
        unsigned head;
        unsigned count = 0;
        io_uring_cqe* cqe;
        io_uring_for_each_cqe(&ring_, head, cqe) {
            on_completion(cqe);
            ++count;
        }
        completions_ += count;
        io_uring_cq_advance(&ring_, count);
        io_uring_buf_ring_advance(buffers_, static_cast<int>(returned_));
        returned_ = 0;
    }

    const char* bytes_of(const io_uring_cqe* cqe) const {
        return memory_.get() + buffer_of(cqe) * size_t{sizes_.buffer_size};
    }

    /// Gives the completion's buffer, if it has one, back to the kernel at the end of the turn.
    void recycle(const io_uring_cqe* cqe) {
        if ((cqe->flags & IORING_CQE_F_BUFFER) != 0) {
            add_buffer(buffer_of(cqe));
        }
    }

    uint64_t turns() const { return turns_; }
    uint64_t completions() const { return completions_; }
    io_uring* get() { return &ring_; }

private:
    struct Free {
        void operator()(void* memory) const { std::free(memory); }
    };

    static unsigned buffer_of(const io_uring_cqe* cqe) {
        return cqe->flags >> IORING_CQE_BUFFER_SHIFT;
    }

    void add_buffer(unsigned number) {
        io_uring_buf_ring_add(buffers_, memory_.get() + number * size_t{sizes_.buffer_size},
                              sizes_.buffer_size, static_cast<unsigned short>(number),
                              io_uring_buf_ring_mask(sizes_.buffers), static_cast<int>(returned_));
        ++returned_;
    }

    // io_uring_setup_buf_ring came with liburing 2.4.
    void add_buffers() {
        const size_t page = 4096;
        const size_t ring_size = (sizes_.buffers * sizeof(io_uring_buf) + page - 1) / page * page;
        const size_t total = size_t{sizes_.buffers} * sizes_.buffer_size;
        ring_memory_.reset(static_cast<char*>(std::aligned_alloc(page, ring_size)));
        memory_.reset(
            static_cast<char*>(std::aligned_alloc(page, (total + page - 1) / page * page)));
        buffers_ = reinterpret_cast<io_uring_buf_ring*>(ring_memory_.get());
        io_uring_buf_ring_init(buffers_);
        io_uring_buf_reg registration{};
        registration.ring_addr = reinterpret_cast<uint64_t>(buffers_);
        registration.ring_entries = sizes_.buffers;
        if (int error = io_uring_register_buf_ring(&ring_, &registration, 0)) {
            fail("registering buffers", error);
        }
        for (unsigned i = 0; i < sizes_.buffers; ++i) {
            add_buffer(i);
        }
        io_uring_buf_ring_advance(buffers_, static_cast<int>(returned_));
        returned_ = 0;
    }

    RingSizes sizes_;
    io_uring ring_{};
    io_uring_buf_ring* buffers_ = nullptr;
    std::unique_ptr<char, Free> ring_memory_;
    std::unique_ptr<char, Free> memory_;
    __kernel_timespec limit_{};
    unsigned returned_ = 0;
    uint64_t turns_ = 0;
    uint64_t completions_ = 0;
};

} // namespace ringblast::floor
