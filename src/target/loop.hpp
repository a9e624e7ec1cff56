// One thread of the target: an Io, a listener, connections in numbered slots.
//
// A turn: enter, harvest, timers, then one send per connection that got something to say. Input is
// first compared with requests that came before (ReplyCache); only what is new is parsed. An answer
// goes out with SendNotice::if_short, so that a small exchange costs one completion; what did not
// fit, long answers and last answers go out in sends that tell their end, one at a time, so that
// nothing overtakes.
#pragma once

#include "io/io.hpp"
#include "protocol/request_head.hpp"
#include "ringblast/error.hpp"
#include "target/connection.hpp"
#include "target/output_arena.hpp"
#include "target/reply_cache.hpp"
#include "target/server_state.hpp"
#include "tls/options.hpp"

#include <memory>
#include <queue>
#include <vector>

namespace ringblast {

/// Compiled for UringIo and EpollIo, and for TLS over each.
template <class Io>
class Loop {
public:
    /// To be made on the thread that runs it. Borrows the listener and the state. `tls` is for an Io
    /// that speaks it.
    static Expected<std::unique_ptr<Loop>> create(int listening_fd, uint32_t connections_max,
                                                  ServerState& state, const TlsOptions* tls);
    /// Until ServerState::stopping, seen within 50 ms.
    void run();

    void on_event(const Event& event); ///< for Io::harvest only

private:
    struct Timer {
        int64_t due_ns;
        uint32_t slot, generation;
        bool operator<(const Timer& other) const { return due_ns > other.due_ns; } // earliest first
    };

    Loop(std::unique_ptr<Io> io, int listening_fd, uint32_t connections_max, ServerState& state);

    // The turn and connections: loop_turn.hpp
    void start_turn();
    void fire_timers();
    void stand_still();
    void on_accepted(int fd);
    void on_received(const Event& event);
    void on_input_end(uint32_t slot);
    void free_slot(uint32_t slot);
    void close(uint32_t slot, CloseHow how);
    Exchange& exchange_of(TargetConnection& connection);
    void release(TargetConnection& connection);

    // Output: loop_output.hpp
    void write(uint32_t slot, std::string_view bytes);
    void write_owned(uint32_t slot, std::string bytes);
    void mark_dirty(uint32_t slot, TargetConnection& connection) {
        if (!connection.dirty) {
            connection.dirty = true;
            connection.output = {};
            dirty_slots_.push_back(slot);
        }
    }
    /// A connection with this much unsent is not read from until it is less.
    static constexpr size_t unsent_max = 256 * 1024;
    static constexpr size_t input_size_max = 1 << 20;  ///< unread by us while we are busy
    static constexpr size_t echo_size_max = 64u << 20; ///< more is refused
    static size_t unsent_size(const TargetConnection& connection) {
        return (connection.dirty ? connection.output.size() : 0) +
               (connection.exchange != nullptr ? connection.exchange->queued.size() : 0);
    }
    static bool is_clogged(const TargetConnection& connection) {
        return unsent_size(connection) > unsent_max;
    }
    void flush(uint32_t slot);
    void send_more(uint32_t slot);
    void send_owned(uint32_t slot, TargetConnection& connection);
    void send_noticed(uint32_t slot, TargetConnection& connection, std::string_view bytes);
    void on_sent(uint32_t slot, int result);
    void on_drained(uint32_t slot);

    // Requests: loop_requests.hpp
    std::string_view answer_repeated(uint32_t slot, std::string_view bytes);
    void consume(uint32_t slot, std::string_view bytes);
    void resume(uint32_t slot);
    size_t read_head(uint32_t slot, std::string_view bytes);
    size_t read_body(uint32_t slot, std::string_view bytes);

    // Answers: loop_answers.hpp
    void refuse(uint32_t slot, uint16_t status, std::string_view problem);
    void answer(uint32_t slot);
    void wait(uint32_t slot, Exchange::Wait what, int64_t due_ns);
    void on_due(uint32_t slot);
    void drip(uint32_t slot);
    Reply make_reply(const Exchange& exchange);
    void start_reply(uint32_t slot, Reply reply);
    void finish_reply(uint32_t slot, bool ends);

    // WebSockets: loop_websocket.hpp
    void upgrade(uint32_t slot, const RequestHead& request);
    void on_frames(uint32_t slot, std::string_view bytes);
    void resume_frames(uint32_t slot);
    size_t read_frames(uint32_t slot, std::string_view bytes);
    void on_frame(uint32_t slot, const WebSocketEvent& event);
    void on_message(uint32_t slot, Opcode opcode, std::string_view message);
    void say(uint32_t slot, Opcode opcode, std::string_view payload);
    void say_close(uint32_t slot, uint16_t code, std::string_view reason);
    void enter_room(uint32_t slot);
    void leave(uint32_t slot);
    void tell_room();

    std::unique_ptr<Io> io_;
    int listening_fd_;
    ServerState& state_;
    LoopCounters& counters_;
    std::vector<TargetConnection> connections_;
    std::vector<uint32_t> free_slots_;
    std::vector<uint32_t> dirty_slots_;
    std::vector<std::unique_ptr<Exchange>> free_exchanges_;
    std::priority_queue<Timer> timers_;
    ReplyCache cache_;
    OutputArena arenas_[2]; // of this turn and of the one before
    uint32_t turn_ = 0;
    int64_t now_ns_ = 0;
    int64_t next_second_ns_ = 0;
    int64_t second_ = 0;
    int64_t still_until_ns_ = 0;
    std::string date_;

    std::vector<WebSocketPeer> peers_; // by slot; empty until there is one
    std::vector<uint32_t> room_;       // slots on /ws/broadcast
    std::string room_pending_;         // frames for all of them, told at the end of the turn
    std::string room_outputs_[2];      // being sent; as arenas_
    std::vector<char> scratch_;        // where peers' frames are unmasked
    HeadPool pool_;                    // their unfinished control frames
    WebSocketRules rules_;
};

} // namespace ringblast
