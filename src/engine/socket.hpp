// What a worker knows of a WebSocket beside its connection: only blasts of ws:// have these.
#pragma once

#include "protocol/head_pool.hpp"
#include "protocol/websocket.hpp"
#include "protocol/websocket_reader.hpp"
#include "protocol/websocket_upgrade.hpp"

#include <cstdint>

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
    bool differs = false;         ///< the message being received is not the one we sent
    bool block_large = false;
    uint8_t waiting_size = 0; ///< of a control frame that waits in the block
    uint64_t matched = 0;     ///< bytes of the message received that are those we sent
    uint64_t key_number = 0;  ///< which makes the key of the upgrade
    /// The upgrade while it is being sent; afterwards two control frames: sent, and to be sent.
    char* block = nullptr;
};

static_assert(sizeof(Socket) <= 128, "with its connection 320 bytes");

} // namespace ringblast
