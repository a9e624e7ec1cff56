// What has come, from edges to events. Part of EpollIo; included by epoll_io.hpp only.
#pragma once

namespace ringblast {

// First what was told before anything came: a short send is known before the input that follows.
template <class Handler>
void EpollIo::harvest(Handler& handler) {
    if (!told_.empty()) {
        tell_all(handler);
    }
    if (!readable_.empty()) {
        reading_.swap(readable_);
        for (uint32_t slot : reading_) {
            slots_[slot].queued = false;
            read_all(slot, handler);
        }
        reading_.clear();
    }
    for (int i = 0; i < edge_count_; ++i) {
        on_edge(edges_[i], handler);
    }
    counters_.events += static_cast<unsigned>(edge_count_);
    edge_count_ = 0;
    if (!listeners_.empty()) {
        accept_all(handler);
    }
}

template <class Handler>
void EpollIo::tell_all(Handler& handler) {
    telling_.swap(told_);
    for (const Event& event : telling_) {
        if (find(event.slot, event.generation) != nullptr) {
            handler.on_event(event);
        }
    }
    counters_.events += telling_.size();
    telling_.clear();
}

template <class Handler>
void EpollIo::on_edge(const epoll_event& edge, Handler& handler) {
    if ((edge.data.u64 & listener_mark) != 0) [[unlikely]] {
        listeners_[static_cast<uint32_t>(edge.data.u64)].ready = true;
        return;
    }
    auto slot = static_cast<uint32_t>(edge.data.u64);
    auto generation = static_cast<uint32_t>(edge.data.u64 >> 32);
    Slot* state = find(slot, generation);
    if (state == nullptr) [[unlikely]] {
        ++counters_.stale;
        return;
    }
    if (state->connecting) [[unlikely]] {
        int result = finish_connect(*state, edge.events);
        if (state->connecting) {
            return;
        }
        handler.on_event({.slot = slot,
                          .generation = generation,
                          .kind = EventKind::connected,
                          .result = result});
        state = find(slot, generation);
        if (state == nullptr) {
            return;
        }
    }
    if ((edge.events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) [[likely]] {
        state->readable = true;
        state->ended |= (edge.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
    }
    if (state->unsent_size > 0 && (edge.events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0) {
        send_rest(slot, *state);
    }
    read_all(slot, handler);
}

template <class Handler>
void EpollIo::read_all(uint32_t slot, Handler& handler) {
    reading_slot_ = slot;
    for (unsigned reads = 0; reads < reads_max && wants_to_read(slots_[slot]); ++reads) {
        Slot& state = slots_[slot];
        bool discards = state.armed == Armed::discard;
        int64_t result = read(state);
        if (result == -EAGAIN) {
            break;
        }
        if (result <= 0 || discards || state.mode == ReceiveMode::once) {
            state.armed = Armed::nothing;
        }
        Event event{.slot = slot,
                    .generation = state.generation,
                    .kind = discards ? EventKind::discarded : EventKind::received,
                    .result = static_cast<int32_t>(result)};
        if (result > 0 && !discards) [[likely]] {
            event.bytes = {buffer_.get(), static_cast<size_t>(result)};
        }
        handler.on_event(event);
    }
    reading_slot_ = no_slot;
    if (wants_to_read(slots_[slot])) [[unlikely]] {
        queue_readable(slot, slots_[slot]);
    }
}

template <class Handler>
void EpollIo::accept_all(Handler& handler) {
    accepts_left_ = false;
    for (size_t i = 0; i < listeners_.size(); ++i) {
        for (unsigned accepts = 0; listeners_[i].ready; ++accepts) {
            if (accepts == accepts_max) {
                accepts_left_ = true;
                break;
            }
            int fd = accept_one(listeners_[i]);
            if (fd == -EAGAIN) {
                break;
            }
            handler.on_event({.slot = static_cast<uint32_t>(listeners_[i].fd),
                              .kind = EventKind::accepted,
                              .result = fd});
            if (fd < 0) {
                break; // out of descriptors: again in the next turn, without hurry
            }
        }
    }
}

} // namespace ringblast
