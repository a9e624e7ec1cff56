// The life of a connection but for its events: opened, taken over, listened to, closed. Part of
// TlsIo; included by tls_io.hpp only.
#pragma once

namespace ringblast {

template <class Inner>
void TlsIo<Inner>::begin(uint32_t slot, uint32_t generation, State state) {
    Slot& fresh = slots_[slot];
    CHECK(fresh.state == State::free);
    fresh.held.clear();
    fresh.flying.clear();
    fresh.leftover.clear();
    fresh = Slot{.session = fresh.session,
                 .held = std::move(fresh.held),
                 .flying = std::move(fresh.flying),
                 .leftover = std::move(fresh.leftover),
                 .generation = generation & generation_mask,
                 .state = state};
}

/// The inner door has let go of the slot.
template <class Inner>
void TlsIo<Inner>::end(Slot& state) {
    state.state = State::free;
    for (TlsBuffer* buffer : {&state.held, &state.flying}) {
        if (buffer->capacity() > kept_max) {
            buffer->free();
        }
    }
    std::string().swap(state.leftover);
}

template <class Inner>
int TlsIo<Inner>::connect(uint32_t slot, uint32_t generation, const Address& to,
                          const SocketOptions& how) {
    TlsSession session;
    if (!session.open(*context_, slot)) {
        return -ENOMEM;
    }
    int result = inner_->connect(slot, generation, to, how);
    if (result < 0) {
        session.close(*context_);
        return result;
    }
    begin(slot, generation, State::connecting);
    slots_[slot].session = session;
    slots_[slot].started_ns = inner_->now_ns();
    return 0;
}

template <class Inner>
void TlsIo<Inner>::adopt(uint32_t slot, uint32_t generation, int fd) {
    inner_->adopt(slot, generation, fd);
    begin(slot, generation, State::handshake);
    Slot& state = slots_[slot];
    state.started_ns = inner_->now_ns();
    if (!state.session.open(*context_, slot)) {
        plaintext_end_due(slot, state, -ENOMEM);
        state.state = State::failed;
        return;
    }
    inner_->receive(slot, ReceiveMode::once);
}

template <class Inner>
void TlsIo<Inner>::receive(uint32_t slot, ReceiveMode mode) {
    Slot& state = slots_[slot];
    state.mode = mode;
    state.armed = true;
    if (state.end_due) {
        wake(slot, state);
        return;
    }
    if (state.state != State::open || state.arming_waits || state.ended) {
        return;
    }
    if (!state.leftover.empty()) {
        wake(slot, state);
        if (mode == ReceiveMode::once) {
            return;
        }
    }
    inner_->receive(slot, mode);
}

/// Orderly says close_notify where nothing else is on its way. An alert about a failure is let out
/// before a connection goes, also where the caller wants it aborted.
template <class Inner>
bool TlsIo<Inner>::close(uint32_t slot, CloseHow how) {
    Slot& state = slots_[slot];
    bool can_send = !state.in_flight && !state.broken && !state.peer_gone;
    if (how == CloseHow::orderly && state.state == State::open && can_send &&
        state.pending.empty()) {
        state.session.finish(*context_, state.held);
    }
    if (can_send && (how == CloseHow::orderly || state.state == State::failed)) {
        state.unnoticed_turn -= state.unnoticed_turn == turn_; // the other buffer is free, too
        push(slot, state, SendNotice::always);
    }
    if (state.state == State::failed && state.in_flight) {
        how = CloseHow::orderly;
    }
    state.session.close(*context_);
    state.state = State::closing;
    if (!inner_->close(slot, how)) {
        return false;
    }
    end(state);
    return true;
}

} // namespace ringblast
