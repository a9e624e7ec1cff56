#include "io/epoll_io.hpp"

#include "base/check.hpp"
#include "io/socket.hpp"

#include <algorithm>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace ringblast {

namespace {

constexpr uint32_t generation_mask = (1u << 28) - 1; // what an Io keeps of a generation
constexpr int64_t retry_period_ns = ns_per_ms;
#ifdef SYS_epoll_pwait2
constexpr long epoll_pwait2_number = SYS_epoll_pwait2;
#else
constexpr long epoll_pwait2_number = 441; // Linux 5.11; the same on all architectures
#endif

} // namespace

Expected<std::unique_ptr<EpollIo>> EpollIo::create(uint32_t slot_count) {
    std::unique_ptr<EpollIo> io(new EpollIo);
    io->epoll_fd_ = epoll_create1(EPOLL_CLOEXEC);
    if (io->epoll_fd_ < 0) {
        return failure(fmt::format("epoll could not be set up: {}", std::strerror(errno)));
    }
    prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0); // else 50 us late
    io->buffer_ = std::make_unique_for_overwrite<char[]>(buffer_size);
    io->slots_.resize(slot_count);
    for (std::vector<Event>* events : {&io->told_, &io->telling_}) {
        events->reserve(slot_count);
    }
    for (std::vector<uint32_t>* slots : {&io->readable_, &io->reading_}) {
        slots->reserve(slot_count);
    }
    return io;
}

EpollIo::~EpollIo() {
    for (Slot& slot : slots_) {
        if (slot.fd >= 0) {
            ::close(slot.fd);
        }
    }
    if (epoll_fd_ >= 0) {
        ::close(epoll_fd_);
    }
}

/// Registers the descriptor, for room to send as well if asked. Returns 0 or a negative errno.
int EpollIo::watch(uint32_t slot, Slot& state, bool room) {
    epoll_event event{.events = EPOLLIN | EPOLLRDHUP | EPOLLET | (room ? EPOLLOUT : 0u),
                      .data = {}};
    event.data.u64 = uint64_t{state.generation} << 32 | slot;
    int operation = state.watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    if (epoll_ctl(epoll_fd_, operation, state.fd, &event) != 0) {
        return -errno;
    }
    state.watched = true;
    state.watches_room = room;
    return 0;
}

int EpollIo::connect(uint32_t slot, uint32_t generation, const Address& to,
                     const SocketOptions& options) {
    int fd = open_client_socket(to, options, SOCK_NONBLOCK);
    if (fd < 0) {
        return fd;
    }
    Slot& state = slots_[slot];
    CHECK(state.fd < 0);
    state = Slot{.fd = fd, .generation = generation & generation_mask};
    start_connect(slot, state, to);
    return 0;
}

void EpollIo::start_connect(uint32_t slot, Slot& state, const Address& to) {
    int result = ::connect(state.fd, to.get(), to.size) == 0 ? 0 : -errno;
    if (result == -EAGAIN) {
        retries_.push_back({.slot = slot, .generation = state.generation, .to = &to});
        return;
    }
    // Registered only now: a socket that is not connecting yet would report a hang-up.
    bool in_progress = result == -EINPROGRESS;
    if (result == 0 || in_progress) {
        int watched = watch(slot, state, in_progress);
        state.connecting = in_progress && watched == 0;
        result = watched;
    }
    if (!state.connecting) {
        tell(slot, state, EventKind::connected, result);
    }
}

void EpollIo::retry_connects() {
    std::vector<Retry> retries;
    retries.swap(retries_);
    for (const Retry& retry : retries) {
        if (Slot* state = find(retry.slot, retry.generation)) {
            start_connect(retry.slot, *state, *retry.to);
        }
    }
}

/// Returns the result of the connect, if the edges are about it; else it stays under way.
int EpollIo::finish_connect(Slot& state, uint32_t edges) {
    if ((edges & (EPOLLOUT | EPOLLERR | EPOLLHUP)) == 0) {
        return 0;
    }
    state.connecting = false;
    if ((edges & (EPOLLERR | EPOLLHUP)) == 0) [[likely]] {
        return 0;
    }
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(state.fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error == ECONNRESET) { // refused would be ECONNREFUSED: connected first, reset then
        state.error_taken = ECONNRESET;
        return 0;
    }
    return -error;
}

/// Connections that were accepted seldom wait for room, so they are not registered for it: that
/// edge would come at once, alone.
void EpollIo::adopt(uint32_t slot, uint32_t generation, int fd) {
    Slot& state = slots_[slot];
    CHECK(state.fd < 0);
    state = Slot{.fd = fd, .generation = generation & generation_mask};
    if (watch(slot, state, false) != 0) { // no memory for it: over before it began
        ::shutdown(fd, SHUT_RDWR);
        state.readable = true;
        state.ended = true;
    }
}

void EpollIo::receive(uint32_t slot, ReceiveMode mode) {
    Slot& state = slots_[slot];
    state.mode = mode;
    state.armed = Armed::receive;
    queue_readable(slot, state);
}

bool EpollIo::discard(uint32_t slot, uint64_t size) {
    Slot& state = slots_[slot];
    if (state.armed != Armed::nothing) {
        return false;
    }
    state.discard_size = static_cast<uint32_t>(std::min<uint64_t>(size, 1u << 30));
    state.armed = Armed::discard;
    queue_readable(slot, state);
    return true;
}

/// Returns the bytes read, 0 at the end, or a negative errno; -EAGAIN: nothing is there.
int64_t EpollIo::read(Slot& state) {
    if (state.armed == Armed::discard) [[unlikely]] {
        return drop(state);
    }
    size_t wanted = state.mode == ReceiveMode::once ? once_size : buffer_size;
    ssize_t size = recv(state.fd, buffer_.get(), wanted, MSG_DONTWAIT);
    if (size <= 0) [[unlikely]] {
        return read_failed(state, size < 0 ? errno : 0);
    }
    if (static_cast<size_t>(size) < wanted && !state.ended) [[likely]] {
        state.readable = false; // dry; whatever comes now is a new edge
    }
    return size;
}

int64_t EpollIo::drop(Slot& state) {
    size_t wanted = state.discard_size;
    ssize_t size = -1;
    if (!state.copies_discarded) {
        // MSG_TRUNC on TCP drops the bytes in the kernel, without a copy.
        size = recv(state.fd, nullptr, wanted, MSG_DONTWAIT | MSG_TRUNC);
        state.copies_discarded = size < 0 && errno == EFAULT;
    }
    if (state.copies_discarded) {
        wanted = std::min(wanted, buffer_size);
        size = recv(state.fd, buffer_.get(), wanted, MSG_DONTWAIT);
    }
    if (size <= 0) {
        return read_failed(state, size < 0 ? errno : 0);
    }
    if (static_cast<size_t>(size) < wanted && !state.ended) {
        state.readable = false;
    }
    return size;
}

int64_t EpollIo::read_failed(Slot& state, int error) {
    if (error == EAGAIN || error == EINTR) {
        state.readable = error == EINTR;
        return error == EINTR ? read(state) : -EAGAIN;
    }
    return error != 0 ? -error : -state.error_taken;
}

void EpollIo::send(uint32_t slot, std::string_view bytes, SendNotice notice) {
    Slot& state = slots_[slot];
    if (state.unsent_size > 0) [[unlikely]] {
        // The peer has answered what it has not read yet. That connection is of no use any more:
        // it ends, and the receive tells.
        state.unsent_size = 0;
        ::shutdown(state.fd, SHUT_RDWR);
        return;
    }
    ssize_t sent = ::send(state.fd, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent == static_cast<ssize_t>(bytes.size())) [[likely]] {
        if (notice == SendNotice::always) {
            tell(slot, state, EventKind::sent, static_cast<int>(sent));
        }
        return;
    }
    if (sent < 0 && errno != EAGAIN && errno != EINTR) {
        send_failed(slot, state, errno);
    } else if (notice == SendNotice::if_short) {
        tell(slot, state, EventKind::sent, sent > 0 ? static_cast<int>(sent) : -EAGAIN);
    } else {
        std::string_view rest = bytes.substr(static_cast<size_t>(std::max<ssize_t>(sent, 0)));
        state.unsent = rest.data();
        state.unsent_size = static_cast<uint32_t>(rest.size());
        state.send_size = static_cast<uint32_t>(bytes.size());
        state.notice = notice == SendNotice::always;
        if (!state.watches_room) {
            watch(slot, state, true); // and an edge comes at once if there is room by now
        }
    }
}

void EpollIo::send_failed(uint32_t slot, Slot& state, int error) {
    // A reset that the send was told of is hidden from the receive, which would find an orderly
    // end. A broken pipe is not: it follows an end that was in order.
    state.error_taken = error == EPIPE ? 0 : static_cast<int16_t>(error);
    state.unsent_size = 0;
    tell(slot, state, EventKind::sent, -error);
}

/// There is room again for what waits.
void EpollIo::send_rest(uint32_t slot, Slot& state) {
    ssize_t sent = ::send(state.fd, state.unsent, state.unsent_size, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0) {
        if (errno != EAGAIN && errno != EINTR) {
            send_failed(slot, state, errno);
        }
        return;
    }
    state.unsent += sent;
    state.unsent_size -= static_cast<uint32_t>(sent);
    if (state.unsent_size == 0 && state.notice) {
        tell(slot, state, EventKind::sent, static_cast<int>(state.send_size));
    }
}

bool EpollIo::close(uint32_t slot, CloseHow how) {
    Slot& state = slots_[slot];
    CHECK(state.fd >= 0);
    if (how == CloseHow::abort) {
        set_abort_on_close(state.fd);
    }
    ::close(state.fd); // and gone from the epoll
    state = Slot{.generation = state.generation};
    return true;
}

void EpollIo::enter(int64_t wait_ns) {
    CHECK(edge_count_ == 0); // each enter has its harvest
    if (!retries_.empty()) [[unlikely]] {
        retry_connects();
        wait_ns = std::min(wait_ns, retry_period_ns);
    }
    bool work_waits = !told_.empty() || !readable_.empty() || accepts_left_;
    ++counters_.enters;
    edge_count_ = std::max(wait(work_waits ? 0 : wait_ns), 0); // interrupted: none
}

int EpollIo::wait(int64_t wait_ns) {
    if (wait_ns <= 0) {
        return epoll_wait(epoll_fd_, edges_, events_max, 0);
    }
    timespec timeout{.tv_sec = wait_ns / ns_per_second, .tv_nsec = wait_ns % ns_per_second};
    if (!coarse_) [[likely]] {
        auto count = static_cast<int>(syscall(epoll_pwait2_number, epoll_fd_, edges_, events_max,
                                              &timeout, nullptr, size_t{0}));
        // Older container profiles answer EPERM to calls they do not know.
        coarse_ = count < 0 && (errno == ENOSYS || errno == EPERM);
        if (!coarse_) {
            return count;
        }
    }
    return wait_coarse(timeout);
}

/// Before Linux 5.11 epoll waits whole milliseconds only; a poll of the epoll itself is finer.
int EpollIo::wait_coarse(const timespec& timeout) {
    pollfd whole{.fd = epoll_fd_, .events = POLLIN, .revents = 0};
    ppoll(&whole, 1, &timeout, nullptr);
    return epoll_wait(epoll_fd_, edges_, events_max, 0);
}

/// Requires: `listening_fd` stays open as long as this Io; it becomes non-blocking.
void EpollIo::accept(int listening_fd) {
    fcntl(listening_fd, F_SETFL, fcntl(listening_fd, F_GETFL) | O_NONBLOCK);
    epoll_event event{.events = EPOLLIN | EPOLLET | EPOLLEXCLUSIVE, .data = {}};
    event.data.u64 = listener_mark | listeners_.size();
    CHECK(epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, listening_fd, &event) == 0);
    listeners_.push_back({.fd = listening_fd, .ready = true});
}

/// A new descriptor, or a negative errno; -EAGAIN: no more for now.
int EpollIo::accept_one(Listener& listener) {
    for (;;) {
        int fd = accept4(listener.fd, nullptr, nullptr, SOCK_CLOEXEC);
        if (fd >= 0) {
            return fd;
        }
        if (errno == EAGAIN) {
            listener.ready = false;
        }
        if (errno != EINTR && errno != ECONNABORTED) {
            return -errno;
        }
    }
}

} // namespace ringblast
