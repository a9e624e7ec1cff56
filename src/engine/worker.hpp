// The loop of one core: users, their connections and their requests, on one Io. A worker owns all
// it touches; the plan and the board it only reads, the statistics only it writes.
//
//   turn:  start what is due -> enter the kernel once -> handle what has come -> sweep time-outs
//
// Handling an event may queue operations at the Io but never enters the kernel. Times are
// nanoseconds since time zero; one clock stamp serves a whole harvest. worker_make, _loop, _load and
// _end.hpp are the life of a load, _exchange and _connection.hpp that of a request; in a plan with
// scenarios _program and _choice.hpp move the users and _look.hpp looks at responses; _socket.hpp
// and its parts are for WebSockets.
#pragma once

#include "base/clock.hpp"
#include "base/static_text.hpp"
#include "engine/backlog.hpp"
#include "engine/connection.hpp"
#include "engine/control.hpp"
#include "engine/socket.hpp"
#include "engine/timer_heap.hpp"
#include "engine/user.hpp"
#include "engine/worker_parts.hpp"
#include "io/io.hpp"
#include "plan/class_sequence.hpp"
#include "plan/pacer.hpp"
#include "plan/plan.hpp"
#include "plan/segment_board.hpp"
#include "protocol/field_lines.hpp"
#include "protocol/head_cache.hpp"
#include "protocol/head_pool.hpp"
#include "scenario/redirect.hpp"
#include "scenario/response_parts.hpp"
#include "stats/thread_stats.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <span>
#include <vector>

namespace ringblast {

template <class Io> class Worker : WorkerParts {
public:
    struct Setup {
        const Plan& plan;
        const SegmentBoard& board;
        ThreadStats& stats;
        Control& control;
        ThreadShare share;
        bool spin = false;       ///< poll for due times that are near; wants a spare core
        uint64_t request_quota = 0; ///< of this thread; 0: no limit (arrivals of a blast)
        uint16_t port_low = 0, port_high = 0; ///< source ports of this thread; 0: the system's
    };

    /// All referenced objects are borrowed for the worker's life. Allocates everything it needs.
    Worker(Io& io, const Setup& setup);

    /// The whole life of a thread: opens the first connections, waits for time zero, runs the load
    /// and returns when nothing is in flight any more.
    WorkerReport run();

    // The parts of run(), for tests on a fake clock.
    void open_ready_users();
    bool await_zero();
    /// One turn of the loop; false when the load is over and nothing is in flight.
    bool turn();

    [[gnu::always_inline]] inline void on_event(const Event& event);

    const WorkerReport& report() const { return report_; }

private:
    // An exchange passes through most of these once: inline they share registers and skip eight
    // prologues, 150 instructions of it (bench/instructions). What is rare is apart.
    // worker_load.hpp
    [[gnu::always_inline]] inline void start_due();
    void start_arrivals();
    void start_arrival(const NextArrival& arrival);
    [[gnu::noinline]] void apply_user_changes();
    [[gnu::noinline]] void fire_timers();
    [[gnu::always_inline]] inline void next_of_user(uint32_t slot, int64_t due_ns);
    void user_free(uint32_t slot);
    [[gnu::noinline]] void pause_user(uint32_t slot);
    [[gnu::always_inline]] inline void begin_request(uint32_t slot, int64_t due_ns, uint32_t stage);
    [[gnu::always_inline]] inline uint32_t stage_at(int64_t due_ns);
    [[gnu::always_inline]] inline bool load_is_over();
    [[gnu::noinline]] void begin_drain();
    [[gnu::noinline]] bool drained();
    [[gnu::noinline]] void cancel_all();
    void drop_waiting();
    void forget_timers();
    [[gnu::always_inline]] inline int64_t wait_ns();
    [[gnu::noinline]] void sweep();

    // worker_program.hpp
    void user_goes_on(uint32_t slot, int64_t due_ns);
    void follow_up(uint32_t slot, User& user);
    void next_task(uint32_t slot, User& user, int64_t due_ns);
    void start_task(uint32_t slot, User& user, UserState state, uint32_t task, int64_t due_ns);
    void begin_step(uint32_t slot, User& user, int64_t due_ns);
    void send_step(uint32_t slot, User& user, int64_t due_ns);
    void task_over(uint32_t slot, User& user);
    void rest(uint32_t slot, User& user);
    void pause_until(uint32_t slot, int64_t due_ns);
    void set_origin(uint32_t slot, User& user);
    uint32_t pick_task(const User& user) const;
    bool can_read(const User& user, const PlannedTask& task) const;
    bool may_go_on(uint32_t slot, const User& user) const;
    void without_value(uint32_t slot, User& user);
    int64_t wait_end_ns(const User& user) const;
    void start_arrival_of_class(const NextArrival& arrival);
    void give_arrival(uint32_t slot, const Waiting& arrival);
    void program_user_free(uint32_t slot, User& user);
    void note_end(const Connection& connection, Outcome outcome, int status, int detail);
    bool begin_stops();
    void run_ready_starts();
    uint32_t make_user(uint16_t class_index);
    void make_programs();

    // worker_look.hpp
    bool wants_look(const Connection& connection) const;
    [[gnu::noinline]] bool look(uint32_t slot, Connection& connection, std::string_view bytes,
                                bool surplus);
    bool follow_redirect(uint32_t slot, Connection& connection, std::string_view head, bool surplus);
    void take_cookies(User& user, const Connection& connection, std::string_view head);
    void keep_bytes(uint32_t slot, const Connection& connection, std::string_view bytes);
    int find_problem(User& user, const Connection& connection, std::string_view bytes);
    std::string_view sent_bytes(const User& user, const Connection& connection) const;

    // worker_connection.hpp
    [[gnu::noinline]] void open_connection(uint32_t slot);
    [[gnu::noinline]] void on_connected(uint32_t slot, Connection& connection, int result);
    [[gnu::noinline]] void connect_failed(uint32_t slot, Connection& connection, int error);
    [[gnu::noinline]] void on_peer_end(uint32_t slot, Connection& connection, int result);
    [[gnu::noinline]] void on_time_out(uint32_t slot, Connection& connection);
    [[gnu::noinline]] void break_connection(uint32_t slot, Connection& connection, CloseHow how);
    [[gnu::noinline]] void close_connection(uint32_t slot, Connection& connection, CloseHow how);
    [[gnu::noinline]] void on_unasked(uint32_t slot, Connection& connection, std::string_view bytes);

    // worker_exchange.hpp
    [[gnu::always_inline]] inline void send_requests(uint32_t slot, Connection& connection);
    [[gnu::noinline]] void send_specially(uint32_t slot, Connection& connection);
    void send_of_user(uint32_t slot, Connection& connection);
    [[gnu::always_inline]] inline void on_received(uint32_t slot, Connection& connection, const Event& event);
    [[gnu::noinline]] void on_discarded(uint32_t slot, Connection& connection, int result);
    [[gnu::noinline]] void await_more(uint32_t slot, Connection& connection, std::string_view bytes);
    bool finish_response(uint32_t slot, Connection& connection);
    static Outcome outcome_by_status(const Connection& connection) {
        return connection.request->outcome_of[connection.reader.status()];
    }
    [[gnu::always_inline]] inline void response_complete(Connection& connection, Outcome outcome, int detail);
    [[gnu::always_inline]] inline void batch_complete(uint32_t slot, Connection& connection, bool surplus);
    [[gnu::noinline]] void adapt_receive_mode(uint32_t slot, Connection& connection, uint64_t body_size);
    [[gnu::always_inline]] inline void end_request(Connection& connection, Outcome outcome, int status, int detail);
    [[gnu::noinline]] void end_outstanding(Connection& connection, Outcome outcome, int detail);
    [[gnu::noinline]] void record_extras(const Connection& connection, Outcome outcome, int status,
                                         int detail);
    void record_failure(const Connection& connection, Outcome outcome, int detail);
    void record_sample(const Connection& connection, Outcome outcome, int status, int detail);

    Io& io_;
    const Plan& plan_;
    ThreadStats& stats_;
    Control& control_;
    ThreadShare share_;
    bool spin_;
    bool limited_;           ///< by a number of requests
    bool stage_cells_;       ///< stages have figures of their own
    bool extras_;            ///< an ended request is more than its leaf's figures
    bool open_load_;
    bool scenario_;          ///< users have programs
    bool special_;           ///< requests are not sent as they lie in the plan
    bool watch_;             ///< something may look at responses
    unsigned pipeline_;
    uint64_t responses_max_; ///< on one connection
    uint64_t quota_left_;    ///< requests that may still start
    std::vector<Cell*> cells_; ///< of all leaves, by phase: [leaf * phase_count + phase]
    SocketOptions socket_options_;

    int64_t zero_ns_ = 0;
    int64_t now_ns_ = 0;
    uint32_t request_deadline_ms_ = 0; ///< of a request that is sent now
    int64_t next_sweep_ns_ = 0;
    int64_t sweep_period_ns_;
    int64_t drain_until_ns_ = never_ns;
    bool draining_ = false;
    bool loading_ = false;   ///< time zero has come
    uint64_t in_flight_ = 0; ///< requests started and not ended
    Tally tally_;
    uint64_t activity_ = 0;  ///< grows with everything done but bytes received
    unsigned opening_ = 0;   ///< connects ahead of the load that are not answered

    std::vector<Connection> connections_;
    std::vector<uint32_t> deadlines_ms_; ///< dense, by slot; 0: none
    std::vector<uint32_t> idle_;         ///< open load: free users, last in first out
    uint32_t users_made_ = 0;            ///< open load: users that exist so far
    size_t next_address_;
    size_t next_local_address_;
    ArrivalPacer arrivals_;
    UserPacer users_;
    TimerHeap timers_;
    std::vector<Backlog> backlogs_; ///< by class where there are programs, else one
    size_t waiting_ = 0;            ///< arrivals in them
    uint32_t stage_ = 0;
    HeadPool head_pool_;
    std::vector<HeadCache> head_caches_; ///< by leaf

    // Users with programs; empty without.
    std::vector<User> program_users_;
    std::vector<std::vector<uint32_t>> idle_by_class_; ///< open load: free users, last in first out
    ClassSequence arrival_classes_;
    uint64_t arrivals_classed_ = 0; ///< numbers that arrival_classes_ has passed
    Inspector inspector_;
    uint64_t tasks_open_ = 0;  ///< begun and not over
    uint64_t users_ended_ = 0;
    bool finishing_ = false;   ///< draining, but tasks run to their end
    bool stopping_ = false;    ///< the load is over, on_stop runs
    int64_t zero_unix_ns_ = 0;

    struct Sockets;
    std::unique_ptr<Sockets> sockets_; ///< where some or all connections are WebSockets
    bool speaks(uint32_t slot) const { return sockets_ && slot >= sockets_->first_slot; }
    uint32_t user_of(uint32_t slot) const { return speaks(slot) ? slot - sockets_->first_slot : slot; }

    WorkerReport report_;
    const SegmentBoard& board_;

    void stamp() {
        now_ns_ = io_.now_ns() - zero_ns_;
        request_deadline_ms_ = deadline_ms(now_ns_ + plan_.timeout_ns);
    }
    /// Hands the tallies to the collector, once a turn: inside of it plain additions will do.
    void publish_tallies();
    uint32_t deadline_ms(int64_t at_ns) const { return static_cast<uint32_t>(at_ns / ns_per_ms) + 1; }
};

} // namespace ringblast

#include "engine/worker_connection.hpp"
#include "engine/worker_choice.hpp"
#include "engine/worker_end.hpp"
#include "engine/worker_exchange.hpp"
#include "engine/worker_load.hpp"
#include "engine/worker_look.hpp"
#include "engine/worker_loop.hpp"
#include "engine/worker_make.hpp"
#include "engine/worker_program.hpp"
#include "engine/worker_socket.hpp"
