// What users with a task on a WebSocket make of what comes: the message they wait for, none in
// time, the end of the connection; and how the load takes them back. Part of Worker; included by
// worker_socket.hpp only.
#pragma once

namespace ringblast {

/// A part of a message came; whether it completes one that the user waits for.
template <class Io>
bool Worker<Io>::Sockets::is_wanted(uint32_t slot, Connection& connection,
                                    const WebSocketEvent& event) {
    Socket& socket = at(slot);
    Talk& talk = talk_of(slot);
    bump(worker.stats_.ws_received, event.last ? 1 : 0);
    worker.tally_.bytes_body += event.payload.size();
    if (event.first) {
        socket.differs =
            connection.outstanding == 0 || socket.phase != SocketPhase::open || socket.trip_waits;
    }
    if (socket.differs || connection.outstanding == 0) {
        return false;
    }
    std::string_view message = event.payload;
    if (!event.first || !event.last || worker.plan_.keeps_exchanges) {
        if (event.first) {
            talk.heard.clear();
        }
        if (talk.heard.size() + event.payload.size() > worker.plan_.max_body) {
            fail_request(connection, Outcome::check_failed, 0, check_body_too_large);
            leave(slot, connection, close_normal);
            return false;
        }
        talk.heard.append(event.payload);
        message = talk.heard;
    }
    if (!event.last) {
        connection.first_byte_ns =
            connection.first_byte_ns == 0 ? worker.now_ns_ : connection.first_byte_ns;
        return false;
    }
    const PlannedSocketStep& step = step_of(user_at(slot));
    if (step.by_expression) {
        return matcher.search(step.expression, message, 0).result == RegexMatcher::Result::found;
    }
    return message.find(talk.wanted) != message.npos;
}

/// What the user waited for.
template <class Io>
void Worker<Io>::Sockets::message_came(uint32_t slot, Connection& connection) {
    record_times(connection);
    ++connection.responses;
    worker.deadlines_ms_[slot] = 0;
    connection.state = ConnectionState::idle;
    worker.end_request(connection, Outcome::ok, 0, 0);
    worker.user_goes_on(slot - first_slot, worker.now_ns_);
}

/// It did not come in time: that is all there is to say, and the user leaves.
template <class Io>
void Worker<Io>::Sockets::message_missed(uint32_t slot, Connection& connection) {
    if (connection.outstanding == 0) {
        return; // cancelled, or a send that takes its time
    }
    const PlannedSocketStep& step = step_of(user_at(slot));
    fail_request(connection, step.is_check ? Outcome::check_failed : Outcome::timeout, 0,
                 step.is_check ? check_no_message : 0);
    leave(slot, connection, close_normal);
}

/// The connection ended under its user while no request was in flight: that is a failure of its
/// task, but of none of its requests.
template <class Io>
void Worker<Io>::Sockets::lose(uint32_t slot) {
    User& user = user_at(slot);
    if (user.state != UserState::busy || !task_of(user).socket || user.request == 0 ||
        at(slot).phase != SocketPhase::open) {
        return;
    }
    user.failed = user.answered = true;
    at(slot).user_waits = true;
    at(slot).step_ends = false;
    worker.timers_.remove(slot - first_slot);
    worker.connections_[slot - first_slot].paused = false;
}

/// The load takes the user back. True: it was holding its WebSocket and lets go of it.
template <class Io>
bool Worker<Io>::Sockets::dismiss(uint32_t user_slot) {
    Connection& connection = worker.connections_[user_slot];
    if (!connection.paused || at(first_slot + user_slot).phase != SocketPhase::open) {
        return false;
    }
    worker.timers_.remove(user_slot);
    connection.paused = false;
    worker.rest(user_slot, worker.program_users_[user_slot]);
    return true;
}

/// The user does not go on with its task: a later one connects anew.
template <class Io>
void Worker<Io>::Sockets::abandon(uint32_t user_slot, User& user) {
    uint32_t slot = first_slot + user_slot;
    if (user.state == UserState::busy && task_of(user).socket) {
        user.request = 0;
    }
    if (at(slot).phase == SocketPhase::open) {
        at(slot).user_waits = at(slot).step_ends = false;
        leave(slot, worker.connections_[slot], close_normal);
    }
}

/// Users are about to run their on_stop: what ends here later moves none of them.
template <class Io>
void Worker<Io>::Sockets::forget_users() {
    for (Socket& socket : sockets) {
        socket.user_waits = socket.step_ends = socket.trip_waits = false;
    }
}

/// The user goes on by itself, when what it does on its WebSocket has ended.
template <class Io>
bool Worker<Io>::Sockets::is_moving(uint32_t user_slot) const {
    const Socket& socket = sockets[user_slot];
    return worker.connections_[first_slot + user_slot].outstanding > 0 || socket.user_waits ||
           socket.step_ends || socket.trip_waits;
}

/// What the request in flight has sent, for `--once`.
template <class Io>
std::string_view Worker<Io>::Sockets::said(uint32_t slot) {
    const Talk& talk = talk_of(slot);
    return user_at(slot).request == 0 ? talk.frame : talk.text;
}

} // namespace ringblast
