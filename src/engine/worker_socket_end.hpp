// How a WebSocket ends: with a close handshake that either side began, by a fault, by the end of
// its connection or of our patience. Its user goes on when the connection is gone, so that a close
// is in no latency. Part of Worker; included by worker_socket.hpp only.
#pragma once

namespace ringblast {

/// Says close once, and gives the peer a while to end the connection.
template <class Io>
void Worker<Io>::Sockets::leave(uint32_t slot, Connection& connection, uint16_t code,
                                std::string_view reason) {
    Socket& socket = at(slot);
    socket.phase = SocketPhase::leaving;
    socket.trip_waits = false;
    connection.state = ConnectionState::speaking;
    if (blast != nullptr) {
        connection.request = &worker.plan_.requests[PlannedSocket::connect];
    }
    worker.deadlines_ms_[slot] = worker.deadline_ms(worker.now_ns_ + goodbye_ns);
    socket.handshake.start();
    say(slot, connection, Opcode::close, reason, code);
}

template <class Io>
void Worker<Io>::Sockets::on_close_frame(uint32_t slot, Connection& connection,
                                         const WebSocketEvent& event) {
    Socket& socket = at(slot);
    if (socket.handshake.on_close(event.close_code)) { // theirs came first
        bump(worker.stats_.ws_dropped);
        fail_request(connection, Outcome::reset, 0, event.close_code);
        leave(slot, connection, event.close_code);
    }
}

/// The peer broke the protocol: it is told how, and nothing more is expected of it.
template <class Io>
void Worker<Io>::Sockets::on_bad_frame(uint32_t slot, Connection& connection,
                                       const WebSocketEvent& event) {
    Socket& socket = at(slot);
    if (!socket.handshake.fail(event.close_code)) {
        end(slot, connection, CloseHow::abort);
        return;
    }
    bump(worker.stats_.ws_dropped);
    fail_request(connection, Outcome::protocol_error, 0, static_text_number(event.problem));
    socket.close_when_sent = true;
    leave(slot, connection, event.close_code, event.problem);
    if (!connection.send_pending) { // no block was left to say it with
        end(slot, connection, CloseHow::abort);
    }
}

template <class Io>
void Worker<Io>::Sockets::on_peer_end(uint32_t slot, Connection& connection, int result) {
    Socket& socket = at(slot);
    if (socket.phase == SocketPhase::none) {
        return;
    }
    if (socket.phase == SocketPhase::open) {
        bump(worker.stats_.ws_dropped);
        connection.closed_idle = connection.outstanding == 0;
    }
    fail_request(connection, is_tls_result(result) ? Outcome::tls_error : Outcome::reset, 0,
                 -result);
    end(slot, connection, CloseHow::orderly);
}

template <class Io>
void Worker<Io>::Sockets::on_time_out(uint32_t slot, Connection& connection) {
    SocketPhase phase = at(slot).phase;
    if (phase == SocketPhase::none) {
        return;
    }
    if (blast == nullptr && phase == SocketPhase::open) {
        message_missed(slot, connection);
        return;
    }
    fail_request(connection, Outcome::timeout, 0, connection.first_byte_ns != 0 ? 1 : 0);
    end(slot, connection, CloseHow::abort);
}

/// Ends the request in flight, if there is one; its user goes on when the connection has ended.
template <class Io>
void Worker<Io>::Sockets::fail_request(Connection& connection, Outcome outcome, int status,
                                       int detail) {
    auto slot = static_cast<uint32_t>(&connection - worker.connections_.data());
    if (connection.outstanding > 0) {
        worker.end_request(connection, outcome, status, detail);
        at(slot).user_waits = true;
    } else if (blast == nullptr) {
        lose(slot);
    } else if (at(slot).phase == SocketPhase::upgrading) { // ahead of the load
        worker.opening_ -= worker.opening_ > 0;
    }
}

/// Ends the connection itself.
template <class Io>
void Worker<Io>::Sockets::end(uint32_t slot, Connection& connection, CloseHow how) {
    Socket& socket = at(slot);
    if (socket.phase == SocketPhase::open || socket.phase == SocketPhase::leaving) {
        --open_count;
        bump(worker.stats_.close_codes[socket.handshake.code()]);
    }
    socket.reader.abandon(worker.head_pool_);
    socket.upgrade.abandon(worker.head_pool_);
    socket.phase = SocketPhase::none;
    socket.waiting_size = 0;
    socket.trip_waits = socket.close_when_sent = socket.step_ends = false;
    if (blast != nullptr) {
        connection.request = &worker.plan_.requests[PlannedSocket::connect];
    }
    connection.state = ConnectionState::speaking;
    worker.close_connection(slot, connection, how);
    if (connection.state == ConnectionState::closed) {
        on_closed(slot, connection);
    }
}

/// The slot is free: nothing that we said is being sent any more.
template <class Io>
void Worker<Io>::Sockets::on_closed(uint32_t slot, Connection& connection) {
    Socket& socket = at(slot);
    release_block(socket);
    connection.send_pending = false;
    bool goes_on = std::exchange(socket.user_waits, false);
    if (connection.request_waits) {
        worker.open_connection(slot);
    } else if (goes_on && worker.open_load_) {
        worker.user_free(worker.user_of(slot));
    } else if (goes_on) {
        worker.next_of_user(worker.user_of(slot), worker.now_ns_);
    }
}

template <class Io>
void Worker<Io>::Sockets::release_block(Socket& socket) {
    if (socket.block == nullptr) {
        return;
    }
    if (socket.block_large) {
        worker.head_pool_.give_large(socket.block);
    } else {
        worker.head_pool_.give_small(socket.block);
    }
    socket.block = nullptr;
}

/// The load is over and nothing is in flight: all say goodbye. False when they have, or nobody
/// listened for a second.
template <class Io>
bool Worker<Io>::Sockets::farewell() {
    bool at_once = worker.control_.stop.load(std::memory_order_relaxed) == StopRequest::at_once;
    if (at_once || (farewell_said && worker.now_ns_ >= farewell_until_ns)) {
        return false;
    }
    if (!farewell_said) {
        farewell_said = true;
        farewell_until_ns = worker.now_ns_ + goodbye_ns;
        worker.drain_until_ns_ = never_ns;
        for (uint32_t slot = first_slot; slot < worker.connections_.size(); ++slot) {
            if (at(slot).phase == SocketPhase::open) {
                at(slot).user_waits = at(slot).step_ends = false;
                leave(slot, worker.connections_[slot], close_normal);
            }
        }
    }
    return open_count > 0;
}

} // namespace ringblast
