// Who starts when: the closed load's users and the open load's arrivals.
// Part of Worker; included by worker.hpp only.
#pragma once

namespace ringblast {

template <class Io> void Worker<Io>::start_due() {
    if (draining_) [[unlikely]] {
        // Nothing new is due, but users that pause are wanted for what waits still.
    } else if (open_load_) {
        stamp(); // the last stamp is as old as the harvest was long
        start_arrivals();
    } else if (users_.next().at_ns <= now_ns_) [[unlikely]] {
        apply_user_changes();
    }
    if (timers_.next_ns() <= now_ns_) [[unlikely]] {
        fire_timers();
    }
}

template <class Io> void Worker<Io>::start_arrivals() {
    unsigned started = 0;
    while (arrivals_.next().due_ns <= now_ns_ && started < starts_per_turn_max &&
           quota_left_ > 0) {
        start_arrival(arrivals_.next());
        arrivals_.pop();
        if (++started % paced_batch == 0) {
            io_.flush(); // sends leave in order: the stamp of a later one would be too early
            stamp();
        }
    }
    activity_ += started;
}

template <class Io> void Worker<Io>::start_arrival(const NextArrival& arrival) {
    bump(stats_.arrivals);
    stats_.lateness.record(now_ns_ - arrival.due_ns);
    if (scenario_) [[unlikely]] {
        start_arrival_of_class(arrival);
        return;
    }
    if (!idle_.empty()) [[likely]] {
        uint32_t slot = idle_.back();
        idle_.pop_back();
        ++tally_.tasks_started;
        begin_request(slot, arrival.due_ns, arrival.stage);
    } else if (users_made_ < connections_.size()) {
        ++tally_.tasks_started;
        begin_request(users_made_++, arrival.due_ns, arrival.stage);
    } else if (backlogs_.front().push({.due_ns = arrival.due_ns, .stage = arrival.stage})) {
        ++waiting_;
    } else {
        bump(stats_.dropped);
    }
}

template <class Io> void Worker<Io>::apply_user_changes() {
    for (unsigned count = 0; users_.next().at_ns <= now_ns_ && count < starts_per_turn_max;
         ++count) {
        UserChange change = users_.next();
        users_.pop();
        auto slot = static_cast<uint32_t>(change.user);
        Connection& connection = connections_[slot];
        connection.active = change.start;
        bool talks = scenario_ && sockets_; // users have WebSockets besides
        if (change.start && connection.outstanding == 0 && !connection.paused &&
            !(talks && sockets_->is_moving(slot))) {
            next_of_user(slot, change.at_ns);
        } else if (!change.start && talks && sockets_->dismiss(slot)) {
            // It held its WebSocket, and rests now.
        } else if (!change.start && connection.state == ConnectionState::idle) {
            close_connection(slot, connection, CloseHow::orderly);
        }
        ++activity_;
    }
    set_gauge(stats_.users_active, users_.active());
}

template <class Io> void Worker<Io>::fire_timers() {
    while (timers_.next_ns() <= now_ns_) {
        Timer timer = timers_.pop();
        ++activity_;
        connections_[timer.slot].paused = false;
        if (scenario_) {
            user_goes_on(timer.slot, timer.due_ns);
        } else if (plan_.open_load) {
            user_free(timer.slot);
        } else {
            next_of_user(timer.slot, timer.due_ns);
        }
    }
}

/// Closed load: the user is done with its last request and goes on at `due_ns`.
template <class Io> void Worker<Io>::next_of_user(uint32_t slot, int64_t due_ns) {
    if (scenario_) [[unlikely]] {
        user_goes_on(slot, due_ns);
        return;
    }
    Connection& connection = connections_[slot];
    if (draining_ || !connection.active) [[unlikely]] {
        deadlines_ms_[slot] = 0;
        if (connection.state == ConnectionState::idle) {
            close_connection(slot, connection, CloseHow::orderly);
        }
        return;
    }
    if (quota_left_ == 0) [[unlikely]] {
        deadlines_ms_[slot] = 0;
        return;
    }
    begin_request(slot, due_ns, stage_at(due_ns));
}

/// Open load: the user can take the next arrival.
template <class Io> void Worker<Io>::user_free(uint32_t slot) {
    if (scenario_) [[unlikely]] {
        user_goes_on(slot, now_ns_);
        return;
    }
    if (waiting_ > 0) [[unlikely]] {
        Waiting arrival = backlogs_.front().pop();
        --waiting_;
        ++tally_.tasks_started;
        begin_request(slot, arrival.due_ns, arrival.stage);
        return;
    }
    deadlines_ms_[slot] = 0;
    idle_.push_back(slot);
}

/// After a connection could not be made: at once again would be a busy loop.
template <class Io> void Worker<Io>::pause_user(uint32_t slot) {
    pause_until(slot, now_ns_ + pause_after_connect_error_ns);
}

/// Requires: the user has no other timer.
template <class Io> void Worker<Io>::pause_until(uint32_t slot, int64_t due_ns) {
    connections_[slot].paused = true;
    timers_.push({.due_ns = due_ns, .slot = slot});
}

template <class Io>
void Worker<Io>::begin_request(uint32_t slot, int64_t due_ns, uint32_t stage) {
    Connection& connection = connections_[slot];
    uint64_t count = std::min<uint64_t>(pipeline_, quota_left_);
    if (count > 1 && responses_max_ != UINT64_MAX) [[unlikely]] {
        bool open = connection.state == ConnectionState::idle;
        count = std::min(count, responses_max_ - (open ? connection.responses : 0));
    }
    quota_left_ -= count;
    connection.due_ns = due_ns;
    connection.phase = due_ns >= plan_.warm_up_ns ? phase_measured : phase_warm_up;
    if (stopping_) [[unlikely]] {
        connection.phase = phase_after;
    }
    connection.cell = cells_[connection.request->leaf * phase_count + connection.phase];
    connection.stage = static_cast<uint16_t>(stage);
    connection.outstanding = static_cast<uint16_t>(count);
    connection.retried = false;
    in_flight_ += count;
    bump(connection.cell->started, count);
    if (stage_cells_ && connection.phase == phase_measured) {
        bump(stats_.stage(stage).started, count);
    }
    tally_.in_flight_area_ns -= count * static_cast<uint64_t>(due_ns);
    if (connection.state == ConnectionState::idle) [[likely]] {
        send_requests(slot, connection);
        return;
    }
    connection.request_waits = true;
    quota_left_ += plan_.socket ? count : 0; // a connect is none of the round trips asked for
    if (connection.state == ConnectionState::closed) {
        open_connection(slot);
    }
}

/// Due times come nearly in order, so the last stage found is the first guess.
template <class Io> uint32_t Worker<Io>::stage_at(int64_t due_ns) {
    if (!stage_cells_) [[likely]] {
        return 0;
    }
    std::span<const Segment> segments = board_.segments();
    const Segment& guess = segments[stage_];
    if (due_ns < guess.start_ns || due_ns >= guess.end_ns) {
        stage_ = 0;
        while (stage_ + 1 < segments.size() && due_ns >= segments[stage_].end_ns) {
            ++stage_;
        }
    }
    return segments[stage_].stage;
}

template <class Io> int64_t Worker<Io>::wait_ns() {
    int64_t until_ns = std::min(now_ns_ + enter_max_ns, next_sweep_ns_);
    if (draining_) {
        until_ns = std::min({until_ns, drain_until_ns_, timers_.next_ns()});
        return std::max<int64_t>(until_ns - now_ns_, 1);
    }
    int64_t due_ns = std::min(timers_.next_ns(), plan_.open_load ? arrivals_.next().due_ns
                                                                 : users_.next().at_ns);
    due_ns = std::min(due_ns, plan_.end_ns);
    if (spin_ && due_ns - now_ns_ < until_ns - now_ns_) {
        return due_ns - spin_window_ns - now_ns_; // what is left is polled for
    }
    return std::min(due_ns, until_ns) - now_ns_;
}

/// Time-outs: all requests share one, so a sweep over a dense array beats a timer for each.
template <class Io> void Worker<Io>::sweep() {
    auto now_ms = static_cast<uint32_t>(now_ns_ / ns_per_ms);
    for (uint32_t slot = 0; slot < deadlines_ms_.size(); ++slot) {
        if (deadlines_ms_[slot] != 0 && deadlines_ms_[slot] <= now_ms) [[unlikely]] {
            on_time_out(slot, connections_[slot]);
        }
    }
    next_sweep_ns_ = now_ns_ + sweep_period_ns_;
    if (plan_.open_load) {
        size_t idle = idle_.size();
        for (const std::vector<uint32_t>& of_class : idle_by_class_) {
            idle += of_class.size();
        }
        set_gauge(stats_.users_active, users_made_ - idle);
    }
}

} // namespace ringblast
