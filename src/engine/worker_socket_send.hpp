// What we say on a WebSocket: messages and control frames, never two at a time. Part of Worker;
// included by worker_socket.hpp only.
#pragma once

namespace ringblast {

/// A round trip begins. Requires: the socket is open and idle.
template <class Io>
void Worker<Io>::Sockets::send(uint32_t slot, Connection& connection) {
    Socket& socket = at(slot);
    connection.state = ConnectionState::speaking;
    connection.first_byte_ns = 0;
    socket.differs = true; // what has begun to come is no answer yet
    if (blast == nullptr) {
        await_message(slot, connection);
        return;
    }
    worker.deadlines_ms_[slot] = worker.request_deadline_ms_;
    if (connection.send_pending) [[unlikely]] {
        socket.trip_waits = true;
        connection.sent_ns = worker.now_ns_;
        return;
    }
    send_message(slot, connection);
}

template <class Io>
void Worker<Io>::Sockets::send_message(uint32_t slot, Connection& connection) {
    bool noticed = frame_size_ > silent_send_size_max;
    worker.io_.send(slot, {frames.data() + next_frame, frame_size_},
                    noticed ? SendNotice::always : SendNotice::on_failure);
    next_frame += frame_size_;
    next_frame = next_frame == frames.size() ? 0 : next_frame;
    connection.sent_ns = worker.now_ns_;
    connection.send_pending = noticed;
    worker.tally_.bytes_sent += frame_size_;
    bump(worker.stats_.ws_sent);
}

/// Sends never overlap: what came up meanwhile goes now.
template <class Io>
void Worker<Io>::Sockets::on_sent(uint32_t slot, Connection& connection) {
    Socket& socket = at(slot);
    if (socket.phase == SocketPhase::none || connection.send_pending) {
        return;
    }
    if (socket.waiting_size > 0) {
        std::copy_n(socket.block + waiting_offset, socket.waiting_size, socket.block);
        connection.send_pending = true;
        worker.tally_.bytes_sent += socket.waiting_size;
        worker.io_.send(slot, {socket.block, socket.waiting_size}, SendNotice::always);
        socket.waiting_size = 0;
        return;
    }
    release_block(socket);
    if (socket.close_when_sent) {
        end(slot, connection, CloseHow::orderly);
    } else if (socket.trip_waits) {
        socket.trip_waits = false;
        if (blast != nullptr) {
            send_message(slot, connection);
        } else {
            send_frame(slot, connection);
        }
    } else if (socket.step_ends) {
        socket.step_ends = false;
        connection.state = ConnectionState::idle;
        user_at(slot).answered = true;
        worker.user_goes_on(slot - first_slot, worker.now_ns_);
    }
}

/// Sends a control frame, after what is being sent; of two that wait the later one. A task has room
/// for it already; a block is taken where it must wait, or of a blast.
template <class Io>
void Worker<Io>::Sockets::say(uint32_t slot, Connection& connection, Opcode opcode,
                              std::string_view payload, uint16_t code) {
    Socket& socket = at(slot);
    char* to = nullptr;
    if (blast == nullptr && !connection.send_pending) {
        talk_of(slot).frame.resize(control_frame_max);
        to = talk_of(slot).frame.data();
    } else if (socket.block == nullptr) {
        socket.block_large = false;
        socket.block = worker.head_pool_.take_small();
        if (socket.block == nullptr) {
            return; // counted there; a peer that insists will close
        }
    }
    to = to != nullptr ? to : socket.block + (connection.send_pending ? waiting_offset : 0);
    MaskKey key = mask_key(masks, mask_counter++);
    char* end = opcode == Opcode::close
                    ? write_close(to, key, code, payload)
                    : write_frame(to, {.opcode = opcode, .mask_key = key}, payload);
    auto size = static_cast<uint8_t>(end - to);
    if (connection.send_pending) {
        socket.waiting_size = size;
        return;
    }
    connection.send_pending = true;
    worker.tally_.bytes_sent += size;
    worker.io_.send(slot, {to, size}, SendNotice::always);
}

} // namespace ringblast
