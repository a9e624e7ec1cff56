// From plain bytes to sends of the inner door. Part of TlsIo; included by tls_io.hpp only.
#pragma once

namespace ringblast {

template <class Inner>
void TlsIo<Inner>::send(uint32_t slot, std::string_view bytes, SendNotice notice) {
    Slot& state = slots_[slot];
    if (state.state != State::open || state.broken) [[unlikely]] {
        return; // its end is on its way, or was told
    }
    if (state.in_flight || !state.pending.empty()) [[unlikely]] {
        if (notice == SendNotice::if_short) {
            tell(slot, state, EventKind::sent, -EAGAIN);
        } else if (state.pending.empty()) {
            state.pending = bytes;
            state.owed_size =
                notice == SendNotice::always ? static_cast<uint32_t>(bytes.size()) : 0;
        } else {
            // The peer has answered what it has not got yet: of no use any more, as at EpollIo.
            plaintext_end_due(slot, state, -EPIPE);
        }
        return;
    }
    std::string_view portion = bytes.substr(0, portion_max);
    encrypt(slot, state, portion);
    if (portion.size() == bytes.size()) [[likely]] {
        if (notice == SendNotice::always) {
            state.owed_size = static_cast<uint32_t>(bytes.size());
        }
    } else if (notice == SendNotice::if_short) {
        tell(slot, state, EventKind::sent, static_cast<int32_t>(portion.size()));
    } else {
        state.pending = bytes.substr(portion.size());
        state.owed_size = notice == SendNotice::always ? static_cast<uint32_t>(bytes.size()) : 0;
        notice = SendNotice::always;
    }
    push(slot, state, notice);
}

template <class Inner>
void TlsIo<Inner>::encrypt(uint32_t slot, Slot& state, std::string_view bytes) {
    if (!state.session.write(*context_, bytes, state.held)) [[unlikely]] {
        plaintext_end_due(slot, state, tls_result(TlsFailure::record));
    }
}

/// Sends what is held. `if_short`: what falls short goes on by itself, nobody is told.
template <class Inner>
void TlsIo<Inner>::push(uint32_t slot, Slot& state, SendNotice notice) {
    if (state.in_flight || state.held.empty()) {
        return;
    }
    if (state.unnoticed_turn == turn_) [[unlikely]] {
        push_late(slot, state); // the inner door may still be looking at `flying`
        return;
    }
    state.flying.swap(state.held);
    // The buffer of a send long gone: given back when it is large, for most connections are idle.
    state.held.clear();
    if (state.held.capacity() > kept_max && turn_ - state.unnoticed_turn >= 2) [[unlikely]] {
        state.held.free();
    }
    state.in_flight = notice == SendNotice::always;
    state.unnoticed_turn = state.in_flight ? 0 : turn_;
    inner_->send(slot, state.flying.view(), notice);
}

/// With the next send of this turn, or at its end.
template <class Inner>
void TlsIo<Inner>::push_late(uint32_t slot, Slot& state) {
    if (!state.late) {
        state.late = true;
        late_.push_back({slot, state.generation});
    }
}

template <class Inner>
void TlsIo<Inner>::push_all_late() {
    for (const Late& late : late_) {
        if (Slot* state = find(late.slot, late.generation)) {
            state->late = false;
            push(late.slot, *state, SendNotice::always);
        }
    }
    late_.clear();
}

/// A send with notice is over: what is held goes next, then what is pending, then it is told.
template <class Inner>
void TlsIo<Inner>::send_on(uint32_t slot, Slot& state) {
    state.flying.clear();
    if (state.flying.capacity() > kept_max && state.pending.empty()) {
        state.flying.free();
    }
    if (!state.pending.empty() && !state.broken) {
        std::string_view portion = state.pending.substr(0, portion_max);
        state.pending.remove_prefix(portion.size());
        encrypt(slot, state, portion);
    }
    push(slot, state, SendNotice::always);
}

template <class Inner>
template <class Handler>
void TlsIo<Inner>::on_sent(uint32_t slot, const Event& event, Handler& handler) {
    Slot& state = slots_[slot];
    bool told_short = !state.in_flight && (event.result >= 0 || event.result == -EAGAIN);
    if (told_short) { // of an if_short: the rest is ours
        auto gone = static_cast<size_t>(std::max(event.result, 0));
        state.in_flight = true;
        state.unnoticed_turn = 0;
        inner_->send(slot, state.flying.view().substr(gone), SendNotice::always);
        return;
    }
    bool wanted = state.owed_size > 0 || !state.in_flight;
    state.in_flight = false;
    if (event.result < 0) { // the receive that is armed brings the reset
        state.broken = true;
        state.pending = {};
        state.owed_size = 0;
        if (state.state == State::open && wanted) {
            hand_on(slot, state, EventKind::sent, event.result, {}, handler);
        }
        return;
    }
    send_on(slot, state);
    if (!state.in_flight && state.owed_size > 0 && state.state == State::open) {
        auto size = static_cast<int32_t>(state.owed_size);
        state.owed_size = 0;
        hand_on(slot, state, EventKind::sent, size, {}, handler);
    }
}

template <class Inner>
void TlsIo<Inner>::end_turn() {
    ++turn_; // what was sent in it unnoticed is `flying`; what goes now has the other buffer
    push_all_late();
    ++turn_;
}

template <class Inner>
void TlsIo<Inner>::flush() {
    end_turn();
    inner_->flush();
}

template <class Inner>
void TlsIo<Inner>::enter(int64_t wait_ns) {
    end_turn();
    inner_->enter(told_.empty() && ready_.empty() ? wait_ns : 0);
}

} // namespace ringblast
