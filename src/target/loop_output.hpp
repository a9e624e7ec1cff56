// How answers leave: one send per connection and turn, never two at once.
//
//     write() ──► output ──► flush() ── fits ──► gone, no completion
//                              │ if_short fell short, or more is to come, or it is the last
//                              ▼
//                  in_flight ◄── queued, repeated block, tail: one noticed send after the other
// Part of Loop; included by loop_turn.hpp only.
#pragma once

#include "base/check.hpp"
#include "target/loop.hpp"

#include <algorithm>
#include <cerrno>

namespace ringblast {

template <class Io>
void Loop<Io>::write(uint32_t slot, std::string_view bytes) {
    if (bytes.empty()) {
        return;
    }
    TargetConnection& connection = connections_[slot];
    mark_dirty(slot, connection);
    connection.output = arenas_[turn_ & 1].join(connection.output, bytes);
}

/// The same without a copy where nothing waits before it.
template <class Io>
void Loop<Io>::write_owned(uint32_t slot, std::string bytes) {
    TargetConnection& connection = connections_[slot];
    Exchange& exchange = exchange_of(connection);
    bool first = !connection.sending && exchange.queued.empty() &&
                 (!connection.dirty || connection.output.empty());
    if (!first || bytes.size() < 16 * 1024) {
        write(slot, bytes);
        return;
    }
    mark_dirty(slot, connection);
    exchange.queued = std::move(bytes);
}

template <class Io>
void Loop<Io>::flush(uint32_t slot) {
    TargetConnection& connection = connections_[slot];
    if (!connection.dirty) {
        return; // closed meanwhile
    }
    const Exchange* exchange = connection.exchange.get();
    // Unnoticed goes only that after which nothing is left to do.
    bool noticed = connection.ending || connection.peer_ended || connection.sending ||
                   is_clogged(connection) ||
                   (exchange != nullptr &&
                    (exchange->phase == Exchange::Phase::sending || !exchange->queued.empty()));
    connection.dirty = false;
    if (!noticed) [[likely]] {
        io_->send(slot, connection.output, SendNotice::if_short);
        return;
    }
    exchange_of(connection).queued += connection.output;
    connection.output = {};
    if (!connection.sending) {
        send_more(slot);
    }
}

template <class Io>
void Loop<Io>::send_noticed(uint32_t slot, TargetConnection& connection, std::string_view bytes) {
    connection.sending = true;
    connection.in_flight_size = static_cast<uint32_t>(bytes.size());
    io_->send(slot, bytes, SendNotice::always);
}

template <class Io>
void Loop<Io>::send_owned(uint32_t slot, TargetConnection& connection) {
    Exchange& exchange = *connection.exchange;
    exchange.in_flight.swap(exchange.queued);
    exchange.queued.clear();
    send_noticed(slot, connection, exchange.in_flight);
}

/// Sends the next piece. Requires: nothing is being sent, the connection has an exchange.
template <class Io>
void Loop<Io>::send_more(uint32_t slot) {
    TargetConnection& connection = connections_[slot];
    Exchange& exchange = *connection.exchange;
    if (exchange.queued.empty() && exchange.phase == Exchange::Phase::sending) {
        Reply& reply = exchange.reply;
        if (reply.repeated_size > 0) {
            uint64_t size = std::min<uint64_t>(reply.repeated_size, reply.repeated.size());
            reply.repeated_size -= size;
            send_noticed(slot, connection, reply.repeated.substr(0, size));
            return;
        }
        exchange.queued = std::move(reply.tail);
        reply.tail.clear();
    }
    if (!exchange.queued.empty()) {
        send_owned(slot, connection);
        return;
    }
    on_drained(slot);
}

template <class Io>
void Loop<Io>::on_sent(uint32_t slot, int result) {
    TargetConnection& connection = connections_[slot];
    if (connection.sending) {
        connection.sending = false;
        if (result != static_cast<int>(connection.in_flight_size)) {
            close(slot, CloseHow::abort);
            return;
        }
        send_more(slot);
        return;
    }
    // An if_short fell short. Its completion was posted by the enter that submitted it, so before
    // any input that could have made new output.
    CHECK(!connection.dirty);
    if (result < 0 && result != -EAGAIN) {
        close(slot, CloseHow::abort);
        return;
    }
    Exchange& exchange = exchange_of(connection);
    exchange.queued = connection.output.substr(static_cast<size_t>(std::max(result, 0)));
    send_owned(slot, connection);
}

/// Everything was sent.
template <class Io>
void Loop<Io>::on_drained(uint32_t slot) {
    TargetConnection& connection = connections_[slot];
    if (connection.exchange->phase == Exchange::Phase::sending) {
        finish_reply(slot, connection.exchange->reply.ends);
    }
    if (connection.ending) {
        if (!connection.dirty) {
            close(slot, CloseHow::orderly);
        }
        return;
    }
    resume(slot);
}

} // namespace ringblast
