// What a worker knows of a WebSocket beside its connection: only blasts of ws:// and profiles with
// ws tasks have these.
#pragma once

#include "protocol/head_pool.hpp"
#include "protocol/websocket.hpp"
#include "protocol/websocket_reader.hpp"
#include "protocol/websocket_upgrade.hpp"

#include <cstdint>
#include <string>

namespace ringblast {

enum class SocketPhase : uint8_t {
    none,      ///< no connection, or not yet one
    upgrading, ///< the request is out, the 101 has not come
    open,      ///< messages may go either way
    leaving,   ///< a close frame was said: what is left is the end of the connection
};

struct Socket {
    WebSocketReader reader;
    UpgradeReader upgrade;
    CloseHandshake handshake;
    SocketPhase phase = SocketPhase::none;
    bool user_waits = false;      ///< its user goes on when the connection has ended
    bool trip_waits = false;      ///< a message is to be sent once the send before has ended
    bool close_when_sent = false; ///< the close frame is the last word, whatever the peer says
    bool differs = false;         ///< the message being received is none that is waited for
    bool step_ends = false;       ///< of a task: with the send under way
    bool block_large = false;
    uint8_t waiting_size = 0; ///< of a control frame that waits in the block
    uint64_t matched = 0;     ///< bytes of the message received that are those we sent
    uint64_t key_number = 0;  ///< which makes the key of the upgrade
    /// The upgrade while it is being sent; afterwards two control frames: sent, and to be sent.
    char* block = nullptr;
};

static_assert(sizeof(Socket) <= 128, "with its connection 320 bytes");

/// A task on a WebSocket: what its user says and hears on it.
struct Talk {
    std::string frame;      ///< being sent; at first the upgrade
    std::string text;       ///< said last, or to be said when the send before has ended
    std::string wanted;     ///< what a message must hold, where that varies
    std::string heard;      ///< a message that comes in pieces
    uint64_t step_left = 0; ///< runs of the step
};

} // namespace ringblast
