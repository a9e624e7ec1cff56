// Tasks on a WebSocket: a user connects, does step by step what its profile says, and leaves. A
// step that waits for a message is a request, from its send (or from when the user began to wait)
// to the message; messages that nobody waits for are only counted. user.request is 0 for the
// connect, then the number of the step; each step of a user begins when the one before has ended,
// as with HTTP. Part of Worker; included by worker.hpp only.
#pragma once

namespace ringblast {

/// Whether the user's other connection is to be opened ahead of the load.
template <class Io>
bool Worker<Io>::Sockets::wants_http(uint32_t slot) const {
    const std::vector<PlannedClass>& classes = worker.plan_.classes;
    if (blast != nullptr) {
        return true;
    }
    return worker.open_load_ ? std::ranges::all_of(classes, &PlannedClass::speaks_http)
                             : classes[worker.program_users_[slot].class_index].speaks_http;
}

/// The step at which the user's program stands. Requires: its task is one on a WebSocket.
template <class Io>
void Worker<Io>::Sockets::go_on(uint32_t user_slot, User& user, int64_t due_ns) {
    uint32_t slot = first_slot + user_slot;
    Connection& connection = worker.connections_[slot];
    user.origin.request_unix_ns = worker.zero_unix_ns_ + worker.now_ns_;
    if (user.request == 0) {
        connect(user_slot, user, due_ns);
        return;
    }
    if (at(slot).phase != SocketPhase::open) {
        task_ends(user_slot, user);
        return;
    }
    bool over = user.request > steps_of(user).size();
    if (over || step_of(user).kind == SocketStep::Kind::close) {
        at(slot).user_waits = true;
        leave(slot, connection, over ? close_normal : step_of(user).close_code);
        return;
    }
    if (step_of(user).kind == SocketStep::Kind::hold) {
        int64_t until_ns = due_ns + step_of(user).time_ns;
        advance(user_slot, user);
        worker.pause_until(user_slot, until_ns);
        return;
    }
    begin_message(user_slot, user, due_ns);
}

template <class Io>
void Worker<Io>::Sockets::connect(uint32_t user_slot, User& user, int64_t due_ns) {
    uint32_t slot = first_slot + user_slot;
    Connection& connection = worker.connections_[slot];
    const PlannedRequest& request = worker.plan_.requests[task_of(user).first];
    user.failed = false;
    if (!request.program.render(talk_of(slot).text, worker.plan_.variables, user.origin,
                                user.values, &user.cookies)) {
        worker.without_value(user_slot, user);
        return;
    }
    connection.request = &request;
    bool arrived = worker.open_load_ && user.first_step;
    user.first_step = false;
    worker.begin_request(slot, due_ns, arrived ? user.arrival.stage : worker.stage_at(due_ns));
}

template <class Io>
void Worker<Io>::Sockets::begin_message(uint32_t user_slot, User& user, int64_t due_ns) {
    uint32_t slot = first_slot + user_slot;
    Connection& connection = worker.connections_[slot];
    const PlannedSocketStep& step = step_of(user);
    user.failed = false;
    if (!render(talk_of(slot), user, step)) {
        abandon(user_slot, user);
        worker.without_value(user_slot, user);
    } else if (step.waits) {
        connection.request = &worker.plan_.requests[step.request];
        worker.begin_request(slot, due_ns, worker.stage_at(due_ns));
    } else {
        connection.state = ConnectionState::speaking;
        speak(slot, connection);
    }
}

/// False: a variable has no value.
template <class Io>
bool Worker<Io>::Sockets::render(Talk& talk, const User& user,
                                 const PlannedSocketStep& step) const {
    auto render_text = [&](const TextTemplate& text, std::string& into) {
        const Variables& variables = worker.plan_.variables;
        if (!text.has_values(variables, user.origin, user.values)) {
            return false;
        }
        into.clear();
        text.append(into, variables, user.origin, user.values);
        return true;
    };
    return render_text(step.text, talk.text) && render_text(step.wanted, talk.wanted);
}

/// Requires: a request of the user has begun.
template <class Io>
void Worker<Io>::Sockets::await_message(uint32_t slot, Connection& connection) {
    const PlannedSocketStep& step = step_of(user_at(slot));
    worker.deadlines_ms_[slot] = worker.deadline_ms(worker.now_ns_ + step.time_ns);
    connection.sent_ns = worker.now_ns_;
    if (step.sends) {
        speak(slot, connection);
    }
}

/// Says the text, after what is being sent.
template <class Io>
void Worker<Io>::Sockets::speak(uint32_t slot, Connection& connection) {
    if (connection.send_pending) [[unlikely]] {
        at(slot).trip_waits = true;
        return;
    }
    send_frame(slot, connection);
}

/// A message may come that answers nothing, so it proves no send: that its bytes are free again is
/// always asked for.
template <class Io>
void Worker<Io>::Sockets::send_frame(uint32_t slot, Connection& connection) {
    const PlannedSocketStep& step = step_of(user_at(slot));
    Talk& talk = talk_of(slot);
    bool ping = step.kind == SocketStep::Kind::ping;
    talk.frame.resize(frame_size(talk.text.size(), true));
    write_frame(
        talk.frame.data(),
        {.opcode = ping ? Opcode::ping : step.opcode, .mask_key = mask_key(masks, mask_counter++)},
        talk.text);
    worker.io_.send(slot, talk.frame, SendNotice::always);
    connection.send_pending = true;
    connection.sent_ns = worker.now_ns_;
    at(slot).step_ends = !step.waits;
    worker.tally_.bytes_sent += talk.frame.size();
    bump(worker.stats_.ws_sent, ping ? 0 : 1);
}

/// To the next step, or the next run of this one.
template <class Io>
void Worker<Io>::Sockets::advance(uint32_t user_slot, User& user) {
    Talk& talk = talk_of(first_slot + user_slot);
    ++user.origin.request;
    if (user.request > 0 && --talk.step_left > 0) {
        return;
    }
    ++user.request;
    bool more = user.request <= steps_of(user).size();
    talk.step_left = more ? step_of(user).repeat : 0;
}

/// What follows from the step that has ended.
template <class Io>
void Worker<Io>::Sockets::follow_up(uint32_t user_slot, User& user) {
    uint32_t slot = first_slot + user_slot;
    if (!user.failed) {
        advance(user_slot, user);
        worker.begin_step(user_slot, user, worker.now_ns_);
    } else if (at(slot).phase == SocketPhase::open) {
        at(slot).user_waits = true;
        leave(slot, worker.connections_[slot], close_normal);
    } else {
        task_ends(user_slot, user);
    }
}

/// The connection is gone. After a failure the task is not repeated.
template <class Io>
void Worker<Io>::Sockets::task_ends(uint32_t user_slot, User& user) {
    if (user.failed || --user.repeat_left == 0) {
        worker.task_over(user_slot, user);
        return;
    }
    user.request = 0;
    worker.begin_step(user_slot, user, worker.now_ns_);
}

} // namespace ringblast
