#include "fake_io.hpp"

#include <algorithm>
#include <cerrno>

namespace ringblast::test {

FakeIo::FakeIo(uint64_t seed, uint32_t slot_count)
    : dial([] { return Dial{}; }),
      answer([](const Asked&) { return Answer{.bytes = ok_response}; }), key_{.seed = seed,
                                                                              .stream = 99},
      slots_(slot_count) {
    // Room for what is usual, so that tests can count the allocations of others.
    plans_.reserve(4096);
    ready_.reserve(1024);
    batch_.reserve(1024);
    for (Slot& slot : slots_) {
        slot.chunks.reserve(slot_count <= 64 ? 64 : 1);
    }
}

void FakeIo::require(bool kept, const char* what) {
    if (!kept && violation_.empty()) {
        violation_ = what;
    }
}

uint32_t FakeIo::open_connections() const {
    return static_cast<uint32_t>(
        std::ranges::count_if(slots_, [](const Slot& slot) { return slot.open && !slot.closing; }));
}

void FakeIo::plan(uint32_t slot, Cause cause, int64_t at_ns, int32_t result) {
    plans_.push_back({at_ns, order_++, slot, slots_[slot].life, cause, result});
    std::push_heap(plans_.begin(), plans_.end(), later);
}

int FakeIo::connect(uint32_t slot, uint32_t generation, const Address&, const SocketOptions&) {
    Slot& state = slots_[slot];
    require(!state.open, "connect on a slot in use");
    require(generation != state.generation, "connect with the generation before");
    ++connects_;
    Dial how = dial();
    if (how.refused_at_once != 0) {
        return -how.refused_at_once;
    }
    if (state.life > 0 && chance(faults.stale)) {
        plan(slot, Cause::stale, now_ns_ + late_ns(), static_cast<int32_t>(state.generation));
    }
    state.open = state.dialing = true;
    state.connected = state.closing = state.ending = state.fired = state.rearm = false;
    state.armed = Armed::nothing;
    state.notices = 0;
    state.generation = generation;
    state.requests = 0;
    state.last_at_ns = now_ns_;
    if (!how.silent) {
        plan(slot, Cause::connected, now_ns_ + how.delay_ns, -how.error);
    }
    if (how.end != PeerEnd::none) {
        push_chunk(slot, state, {now_ns_ + how.delay_ns + how.end_delay_ns, {}, how.end});
    }
    return 0;
}

void FakeIo::receive(uint32_t slot, ReceiveMode mode) {
    Slot& state = slots_[slot];
    require(state.open && state.connected && !state.closing, "receive without a connection");
    if (state.armed == Armed::nothing) {
        arm(slot, mode);
        return;
    }
    bool streams = state.armed == Armed::stream_small || state.armed == Armed::stream_large;
    Armed same = mode == ReceiveMode::stream_large ? Armed::stream_large : Armed::stream_small;
    if (streams && !state.rearm && mode != ReceiveMode::once && state.armed == same) {
        return;
    }
    if (streams && !state.rearm) {
        plan(slot, Cause::changed, now_ns_ + late_ns());
    }
    state.rearm = true;
    state.wanted = mode;
}

void FakeIo::arm(uint32_t slot, ReceiveMode mode) {
    Slot& state = slots_[slot];
    state.armed = mode == ReceiveMode::once           ? Armed::once
                  : mode == ReceiveMode::stream_small ? Armed::stream_small
                                                      : Armed::stream_large;
    state.rearm = false;
    state.fired = false;
    plan(slot, Cause::look, now_ns_);
}

bool FakeIo::discard(uint32_t slot, uint64_t size) {
    Slot& state = slots_[slot];
    require(state.open && state.connected && !state.closing, "discard without a connection");
    require(size > 0, "discard of nothing");
    if (state.armed != Armed::nothing) {
        return false;
    }
    state.armed = Armed::discard;
    state.fired = state.rearm = false;
    state.discard_left = size;
    plan(slot, Cause::look, now_ns_);
    return true;
}

void FakeIo::send(uint32_t slot, std::string_view bytes, SendNotice notice) {
    Slot& state = slots_[slot];
    require(state.open && state.connected && !state.closing, "send without a connection");
    size_t size = request_size == one_per_send ? bytes.size() : request_size;
    require(!bytes.empty() && bytes.size() % size == 0, "send of no whole requests");
    state.last_request_ns = now_ns_;
    int error = state.ending && state.last_at_ns <= now_ns_ ? EPIPE : 0;
    for (size_t at = 0; at < bytes.size() && !state.ending; at += size) {
        Answer reply = answer({.slot = slot,
                               .index = state.requests++,
                               .now_ns = now_ns_,
                               .bytes = bytes.substr(at, size)});
        ++requests_;
        error = error != 0 ? error : reply.send_error;
        push_answer(slot, state, reply);
    }
    if (notice == SendNotice::always) {
        ++state.notices;
    }
    if (notice == SendNotice::always || error != 0) {
        plan(slot, Cause::sent, now_ns_ + late_ns(),
             error != 0 ? -error : static_cast<int32_t>(bytes.size()));
    }
}

void FakeIo::push_answer(uint32_t slot, Slot& state, const Answer& reply) {
    std::string_view rest = reply.bytes.substr(0, std::min(reply.cut, reply.bytes.size()));
    int64_t at_ns = now_ns_ + reply.delay_ns;
    while (!rest.empty()) {
        size_t size = rest.size();
        if (reply.piece_max != 0) {
            size = std::min(size, 1 + static_cast<size_t>(random(reply.piece_max)));
        }
        push_chunk(slot, state, {at_ns, rest.substr(0, size)});
        rest.remove_prefix(size);
        if (reply.gap_ns_max != 0) {
            at_ns = state.last_at_ns +
                    static_cast<int64_t>(random(static_cast<uint64_t>(reply.gap_ns_max)));
        }
    }
    if (reply.end != PeerEnd::none) {
        push_chunk(slot, state,
                   {std::max(at_ns, state.last_at_ns) + reply.end_delay_ns, {}, reply.end});
    }
}

/// Bytes of one connection never overtake each other.
void FakeIo::push_chunk(uint32_t slot, Slot& state, const Chunk& chunk) {
    if (state.next_chunk == state.chunks.size()) {
        state.chunks.clear();
        state.next_chunk = 0;
    }
    state.last_at_ns = std::max(state.last_at_ns, chunk.at_ns);
    state.chunks.push_back({state.last_at_ns, chunk.bytes, chunk.end});
    state.ending = state.ending || chunk.end != PeerEnd::none;
    plan(slot, Cause::look, state.last_at_ns);
}

bool FakeIo::close(uint32_t slot, CloseHow how) {
    Slot& state = slots_[slot];
    require(state.open && !state.closing, "close without a connection");
    aborts_ += how == CloseHow::abort;
    bool pending = state.armed != Armed::nothing || state.notices > 0 || state.dialing;
    if (pending) {
        state.closing = true;
        plan(slot, Cause::closed, now_ns_ + late_ns());
        return false;
    }
    state.open = false;
    ++state.life;
    state.chunks.clear();
    state.next_chunk = 0;
    return true;
}

void FakeIo::enter(int64_t wait_ns) {
    ++counters_.enters;
    int64_t until_ns = now_ns_ + (wait_ns > 0 ? wait_ns : poll_cost_ns);
    for (;;) {
        run_due();
        if (!ready_.empty() || now_ns_ >= until_ns) {
            return;
        }
        now_ns_ = plans_.empty() ? until_ns : std::min(until_ns, plans_.front().at_ns);
    }
}

void FakeIo::run_due() {
    while (!plans_.empty() && plans_.front().at_ns <= now_ns_) {
        std::pop_heap(plans_.begin(), plans_.end(), later);
        Plan planned = plans_.back();
        plans_.pop_back();
        if (planned.cause == Cause::stale) {
            push_stale(planned);
        } else if (slots_[planned.slot].open && slots_[planned.slot].life == planned.life) {
            happen(planned);
        }
    }
}

void FakeIo::happen(const Plan& planned) {
    Slot& state = slots_[planned.slot];
    EventKind kind = EventKind::closed;
    switch (planned.cause) {
    case Cause::look:
        look(planned.slot);
        return;
    case Cause::changed:
        if (!state.closing && state.rearm && !state.fired) {
            arm(planned.slot, state.wanted);
        }
        return;
    case Cause::connected:
        kind = EventKind::connected;
        break;
    case Cause::sent:
        kind = EventKind::sent;
        break;
    case Cause::closed:
    case Cause::stale:
        break;
    }
    ready_.push_back({.event = {.slot = planned.slot,
                                .generation = state.generation,
                                .kind = kind,
                                .result = planned.result},
                      .life = state.life});
}

/// Whatever a connection that is gone may still have in the queue.
void FakeIo::push_stale(const Plan& planned) {
    constexpr EventKind kinds[] = {EventKind::received, EventKind::sent, EventKind::discarded,
                                   EventKind::connected, EventKind::closed};
    Event event{.slot = planned.slot,
                .generation = static_cast<uint32_t>(planned.result),
                .kind = kinds[random(std::size(kinds))],
                .result = random(2) == 0 ? -ECONNRESET : 0};
    if (event.kind == EventKind::received && event.result == 0 && random(2) == 0) {
        event.bytes = ok_response;
        event.result = static_cast<int32_t>(ok_response.size());
    }
    ++counters_.stale;
    ready_.push_back({.event = event, .life = planned.life, .stale = true});
}

/// Gives what has arrived to the receive that is armed.
void FakeIo::look(uint32_t slot) {
    Slot& state = slots_[slot];
    if (state.closing && !chance(faults.events_while_closing)) {
        return;
    }
    while (state.armed != Armed::nothing && !state.fired &&
           state.next_chunk < state.chunks.size() &&
           state.chunks[state.next_chunk].at_ns <= now_ns_) {
        if (chance(faults.dry)) {
            ++counters_.starvations;
            plan(slot, Cause::look, now_ns_ + 1 + late_ns());
            return;
        }
        if (!take(slot, state, state.chunks[state.next_chunk])) {
            return;
        }
    }
}

/// One event from one chunk; false when the receive is over with it.
bool FakeIo::take(uint32_t slot, Slot& state, Chunk& chunk) {
    bool discards = state.armed == Armed::discard;
    Ready ready{.event = {.slot = slot,
                          .generation = state.generation,
                          .kind = discards ? EventKind::discarded : EventKind::received},
                .life = state.life};
    if (chunk.end != PeerEnd::none) { // stays: the next receive finds it again
        ready.event.result = chunk.end == PeerEnd::fin ? 0 : -ECONNRESET;
        ready.ends_receive = true;
    } else {
        size_t size = state.armed == Armed::stream_large ? 16384 : 2048;
        size = discards ? static_cast<size_t>(state.discard_left) : size;
        size = std::min(size, chunk.bytes.size());
        if (size > 1 && chance(faults.portions)) {
            size = 1 + static_cast<size_t>(random(size - 1));
        }
        ready.event.result = static_cast<int32_t>(size);
        if (discards) {
            discarded_bytes_ += size;
        } else {
            ready.event.bytes = chunk.bytes.substr(0, size);
        }
        chunk.bytes.remove_prefix(size);
        state.next_chunk += chunk.bytes.empty();
        ready.ends_receive = discards || state.armed == Armed::once;
    }
    state.fired = ready.ends_receive;
    ready_.push_back(ready);
    return !ready.ends_receive;
}

/// Changes the order between connections, never within one.
void FakeIo::shuffle() {
    if (!faults.reorder || batch_.size() < 2) {
        return;
    }
    for (size_t round = 0; round < 3; ++round) {
        for (size_t i = 0; i + 1 < batch_.size(); ++i) {
            if (batch_[i].event.slot != batch_[i + 1].event.slot && random(2) == 0) {
                std::swap(batch_[i], batch_[i + 1]);
            }
        }
    }
}

/// The door's own state before an event is handed over; false when it is not to be.
bool FakeIo::admit(const Ready& ready) {
    if (ready.stale) {
        return true;
    }
    Slot& state = slots_[ready.event.slot];
    if (!state.open || state.life != ready.life) {
        return false;
    }
    if (ready.ends_receive) {
        state.armed = Armed::nothing;
        state.fired = false;
    }
    switch (ready.event.kind) {
    case EventKind::closed:
        state.open = false;
        ++state.life;
        state.chunks.clear();
        state.next_chunk = 0;
        return true;
    case EventKind::connected:
        state.dialing = false;
        state.connected = ready.event.result == 0;
        break;
    case EventKind::sent:
        state.notices -= state.notices > 0;
        break;
    default:
        break;
    }
    return !state.closing || chance(faults.events_while_closing);
}

/// After the handler: a receive that was asked for while another one was armed.
void FakeIo::settle(const Ready& ready) {
    Slot& state = slots_[ready.event.slot];
    if (!ready.stale && state.open && state.life == ready.life && !state.closing && state.rearm &&
        state.armed == Armed::nothing) {
        arm(ready.event.slot, state.wanted);
    }
}

std::string_view FakeIo::lend(std::string_view bytes) {
    std::ranges::copy(bytes, loan_.begin());
    return {loan_.data(), bytes.size()};
}

} // namespace ringblast::test
