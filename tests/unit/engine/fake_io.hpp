// An Io (io/io.hpp) without a kernel: a clock that only moves when nothing is left to do, and
// behind every connection a peer that a test scripts. Everything random comes from one seed.
//
// A peer is two functions: how it takes a connect (Dial) and what it does about a request (Answer):
// bytes cut anywhere, delays, ends and resets at any byte, silence. Beside them the door itself may
// behave badly within its contract (DoorFaults): late closes, reordered connections, stale events
// of earlier generations, dry buffers, portions. What a caller may not do at the door is reported
// by violation().
#pragma once

#include "base/clock.hpp"
#include "base/random.hpp"
#include "io/io.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace ringblast::test {

enum class PeerEnd : uint8_t { none, fin, reset };

/// How the peer takes a connect.
struct Dial {
    int refused_at_once = 0;     ///< errno that connect() itself returns; 0: none
    int error = 0;               ///< errno of Event connected
    int64_t delay_ns = 0;        ///< until Event connected
    bool silent = false;         ///< no Event connected, ever
    PeerEnd end = PeerEnd::none; ///< comes unasked, end_delay_ns after the connect
    int64_t end_delay_ns = 0;
};

/// What the peer does about one request.
struct Answer {
    std::string_view bytes;       ///< borrowed until they have been received
    int64_t delay_ns = ns_per_ms; ///< from the request to the first byte
    size_t cut = SIZE_MAX;        ///< only that many bytes of it are sent
    size_t piece_max = 0;         ///< sent in random pieces of 1 to that many bytes; 0: in one
    int64_t gap_ns_max = 0;       ///< random pause before each further piece
    PeerEnd end = PeerEnd::none;  ///< after the bytes
    int64_t end_delay_ns = 0;
    int send_error = 0; ///< errno with which our send fails
};

/// A request as its peer sees it.
struct Asked {
    uint32_t slot;
    uint64_t index; ///< from 0, on this connection
    int64_t now_ns;
    std::string_view bytes;
};

/// Misbehaviour of the door, in 1/1000 of the chances unless said otherwise.
struct DoorFaults {
    int64_t late_ns_max = 0; ///< lateness of Event closed and of changes of the receive mode
    uint32_t events_while_closing = 0;
    uint32_t stale = 0;    ///< connects that bring events of the slot's generation before
    uint32_t dry = 0;      ///< receives that find no buffer at first
    uint32_t portions = 0; ///< receives that bring only a part of what is there
    bool reorder = false;  ///< between connections
};

class FakeIo {
public:
    static constexpr int64_t start_ns = 1'000'000'000; ///< of the clock
    static constexpr int64_t poll_cost_ns =
        1'000; ///< of an enter() that may not wait and finds nothing

    FakeIo(uint64_t seed, uint32_t slot_count);

    // The script; may be changed at any time.
    std::function<Dial()> dial;                 ///< at first: connected at once
    std::function<Answer(const Asked&)> answer; ///< at first: ok_response after a millisecond
    DoorFaults faults;
    static constexpr uint32_t one_per_send = 0;
    uint32_t request_size = 1; ///< bytes of one request; one_per_send: each send is one

    // The door; see io/io.hpp.
    int64_t now_ns() const { return now_ns_; }
    int connect(uint32_t slot, uint32_t generation, const Address& to, const SocketOptions&);
    void receive(uint32_t slot, ReceiveMode mode);
    bool discard(uint32_t slot, uint64_t size);
    void send(uint32_t slot, std::string_view bytes, SendNotice notice);
    bool close(uint32_t slot, CloseHow how);
    void flush() {}
    void enter(int64_t wait_ns);
    template <class Handler>
    void harvest(Handler& handler);
    const IoCounters& counters() const { return counters_; }

    // What the peers saw.
    const std::string& violation() const { return violation_; } ///< the first; empty: none
    uint64_t connects() const { return connects_; }
    uint64_t aborts() const { return aborts_; }
    uint64_t requests() const { return requests_; }
    uint64_t discarded_bytes() const { return discarded_bytes_; }
    uint32_t open_connections() const; ///< those that nobody closed yet
    /// When the slot's last request was sent; 0: none.
    int64_t last_request_ns(uint32_t slot) const { return slots_[slot].last_request_ns; }

    /// Random numbers from the seed, for scripts: one in 0..bound-1.
    uint64_t random(uint64_t bound) { return random_bits(key_, draws_++) % bound; }
    bool chance(uint32_t per_mille) { return per_mille != 0 && random(1000) < per_mille; }

private:
    enum class Armed : uint8_t { nothing, once, stream_small, stream_large, discard };
    enum class Cause : uint8_t { connected, look, sent, closed, changed, stale };

    /// Bytes on their way from the peer, or its end.
    struct Chunk {
        int64_t at_ns;
        std::string_view bytes;
        PeerEnd end = PeerEnd::none;
    };
    struct Slot {
        bool open = false, dialing = false, connected = false, closing = false;
        bool ending = false; ///< the peer's end is among the chunks
        bool fired = false;  ///< the event that ends what is armed is on its way
        bool rearm = false;  ///< in `wanted` mode when what is armed has ended
        Armed armed = Armed::nothing;
        ReceiveMode wanted = ReceiveMode::once;
        unsigned notices = 0;
        uint32_t generation = 0;
        uint32_t life = 0; ///< counts connections
        uint64_t discard_left = 0;
        uint64_t requests = 0; ///< on this connection
        int64_t last_at_ns = 0;
        int64_t last_request_ns = 0;
        std::vector<Chunk> chunks;
        size_t next_chunk = 0;
    };
    /// Something that will happen.
    struct Plan {
        int64_t at_ns;
        uint64_t order;
        uint32_t slot, life;
        Cause cause;
        int32_t result;
    };
    /// An event that waits for the harvest.
    struct Ready {
        Event event;
        uint32_t life;
        bool ends_receive = false;
        bool stale = false;
    };

    static bool later(const Plan& a, const Plan& b) {
        return a.at_ns != b.at_ns ? a.at_ns > b.at_ns : a.order > b.order;
    }
    void plan(uint32_t slot, Cause cause, int64_t at_ns, int32_t result = 0);
    void run_due();
    void happen(const Plan& planned);
    void look(uint32_t slot);
    bool take(uint32_t slot, Slot& state, Chunk& chunk);
    void arm(uint32_t slot, ReceiveMode mode);
    void push_answer(uint32_t slot, Slot& state, const Answer& answer);
    void push_chunk(uint32_t slot, Slot& state, const Chunk& chunk);
    void push_stale(const Plan& planned);
    void shuffle();
    bool admit(const Ready& ready);
    void settle(const Ready& ready);
    std::string_view lend(std::string_view bytes);
    void require(bool kept, const char* what);
    int64_t late_ns() {
        return faults.late_ns_max == 0
                   ? 0
                   : static_cast<int64_t>(random(static_cast<uint64_t>(faults.late_ns_max)));
    }

    RandomKey key_;
    uint64_t draws_ = 0;
    int64_t now_ns_ = start_ns;
    uint64_t order_ = 0;
    std::vector<Slot> slots_;
    std::vector<Plan> plans_; ///< a heap
    std::vector<Ready> ready_, batch_;
    std::array<char, 16384> loan_{};
    std::string violation_;
    uint64_t connects_ = 0, aborts_ = 0, requests_ = 0, discarded_bytes_ = 0;
    IoCounters counters_;
};

inline constexpr std::string_view ok_response = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
inline Answer ok_after(int64_t delay_ns) {
    return {.bytes = ok_response, .delay_ns = delay_ns};
}

template <class Handler>
void FakeIo::harvest(Handler& handler) {
    batch_.swap(ready_);
    shuffle();
    for (Ready& ready : batch_) {
        if (admit(ready)) {
            ready.event.bytes = lend(ready.event.bytes);
            handler.on_event(ready.event);
            loan_.front() = '!'; // whoever kept a view of the bytes finds them changed
            ++counters_.events;
        }
        settle(ready);
    }
    batch_.clear();
}

} // namespace ringblast::test
