// Users with programs: on_start, tasks by weight with their pauses, on_stop. A user is a small
// machine that moves when nothing of it is in flight: when it starts, when a request has ended,
// when a pause is over, when an arrival has come for it. Part of Worker; included by worker.hpp only.
#pragma once

namespace ringblast {

/// The user's next move. `due_ns`: when what it does next was due.
template <class Io> void Worker<Io>::user_goes_on(uint32_t slot, int64_t due_ns) {
    User& user = program_users_[slot];
    if (user.answered) {
        user.answered = false;
        follow_up(slot, user);
        return;
    }
    const PlannedClass& users = plan_.classes[user.class_index];
    if (user.state == UserState::fresh) {
        if (users.on_start) {
            set_origin(slot, user);
            start_task(slot, user, UserState::starting, *users.on_start, due_ns);
            return;
        }
        user.state = UserState::ready;
    }
    switch (user.state) {
    case UserState::ready:
        if (open_load_) {
            program_user_free(slot, user);
        } else {
            next_task(slot, user, due_ns);
        }
        break;
    case UserState::starting:
    case UserState::busy:
    case UserState::stopping:
        begin_step(slot, user, due_ns);
        break;
    case UserState::fresh:
    case UserState::ended:
        break;
    }
}

/// What follows from the request that has ended.
template <class Io> void Worker<Io>::follow_up(uint32_t slot, User& user) {
    const PlannedTask& task = plan_.tasks[user.task];
    if (task.socket) {
        sockets_->follow_up(slot, user);
        return;
    }
    const PlannedRequest& request = plan_.requests[task.first + user.request];
    if (request.until && !user.fulfilled && now_ns_ + request.until->every_ns <= user.poll_until_ns) {
        pause_until(slot, now_ns_ + request.until->every_ns);
        return;
    }
    user.polling = false;
    if (user.failed && user.state == UserState::starting) {
        --tasks_open_;
        user.state = UserState::fresh;
        if (loading_) {
            pause_until(slot, now_ns_ + program::start_retry_ns);
        }
        return;
    }
    if (user.failed && (request.end_task_on_failure || request.extracts)) {
        task_over(slot, user);
        return;
    }
    if (++user.request == task.count) {
        user.request = 0;
        if (--user.repeat_left == 0) {
            task_over(slot, user);
            return;
        }
    }
    ++user.origin.request;
    if (request.think_ns > 0) {
        pause_until(slot, now_ns_ + request.think_ns);
    } else {
        begin_step(slot, user, now_ns_);
    }
}

template <class Io> void Worker<Io>::task_over(uint32_t slot, User& user) {
    --tasks_open_;
    if (user.state == UserState::stopping) {
        user.state = UserState::ended;
        rest(slot, user);
        return;
    }
    bool started = user.state == UserState::starting;
    user.state = UserState::ready;
    user.tasks_done += !started;
    if (plan_.once && user.tasks_done == plan_.classes[user.class_index].tasks.size()) {
        user.state = UserState::ended;
        ++users_ended_;
        rest(slot, user);
        return;
    }
    int64_t next_ns = started || open_load_ ? now_ns_ : wait_end_ns(user);
    if (next_ns > now_ns_) {
        pause_until(slot, next_ns);
    } else if (open_load_) {
        program_user_free(slot, user);
    } else {
        next_task(slot, user, now_ns_);
    }
}

/// Closed load: the next task of a user that is ready.
template <class Io> void Worker<Io>::next_task(uint32_t slot, User& user, int64_t due_ns) {
    if (!may_go_on(slot, user)) {
        rest(slot, user);
        return;
    }
    set_origin(slot, user);
    uint32_t task = pick_task(user);
    if (can_read(user, plan_.tasks[task])) {
        start_task(slot, user, UserState::busy, task, due_ns);
        return;
    }
    user.turn_due_ns = due_ns;
    ++tasks_open_;
    without_value(slot, user);
}

template <class Io>
void Worker<Io>::start_task(uint32_t slot, User& user, UserState state, uint32_t task,
                            int64_t due_ns) {
    user.state = state;
    user.task = task;
    user.request = 0;
    user.repeat_left = plan_.tasks[task].repeat;
    user.turn_due_ns = due_ns;
    user.first_step = true;
    user.polling = false;
    ++user.turns;
    ++tasks_open_;
    if (state == UserState::busy && !open_load_) {
        send_step(slot, user, due_ns); // next_task() has asked may_go_on()
    } else {
        begin_step(slot, user, due_ns);
    }
}

/// The request at which the user's program stands, if the load still wants it.
template <class Io> void Worker<Io>::begin_step(uint32_t slot, User& user, int64_t due_ns) {
    if (may_go_on(slot, user)) {
        send_step(slot, user, due_ns);
    } else {
        rest(slot, user);
    }
}

template <class Io> void Worker<Io>::send_step(uint32_t slot, User& user, int64_t due_ns) {
    if (plan_.tasks[user.task].socket) {
        sockets_->go_on(slot, user, due_ns);
        return;
    }
    const PlannedRequest& request =
        plan_.requests[plan_.tasks[user.task].first + user.request];
    connections_[slot].request = &request;
    user.redirects = 0;
    user.response.clear();
    user.head_kept = user.overflown = user.failed = user.fulfilled = false;
    user.origin.request_unix_ns = zero_unix_ns_ + now_ns_;
    user.rendered = request.size == 0 || !user.cookies.empty();
    if (user.rendered &&
        !request.program.render(user.bytes, plan_.variables, user.origin, user.values,
                                &user.cookies)) {
        without_value(slot, user);
        return;
    }
    if (request.until && !user.polling) {
        user.polling = true;
        user.poll_until_ns = now_ns_ + request.until->within_ns;
    }
    bool arrived = open_load_ && user.first_step && user.state == UserState::busy;
    user.first_step = false;
    begin_request(slot, due_ns, arrived ? user.arrival.stage : stage_at(due_ns));
}

/// The task reads a variable without a value: it is passed over. Where a csv has no row left for
/// this user, the user ends. Requires: the task counts as open.
template <class Io> void Worker<Io>::without_value(uint32_t slot, User& user) {
    --tasks_open_;
    if (!plan_.variables.rows_left(user.origin)) {
        bump(stats_.users_out_of_rows);
        user.state = UserState::ended;
        ++users_ended_;
        rest(slot, user);
        return;
    }
    bump(stats_.skipped_tasks);
    ++user.tasks_done;
    ++user.turns;
    user.state = user.state == UserState::stopping ? UserState::ended : UserState::ready;
    int64_t next_ns = open_load_ ? 0 : wait_end_ns(user);
    pause_until(slot, std::max(next_ns, now_ns_ + program::nothing_to_do_ns));
}

/// Nothing more to do for now.
template <class Io> void Worker<Io>::rest(uint32_t slot, User& user) {
    Connection& connection = connections_[slot];
    deadlines_ms_[slot] = 0;
    if (sockets_) {
        sockets_->abandon(slot, user);
    }
    bool on_stop_comes = !stopping_ && plan_.classes[user.class_index].on_stop.has_value();
    if (connection.state == ConnectionState::idle && !on_stop_comes &&
        (draining_ || !connection.active)) {
        close_connection(slot, connection, CloseHow::orderly);
    }
}

template <class Io> bool Worker<Io>::may_go_on(uint32_t slot, const User& user) const {
    if (stopping_ || draining_) {
        return stopping_ ? user.state == UserState::stopping : finishing_;
    }
    return quota_left_ > 0 && (open_load_ || connections_[slot].active);
}

/// A request of a user with a program has ended, in whatever way.
template <class Io>
void Worker<Io>::note_end(const Connection& connection, Outcome outcome, int status, int detail) {
    auto slot = static_cast<uint32_t>(&connection - connections_.data());
    User& user = program_users_[user_of(slot)];
    user.answered = true;
    user.failed = outcome != Outcome::ok;
    if (plan_.keeps_exchanges) {
        report_.exchanges.push_back({.leaf = connection.request->leaf,
                                     .request = std::string(
                                         speaks(slot) ? sockets_->said(slot)
                                                      : sent_bytes(user, connection)),
                                     .response = speaks(slot) ? sockets_->talk_of(slot).heard
                                                              : user.response,
                                     .outcome = outcome,
                                     .status = status,
                                     .detail = detail,
                                     .latency_ns = now_ns_ - connection.due_ns});
    }
}

} // namespace ringblast
