// The hot half of UringIo, inline into the loop of whoever harvests: what completions mean, and the
// send. Part of UringIo; included by uring_io.hpp only.
#pragma once

namespace ringblast {

inline void UringIo::send(uint32_t slot, std::string_view bytes, SendNotice notice) {
    Slot& state = slots_[slot];
    io_uring_sqe* sqe = next_sqe();
    // MSG_WAITALL makes the kernel go on after a short send by itself. With MSG_DONTWAIT it does
    // not, but the short send counts as failed and thus posts.
    io_uring_prep_send(sqe, state.fd, bytes.data(), bytes.size(), MSG_WAITALL | MSG_NOSIGNAL);
    state.answer_due = true;
    if (notice == SendNotice::always) [[unlikely]] {
        sqe->user_data = user_data(op_send_noticed, state.generation, slot);
        ++state.pending;
        return;
    }
    sqe->flags = IOSQE_CQE_SKIP_SUCCESS;
    sqe->user_data = user_data(op_send, state.generation, slot);
    if (notice == SendNotice::if_short) {
        sqe->msg_flags |= MSG_DONTWAIT;
    }
}

template <class Handler> void UringIo::harvest(Handler& handler) {
    // One look at the tail: what comes meanwhile is for the next harvest.
    unsigned tail = io_uring_smp_load_acquire(ring_.cq.ktail);
    unsigned first = *ring_.cq.khead;
    unsigned count = tail - first;
    for (unsigned head = first; head != tail; ++head) {
        on_completion(ring_.cq.cqes[head & ring_.cq.ring_mask], handler);
    }
    small_.publish();
    large_.publish();
    io_uring_cq_advance(&ring_, count);
    counters_.events += count;
    if (!rearm_.empty()) [[unlikely]] {
        for (uint32_t slot : rearm_) {
            Slot& state = slots_[slot];
            if (state.fd >= 0 && !state.closing && !state.armed) {
                state.rearm = false;
                arm(slot, state);
            }
        }
        rearm_.clear();
    }
}

template <class Handler>
void UringIo::on_completion(const io_uring_cqe& cqe, Handler& handler) {
    auto slot = static_cast<uint32_t>(cqe.user_data);
    auto operation = static_cast<Operation>(cqe.user_data >> 60);
    auto generation = static_cast<uint32_t>(cqe.user_data >> 32) & generation_mask;
    if (operation == op_receive) [[likely]] {
        on_received(cqe, small_, slot, generation, handler);
        return;
    }
    if (operation == op_receive_large) {
        on_received(cqe, large_, slot, generation, handler);
        return;
    }
    if (operation == op_cancel) {
        return; // posts only when it found nothing to cancel, which is as good
    }
    if (operation == op_accept) {
        handler.on_event(Event{.slot = slot, .kind = EventKind::accepted, .result = cqe.res});
        if ((cqe.flags & IORING_CQE_F_MORE) == 0) {
            accept(static_cast<int>(slot));
        }
        return;
    }
    Slot& state = slots_[slot];
    if (state.generation != generation) {
        ++counters_.stale; // the failed send of a connection that is gone
        return;
    }
    EventKind kind = EventKind::sent;
    if (operation != op_send) {
        --state.pending;
    }
    if (operation == op_connect) {
        kind = EventKind::connected;
    } else if (operation == op_discard) {
        state.armed = false;
        kind = EventKind::discarded;
        if (cqe.res == -EFAULT && !state.closing) [[unlikely]] {
            state.keeps_bytes = true;
            receive(slot, ReceiveMode::once);
            return;
        }
    }
    if (!state.closing) {
        handler.on_event(
            Event{.slot = slot, .generation = generation, .kind = kind, .result = cqe.res});
    } else if (state.pending == 0) {
        finish_close(state);
        handler.on_event(Event{.slot = slot, .generation = generation, .kind = EventKind::closed});
    }
}

template <class Handler>
void UringIo::on_received(const io_uring_cqe& cqe, BufferRing& buffers, uint32_t slot,
                          uint32_t generation, Handler& handler) {
    Slot& state = slots_[slot];
    unsigned buffer = cqe.flags >> IORING_CQE_BUFFER_SHIFT;
    if (cqe.res > 0 && state.generation == generation && !state.closing) [[likely]] {
        bool ended = (cqe.flags & IORING_CQE_F_MORE) == 0;
        if (ended) [[unlikely]] {
            state.armed = false;
            --state.pending;
        }
        handler.on_event(Event{.slot = slot,
                               .generation = generation,
                               .kind = EventKind::received,
                               .result = cqe.res,
                               .bytes = buffers.bytes(buffer, static_cast<size_t>(cqe.res))});
        buffers.recycle(buffer);
        if (ended) [[unlikely]] {
            on_receive_ended(slot, generation, cqe.res, handler);
        }
        return;
    }
    on_received_otherwise(cqe, buffers, slot, generation, handler);
}

/// The end of a stream, an error, no buffer, a cancelled receive, or bytes that nobody wants.
template <class Handler>
void UringIo::on_received_otherwise(const io_uring_cqe& cqe, BufferRing& buffers, uint32_t slot,
                                    uint32_t generation, Handler& handler) {
    Slot& state = slots_[slot];
    bool current = state.generation == generation;
    bool ended = (cqe.flags & IORING_CQE_F_MORE) == 0;
    if (!current) {
        ++counters_.stale;
    } else if (ended) {
        state.armed = false;
        --state.pending;
    }
    if ((cqe.flags & IORING_CQE_F_BUFFER) != 0) {
        buffers.recycle(cqe.flags >> IORING_CQE_BUFFER_SHIFT);
    }
    // -ECANCELED without a close: the mode of receiving changes, see receive().
    if (current && !state.closing && cqe.res <= 0 && cqe.res != -ENOBUFS &&
        cqe.res != -ECANCELED) {
        handler.on_event(Event{.slot = slot,
                               .generation = generation,
                               .kind = EventKind::received,
                               .result = cqe.res});
    }
    if (ended && current) {
        on_receive_ended(slot, generation, cqe.res, handler);
    }
}

template <class Handler>
void UringIo::on_receive_ended(uint32_t slot, uint32_t generation, int result, Handler& handler) {
    Slot& state = slots_[slot];
    if (state.generation != generation) {
        return; // closed by the handler, perhaps in use again
    }
    if (state.closing) {
        if (state.pending == 0) {
            finish_close(state);
            handler.on_event(
                Event{.slot = slot, .generation = generation, .kind = EventKind::closed});
        }
        return;
    }
    bool starved = result == -ENOBUFS;
    counters_.starvations += starved;
    bool stream_goes_on = result > 0 && state.mode != ReceiveMode::once;
    if (!state.armed && (starved || stream_goes_on || state.rearm)) {
        rearm_.push_back(slot); // once the buffers of this harvest are back
    }
}

} // namespace ringblast
