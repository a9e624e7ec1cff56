// What a user with a program does next, and when: its turn's origin of random numbers, the task by
// weight, the end of its pause; in an open load the user for an arrival. Part of Worker; included
// by worker.hpp only.
#pragma once

namespace ringblast {

namespace program {

// Streams of random numbers; those of variables are below 2^32 (scenario/variables).
inline constexpr uint64_t task_stream = uint64_t{1} << 40;
inline constexpr uint64_t wait_stream = uint64_t{1} << 41;
/// Turns of on_start in an open load: away from the arrivals', so that sequences stay unique.
inline constexpr uint64_t start_turns = 1'000'000'000'000;
inline constexpr int64_t start_retry_ns = ns_per_second;
inline constexpr int64_t nothing_to_do_ns = 10 * ns_per_ms;

} // namespace program

/// Requires: users_made_ < program_users_.size().
template <class Io> uint32_t Worker<Io>::make_user(uint16_t class_index) {
    program_users_[users_made_].class_index = class_index;
    return users_made_++;
}

template <class Io> void Worker<Io>::set_origin(uint32_t slot, User& user) {
    DrawOrigin& origin = user.origin;
    origin = {.user = share_.global(slot)};
    if (open_load_ && user.has_arrival && user.state == UserState::ready) {
        origin.turn = user.arrival.index;
    } else {
        origin.lane = origin.user;
        origin.lanes = plan_.users_peak;
        origin.turn = user.turns + (open_load_ ? program::start_turns : 0);
    }
    origin.turn_unix_ns = zero_unix_ns_ + now_ns_;
}

template <class Io> uint32_t Worker<Io>::pick_task(const User& user) const {
    const PlannedClass& users = plan_.classes[user.class_index];
    if (plan_.once) {
        return users.tasks[user.tasks_done % users.tasks.size()];
    }
    if (users.tasks.size() == 1) {
        return users.tasks.front();
    }
    RandomKey key{.seed = plan_.seed, .stream = program::task_stream + user.origin.lane};
    double place = random_unit(key, user.origin.turn) * users.weights_summed.back();
    auto found = std::ranges::upper_bound(users.weights_summed, place);
    auto index = static_cast<size_t>(found - users.weights_summed.begin());
    return users.tasks[std::min(index, users.tasks.size() - 1)];
}

template <class Io>
bool Worker<Io>::can_read(const User& user, const PlannedTask& task) const {
    return std::ranges::all_of(task.reads, [&](uint32_t slot) {
        return plan_.variables.stored_is_set(slot, user.values);
    });
}

/// When the pause after the user's last task ends.
template <class Io> int64_t Worker<Io>::wait_end_ns(const User& user) const {
    const Wait& wait = plan_.classes[user.class_index].wait;
    RandomKey key{.seed = plan_.seed, .stream = program::wait_stream + user.origin.user};
    auto ns = [](double seconds) { return static_cast<int64_t>(seconds * 1e9); };
    switch (wait.kind) {
    case Wait::Kind::none:
        break;
    case Wait::Kind::constant:
        return now_ns_ + ns(wait.a_s);
    case Wait::Kind::between:
        return now_ns_ + ns(wait.a_s + (wait.b_s - wait.a_s) * random_unit(key, user.turns));
    case Wait::Kind::exponential:
        return now_ns_ + ns(wait.a_s * random_exponential(key, user.turns));
    case Wait::Kind::pacing:
        return user.turn_due_ns + ns(wait.a_s);
    case Wait::Kind::throughput:
        return user.turn_due_ns + ns(1 / wait.a_s);
    }
    return now_ns_;
}

template <class Io> void Worker<Io>::start_arrival_of_class(const NextArrival& next) {
    arrival_classes_.skip(next.index - arrivals_classed_);
    uint16_t class_index = arrival_classes_.next();
    arrivals_classed_ = next.index + 1;
    Waiting arrival{.due_ns = next.due_ns, .stage = next.stage, .index = next.index};
    std::vector<uint32_t>& idle = idle_by_class_[class_index];
    if (!idle.empty()) {
        uint32_t slot = idle.back();
        idle.pop_back();
        give_arrival(slot, arrival);
    } else if (users_made_ < program_users_.size()) {
        give_arrival(make_user(class_index), arrival);
    } else if (waiting_ < share_.of(plan_.backlog_max) && backlogs_[class_index].push(arrival)) {
        ++waiting_;
    } else {
        bump(stats_.dropped);
    }
}

template <class Io> void Worker<Io>::give_arrival(uint32_t slot, const Waiting& arrival) {
    User& user = program_users_[slot];
    user.arrival = arrival;
    user.has_arrival = true;
    ++tally_.tasks_started;
    user_goes_on(slot, now_ns_);
}

/// Open load: a user that is ready starts the task of its arrival, or of one that waits.
template <class Io> void Worker<Io>::program_user_free(uint32_t slot, User& user) {
    Backlog& backlog = backlogs_[user.class_index];
    if (!user.has_arrival && !backlog.empty()) {
        user.arrival = backlog.pop();
        user.has_arrival = true;
        --waiting_;
        ++tally_.tasks_started;
    }
    if (!user.has_arrival) {
        deadlines_ms_[slot] = 0;
        idle_by_class_[user.class_index].push_back(slot);
        return;
    }
    set_origin(slot, user);
    user.has_arrival = false;
    uint32_t task = pick_task(user);
    if (can_read(user, plan_.tasks[task])) {
        start_task(slot, user, UserState::busy, task, user.arrival.due_ns);
    } else {
        ++tasks_open_;
        without_value(slot, user);
    }
}

} // namespace ringblast
