// The Io of io_uring: one ring for one thread, created on it.
//
// Receives pick buffers from two rings provided to the kernel (2 KiB and 16 KiB) and stay armed;
// sends post no completion when they succeed, because the response proves them; one system call a
// turn submits, waits and runs the deferred task work. user_data is operation | generation | slot,
// so that a late completion of a closed connection is told apart; its buffer is recycled all the
// same. A close first cancels what is armed and ends when the last completion is in: closing the
// descriptor alone would cancel nothing and send no FIN.
#pragma once

#include "base/clock.hpp"
#include "io/buffer_ring.hpp"
#include "io/io.hpp"
#include "ringblast/error.hpp"

#include <liburing.h>
#include <memory>
#include <vector>

namespace ringblast {

class UringIo {
public:
    /// Makes a ring for `slot_count` connections on the calling thread, which must be the only one
    /// to use it. The error says what forbids io_uring and how to allow it.
    static Expected<std::unique_ptr<UringIo>> create(uint32_t slot_count);
    /// Makes and drops such a ring. Returns 0, or the errno for which there can be none.
    static int probe();
    ~UringIo();
    UringIo(const UringIo&) = delete;
    UringIo& operator=(const UringIo&) = delete;

    // The door; see io.hpp.
    int64_t now_ns() const { return monotonic_ns(); }
    int connect(uint32_t slot, uint32_t generation, const Address& to, const SocketOptions&);
    void receive(uint32_t slot, ReceiveMode mode);
    bool discard(uint32_t slot, uint64_t size);
    [[gnu::always_inline]] inline void send(uint32_t slot, std::string_view bytes,
                                            SendNotice notice);
    bool close(uint32_t slot, CloseHow how);
    void flush();
    void enter(int64_t wait_ns);
    template <class Handler> void harvest(Handler& handler);

    void accept(int listening_fd);
    void adopt(uint32_t slot, uint32_t generation, int fd);

    const IoCounters& counters();

private:
    enum Operation : uint64_t {
        op_receive,
        op_receive_large,
        op_connect,
        op_discard,
        op_send,         ///< posts only when it failed
        op_send_noticed, ///< posts always
        op_cancel,
        op_accept,
    };
    static constexpr unsigned generation_bits = 28;
    static constexpr uint32_t no_generation = UINT32_MAX; ///< of a free slot: no completion's
    static constexpr uint32_t generation_mask = (1u << generation_bits) - 1;

    /// What the ring knows of a slot; 16 bytes, four in a cache line.
    struct Slot {
        int fd = -1;
        uint32_t generation = no_generation;
        uint8_t pending = 0; ///< completions still to come before the slot may be reused
        ReceiveMode mode = ReceiveMode::once;
        bool armed = false;  ///< a receive or discard is out
        bool rearm = false;  ///< arm again when the receive that is out has ended
        bool closing = false;
        bool abort = false;
        bool answer_due = false; ///< nothing can have come yet: poll before the first try
        bool keeps_bytes = false; ///< no TCP: the kernel cannot drop them unseen
    };
    static_assert(sizeof(Slot) == 16);

    UringIo() = default;
    int open(uint32_t slot_count);
    static uint64_t user_data(Operation operation, uint32_t generation, uint32_t slot) {
        return uint64_t{operation} << 60 | uint64_t{generation & generation_mask} << 32 | slot;
    }
    io_uring_sqe* next_sqe() {
        io_uring_sqe* sqe = io_uring_get_sqe(&ring_);
        return sqe != nullptr ? sqe : next_sqe_of_full_queue();
    }
    [[gnu::noinline, gnu::cold]] io_uring_sqe* next_sqe_of_full_queue();
    unsigned publish_submissions();
    void arm(uint32_t slot, Slot& state);
    void cancel(uint32_t slot, Slot& state);
    void finish_close(Slot& state);
    template <class Handler>
    [[gnu::always_inline]] inline void on_completion(const io_uring_cqe& cqe, Handler& handler);
    template <class Handler>
    [[gnu::always_inline]] inline void on_received(const io_uring_cqe& cqe, BufferRing& buffers, uint32_t slot,
                     uint32_t generation, Handler& handler);
    template <class Handler>
    [[gnu::noinline]] void on_received_otherwise(const io_uring_cqe& cqe, BufferRing& buffers,
                                                 uint32_t slot, uint32_t generation,
                                                 Handler& handler);
    template <class Handler>
    [[gnu::noinline]] void on_receive_ended(uint32_t slot, uint32_t generation, int result, Handler& handler);

    io_uring ring_{};
    BufferRing small_;
    BufferRing large_;
    std::vector<Slot> slots_;
    std::vector<uint32_t> rearm_;
    IoCounters counters_;
    unsigned enter_flags_ = 0;
    bool ring_open_ = false;
};

} // namespace ringblast

#include "io/uring_harvest.hpp"
