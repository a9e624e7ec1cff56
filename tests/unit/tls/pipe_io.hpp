// Two doors (io/io.hpp) back to back in memory: what one sends the other receives, in pieces and up
// to a cut that a test sets. Sends read their bytes when enter() submits them, as io_uring does, so
// that a buffer that is used again too early is found out.
#pragma once

#include "io/io.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ringblast::test {

enum class CutKind : uint8_t { fin, reset, silence };

/// One direction of a wire.
struct Way {
    std::string bytes; ///< sent and not received
    uint64_t sent = 0;
    bool ended = false, reset = false;
};

/// What both doors of a test share.
struct Wires {
    size_t piece = SIZE_MAX;                             ///< most bytes of one event
    size_t room = SIZE_MAX;                              ///< most bytes on a way
    std::array<uint64_t, 2> cut{UINT64_MAX, UINT64_MAX}; ///< bytes from client, from server
    CutKind kind = CutKind::fin;
    std::vector<std::array<Way, 2>> wires;
    std::vector<int> to_accept;
    std::string violation; ///< of the contract; the first
};

class PipeIo {
public:
    PipeIo(Wires& wires, bool server, uint32_t slot_count)
        : wires_(wires), own_(server ? 1 : 0), slots_(slot_count) {}

    int64_t now_ns() const { return now_ns_; }
    int connect(uint32_t slot, uint32_t generation, const Address&, const SocketOptions&) {
        open(slot, generation, static_cast<int>(wires_.wires.size()));
        wires_.wires.emplace_back();
        wires_.to_accept.push_back(slots_[slot].wire);
        told_.push_back({.slot = slot, .generation = generation, .kind = EventKind::connected});
        return 0;
    }
    void adopt(uint32_t slot, uint32_t generation, int fd) { open(slot, generation, fd); }
    void accept(int) {}
    void receive(uint32_t slot, ReceiveMode mode) {
        require(slots_[slot].wire >= 0 && !slots_[slot].closing, "receive without a connection");
        slots_[slot].armed = true;
        slots_[slot].mode = mode;
    }
    bool discard(uint32_t, uint64_t) { return false; }
    void send(uint32_t slot, std::string_view bytes, SendNotice notice) {
        require(slots_[slot].wire >= 0 && !slots_[slot].closing, "send without a connection");
        require(!bytes.empty(), "send of nothing");
        sends_.push_back({slot, slots_[slot].generation, bytes, bytes.size(), notice});
        ++send_count;
    }
    bool close(uint32_t slot, CloseHow how);
    void flush() { submit(); }
    void enter(int64_t wait_ns) {
        waited = wait_ns > 0;
        now_ns_ += 1000;
        submit();
    }
    template <class Handler>
    void harvest(Handler& handler);
    const IoCounters& counters() const { return counters_; }

    uint64_t send_count = 0;
    bool waited = false; ///< the last enter might have blocked

private:
    struct Slot {
        int wire = -1;
        uint32_t generation = 0;
        bool armed = false, closing = false;
        ReceiveMode mode = ReceiveMode::once;
    };
    struct Send {
        uint32_t slot, generation;
        std::string_view bytes;
        size_t size;
        SendNotice notice;
    };

    void require(bool kept, const char* what) {
        if (!kept && wires_.violation.empty()) {
            wires_.violation = what;
        }
    }
    void open(uint32_t slot, uint32_t generation, int wire) {
        require(slots_[slot].wire < 0, "a slot in use");
        slots_[slot] = {.wire = wire, .generation = generation};
    }
    Way& way_of(const Slot& slot, unsigned from) {
        return wires_.wires[static_cast<size_t>(slot.wire)][from];
    }
    void carry(Way& way, std::string_view bytes);
    void submit();
    bool deliver(uint32_t slot, Event& event);

    Wires& wires_;
    unsigned own_;
    int64_t now_ns_ = 1'000'000;
    std::vector<Slot> slots_;
    std::vector<Send> sends_;
    std::vector<Event> told_;
    std::string loan_;
    IoCounters counters_;
};

inline void PipeIo::carry(Way& way, std::string_view bytes) {
    uint64_t cut = wires_.cut[own_];
    uint64_t left = cut - std::min(cut, way.sent);
    way.sent += bytes.size();
    if (way.ended || way.reset) {
        return;
    }
    way.bytes += bytes.substr(0, std::min<uint64_t>(left, bytes.size()));
    if (way.sent >= cut) {
        way.ended = wires_.kind == CutKind::fin;
        way.reset = wires_.kind == CutKind::reset;
    }
}

/// Sends in order; one that waits for room holds back those behind it on its connection.
inline void PipeIo::submit() {
    std::vector<Send> waiting;
    for (Send& send : sends_) {
        Slot& slot = slots_[send.slot];
        bool blocked = std::ranges::any_of(
            waiting, [&](const Send& other) { return other.slot == send.slot; });
        if (slot.wire < 0 || slot.generation != send.generation) {
            require(false, "closed under a send that was not submitted");
            continue;
        }
        Way& way = way_of(slot, own_);
        size_t room = wires_.room - std::min(wires_.room, way.bytes.size());
        size_t size = blocked ? 0 : std::min(room, send.bytes.size());
        carry(way, send.bytes.substr(0, size));
        send.bytes.remove_prefix(size);
        Event event{.slot = send.slot, .generation = send.generation, .kind = EventKind::sent};
        if (send.notice == SendNotice::if_short) {
            if (!send.bytes.empty()) {
                event.result = size > 0 ? static_cast<int>(size) : -EAGAIN;
                told_.push_back(event);
            }
        } else if (!send.bytes.empty()) {
            waiting.push_back(send);
        } else if (send.notice == SendNotice::always) {
            event.result = static_cast<int>(send.size);
            told_.push_back(event);
        }
    }
    sends_.swap(waiting);
}

/// With a send of which notice was asked under way the close waits for a turn, as io_uring's does.
inline bool PipeIo::close(uint32_t slot, CloseHow how) {
    Slot& state = slots_[slot];
    require(state.wire >= 0 && !state.closing, "close without a connection");
    bool waits = std::ranges::any_of(sends_, [&](const Send& send) { return send.slot == slot; });
    bool unnoticed = std::ranges::any_of(sends_, [&](const Send& send) {
        return send.slot == slot && send.notice != SendNotice::always;
    });
    require(!unnoticed || how == CloseHow::abort, "an orderly close overtakes a send");
    if (waits) {
        submit();
        std::erase_if(sends_, [&](const Send& send) { return send.slot == slot; });
    }
    Way& way = way_of(state, own_);
    way.ended = true;
    way.reset |= how == CloseHow::abort;
    std::erase_if(told_, [&](const Event& event) { return event.slot == slot; });
    if (waits) {
        state.closing = true;
        told_.push_back({.slot = slot, .generation = state.generation, .kind = EventKind::closed});
        return false;
    }
    state = {};
    return true;
}

inline bool PipeIo::deliver(uint32_t slot, Event& event) {
    Slot& state = slots_[slot];
    if (state.wire < 0 || state.closing || !state.armed) {
        return false;
    }
    Way& way = way_of(state, 1 - own_);
    event = {.slot = slot, .generation = state.generation, .kind = EventKind::received};
    if (way.reset) {
        event.result = -ECONNRESET;
    } else if (!way.bytes.empty()) {
        size_t buffer = state.mode == ReceiveMode::stream_large ? 16384 : 2048;
        loan_ = way.bytes.substr(0, std::min(buffer, wires_.piece));
        way.bytes.erase(0, loan_.size());
        event.result = static_cast<int>(loan_.size());
        event.bytes = loan_;
    } else if (!way.ended) {
        return false;
    }
    if (state.mode == ReceiveMode::once || event.result <= 0) {
        state.armed = false;
    }
    return true;
}

template <class Handler>
void PipeIo::harvest(Handler& handler) {
    std::vector<Event> telling;
    telling.swap(told_);
    for (const Event& event : telling) {
        if (event.kind == EventKind::closed) {
            slots_[event.slot] = {};
        } else if (slots_[event.slot].wire < 0 ||
                   slots_[event.slot].generation != event.generation) {
            continue;
        }
        handler.on_event(event);
    }
    if (own_ == 1) {
        std::vector<int> accepted;
        accepted.swap(wires_.to_accept);
        for (int wire : accepted) {
            handler.on_event({.kind = EventKind::accepted, .result = wire});
        }
    }
    for (uint32_t slot = 0; slot < slots_.size(); ++slot) {
        Event event;
        if (deliver(slot, event)) {
            handler.on_event(event);
            loan_.assign(loan_.size(), '!'); // whoever kept a view finds it changed
        }
    }
}

} // namespace ringblast::test
