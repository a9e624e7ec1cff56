// WebSockets on the worker's loop. A connection is a request at a time, as with HTTP: `connect`,
// from the upgrade to the 101, then round trips of one message, each done when that very message
// has come back; whatever else the peer says is read, counted and, where RFC 6455 wants it,
// answered. Between two round trips the connection is `idle` like any other, so users, arrivals,
// ramps and quotas are those of worker_load.hpp; in everything else it is `speaking`, which sends
// its events here. That is a blast. In a profile with ws tasks each user has a second connection,
// in a slot behind all users'; _socket_task.hpp and _socket_heard.hpp say what goes over it.
//
//     slots   [ users' connections | users' WebSockets )       a blast: [ WebSockets )
//             0                    first_slot
//
// _socket_send.hpp is what we say, _socket_read.hpp what the peer says and _socket_end.hpp how it
// ends. Part of Worker; included by worker.hpp only.
#pragma once

namespace ringblast {

template <class Io>
struct Worker<Io>::Sockets {
    static constexpr uint64_t mask_stream = uint64_t{1} << 42, key_stream = uint64_t{1} << 43;
    static constexpr int64_t goodbye_ns = ns_per_second; ///< for the peer's part of a close
    static constexpr size_t frames_size = 256 * 1024;
    static constexpr size_t message_size_max = 64 * 1024 * 1024; ///< or twice what we send
    static constexpr size_t control_frame_max = frame_size(control_size_max, true);
    static constexpr size_t waiting_offset = 256; ///< in a block

    Worker& worker;
    const PlannedSocket* blast; ///< null: tasks of users
    uint32_t first_slot;        ///< that is a WebSocket
    std::vector<Socket> sockets;
    std::vector<Talk> talks; ///< of tasks
    /// Our message under different masks: sent from here, never copied, one after the other.
    std::string frames;
    size_t frame_size_ = 0, next_frame = 0;
    WebSocketRules rules;
    std::array<char, control_size_max> scratch{};
    RandomKey masks, keys;
    RegexMatcher matcher; ///< of tasks
    uint64_t mask_counter = 0, key_counter = 0;
    uint64_t open_count = 0;
    bool farewell_said = false;
    int64_t farewell_until_ns = 0;

    explicit Sockets(Worker& owner)
        : worker(owner), blast(owner.plan_.socket ? &*owner.plan_.socket : nullptr),
          first_slot(static_cast<uint32_t>(owner.program_users_.size())),
          sockets(owner.connections_.size() - first_slot), masks{.seed = owner.plan_.seed,
                                                                 .stream = mask_stream +
                                                                           owner.share_.index},
          keys{.seed = owner.plan_.seed, .stream = key_stream + owner.share_.index} {
        size_t sent_max = blast != nullptr ? blast->message.size() : 0;
        rules = {.role = WebSocketRole::client,
                 .message_size_max = std::max(message_size_max, 2 * sent_max),
                 .pool = &owner.head_pool_,
                 .scratch = scratch};
        if (blast != nullptr) {
            make_frames();
        } else {
            talks.resize(sockets.size());
        }
    }

    Socket& at(uint32_t slot) { return sockets[slot - first_slot]; }
    const std::vector<std::string>& subprotocols_of(uint32_t slot) {
        return blast != nullptr
                   ? blast->upgrade.subprotocols
                   : worker.plan_.socket_tasks[*task_of(user_at(slot)).socket].subprotocols;
    }
    Talk& talk_of(uint32_t slot) { return talks[slot - first_slot]; }

    void make_frames() {
        frame_size_ = frame_size(blast->message.size(), true);
        size_t count = std::clamp<size_t>(frames_size / frame_size_, 2, 64);
        frames.resize(count * frame_size_);
        for (size_t i = 0; i < count; ++i) {
            write_frame(frames.data() + i * frame_size_,
                        {.opcode = blast->opcode, .mask_key = mask_key(masks, mask_counter++)},
                        blast->message);
        }
    }

    void start(uint32_t slot, Connection& connection);
    bool place_upgrade(uint32_t slot, std::string_view& request);
    void send(uint32_t slot, Connection& connection);
    void send_message(uint32_t slot, Connection& connection);
    void on_sent(uint32_t slot, Connection& connection);
    void on_received(uint32_t slot, Connection& connection, std::string_view bytes);
    bool read_upgrade(uint32_t slot, Connection& connection, std::string_view& bytes);
    void upgraded(uint32_t slot, Connection& connection);
    void read_frames(uint32_t slot, Connection& connection, std::string_view bytes);
    bool is_answer(Connection& connection, Socket& socket, const WebSocketEvent& event);
    void end_trip(Connection& connection);
    void trip_over(uint32_t slot, Connection& connection);
    void record_times(const Connection& connection);
    void say(uint32_t slot, Connection& connection, Opcode opcode, std::string_view payload,
             uint16_t code = 0);

    // worker_socket_end.hpp
    void leave(uint32_t slot, Connection& connection, uint16_t code, std::string_view reason = {});
    void on_close_frame(uint32_t slot, Connection& connection, const WebSocketEvent& event);
    void on_bad_frame(uint32_t slot, Connection& connection, const WebSocketEvent& event);
    void on_peer_end(uint32_t slot, Connection& connection, int result);
    void on_time_out(uint32_t slot, Connection& connection);
    void fail_request(Connection& connection, Outcome outcome, int status, int detail);
    void end(uint32_t slot, Connection& connection, CloseHow how);
    void on_closed(uint32_t slot, Connection& connection);
    void release_block(Socket& socket);
    bool farewell();

    // worker_socket_task.hpp
    const PlannedTask& task_of(const User& user) const { return worker.plan_.tasks[user.task]; }
    const std::vector<PlannedSocketStep>& steps_of(const User& user) const {
        return worker.plan_.socket_tasks[*task_of(user).socket].steps;
    }
    User& user_at(uint32_t slot) { return worker.program_users_[slot - first_slot]; }
    /// Requires: the user's program stands at a step.
    const PlannedSocketStep& step_of(const User& user) const {
        return steps_of(user)[user.request - 1];
    }
    bool wants_http(uint32_t slot) const;
    void go_on(uint32_t user_slot, User& user, int64_t due_ns);
    void connect(uint32_t user_slot, User& user, int64_t due_ns);
    void begin_message(uint32_t user_slot, User& user, int64_t due_ns);
    bool render(Talk& talk, const User& user, const PlannedSocketStep& step) const;
    void await_message(uint32_t slot, Connection& connection);
    void speak(uint32_t slot, Connection& connection);
    void send_frame(uint32_t slot, Connection& connection);
    void advance(uint32_t user_slot, User& user);
    void follow_up(uint32_t user_slot, User& user);
    void task_ends(uint32_t user_slot, User& user);

    // worker_socket_heard.hpp
    bool is_wanted(uint32_t slot, Connection& connection, const WebSocketEvent& event);
    void message_came(uint32_t slot, Connection& connection);
    void message_missed(uint32_t slot, Connection& connection);
    void lose(uint32_t slot);
    bool dismiss(uint32_t user_slot);
    void abandon(uint32_t user_slot, User& user);
    void forget_users();
    bool is_moving(uint32_t user_slot) const;
    std::string_view said(uint32_t slot);
};

/// The connection is there: asks for the upgrade.
template <class Io>
void Worker<Io>::Sockets::start(uint32_t slot, Connection& connection) {
    Socket& socket = at(slot);
    connection.state = ConnectionState::speaking;
    if (blast == nullptr && connection.outstanding == 0) { // cancelled meanwhile
        end(slot, connection, CloseHow::abort);
        return;
    }
    socket.key_number = key_counter++;
    std::string_view request;
    if (!place_upgrade(slot, request)) {
        worker.close_connection(slot, connection, CloseHow::abort);
        worker.connect_failed(slot, connection, ENOBUFS);
        return;
    }
    socket.phase = SocketPhase::upgrading;
    bool noticed = request.size() > silent_send_size_max;
    worker.io_.send(slot, request, noticed ? SendNotice::always : SendNotice::on_failure);
    connection.sent_ns = worker.now_ns_;
    connection.first_byte_ns = 0;
    connection.send_pending = noticed;
    worker.deadlines_ms_[slot] =
        blast != nullptr ? worker.request_deadline_ms_
                         : worker.deadline_ms(worker.now_ns_ + connection.request->timeout_ns);
    worker.tally_.bytes_sent += request.size();
}

/// The upgrade with this connection's key, where it stays until it is sent: of a blast in a block,
/// of a task where it was rendered. False: no block was left.
template <class Io>
bool Worker<Io>::Sockets::place_upgrade(uint32_t slot, std::string_view& request) {
    Socket& socket = at(slot);
    WebSocketKey key = make_websocket_key(keys, socket.key_number);
    if (blast == nullptr) {
        std::string& rendered = talk_of(slot).frame; // nothing of the connection before is sent now
        rendered.swap(talk_of(slot).text);
        size_t place = rendered.find(key_line_start) + key_line_start.size();
        std::ranges::copy(key, rendered.begin() + static_cast<ptrdiff_t>(place));
        request = rendered;
        return true;
    }
    size_t size = blast->upgrade.request.size();
    HeadPool& pool = worker.head_pool_;
    socket.block_large = size > HeadPool::small_size;
    socket.block = socket.block_large ? pool.take_large() : pool.take_small();
    if (socket.block == nullptr) {
        return false;
    }
    write_upgrade(socket.block, blast->upgrade, key);
    request = {socket.block, size};
    return true;
}

} // namespace ringblast

#include "engine/worker_socket_end.hpp"
#include "engine/worker_socket_heard.hpp"
#include "engine/worker_socket_read.hpp"
#include "engine/worker_socket_send.hpp"
#include "engine/worker_socket_task.hpp"
