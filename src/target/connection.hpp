// What the target knows of a connection: the little that every one needs, and the rest that only
// one needs which is in the middle of something (a head in pieces, a body, a wait, a long answer).
#pragma once

#include "protocol/chunked.hpp"
#include "protocol/websocket_reader.hpp"
#include "target/responses.hpp"
#include "target/routes.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace ringblast {

/// The exchange in progress.
struct Exchange {
    enum class Phase : uint8_t {
        head,    ///< a request head is awaited, part of it may be in `input`
        body,    ///< its body is being read
        waiting, ///< a timer will go on, or nothing ever (stall)
        sending, ///< no more is read until all is sent
    };
    enum class Wait : uint8_t { reply, tail, drip, for_ever };

    Phase phase = Phase::head;
    Wait wait = Wait::reply; ///< with waiting: what the timer brings
    bool authorized = false; ///< the head had a good token
    int64_t due_ns = 0;      ///< with waiting
    Action action;
    ReplyContext context;   ///< its date is filled in when the answer is rendered
    bool chunked = false;   ///< the request's body is
    uint64_t body_left = 0; ///< else
    ChunkedDecoder chunks;
    Reply reply; ///< what is left of a long one
    size_t dripped = 0;
    std::string input;     ///< bytes not looked at yet
    std::string body;      ///< of an echo
    std::string in_flight; ///< being sent
    std::string queued;    ///< to be sent after it
};

/// Small, so that ten thousand idle connections are. Named apart from the engine's connection,
/// which lives in the same program.
struct TargetConnection {
    std::string_view output; ///< of the last turn that had some: until it is sure that it went
    uint32_t generation = 0;
    uint32_t in_flight_size = 0; ///< with `sending`; a WebSocket may have new output meanwhile
    bool open = false;
    bool dirty = false;   ///< output waits for the end of this turn
    bool sending = false; ///< a send is out that tells its end
    bool ending = false;  ///< nothing more is read; closed when all is sent
    bool peer_ended = false;
    bool websocket = false; ///< speaks frames now; a WebSocketPeer belongs to the slot
    std::unique_ptr<Exchange> exchange;
};
static_assert(sizeof(TargetConnection) <= 40);

/// What is known of a connection that has become a WebSocket. Apart, so that others stay small.
struct WebSocketPeer {
    static constexpr uint32_t nowhere = UINT32_MAX;

    WebSocketReader reader;
    uint32_t place = nowhere; ///< in the room of /ws/broadcast
};
static_assert(sizeof(WebSocketPeer) <= 64);

} // namespace ringblast
