// From events of the inner door to events of ours: told ends, bytes decrypted, ends. Part of TlsIo;
// included by tls_io.hpp only.
#pragma once

namespace ringblast {

template <class Inner>
template <class Handler>
void TlsIo<Inner>::harvest(Handler& handler) {
    if (!told_.empty()) [[unlikely]] {
        tell_all(handler);
    }
    if (!ready_.empty()) [[unlikely]] {
        wake_all(handler);
    }
    Relay<Handler> relay{*this, handler};
    inner_->harvest(relay);
}

template <class Inner>
template <class Handler>
void TlsIo<Inner>::tell_all(Handler& handler) {
    telling_.swap(told_);
    for (const Told& told : telling_) {
        if (Slot* state = find(told.slot, told.generation)) {
            hand_on(told.slot, *state, told.kind, told.result, {}, handler);
        }
    }
    telling_.clear();
}

/// Slots that have something for their caller without the inner door.
template <class Inner>
template <class Handler>
void TlsIo<Inner>::wake_all(Handler& handler) {
    waking_.swap(ready_);
    for (const Late& woken : waking_) {
        Slot* state = find(woken.slot, woken.generation);
        if (state == nullptr || !state->armed) {
            continue;
        }
        if (!state->leftover.empty()) {
            std::string bytes = std::move(state->leftover);
            state->leftover.clear();
            decrypt(woken.slot, bytes, handler);
        } else if (state->end_due) {
            state->end_due = false;
            hand_on(woken.slot, *state, EventKind::received, state->end_result, {}, handler);
        }
    }
    waking_.clear();
}

template <class Inner>
template <class Handler>
void TlsIo<Inner>::hand_on(uint32_t slot, Slot& state, EventKind kind, int32_t result,
                           std::string_view bytes, Handler& handler) {
    if (kind == EventKind::received && state.mode == ReceiveMode::once) {
        state.armed = false;
    }
    handler.on_event(Event{.slot = slot,
                           .generation = state.generation,
                           .kind = kind,
                           .result = result,
                           .bytes = bytes});
}

template <class Inner>
template <class Handler>
void TlsIo<Inner>::on_inner(const Event& event, Handler& handler) {
    if (event.kind == EventKind::accepted) {
        handler.on_event(event);
        return;
    }
    Slot& state = slots_[event.slot];
    if (event.kind == EventKind::closed) {
        if (state.state == State::closing && state.generation == event.generation) {
            end(state);
        }
        handler.on_event(event);
        return;
    }
    if (find(event.slot, event.generation) == nullptr) [[unlikely]] {
        return; // of a connection that is gone or going
    }
    if (event.kind == EventKind::received) [[likely]] {
        on_received(event.slot, event, handler);
    } else if (event.kind == EventKind::connected) {
        on_connected(event.slot, event, handler);
    } else if (event.kind == EventKind::sent) {
        on_sent(event.slot, event, handler);
    }
}

template <class Inner>
template <class Handler>
void TlsIo<Inner>::on_connected(uint32_t slot, const Event& event, Handler& handler) {
    Slot& state = slots_[slot];
    if (event.result < 0) {
        state.state = State::failed;
        state.broken = true;
        handler.on_event(event);
        return;
    }
    state.state = State::handshake;
    int64_t now_ns = inner_->now_ns();
    state.connect_ns = now_ns - state.started_ns;
    state.started_ns = now_ns;
    shake_hands(slot, {}, handler);
}

template <class Inner>
template <class Handler>
void TlsIo<Inner>::on_received(uint32_t slot, const Event& event, Handler& handler) {
    Slot& state = slots_[slot];
    if (event.result > 0) [[likely]] {
        if (state.state == State::open && !state.ended) [[likely]] {
            decrypt(slot, event.bytes, handler);
        } else if (state.state == State::handshake) {
            shake_hands(slot, event.bytes, handler);
        }
        return;
    }
    state.peer_gone = true;
    if (state.state == State::handshake) {
        handshake_failed(slot,
                         tls_result(event.result == 0 ? TlsFailure::closed_in_handshake
                                                      : TlsFailure::reset_in_handshake),
                         handler);
    } else if (state.state == State::open && !state.ended) {
        // Whoever sits between could have ended it.
        truncations_ += event.result == 0;
        plaintext_ended(slot, event.result == 0 ? tls_result(TlsFailure::truncated) : event.result,
                        handler);
    }
}

template <class Inner>
template <class Handler>
void TlsIo<Inner>::decrypt(uint32_t slot, std::string_view bytes, Handler& handler) {
    Slot& state = slots_[slot];
    uint32_t generation = state.generation;
    bool handed_on = false;
    for (bool more = true; more;) {
        TlsSession::Portion portion =
            state.session.read(*context_, bytes, {scratch_.get(), scratch_size}, state.held);
        more = portion.more;
        if (!state.held.empty()) [[unlikely]] {
            push_late(slot, state);
        }
        if (portion.size > 0) [[likely]] {
            handed_on = true;
            hand_on(slot, state, EventKind::received, static_cast<int32_t>(portion.size),
                    {scratch_.get(), portion.size}, handler);
            if (find(slot, generation) == nullptr) {
                return;
            }
        }
        if (portion.closed || portion.result != 0) [[unlikely]] {
            plaintext_ended(slot, portion.result, handler);
            return;
        }
    }
    if (!handed_on && state.mode == ReceiveMode::once) {
        inner_->receive(slot, ReceiveMode::once); // it was of no use to the caller
    }
}

/// Tells the end now, or at the next receive() of who takes events one by one.
template <class Inner>
template <class Handler>
void TlsIo<Inner>::plaintext_ended(uint32_t slot, int result, Handler& handler) {
    Slot& state = slots_[slot];
    state.ended = true;
    if (state.armed) {
        hand_on(slot, state, EventKind::received, result, {}, handler);
    } else {
        state.end_due = true;
        state.end_result = result;
    }
}

/// The same from where no event may be told.
template <class Inner>
void TlsIo<Inner>::plaintext_end_due(uint32_t slot, Slot& state, int32_t result) {
    state.broken = true;
    if (!state.ended) {
        state.ended = true;
        state.end_due = true;
        state.end_result = result;
        if (state.armed) {
            wake(slot, state);
        }
    }
}

} // namespace ringblast
