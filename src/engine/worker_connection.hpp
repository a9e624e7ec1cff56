// The life of a connection: opened, lost, timed out, closed; and what that means for the requests
// on it. Part of Worker; included by worker.hpp only.
#pragma once

#include "tls/failure.hpp"

#include <cerrno>

namespace ringblast {

template <class Io> void Worker<Io>::open_connection(uint32_t slot) {
    Connection& connection = connections_[slot];
    const Address& to = plan_.addresses[next_address_++ % plan_.addresses.size()];
    if (!plan_.local_addresses.empty()) {
        socket_options_.local =
            &plan_.local_addresses[next_local_address_++ % plan_.local_addresses.size()];
    }
    connection.generation = (connection.generation + 1) & ((1u << 28) - 1);
    connection.responses = 0;
    connection.opened_ns = now_ns_;
    connection.send_pending = false;
    int result = io_.connect(slot, connection.generation, to, socket_options_);
    if (result < 0) {
        connect_failed(slot, connection, -result);
        return;
    }
    connection.state = ConnectionState::connecting;
    deadlines_ms_[slot] = deadline_ms(now_ns_ + plan_.connect_timeout_ns);
}

template <class Io>
void Worker<Io>::on_connected(uint32_t slot, Connection& connection, int result) {
    if (connection.state != ConnectionState::connecting) {
        return;
    }
    if (result < 0) {
        close_connection(slot, connection, CloseHow::orderly);
        connect_failed(slot, connection, -result);
        return;
    }
    deadlines_ms_[slot] = 0;
    connection.state = ConnectionState::idle;
    bump(stats_.connections_opened);
    int64_t connect_ns = now_ns_ - connection.opened_ns;
    if constexpr (requires { io_.handshake_ns(slot); }) {
        stats_.handshake.record(io_.handshake_ns(slot));
        connect_ns = io_.connect_ns(slot);
    }
    stats_.connect.record(connect_ns);
    if (connection.closed_idle) {
        connection.closed_idle = false;
        bump(stats_.reconnects);
    }
    if (connection.mode != ReceiveMode::once) {
        io_.receive(slot, connection.mode);
    }
    if (speaks(slot)) {
        connection.request_waits = false;
        sockets_->start(slot, connection);
    } else if (connection.request_waits) {
        connection.request_waits = false;
        send_requests(slot, connection);
    } else if (opening_ > 0) {
        --opening_;
    }
}

/// Requires: nothing of this connection is left at the Io, or its close is under way. `error` is an
/// errno or a detail of TLS.
template <class Io>
void Worker<Io>::connect_failed(uint32_t slot, Connection& connection, int error) {
    deadlines_ms_[slot] = 0;
    if (error == EADDRNOTAVAIL) {
        bump(stats_.out_of_ports);
    } else if (error == EMFILE || error == ENFILE) {
        bump(stats_.out_of_files);
    }
    if (stats_.connect_error == 0) {
        set_gauge(stats_.connect_error, static_cast<uint64_t>(error));
    }
    if (connection.outstanding == 0) { // ahead of the load
        --opening_;
        return;
    }
    connection.request_waits = false;
    end_outstanding(connection, is_tls_result(error) ? Outcome::tls_error : Outcome::connect_error,
                    error);
    pause_user(user_of(slot));
}

/// Bytes while no response is awaited.
template <class Io>
void Worker<Io>::on_unasked(uint32_t slot, Connection& connection, std::string_view bytes) {
    if (speaks(slot)) {
        sockets_->on_received(slot, connection, bytes);
    } else if (connection.state == ConnectionState::idle) { // no use for it any more
        connection.closed_idle = true;
        close_connection(slot, connection, CloseHow::abort);
    }
}

/// The connection ended or failed (`result` 0 or a negative errno) while nobody asked it to.
template <class Io>
void Worker<Io>::on_peer_end(uint32_t slot, Connection& connection, int result) {
    if (speaks(slot)) {
        sockets_->on_peer_end(slot, connection, result);
        return;
    }
    if (connection.state == ConnectionState::idle) {
        connection.closed_idle = true;
        close_connection(slot, connection, CloseHow::orderly);
        return;
    }
    if (connection.state != ConnectionState::busy) {
        return;
    }
    bool received = connection.reader.anything_received();
    if (result == 0 && connection.reader.finish() == ParseStatus::complete &&
        connection.outstanding > 0) {
        if (finish_response(slot, connection)) {
            return;
        }
        received = false;
    }
    bool again = connection.outstanding > 0 && !received && connection.responses > 0 &&
                 connection.request->idempotent && !connection.retried;
    if (again) {
        connection.retried = true;
        bump(stats_.retries, connection.outstanding);
        connection.request_waits = true;
        close_connection(slot, connection, CloseHow::orderly);
        if (connection.state == ConnectionState::closed) {
            open_connection(slot);
        }
        return;
    }
    end_outstanding(connection, is_tls_result(result) ? Outcome::tls_error : Outcome::reset,
                    -result);
    break_connection(slot, connection, CloseHow::orderly);
}

template <class Io> void Worker<Io>::on_time_out(uint32_t slot, Connection& connection) {
    deadlines_ms_[slot] = 0;
    if (connection.state == ConnectionState::connecting) {
        int error = ETIMEDOUT;
        if constexpr (requires { io_.is_handshaking(slot); }) {
            error = io_.is_handshaking(slot) ? -tls_result(TlsFailure::timed_out) : error;
        }
        close_connection(slot, connection, CloseHow::abort);
        connect_failed(slot, connection, error);
    } else if (speaks(slot)) {
        sockets_->on_time_out(slot, connection);
    } else if (connection.state == ConnectionState::busy) {
        end_outstanding(connection, Outcome::timeout,
                        connection.reader.anything_received() ? 1 : 0);
        break_connection(slot, connection, CloseHow::abort);
    }
}

/// Closes a connection whose requests have all ended badly; its user goes on.
template <class Io>
void Worker<Io>::break_connection(uint32_t slot, Connection& connection, CloseHow how) {
    close_connection(slot, connection, how);
    if (plan_.open_load) {
        user_free(slot);
    } else {
        next_of_user(slot, now_ns_);
    }
}

template <class Io>
void Worker<Io>::close_connection(uint32_t slot, Connection& connection, CloseHow how) {
    if (speaks(slot) && connection.state == ConnectionState::idle) { // it says goodbye first
        sockets_->leave(slot, connection, close_normal);
        return;
    }
    deadlines_ms_[slot] = 0;
    connection.reader.abandon(head_pool_);
    connection.state =
        io_.close(slot, how) ? ConnectionState::closed : ConnectionState::closing;
}

} // namespace ringblast
