// From TCP's connect to the first bytes of the caller, or to why not. Part of TlsIo; included by
// tls_io.hpp only.
#pragma once

namespace ringblast {

/// The first byte of a record is its type, 20 to 23; that of HTTP is a letter.
constexpr int result_of_first_byte(std::string_view bytes) {
    auto first = static_cast<unsigned char>(bytes.front());
    if (first >= 20 && first <= 23) {
        return 0;
    }
    bool letter = first >= 'A' && first <= 'Z';
    return tls_result(letter ? TlsFailure::http : TlsFailure::not_tls);
}

template <class Inner>
template <class Handler>
void TlsIo<Inner>::shake_hands(uint32_t slot, std::string_view bytes, Handler& handler) {
    Slot& state = slots_[slot];
    if (!state.any_bytes && !bytes.empty()) {
        state.any_bytes = true;
        if (int result = result_of_first_byte(bytes); result != 0) {
            handshake_failed(slot, result, handler);
            return;
        }
    }
    TlsSession::Progress progress = state.session.handshake(*context_, bytes, state.held);
    if (progress.step == TlsStep::done) {
        handshake_done(slot, bytes, handler);
    } else if (progress.step == TlsStep::failed) {
        handshake_failed(slot, progress.result, handler);
    } else {
        push(slot, state, SendNotice::on_failure); // the peer's next flight proves it
        inner_->receive(slot, ReceiveMode::once);
    }
}

template <class Inner>
template <class Handler>
void TlsIo<Inner>::handshake_done(uint32_t slot, std::string_view rest, Handler& handler) {
    Slot& state = slots_[slot];
    state.state = State::open;
    state.handshake_ns = inner_->now_ns() - state.started_ns;
    if (!state.held.empty()) {
        push_late(slot, state);
    }
    if (client_) {
        state.arming_waits = true;
        uint32_t generation = state.generation;
        hand_on(slot, state, EventKind::connected, 0, {}, handler);
        if (find(slot, generation) == nullptr) {
            return;
        }
        state.arming_waits = false;
    }
    if (!state.armed) {
        state.leftover = rest;
        return;
    }
    if (state.mode != ReceiveMode::once || rest.empty()) {
        inner_->receive(slot, state.mode);
    }
    if (!rest.empty()) {
        decrypt(slot, rest, handler);
    }
}

/// The connection stays until the caller closes it, with the alert on its way.
template <class Inner>
template <class Handler>
void TlsIo<Inner>::handshake_failed(uint32_t slot, int result, Handler& handler) {
    Slot& state = slots_[slot];
    state.state = State::failed;
    state.ended = true;
    if (!state.peer_gone) {
        push(slot, state, SendNotice::always);
    }
    hand_on(slot, state, client_ ? EventKind::connected : EventKind::received, result, {}, handler);
}

} // namespace ringblast
