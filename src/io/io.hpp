// The door to the kernel: what an Io is, for whoever stands on either side of it.
//
// A worker is a template over its Io and calls it without indirection: UringIo for speed, EpollIo
// where io_uring is forbidden, FakeIo in tests. An Io serves one thread and numbered slots, each at
// most one connection at a time. Nobody above knows descriptors, rings or buffer ids.
//
//   int64_t now_ns();                         the clock of this Io; monotonic
//   int  connect(slot, generation, Address const& to, SocketOptions const&);
//                                             0, or a negative errno when no socket could be had;
//                                             then Event connected follows
//   void receive(slot, ReceiveMode);          bytes from now on; Event received until the end
//   bool discard(slot, uint64_t size);        drop up to `size` bytes unseen, Event discarded per
//                                             portion; false while an earlier receive is armed or
//                                             the socket cannot. It may find out late: then Event
//                                             received comes instead
//   void send(slot, std::string_view, SendNotice);  the bytes must stay valid until the exchange is
//                                             over. Only failures are told unless asked (Event sent)
//                                             With if_short only until the next enter has returned
//   bool close(slot, CloseHow);               true: closed at once, the slot is free. false: Event
//                                             closed follows, others may come before it
//   void flush();                             hand queued operations to the kernel now
//   void enter(int64_t wait_ns);              submit; wait that long for an event at most
//                                             (<= 0: only run what has come)
//   void harvest(handler);                    handler.on_event(Event const&) for all that came
//
// Events are called from harvest only; the handler may call anything above but enter and harvest.
// Event::bytes is valid during the call. Buffers that run dry are recycled and re-armed inside.
// Server side: accept(listening_fd) yields Event accepted with descriptors until cancelled by
// closing the Io; adopt(slot, generation, fd) makes one of them the connection of a slot.
// With ReceiveMode::once each receive() yields one event, which is what short connections and
// bodies to discard want: nothing stays armed that a close would have to cancel.
#pragma once

#include <cstdint>
#include <string_view>
#include <sys/socket.h>

namespace ringblast {

/// A socket address of any family.
struct Address {
    sockaddr_storage storage{};
    socklen_t size = 0;

    int family() const { return storage.ss_family; }
    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

enum class EventKind : uint8_t {
    connected, ///< result 0 or a negative errno
    received,  ///< bytes; empty with result 0: the peer's end; negative errno: failed
    discarded, ///< result: bytes dropped, 0: the peer's end, negative errno: failed
    sent,      ///< result: negative errno, or the size when notice was asked; with if_short also
               ///< the bytes that went (-EAGAIN: none)
    closed,    ///< the slot is free again
    accepted,  ///< server side: result is the new descriptor or a negative errno
};

struct Event {
    uint32_t slot = 0;
    uint32_t generation = 0;
    EventKind kind = EventKind::closed;
    int32_t result = 0;
    std::string_view bytes{};
};

enum class ReceiveMode : uint8_t {
    stream_small, ///< stays armed, 2 KiB buffers
    stream_large, ///< stays armed, 16 KiB buffers
    once,         ///< one event per receive()
};

enum class SendNotice : uint8_t {
    on_failure, ///< waits for room as long as it takes
    always,     ///< the same, and told at its end
    /// Never waits for room: what the socket takes at once is sent, and only if that was not all it
    /// is told. So silence proves that the bytes went, and a next send cannot overtake them.
    if_short,
};

enum class CloseHow : uint8_t {
    orderly, ///< FIN
    abort,   ///< RST: nothing lingers, the peer sees the reset
};

/// What a connection is made with; decided in the plan.
struct SocketOptions {
    const Address* local = nullptr; ///< source address, or none
    uint16_t port_low = 0, port_high = 0; ///< range of source ports for this thread; 0: any
    bool no_delay = true;           ///< TCP_NODELAY; a connection for one request needs none
};

/// What an Io counted of itself.
struct IoCounters {
    uint64_t enters = 0;
    uint64_t events = 0;
    uint64_t starvations = 0; ///< receives that found no buffer
    uint64_t overflows = 0;   ///< completions that did not fit the queue
    uint64_t stale = 0;       ///< completions of a connection that is gone
};

} // namespace ringblast
