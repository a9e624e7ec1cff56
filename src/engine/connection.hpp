// What a worker knows of one user's connection: two cache lines, the second one for rarer things.
#pragma once

#include "io/io.hpp"
#include "plan/plan.hpp"
#include "protocol/response_reader.hpp"
#include "stats/thread_stats.hpp"

#include <cstdint>

namespace ringblast {

enum class ConnectionState : uint8_t {
    closed,     ///< no connection; may be opened
    connecting, ///< with a request waiting for it, or ahead of the load
    idle,       ///< open, nothing in flight
    busy,       ///< requests in flight
    speaking,   ///< a WebSocket that is not idle: Worker::Sockets knows
    closing,    ///< the door is still waiting for late completions
};

struct alignas(64) Connection {
    ResponseReader reader;
    const PlannedRequest* request = nullptr; ///< in flight, or the last one
    Cell* cell = nullptr; ///< where it is counted
    int64_t due_ns = 0;   ///< of the requests in flight
    int64_t sent_ns = 0;  ///< when their first byte went to the kernel
    ConnectionState state = ConnectionState::closed;
    ReceiveMode mode = ReceiveMode::stream_small;
    uint8_t phase = 0;          ///< of the requests in flight: warm-up, measured, after
    bool request_waits = false; ///< closed, connecting or closing: requests to send once open
    uint16_t outstanding = 0;   ///< requests in flight or waiting, at most the pipeline
    uint16_t stage = 0;
    uint32_t generation = 0;

    int64_t first_byte_ns = 0; ///< of the response being read; 0: none yet
    int64_t opened_ns = 0;     ///< start of the connect
    uint64_t responses = 0;    ///< whole ones on this connection
    bool closed_idle = false;  ///< the last one was closed while idle: the next is a reconnect
    bool retried = false;      ///< the requests in flight were sent once more already
    bool send_pending = false; ///< a send whose completion was asked for
    bool active = false;       ///< its user takes part in the load
    bool paused = false;       ///< its user has a timer
};

static_assert(sizeof(Connection) <= 192, "10 000 connections within 1 KiB each");

} // namespace ringblast
