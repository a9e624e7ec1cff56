// The turn of a target thread and the life of its connections.
// Part of Loop; included by the loop_*.cpp only.
#pragma once

#include "base/clock.hpp"
#include "target/loop_answers.hpp"
#include "target/loop_output.hpp"
#include "target/loop_requests.hpp"
#include "target/loop_websocket.hpp"

#include <algorithm>
#include <ctime>
#include <unistd.h>

namespace ringblast {

namespace {

constexpr int64_t wait_ns_max = 50 * ns_per_ms;
constexpr uint32_t generation_mask = (1u << 28) - 1; // what an Io keeps of a generation

} // namespace

template <class Io>
Expected<std::unique_ptr<Loop<Io>>> Loop<Io>::create(int listening_fd, uint32_t connections_max,
                                                     ServerState& state,
                                                     const TlsOptions* tls) {
    Expected<std::unique_ptr<Io>> io;
    if constexpr (requires { Io::create(connections_max, *tls); }) {
        io = Io::create(connections_max, *tls);
    } else {
        io = Io::create(connections_max);
    }
    if (!io) {
        return std::unexpected(io.error());
    }
    return std::unique_ptr<Loop>(new Loop(std::move(*io), listening_fd, connections_max, state));
}

template <class Io>
Loop<Io>::Loop(std::unique_ptr<Io> io, int listening_fd, uint32_t connections_max,
               ServerState& state)
    : io_(std::move(io)), listening_fd_(listening_fd), state_(state),
      counters_(state.add_counters()), connections_(connections_max) {
    free_slots_.reserve(connections_max);
    for (uint32_t slot = connections_max; slot-- > 0;) {
        free_slots_.push_back(slot); // taken from the back: low slots first
    }
}

template <class Io>
void Loop<Io>::run() {
    io_->accept(listening_fd_);
    start_turn();
    while (!state_.stopping.load(std::memory_order_relaxed)) {
        int64_t wait_ns = wait_ns_max;
        if (!timers_.empty()) {
            wait_ns = std::min(wait_ns, timers_.top().due_ns - io_->now_ns());
        }
        io_->enter(wait_ns);
        start_turn();
        io_->harvest(*this);
        fire_timers();
        tell_room();
        for (size_t i = 0; i < dirty_slots_.size(); ++i) {
            flush(dirty_slots_[i]);
        }
        dirty_slots_.clear();
        if (still_until_ns_ > now_ns_) [[unlikely]] {
            stand_still();
        }
    }
    LoopCounters::add(counters_.connections_open,
                      -counters_.connections_open.load(std::memory_order_relaxed));
}

template <class Io>
void Loop<Io>::start_turn() {
    ++turn_;
    arenas_[turn_ & 1].reset();
    room_outputs_[turn_ & 1].clear();
    cache_.start_turn();
    now_ns_ = io_->now_ns();
    if (now_ns_ >= next_second_ns_) [[unlikely]] {
        int64_t unix_now_ns = unix_ns();
        second_ = unix_now_ns / ns_per_second;
        next_second_ns_ = now_ns_ + ns_per_second - unix_now_ns % ns_per_second;
        date_ = http_date(second_);
    }
}

template <class Io>
void Loop<Io>::fire_timers() {
    while (!timers_.empty() && timers_.top().due_ns <= now_ns_) {
        Timer timer = timers_.top();
        timers_.pop();
        const TargetConnection& connection = connections_[timer.slot];
        if (connection.open && connection.generation == timer.generation) {
            on_due(timer.slot);
        }
    }
}

/// /pause: what was to be sent goes out, then nothing moves. In slices, so that a stop is seen.
template <class Io>
void Loop<Io>::stand_still() {
    io_->flush();
    while (still_until_ns_ > now_ns_ && !state_.stopping.load(std::memory_order_relaxed)) {
        timespec slice{.tv_sec = 0, .tv_nsec = std::min(still_until_ns_ - now_ns_, wait_ns_max)};
        nanosleep(&slice, nullptr);
        now_ns_ = io_->now_ns();
    }
}

template <class Io>
void Loop<Io>::on_event(const Event& event) {
    if (event.kind == EventKind::received) [[likely]] {
        on_received(event);
        return;
    }
    switch (event.kind) {
    case EventKind::accepted:
        on_accepted(event.result);
        break;
    case EventKind::closed:
        free_slot(event.slot);
        break;
    case EventKind::sent:
        if (connections_[event.slot].open) {
            on_sent(event.slot, event.result);
        }
        break;
    default:
        break;
    }
}

template <class Io>
void Loop<Io>::on_accepted(int fd) {
    if (fd < 0) {
        return; // out of descriptors, or gone before it was taken; the Io goes on accepting
    }
    if (free_slots_.empty()) {
        LoopCounters::add(counters_.connections_refused, 1);
        ::close(fd);
        return;
    }
    uint32_t slot = free_slots_.back();
    free_slots_.pop_back();
    TargetConnection& connection = connections_[slot];
    connection =
        TargetConnection{.generation = (connection.generation + 1) & generation_mask, .open = true};
    io_->adopt(slot, connection.generation, fd);
    io_->receive(slot, ReceiveMode::stream_small);
    LoopCounters::add(counters_.connections, 1);
    LoopCounters::add(counters_.connections_open, 1);
}

template <class Io>
void Loop<Io>::on_received(const Event& event) {
    TargetConnection& connection = connections_[event.slot];
    if (!connection.open || connection.ending) [[unlikely]] {
        if (connection.open && event.result < 0) {
            close(event.slot, CloseHow::abort);
        }
        return;
    }
    if (event.result <= 0) [[unlikely]] {
        if (event.result < 0) {
            close(event.slot, CloseHow::abort);
        } else {
            on_input_end(event.slot);
        }
        return;
    }
    std::string_view rest = event.bytes;
    if (connection.websocket) [[unlikely]] {
        on_frames(event.slot, rest);
        return;
    }
    if (connection.exchange == nullptr) [[likely]] {
        rest = answer_repeated(event.slot, rest);
        if (rest.empty()) [[likely]] {
            return;
        }
    }
    consume(event.slot, rest);
}

/// The peer says no more; it may still listen, so what it asked for is answered first.
template <class Io>
void Loop<Io>::on_input_end(uint32_t slot) {
    TargetConnection& connection = connections_[slot];
    connection.peer_ended = true;
    const Exchange* exchange = connection.exchange.get();
    bool answering = exchange != nullptr && (exchange->phase == Exchange::Phase::sending ||
                                             (exchange->phase == Exchange::Phase::waiting &&
                                              exchange->wait != Exchange::Wait::for_ever));
    if (!answering && !connection.dirty && !connection.sending) {
        close(slot, CloseHow::orderly);
    }
}

template <class Io>
void Loop<Io>::close(uint32_t slot, CloseHow how) {
    TargetConnection& connection = connections_[slot];
    connection.open = false;
    connection.dirty = false;
    if (connection.websocket) {
        leave(slot);
    }
    LoopCounters::add(counters_.connections_open, -uint64_t{1});
    if (io_->close(slot, how)) {
        free_slot(slot);
    }
}

/// Only here the exchange goes: until the slot is closed the kernel may read the bytes in flight.
template <class Io>
void Loop<Io>::free_slot(uint32_t slot) {
    release(connections_[slot]);
    free_slots_.push_back(slot);
}

} // namespace ringblast
