// Connections that became WebSockets: /ws/echo sends each message back, /ws/broadcast to everyone
// who is there on the same server thread, the sender too.
//
// A message that came whole goes from the receive buffer through the scratch, where it is unmasked,
// into the output; only one in parts is gathered. What a turn has to tell the room is gathered in
// one text, and every member sends a view of it. The close handshake ends with our FIN (RFC 6455
// § 7.1.1). Part of Loop; included by loop_turn.hpp only.
#pragma once

#include "protocol/websocket_upgrade.hpp"
#include "target/loop.hpp"

namespace ringblast {

namespace {

constexpr size_t scratch_size = 16 * 1024;
constexpr size_t owned_size_min = 16 * 1024;         // from here on an answer is moved, not copied
constexpr size_t room_message_size_max = 1 << 20;    // it is copied for who does not keep up
constexpr size_t room_unsent_size_max = 4 << 20;     // who has more waiting is dropped
constexpr size_t waiting_frames_size_max = 64 << 20; // of a peer that sends and does not read

} // namespace

template <class Io>
void Loop<Io>::upgrade(uint32_t slot, const RequestHead& request) {
    TargetConnection& connection = connections_[slot];
    Exchange& exchange = *connection.exchange;
    if (request.chunked || request.content_length > 0) {
        refuse(slot, 400, "a WebSocket starts without a body");
        return;
    }
    UpgradeRequest upgrade = read_upgrade_request(request);
    if (upgrade.status != 101) {
        std::string_view fields = upgrade.status == 405 ? "Allow: GET\r\n"
                                  : upgrade.status == 426
                                      ? "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                                        "Sec-WebSocket-Version: 13\r\n"
                                      : "";
        std::string body = fmt::format("{}\n", upgrade.problem);
        start_reply(slot, render_text({.status = upgrade.status, .fields = fields, .body = body},
                                      exchange.context));
        return;
    }
    if (peers_.empty()) {
        peers_.resize(connections_.size());
        scratch_.resize(scratch_size);
        rules_ = {.role = WebSocketRole::server,
                  .message_size_max = echo_size_max,
                  .pool = &pool_,
                  .scratch = scratch_};
    }
    peers_[slot] = {};
    connection.websocket = true;
    write(slot, render_upgrade_response(upgrade.key, upgrade.subprotocol));
    if (exchange.action.kind == ActionKind::ws_broadcast) {
        enter_room(slot);
    }
}

/// Frames as they came; what cannot be answered now waits.
template <class Io>
void Loop<Io>::on_frames(uint32_t slot, std::string_view bytes) {
    TargetConnection& connection = connections_[slot];
    const bool waits = connection.exchange != nullptr && !connection.exchange->input.empty();
    bytes.remove_prefix(waits ? 0 : read_frames(slot, bytes));
    if (bytes.empty() || !connection.open || connection.ending) {
        return;
    }
    Exchange& exchange = exchange_of(connection);
    if (exchange.input.size() + bytes.size() > waiting_frames_size_max) {
        close(slot, CloseHow::abort);
        return;
    }
    exchange.input += bytes;
}

/// Goes on with what waits, when all is sent. Requires: the connection has an exchange.
template <class Io>
void Loop<Io>::resume_frames(uint32_t slot) {
    TargetConnection& connection = connections_[slot];
    const size_t used = read_frames(slot, connection.exchange->input);
    if (!connection.open) {
        return;
    }
    Exchange& exchange = *connection.exchange;
    exchange.input.erase(0, connection.ending ? exchange.input.npos : used);
    const bool idle = exchange.input.empty() && exchange.queued.empty() && !connection.sending &&
                      !connection.ending;
    if (idle && connection.peer_ended && !connection.dirty) {
        close(slot, CloseHow::orderly);
    } else if (idle && exchange.body.empty()) {
        release(connection);
    }
}

/// Returns the bytes used.
template <class Io>
size_t Loop<Io>::read_frames(uint32_t slot, std::string_view bytes) {
    TargetConnection& connection = connections_[slot];
    WebSocketRules rules = rules_;
    if (peers_[slot].place != WebSocketPeer::nowhere) {
        rules.message_size_max = room_message_size_max;
    }
    size_t used = 0;
    while (used < bytes.size() && connection.open && !connection.ending &&
           !is_clogged(connection)) {
        WebSocketEvent event = peers_[slot].reader.read(bytes.substr(used), rules);
        used += event.consumed;
        on_frame(slot, event);
    }
    return used;
}

template <class Io>
void Loop<Io>::on_frame(uint32_t slot, const WebSocketEvent& event) {
    using Kind = WebSocketEvent::Kind;
    switch (event.kind) {
    case Kind::data:
        if (event.first && event.last) [[likely]] {
            on_message(slot, event.opcode, event.payload);
        } else {
            std::string& gathered = exchange_of(connections_[slot]).body;
            gathered += event.payload;
            if (event.last) {
                on_message(slot, event.opcode, gathered);
                gathered.clear();
            }
        }
        break;
    case Kind::ping:
        say(slot, Opcode::pong, event.payload);
        break;
    case Kind::close:
        say_close(slot, event.close_code, {});
        break;
    case Kind::bad:
        LoopCounters::add(counters_.bad_frames, 1);
        say_close(slot, event.close_code, event.problem);
        break;
    case Kind::pong:
    case Kind::need_more:
        break;
    }
}

template <class Io>
void Loop<Io>::on_message(uint32_t slot, Opcode opcode, std::string_view message) {
    LoopCounters::add(counters_.messages, 1);
    if (peers_[slot].place == WebSocketPeer::nowhere) {
        say(slot, opcode, message);
        return;
    }
    char header[frame_header_size_max];
    room_pending_.append(header, write_frame_header(header, {.opcode = opcode}, message.size()));
    room_pending_ += message;
}

/// One frame to one peer.
template <class Io>
void Loop<Io>::say(uint32_t slot, Opcode opcode, std::string_view payload) {
    char header[frame_header_size_max];
    std::string_view start(header, write_frame_header(header, {.opcode = opcode}, payload.size()));
    if (payload.size() < owned_size_min) {
        write(slot, start);
        write(slot, payload);
        return;
    }
    std::string frame;
    frame.reserve(frame_header_size_max + payload.size());
    frame += start;
    frame += payload;
    write_owned(slot, std::move(frame));
}

/// The last frame: the connection ends when it is sent.
template <class Io>
void Loop<Io>::say_close(uint32_t slot, uint16_t code, std::string_view reason) {
    char frame[frame_size(control_size_max, false)];
    write(slot, {frame, write_close(frame, {}, code, reason)});
    connections_[slot].ending = true;
}

template <class Io>
void Loop<Io>::enter_room(uint32_t slot) {
    peers_[slot].place = static_cast<uint32_t>(room_.size());
    room_.push_back(slot);
}

/// The connection is closed: nothing of it stays.
template <class Io>
void Loop<Io>::leave(uint32_t slot) {
    WebSocketPeer& peer = peers_[slot];
    peer.reader.abandon(pool_);
    if (peer.place != WebSocketPeer::nowhere) {
        peers_[room_.back()].place = peer.place;
        room_[peer.place] = room_.back();
        room_.pop_back();
        peer.place = WebSocketPeer::nowhere;
    }
}

/// At the end of a turn. The text stays valid as long as the arena of the turn.
template <class Io>
void Loop<Io>::tell_room() {
    if (room_pending_.empty()) [[likely]] {
        return;
    }
    room_outputs_[turn_ & 1].swap(room_pending_);
    std::string_view text = room_outputs_[turn_ & 1];
    for (size_t i = room_.size(); i-- > 0;) { // downwards, since one may leave
        const uint32_t slot = room_[i];
        TargetConnection& member = connections_[slot];
        if (unsent_size(member) > room_unsent_size_max) {
            close(slot, CloseHow::abort);
        } else if (!member.ending) {
            mark_dirty(slot, member);
            if (member.output.empty()) {
                member.output = text;
            } else {
                write(slot, text);
            }
        }
    }
}

} // namespace ringblast
