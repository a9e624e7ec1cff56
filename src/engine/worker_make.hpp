// A worker is made: everything it needs is allocated here, before its load. Part of Worker;
// included by worker.hpp only.
#pragma once

namespace ringblast {

template <class Io>
Worker<Io>::Worker(Io& io, const Setup& setup)
    : io_(io), plan_(setup.plan), stats_(setup.stats),
      control_(setup.control), share_(setup.share), spin_(setup.spin),
      limited_(setup.plan.request_limit != 0), stage_cells_(setup.plan.stages.size() > 1),
      extras_(stage_cells_ || setup.stats.wants_samples() || setup.plan.scenario),
      open_load_(setup.plan.open_load), scenario_(setup.plan.scenario),
      special_(scenario_ || setup.plan.socket),
      watch_(std::ranges::any_of(
          setup.plan.requests,
          [](const PlannedRequest& request) { return request.watch != Watch::nothing; })),
      pipeline_(setup.plan.pipeline),
      responses_max_(setup.plan.requests_per_connection != 0 ? setup.plan.requests_per_connection
                                                             : UINT64_MAX),
      quota_left_(limited_ && (scenario_ || !open_load_) ? setup.request_quota : UINT64_MAX),
      connections_(setup.share.of(setup.plan.users_peak) * setup.plan.connections_per_user()),
      deadlines_ms_(connections_.size()), next_address_(setup.share.index),
      next_local_address_(setup.share.index),
      arrivals_(setup.board, {.share = setup.share,
                              .arrival = setup.plan.arrival,
                              .seed = setup.plan.seed,
                              .limit = limited_ && !scenario_ ? setup.plan.request_limit
                                                              : UINT64_MAX}),
      users_(setup.board, setup.share), timers_(connections_.size()),
      head_caches_(setup.plan.requests.size()), arrival_classes_(setup.plan.classes),
      inspector_(setup.plan.variables), board_(setup.board) {
    for (const PlannedRequest& request : plan_.requests) {
        for (unsigned phase = 0; phase < phase_count; ++phase) {
            cells_.push_back(&stats_.leaf(phase, request.leaf));
        }
    }
    size_t backlog = open_load_ ? share_.of(plan_.backlog_max) : 0;
    backlogs_.assign(scenario_ ? plan_.classes.size() : 1, Backlog(backlog));
    socket_options_ = {.port_low = setup.port_low,
                       .port_high = setup.port_high,
                       .no_delay = plan_.requests_per_connection != 1};
    idle_.reserve(connections_.size());
    int64_t shortest_ns = plan_.connect_timeout_ns;
    for (const PlannedRequest& request : plan_.requests) {
        shortest_ns = std::min(shortest_ns, request.timeout_ns);
    }
    sweep_period_ns_ = std::clamp(shortest_ns / 16, ns_per_ms, 100 * ns_per_ms);
    inspector_.set_max_body(plan_.max_body);
    if (scenario_) {
        make_programs();
    }
    ReceiveMode mode = ReceiveMode::stream_small;
    if (plan_.socket) {
        sockets_ = std::make_unique<Sockets>(*this);
        bool large = plan_.socket->message.size() > large_body_min;
        mode = large ? ReceiveMode::stream_large : mode;
    } else if (plan_.requests_per_connection == 1) {
        mode = ReceiveMode::once; // nothing armed that the close would have to cancel
    } else if (plan_.pipeline > 1) {
        mode = ReceiveMode::stream_large;
    }
    for (Connection& connection : connections_) {
        connection.mode = mode;
        connection.request = &plan_.requests.front();
        connection.cell = cells_.front();
    }
    if (!plan_.socket_tasks.empty()) {
        for (size_t slot = program_users_.size(); slot < connections_.size(); ++slot) {
            connections_[slot].mode = ReceiveMode::stream_small;
        }
    }
}

template <class Io> void Worker<Io>::make_programs() {
    program_users_.resize(share_.of(plan_.users_peak));
    for (uint32_t slot = 0; slot < program_users_.size(); ++slot) {
        program_users_[slot].values = UserValues(plan_.variables.stored_count());
        if (!open_load_) {
            program_users_[slot].class_index = plan_.class_of_user[share_.global(slot)];
        }
    }
    idle_by_class_.resize(plan_.classes.size());
    for (std::vector<uint32_t>& idle : idle_by_class_) {
        idle.reserve(program_users_.size());
    }
    if (!plan_.socket_tasks.empty()) {
        sockets_ = std::make_unique<Sockets>(*this);
    }
}

/// Open load: the users that are to be ready at the start run on_start now, before time zero. One
/// whose on_start fails tries again when an arrival comes for it.
template <class Io> void Worker<Io>::run_ready_starts() {
    if (!open_load_) {
        return;
    }
    ClassSequence classes(plan_.classes);
    classes.skip(share_.index);
    for (uint64_t made = 0; made < share_.of(plan_.users_ready); ++made) {
        user_goes_on(make_user(classes.next()), now_ns_);
        classes.skip(share_.count - 1);
    }
    while ((in_flight_ > 0 || !timers_.empty()) &&
           control_.stop.load(std::memory_order_relaxed) == StopRequest::none) {
        io_.enter(std::min(enter_max_ns, std::max<int64_t>(timers_.next_ns() - now_ns_, 0)));
        stamp();
        io_.harvest(*this);
        if (timers_.next_ns() <= now_ns_) {
            fire_timers();
        }
        sweep();
        publish_tallies();
    }
    for (uint32_t slot = 0; slot < users_made_; ++slot) {
        if (program_users_[slot].state != UserState::ready) { // its try did not succeed
            program_users_[slot].state = UserState::fresh;
            idle_by_class_[program_users_[slot].class_index].push_back(slot);
        }
    }
}

} // namespace ringblast
