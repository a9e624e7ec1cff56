// The loop itself: first connections, the start, the turn, and where events go.
// Part of Worker; included by worker.hpp only.
#pragma once

namespace ringblast {

template <class Io> WorkerReport Worker<Io>::run() {
    open_ready_users();
    while (!await_zero()) {
    }
    while (turn()) {
    }
    return report_;
}

template <class Io> void Worker<Io>::open_ready_users() {
    zero_ns_ = io_.now_ns();
    auto wanted = static_cast<uint32_t>(share_.of(plan_.users_ready));
    uint32_t next = 0;
    while ((next < wanted || opening_ > 0) &&
           control_.stop.load(std::memory_order_relaxed) != StopRequest::at_once) {
        stamp();
        while (next < wanted && opening_ < opening_max) {
            if (sockets_ && !sockets_->wants_http(next)) {
                ++next;
                continue;
            }
            ++opening_;
            open_connection(next++);
        }
        if (opening_ > 0) {
            io_.enter(enter_max_ns);
            stamp();
            io_.harvest(*this);
            sweep();
        }
    }
    if (scenario_) {
        run_ready_starts();
    } else if (plan_.open_load) {
        users_made_ = wanted;
        for (uint32_t slot = wanted; slot-- > 0;) {
            idle_.push_back(slot);
        }
    }
}

template <class Io> bool Worker<Io>::await_zero() {
    if (!loading_) {
        control_.ready.fetch_add(1, std::memory_order_acq_rel);
        loading_ = true;
    }
    int64_t zero_ns = control_.zero_ns.load(std::memory_order_acquire);
    if (zero_ns != 0) {
        zero_ns_ = zero_ns;
        stamp();
        zero_unix_ns_ = unix_ns() - now_ns_;
        next_sweep_ns_ = 0;
        if (control_.stop.load(std::memory_order_relaxed) != StopRequest::none) [[unlikely]] {
            begin_drain(); // before anything is due
        }
        return true;
    }
    io_.enter(ns_per_ms);
    stamp();
    io_.harvest(*this);
    return false;
}

template <class Io> bool Worker<Io>::turn() {
    uint64_t activity = activity_;
    start_due();
    int64_t turn_start_ns = now_ns_;
    int64_t wait = wait_ns();
    io_.enter(wait);
    stamp();
    int64_t overdue_ns = now_ns_ - turn_start_ns - std::max<int64_t>(wait, 0);
    raise_to(stats_.stall_ns_max, static_cast<uint64_t>(std::max<int64_t>(overdue_ns, 0)));
    if (!draining_ && load_is_over()) [[unlikely]] {
        begin_drain(); // before the harvest: users that it frees start no more
    }
    io_.harvest(*this);
    bool idle = activity_ == activity && tally_.bytes_received == 0;
    if (wait <= 0 && idle) {
        bump(stats_.spin_ns, static_cast<uint64_t>(now_ns_ - turn_start_ns));
    }
    if (now_ns_ >= next_sweep_ns_) [[unlikely]] {
        sweep();
    }
    publish_tallies();
    bool leaving = sockets_ && sockets_->farewell_said;
    return !draining_ || !drained() || (!leaving && begin_stops()) ||
           (sockets_ && sockets_->farewell());
}

template <class Io> void Worker<Io>::publish_tallies() {
    bump(stats_.bytes_sent, tally_.bytes_sent);
    bump(stats_.bytes_received, tally_.bytes_received);
    bump(stats_.bytes_body, tally_.bytes_body);
    bump(stats_.tasks_started, tally_.tasks_started);
    bump(stats_.in_flight_area_ns, tally_.in_flight_area_ns);
    bump(stats_.latency_sum_ns, tally_.latency_sum_ns);
    tally_ = {};
}

template <class Io> void Worker<Io>::on_event(const Event& event) {
    Connection& connection = connections_[event.slot];
    if (connection.generation != event.generation) [[unlikely]] {
        bump(stats_.stale_completions);
        return;
    }
    if (event.kind == EventKind::received) [[likely]] {
        on_received(event.slot, connection, event);
        return;
    }
    ++activity_;
    switch (event.kind) {
    case EventKind::connected:
        on_connected(event.slot, connection, event.result);
        break;
    case EventKind::discarded:
        on_discarded(event.slot, connection, event.result);
        break;
    case EventKind::sent:
        // A failed send needs no care of its own: the receive that is armed brings the reset, or
        // the early answer that came before it.
        connection.send_pending = false;
        if (speaks(event.slot)) {
            sockets_->on_sent(event.slot, connection);
        }
        break;
    case EventKind::closed:
        connection.state = ConnectionState::closed;
        if (speaks(event.slot)) {
            sockets_->on_closed(event.slot, connection);
        } else if (connection.request_waits) {
            open_connection(event.slot);
        }
        break;
    case EventKind::received:
    case EventKind::accepted:
        break;
    }
}

} // namespace ringblast
