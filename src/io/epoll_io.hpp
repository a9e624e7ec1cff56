// The Io of epoll, for where io_uring is forbidden: non-blocking calls on the calling thread.
//
// A descriptor is registered once, edge-triggered. Sends write at once and wait for room only with
// what did not fit. An edge marks its slot readable; harvest reads into one buffer that all slots
// share, until the socket is dry: a read that did not fill the buffer says so without another call.
// What the kernel answered at once (a connect, a noticed send) waits in a queue for the next
// harvest, and while something waits there enter does not block. A close is over at once; events
// of the connection that was there before are told apart by the generation all the same.
#pragma once

#include "base/clock.hpp"
#include "io/io.hpp"
#include "ringblast/error.hpp"

#include <cerrno>
#include <memory>
#include <sys/epoll.h>
#include <vector>

namespace ringblast {

class EpollIo {
public:
    /// Makes an epoll for `slot_count` connections on the calling thread, which must be the only
    /// one to use it; sets the thread's timer slack to the least, so that waits end on time.
    static Expected<std::unique_ptr<EpollIo>> create(uint32_t slot_count);
    ~EpollIo();
    EpollIo(const EpollIo&) = delete;
    EpollIo& operator=(const EpollIo&) = delete;

    // The door; see io.hpp. The address of a connect must live until Event connected.
    int64_t now_ns() const { return monotonic_ns(); }
    int connect(uint32_t slot, uint32_t generation, const Address& to, const SocketOptions&);
    void receive(uint32_t slot, ReceiveMode mode);
    bool discard(uint32_t slot, uint64_t size);
    void send(uint32_t slot, std::string_view bytes, SendNotice notice);
    bool close(uint32_t slot, CloseHow how);
    void flush() {} // nothing is ever queued on the way out
    void enter(int64_t wait_ns);
    template <class Handler>
    void harvest(Handler& handler);

    void accept(int listening_fd);
    void adopt(uint32_t slot, uint32_t generation, int fd);

    const IoCounters& counters() const { return counters_; }

private:
    static constexpr int events_max = 64;       ///< a turn: more make what is due wait
    static constexpr unsigned reads_max = 4;    ///< of a slot and turn: others want to be served
    static constexpr unsigned accepts_max = 64; ///< of a turn
    static constexpr size_t buffer_size = 64 * 1024;
    static constexpr size_t once_size = 16 * 1024; ///< the rest of a large body may be discarded
    static constexpr uint64_t listener_mark = uint64_t{1} << 63; ///< in the data of an event

    static constexpr uint32_t no_slot = UINT32_MAX;

    enum class Armed : uint8_t { nothing, receive, discard };

    struct Slot {
        const char* unsent = nullptr; ///< what waits for room
        uint32_t unsent_size = 0;
        uint32_t send_size = 0; ///< of the whole send that waits
        int fd = -1;
        uint32_t generation = 0;
        uint32_t discard_size = 0;
        int16_t error_taken = 0; ///< of the socket, that another call than its receive was told of
        Armed armed = Armed::nothing;
        ReceiveMode mode = ReceiveMode::once;
        bool connecting : 1 = false;
        bool readable : 1 = false;     ///< an edge has come and no read has found the end yet
        bool ended : 1 = false;        ///< the peer's end or an error lies behind what is unread
        bool queued : 1 = false;       ///< in readable_
        bool notice : 1 = false;       ///< the send that waits is to be told of
        bool watched : 1 = false;      ///< registered
        bool watches_room : 1 = false; ///< for EPOLLOUT, too
        bool copies_discarded : 1 = false; ///< no TCP: cannot drop bytes in the kernel
    };
    static_assert(sizeof(Slot) == 40);

    struct Listener {
        int fd;
        bool ready; ///< accept has not been told that there are no more
    };
    /// A connect to a Unix socket whose backlog was full; no edge tells when it no longer is.
    struct Retry {
        uint32_t slot, generation;
        const Address* to;
    };

    EpollIo() = default;
    Slot* find(uint32_t slot, uint32_t generation) {
        Slot& state = slots_[slot];
        return state.fd >= 0 && state.generation == generation ? &state : nullptr;
    }
    void tell(uint32_t slot, const Slot& state, EventKind kind, int result) {
        told_.push_back(
            {.slot = slot, .generation = state.generation, .kind = kind, .result = result});
    }
    int watch(uint32_t slot, Slot& state, bool room);
    void start_connect(uint32_t slot, Slot& state, const Address& to);
    void retry_connects();
    void queue_readable(uint32_t slot, Slot& state) {
        if (state.readable && !state.queued && slot != reading_slot_) {
            state.queued = true;
            readable_.push_back(slot);
        }
    }
    [[gnu::noinline]] void send_failed(uint32_t slot, Slot& state, int error);
    [[gnu::noinline]] void send_rest(uint32_t slot, Slot& state);
    [[gnu::noinline]] int finish_connect(Slot& state, uint32_t edges);
    int wait(int64_t wait_ns);
    [[gnu::noinline]] int wait_coarse(const timespec& timeout);
    static bool wants_to_read(const Slot& state) {
        return state.readable && state.armed != Armed::nothing;
    }
    int64_t read(Slot& state);
    [[gnu::noinline]] int64_t read_failed(Slot& state, int error);
    int64_t drop(Slot& state);
    static int accept_one(Listener& listener);
    template <class Handler>
    void on_edge(const epoll_event& edge, Handler& handler);
    template <class Handler>
    void read_all(uint32_t slot, Handler& handler);
    template <class Handler>
    void accept_all(Handler& handler);
    template <class Handler>
    void tell_all(Handler& handler);

    int epoll_fd_ = -1;
    uint32_t reading_slot_ = no_slot; ///< the one that read_all is at
    int edge_count_ = 0;              ///< of edges_, not harvested yet
    bool coarse_ = false;             ///< no epoll_pwait2
    bool accepts_left_ = false;       ///< a turn ended before its listener was dry
    epoll_event edges_[events_max];
    std::unique_ptr<char[]> buffer_;
    std::vector<Slot> slots_;
    std::vector<Event> told_, telling_;
    std::vector<uint32_t> readable_, reading_; ///< slots to read from without an edge
    std::vector<Listener> listeners_;
    std::vector<Retry> retries_;
    IoCounters counters_;
};

} // namespace ringblast

#include "io/epoll_harvest.hpp"
