// The end of a load: nothing more starts, what is in flight may finish for a while, on_stop runs.
// Part of Worker; included by worker.hpp only.
#pragma once

namespace ringblast {

template <class Io> bool Worker<Io>::load_is_over() {
    if (control_.stop.load(std::memory_order_relaxed) != StopRequest::none || quota_left_ == 0)
        [[unlikely]] {
        return true;
    }
    bool nobody_left = scenario_ && users_ended_ == program_users_.size();
    if (plan_.open_load) {
        bool all_arrived = limited_ && arrivals_.next().due_ns == never_ns;
        return (now_ns_ >= plan_.end_ns && arrivals_.next().due_ns > now_ns_) ||
               (all_arrived && waiting_ == 0) || (limited_ && nobody_left);
    }
    return now_ns_ >= plan_.end_ns || nobody_left;
}

template <class Io> void Worker<Io>::begin_drain() {
    draining_ = true;
    report_.load_end_ns = std::min(now_ns_, plan_.end_ns);
    bool stopped = control_.stop.load(std::memory_order_relaxed) != StopRequest::none;
    if (plan_.waits_for_last_stage && !stopped) {
        drain_until_ns_ = now_ns_ + plan_.timeout_ns;
        finishing_ = true;
    } else {
        drop_waiting();
        // A number of requests is exact: the last ones get the time that a request has.
        bool by_number = now_ns_ < plan_.end_ns && !stopped;
        drain_until_ns_ = by_number ? never_ns : now_ns_ + plan_.graceful_ns;
        finishing_ = by_number && open_load_ && !scenario_;
    }
    if (!open_load_ || (scenario_ && !finishing_)) {
        forget_timers();
    }
}

template <class Io> bool Worker<Io>::drained() {
    bool unfinished = (finishing_ || stopping_) && tasks_open_ > 0;
    if (in_flight_ == 0 && waiting_ == 0 && !unfinished) {
        if (!sockets_ || !sockets_->farewell_said) {
            report_.drained_ns = now_ns_;
        }
        return true;
    }
    bool at_once =
        control_.stop.load(std::memory_order_relaxed) == StopRequest::at_once;
    if (now_ns_ < drain_until_ns_ && !at_once) {
        return false;
    }
    cancel_all();
    publish_tallies();
    report_.drained_ns = now_ns_;
    return true;
}

template <class Io> void Worker<Io>::drop_waiting() {
    for (Backlog& backlog : backlogs_) {
        while (!backlog.empty()) {
            backlog.pop();
            bump(stats_.dropped);
        }
    }
    waiting_ = 0;
}

template <class Io> void Worker<Io>::forget_timers() {
    timers_.clear();
    for (Connection& connection : connections_) {
        connection.paused = false;
    }
}

template <class Io> void Worker<Io>::cancel_all() {
    drop_waiting();
    for (Connection& connection : connections_) {
        end_outstanding(connection, Outcome::cancelled, 0);
    }
}

/// The load is over and nothing is in flight: users that have one run their on_stop, until the
/// stop time-out. False when there is nothing of the kind left.
template <class Io> bool Worker<Io>::begin_stops() {
    bool at_once = control_.stop.load(std::memory_order_relaxed) == StopRequest::at_once;
    if (stopping_ || !scenario_ || at_once) {
        bump(stats_.stops_undone, stopping_ ? tasks_open_ : 0);
        if (plan_.once && !program_users_.empty()) {
            const UserValues& values = program_users_.front().values;
            for (uint32_t slot = 0; slot < plan_.variables.stored_count(); ++slot) {
                report_.values.push_back(values.is_set(slot)
                                             ? std::optional(std::string(values.get(slot)))
                                             : std::nullopt);
            }
        }
        return false;
    }
    stopping_ = true;
    forget_timers();
    if (sockets_) {
        sockets_->forget_users();
    }
    tasks_open_ = 0;
    quota_left_ = UINT64_MAX;
    drain_until_ns_ = now_ns_ + plan_.stop_timeout_ns;
    for (uint32_t slot = 0; slot < program_users_.size(); ++slot) {
        User& user = program_users_[slot];
        const PlannedClass& users = plan_.classes[user.class_index];
        bool begun = user.state != UserState::fresh && user.state != UserState::starting;
        user.answered = false;
        if (users.on_stop && begun) {
            set_origin(slot, user);
            start_task(slot, user, UserState::stopping, *users.on_stop, now_ns_);
        }
    }
    return tasks_open_ > 0 || begin_stops();
}

} // namespace ringblast
