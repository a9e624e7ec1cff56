// What the peer of a WebSocket says: the answer to the upgrade, then frames. Part of Worker;
// included by worker_socket.hpp only.
#pragma once

namespace ringblast {

template <class Io>
void Worker<Io>::Sockets::on_received(uint32_t slot, Connection& connection,
                                      std::string_view bytes) {
    SocketPhase phase = at(slot).phase;
    if (phase == SocketPhase::none ||
        (phase == SocketPhase::upgrading && !read_upgrade(slot, connection, bytes))) {
        return;
    }
    read_frames(slot, connection, bytes);
}

/// True: it is a WebSocket now, and what is left of `bytes` are frames.
template <class Io>
bool Worker<Io>::Sockets::read_upgrade(uint32_t slot, Connection& connection,
                                       std::string_view& bytes) {
    Socket& socket = at(slot);
    if (blast == nullptr && connection.outstanding == 0) { // cancelled meanwhile
        end(slot, connection, CloseHow::abort);
        return false;
    }
    WebSocketKey key = make_websocket_key(keys, socket.key_number);
    UpgradeReader::Progress progress =
        socket.upgrade.feed(bytes,
                            {.accept = websocket_accept({key.data(), key.size()}),
                             .subprotocols = subprotocols_of(slot)},
                            worker.head_pool_);
    if (worker.plan_.keeps_exchanges && blast == nullptr) {
        talk_of(slot).heard = bytes.substr(0, progress.consumed);
    }
    bytes.remove_prefix(progress.consumed);
    if (progress.status == ParseStatus::need_more) {
        connection.first_byte_ns =
            connection.first_byte_ns == 0 ? worker.now_ns_ : connection.first_byte_ns;
        return false;
    }
    int status = socket.upgrade.status();
    if (progress.status == ParseStatus::complete && status == 101) {
        upgraded(slot, connection);
        return true;
    }
    if (progress.status == ParseStatus::bad) {
        fail_request(connection, Outcome::protocol_error, 0, static_text_number(progress.problem));
    } else {
        record_times(connection);
        fail_request(connection, connection.request->outcome_of[static_cast<size_t>(status)],
                     status, status);
    }
    end(slot, connection, CloseHow::abort);
    return false;
}

template <class Io>
void Worker<Io>::Sockets::upgraded(uint32_t slot, Connection& connection) {
    Socket& socket = at(slot);
    socket.phase = SocketPhase::open;
    socket.reader = {};
    socket.handshake = {};
    ++open_count;
    if (!connection.send_pending) {
        release_block(socket);
    }
    bump(worker.stats_.ws_connections);
    worker.stats_.ws_connect.record(worker.now_ns_ - connection.opened_ns);
    worker.deadlines_ms_[slot] = 0;
    connection.state = ConnectionState::idle;
    bool in_load = connection.outstanding > 0;
    if (in_load) {
        record_times(connection);
        worker.end_request(connection, Outcome::ok, 101, 101);
    }
    if (blast == nullptr) {
        if (in_load) {
            worker.user_goes_on(slot - first_slot, worker.now_ns_);
        } else {
            leave(slot, connection, close_normal);
        }
        return;
    }
    connection.request = &worker.plan_.requests[PlannedSocket::round_trip];
    if (!in_load) {
        worker.opening_ -= worker.opening_ > 0;
    } else if (!worker.open_load_) {
        worker.next_of_user(slot, worker.now_ns_);
    } else if (!worker.draining_ || worker.finishing_) {
        worker.begin_request(slot, worker.now_ns_, connection.stage);
    } else {
        worker.user_free(slot);
    }
}

template <class Io>
void Worker<Io>::Sockets::read_frames(uint32_t slot, Connection& connection,
                                      std::string_view bytes) {
    Socket& socket = at(slot);
    bool answered = false;
    uint32_t generation = connection.generation;
    while (!bytes.empty() && socket.phase != SocketPhase::none &&
           connection.generation == generation) { // a task may have gone on elsewhere
        WebSocketEvent event = socket.reader.read(bytes, rules);
        bytes.remove_prefix(event.consumed);
        switch (event.kind) {
        case WebSocketEvent::Kind::data:
            if (blast == nullptr) {
                if (is_wanted(slot, connection, event)) {
                    message_came(slot, connection);
                }
                continue;
            }
            answered |= is_answer(connection, socket, event);
            continue;
        case WebSocketEvent::Kind::ping:
            if (socket.phase == SocketPhase::open) {
                say(slot, connection, Opcode::pong, event.payload);
            }
            continue;
        case WebSocketEvent::Kind::pong:
        case WebSocketEvent::Kind::need_more:
            continue;
        case WebSocketEvent::Kind::close:
        case WebSocketEvent::Kind::bad:
            break;
        }
        if (answered) {
            end_trip(connection);
            socket.user_waits = true;
        }
        if (event.kind == WebSocketEvent::Kind::close) {
            on_close_frame(slot, connection, event);
        } else {
            on_bad_frame(slot, connection, event);
        }
        return;
    }
    if (answered) {
        end_trip(connection);
        trip_over(slot, connection);
    }
}

/// A part of a message came; whether it completes the answer to ours.
template <class Io>
bool Worker<Io>::Sockets::is_answer(Connection& connection, Socket& socket,
                                    const WebSocketEvent& event) {
    if (event.first) {
        socket.matched = 0;
        socket.differs = event.opcode != blast->opcode || socket.trip_waits;
    }
    socket.differs = socket.differs || blast->message.compare(socket.matched, event.payload.size(),
                                                              event.payload) != 0;
    socket.matched += socket.differs ? 0 : event.payload.size();
    if (!event.last) {
        bool begins = connection.first_byte_ns == 0 && !socket.differs;
        connection.first_byte_ns = begins ? worker.now_ns_ : connection.first_byte_ns;
        return false;
    }
    bump(worker.stats_.ws_received);
    return connection.outstanding > 0 && socket.phase == SocketPhase::open && !socket.differs &&
           socket.matched == blast->message.size();
}

template <class Io>
void Worker<Io>::Sockets::record_times(const Connection& connection) {
    ThreadStats& stats = worker.stats_;
    if (connection.first_byte_ns == 0) [[likely]] {
        stats.whole.record(worker.now_ns_ - connection.sent_ns);
    } else {
        stats.service.record(worker.now_ns_ - connection.sent_ns);
        stats.ttfb.record(connection.first_byte_ns - connection.sent_ns);
    }
}

template <class Io>
void Worker<Io>::Sockets::end_trip(Connection& connection) {
    record_times(connection);
    worker.tally_.bytes_body += blast->message.size();
    ++connection.responses;
    worker.end_request(connection, Outcome::ok, 0, 0);
}

template <class Io>
void Worker<Io>::Sockets::trip_over(uint32_t slot, Connection& connection) {
    if (connection.responses >= worker.responses_max_) [[unlikely]] {
        at(slot).user_waits = true;
        leave(slot, connection, close_normal);
        return;
    }
    connection.state = ConnectionState::idle;
    if (worker.open_load_) {
        worker.user_free(slot);
    } else {
        worker.next_of_user(slot, worker.now_ns_);
    }
}

} // namespace ringblast
