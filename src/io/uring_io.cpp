#include "io/uring_io.hpp"

#include "base/check.hpp"
#include "io/socket.hpp"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fmt/format.h>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>

namespace ringblast {

namespace {

constexpr unsigned submission_count = 1024;
constexpr unsigned completion_count_max = 65536;
// The poll heuristics of the kernel run some twenty completions an enter; this leaves room for
// slow turns while what is touched stays in the second-level cache. 16 KiB x 256 and 2 KiB x 1024
// are the most a thread takes: 6 MiB, resident only where used.
constexpr unsigned small_count_max = 1024, small_size = 2048;
constexpr unsigned large_count_max = 256, large_size = 16384;

std::string why_forbidden(int error) {
    switch (error) {
    case EPERM:
    case EACCES:
        return "the kernel refuses io_uring (EPERM): a container's seccomp profile or "
               "kernel.io_uring_disabled forbids it. In Docker run with "
               "--security-opt seccomp=unconfined or a profile that allows io_uring_setup, "
               "io_uring_enter and io_uring_register; else `sysctl kernel.io_uring_disabled=0`. "
               "`ringblast doctor` shows more";
    case ENOSYS:
        return "this kernel has no io_uring (ENOSYS): Linux 6.1 or newer with CONFIG_IO_URING is "
               "needed, and a seccomp profile that lets it through";
    case EINVAL:
        return "this kernel's io_uring is too old: Linux 6.1 or newer is needed";
    case ENOMEM:
        return "no memory could be locked for io_uring (ENOMEM): raise `ulimit -l` or free memory";
    case EMFILE:
    case ENFILE:
        return "no file descriptor is left for io_uring: raise `ulimit -n`";
    default:
        return fmt::format("io_uring could not be set up: {}", std::strerror(error));
    }
}

} // namespace

Expected<std::unique_ptr<UringIo>> UringIo::create(uint32_t slot_count) {
    std::unique_ptr<UringIo> io(new UringIo);
    if (int error = io->open(slot_count); error != 0) {
        return failure(why_forbidden(error));
    }
    return io;
}

// On a thread of its own: when a ring goes, the kernel has work done by the task that made it, which
// ends that one's blocking calls with EINTR.
int UringIo::probe() {
    int error = 0;
    std::thread([&error] { error = UringIo().open(1); }).join();
    return error;
}

/// Returns 0 or an errno.
int UringIo::open(uint32_t slot_count) {
    io_uring_params params{};
    params.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
                   IORING_SETUP_SUBMIT_ALL | IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP;
    params.cq_entries =
        std::clamp(std::bit_ceil(2 * slot_count), 4096u, completion_count_max);
    int result = io_uring_queue_init_params(submission_count, &ring_, &params);
    if (result < 0) {
        return -result;
    }
    ring_open_ = true;
    // Saves a reference count per enter; optional.
    if (io_uring_register_ring_fd(&ring_) == 1) {
        enter_flags_ = IORING_ENTER_REGISTERED_RING;
    }
    for (unsigned i = 0; ring_.sq.array != nullptr && i < ring_.sq.ring_entries; ++i) {
        ring_.sq.array[i] = i;
    }
    unsigned workers[2] = {1, 1};          // nothing should ever be punted to kernel threads
    io_uring_register_iowq_max_workers(&ring_, workers);
    unsigned wanted = std::bit_ceil(std::max(slot_count, 16u));
    result = small_.open(ring_, {.group = 0,
                                 .count = std::clamp(wanted, 64u, small_count_max),
                                 .size = small_size});
    if (result == 0) {
        result = large_.open(ring_, {.group = 1,
                                     .count = std::clamp(wanted, 16u, large_count_max),
                                     .size = large_size});
    }
    slots_.resize(slot_count);
    rearm_.reserve(slot_count);
    return -result;
}

UringIo::~UringIo() {
    for (Slot& slot : slots_) {
        if (slot.fd >= 0) {
            ::close(slot.fd);
        }
    }
    if (ring_open_) {
        io_uring_queue_exit(&ring_);
    }
}

io_uring_sqe* UringIo::next_sqe_of_full_queue() {
    flush();
    io_uring_sqe* sqe = io_uring_get_sqe(&ring_);
    CHECK(sqe != nullptr);
    return sqe;
}

int UringIo::connect(uint32_t slot, uint32_t generation, const Address& to,
                     const SocketOptions& options) {
    int fd = open_client_socket(to, options, 0);
    if (fd < 0) {
        return fd;
    }
    adopt(slot, generation, fd);
    Slot& state = slots_[slot];
    io_uring_sqe* sqe = next_sqe();
    io_uring_prep_connect(sqe, fd, to.get(), to.size);
    sqe->user_data = user_data(op_connect, generation, slot);
    ++state.pending;
    return 0;
}

void UringIo::adopt(uint32_t slot, uint32_t generation, int fd) {
    Slot& state = slots_[slot];
    CHECK(state.fd < 0);
    state = Slot{};
    state.fd = fd;
    state.generation = generation & generation_mask;
}

// A receive that stays armed in another mode is cancelled first; what it still brings is delivered
// as usual, and the new one is armed when it has ended.
void UringIo::receive(uint32_t slot, ReceiveMode mode) {
    Slot& state = slots_[slot];
    if (!state.armed) {
        state.mode = mode;
        arm(slot, state);
        return;
    }
    if (state.mode == mode && mode != ReceiveMode::once) {
        return;
    }
    if (!state.rearm && state.mode != ReceiveMode::once) {
        cancel(slot, state);
    }
    state.mode = mode;
    state.rearm = true;
}

void UringIo::arm(uint32_t slot, Slot& state) {
    bool large = state.mode == ReceiveMode::stream_large;
    io_uring_sqe* sqe = next_sqe();
    io_uring_prep_recv(sqe, state.fd, nullptr, 0, 0);
    sqe->flags = IOSQE_BUFFER_SELECT;
    sqe->buf_group = large ? large_.group() : small_.group();
    if (state.mode != ReceiveMode::once) {
        sqe->ioprio |= IORING_RECV_MULTISHOT;
    }
    if (state.answer_due) {
        sqe->ioprio |= IORING_RECVSEND_POLL_FIRST;
        state.answer_due = false;
    }
    sqe->user_data = user_data(large ? op_receive_large : op_receive, state.generation, slot);
    state.armed = true;
    ++state.pending;
}

bool UringIo::discard(uint32_t slot, uint64_t size) {
    Slot& state = slots_[slot];
    if (state.armed || state.keeps_bytes) {
        return false;
    }
    // MSG_TRUNC on TCP drops the bytes in the kernel, without a copy. Not with MSG_WAITALL: the
    // kernel then waits for ever.
    auto portion = static_cast<size_t>(std::min<uint64_t>(size, 1u << 30));
    io_uring_sqe* sqe = next_sqe();
    io_uring_prep_recv(sqe, state.fd, nullptr, portion, MSG_TRUNC);
    sqe->user_data = user_data(op_discard, state.generation, slot);
    state.armed = true;
    ++state.pending;
    return true;
}

bool UringIo::close(uint32_t slot, CloseHow how) {
    Slot& state = slots_[slot];
    CHECK(state.fd >= 0 && !state.closing);
    state.abort = how == CloseHow::abort;
    if (state.pending == 0) {
        finish_close(state);
        return true;
    }
    state.closing = true;
    cancel(slot, state);
    return false;
}

void UringIo::cancel(uint32_t slot, Slot& state) {
    io_uring_sqe* sqe = next_sqe();
    io_uring_prep_cancel_fd(sqe, state.fd, IORING_ASYNC_CANCEL_ALL);
    sqe->flags = IOSQE_CQE_SKIP_SUCCESS;
    sqe->user_data = user_data(op_cancel, state.generation, slot);
}

void UringIo::finish_close(Slot& state) {
    if (state.abort) {
        set_abort_on_close(state.fd);
    }
    ::close(state.fd);
    state = Slot{};
}

/// Shows the kernel what was queued; returns how much that is. The index array of the queue is the
/// identity since create(), so one store of the tail does what liburing does entry by entry.
unsigned UringIo::publish_submissions() {
    ring_.sq.sqe_head = ring_.sq.sqe_tail;
    io_uring_smp_store_release(ring_.sq.ktail, ring_.sq.sqe_tail);
    return ring_.sq.sqe_tail - *ring_.sq.khead;
}

// What enter refuses (EAGAIN, EBUSY) stays queued and goes with the next one; interrupted and
// timed-out waits are told apart by what the harvest finds.
void UringIo::flush() {
    ++counters_.enters;
    io_uring_enter(static_cast<unsigned>(ring_.enter_ring_fd), publish_submissions(), 0,
                   enter_flags_, nullptr);
}

void UringIo::enter(int64_t wait_ns) {
    ++counters_.enters;
    auto fd = static_cast<unsigned>(ring_.enter_ring_fd);
    unsigned count = publish_submissions();
    if (wait_ns <= 0) {
        io_uring_enter(fd, count, 0, enter_flags_ | IORING_ENTER_GETEVENTS, nullptr);
        return;
    }
    __kernel_timespec timeout{.tv_sec = 0, .tv_nsec = wait_ns};
    if (wait_ns >= ns_per_second) {
        timeout = {.tv_sec = wait_ns / ns_per_second, .tv_nsec = wait_ns % ns_per_second};
    }
    io_uring_getevents_arg argument{};
    argument.sigmask_sz = _NSIG / 8;
    argument.ts = reinterpret_cast<uintptr_t>(&timeout);
    io_uring_enter2(fd, count, 1, enter_flags_ | IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG,
                    reinterpret_cast<sigset_t*>(&argument), sizeof argument);
}

void UringIo::accept(int listening_fd) {
    io_uring_sqe* sqe = next_sqe();
    io_uring_prep_multishot_accept(sqe, listening_fd, nullptr, nullptr, SOCK_CLOEXEC);
    sqe->user_data = user_data(op_accept, 0, static_cast<uint32_t>(listening_fd));
}

const IoCounters& UringIo::counters() {
    counters_.overflows = *ring_.cq.koverflow;
    return counters_;
}

} // namespace ringblast
