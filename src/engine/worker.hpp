// The loop of one core: users, their connections and their requests, on one Io. A worker owns all
// it touches; the plan and the board it only reads, the statistics only it writes.
//
//   turn:  start what is due -> enter the kernel once -> handle what has come -> sweep time-outs
//
// Handling an event may queue operations at the Io but never enters the kernel. Times are
// nanoseconds since time zero; one clock stamp serves a whole harvest.
// worker_loop.hpp holds the turn, worker_load.hpp decides who starts when, worker_exchange.hpp
// follows a request through its life, worker_connection.hpp the connection it needs.
#pragma once

#include "base/clock.hpp"
#include "base/static_text.hpp"
#include "engine/backlog.hpp"
#include "engine/connection.hpp"
#include "engine/control.hpp"
#include "engine/timer_heap.hpp"
#include "io/io.hpp"
#include "plan/pacer.hpp"
#include "plan/plan.hpp"
#include "plan/segment_board.hpp"
#include "protocol/head_cache.hpp"
#include "protocol/head_pool.hpp"
#include "stats/thread_stats.hpp"

#include <algorithm>
#include <span>
#include <vector>

namespace ringblast {

template <class Io> class Worker {
public:
    struct Setup {
        const Plan& plan;
        const SegmentBoard& board;
        ThreadStats& stats;
        Control& control;
        ThreadShare share;
        bool spin = false;       ///< poll for due times that are near; wants a spare core
        uint64_t request_quota = 0; ///< closed load: requests of this thread; 0: no limit
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

    void on_event(const Event& event);

    const WorkerReport& report() const { return report_; }

private:
    static constexpr int64_t enter_max_ns = 50 * ns_per_ms; ///< so that a stop is seen
    static constexpr int64_t spin_window_ns = 150'000;  ///< about the overshoot of a kernel sleep
    static constexpr int64_t pause_after_connect_error_ns = 10 * ns_per_ms;
    static constexpr unsigned opening_max = 256;   ///< unanswered connects ahead of the load
    static constexpr unsigned paced_batch = 4;     ///< sends that share a clock stamp
    static constexpr unsigned starts_per_turn_max = 1024;
    static constexpr uint64_t discard_min = 64 * 1024;
    static constexpr uint64_t large_body_min = 16 * 1024;

    // worker_load.hpp
    void start_due();
    void start_arrivals();
    void start_arrival(const NextArrival& arrival);
    void apply_user_changes();
    void fire_timers();
    void next_of_user(uint32_t slot, int64_t due_ns);
    void user_free(uint32_t slot);
    void pause_user(uint32_t slot);
    void begin_request(uint32_t slot, int64_t due_ns, uint32_t stage);
    uint32_t stage_at(int64_t due_ns);
    bool load_is_over();
    void begin_drain();
    bool drained();
    void cancel_all();
    int64_t wait_ns();
    void sweep();

    // worker_connection.hpp
    void open_connection(uint32_t slot);
    void on_connected(uint32_t slot, Connection& connection, int result);
    void connect_failed(uint32_t slot, Connection& connection, int error);
    void on_peer_end(uint32_t slot, Connection& connection, int result);
    void on_time_out(uint32_t slot, Connection& connection);
    void break_connection(uint32_t slot, Connection& connection, CloseHow how);
    void close_connection(uint32_t slot, Connection& connection, CloseHow how);

    // worker_exchange.hpp
    void send_requests(uint32_t slot, Connection& connection);
    void on_received(uint32_t slot, Connection& connection, const Event& event);
    void on_discarded(uint32_t slot, Connection& connection, int result);
    void await_more(uint32_t slot, Connection& connection);
    void response_complete(Connection& connection);
    void batch_complete(uint32_t slot, Connection& connection, bool surplus);
    void adapt_receive_mode(uint32_t slot, Connection& connection, uint64_t body_size);
    void end_request(Connection& connection, Outcome outcome, int status, int detail);
    void end_outstanding(Connection& connection, Outcome outcome, int detail);
    void record_failure(const Connection& connection, Outcome outcome, int detail);
    void record_sample(const Connection& connection, Outcome outcome, int status, int detail);

    Io& io_;
    const Plan& plan_;
    const PlannedRequest& request_;
    ThreadStats& stats_;
    Control& control_;
    ThreadShare share_;
    bool spin_;
    bool limited_;           ///< by a number of requests
    bool stage_cells_;       ///< stages have figures of their own
    uint64_t quota_left_;
    SocketOptions socket_options_;

    int64_t zero_ns_ = 0;
    int64_t now_ns_ = 0;
    int64_t next_sweep_ns_ = 0;
    int64_t sweep_period_ns_;
    int64_t drain_until_ns_ = never_ns;
    bool draining_ = false;
    bool loading_ = false;   ///< time zero has come
    uint64_t in_flight_ = 0; ///< requests started and not ended
    uint64_t activity_ = 0;  ///< grows with everything done; an empty turn leaves it
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
    Backlog backlog_;
    uint32_t stage_ = 0;
    HeadPool head_pool_;
    HeadCache head_cache_;
    WorkerReport report_;
    const SegmentBoard& board_;

    int64_t clock() const { return io_.now_ns() - zero_ns_; }
    uint32_t deadline_ms(int64_t at_ns) const {
        return static_cast<uint32_t>(at_ns / ns_per_ms) + 1;
    }
};

template <class Io>
Worker<Io>::Worker(Io& io, const Setup& setup)
    : io_(io), plan_(setup.plan), request_(setup.plan.requests.front()), stats_(setup.stats),
      control_(setup.control), share_(setup.share), spin_(setup.spin),
      limited_(setup.plan.request_limit != 0), stage_cells_(setup.plan.stages.size() > 1),
      quota_left_(setup.request_quota), connections_(setup.share.of(setup.plan.users_peak)),
      deadlines_ms_(connections_.size()), next_address_(setup.share.index),
      next_local_address_(setup.share.index),
      arrivals_(setup.board, {.share = setup.share,
                              .arrival = setup.plan.arrival,
                              .seed = setup.plan.seed,
                              .limit = limited_ ? setup.plan.request_limit : UINT64_MAX}),
      users_(setup.board, setup.share), timers_(connections_.size()),
      backlog_(setup.plan.open_load ? setup.share.of(setup.plan.backlog_max) : 0),
      board_(setup.board) {
    socket_options_ = {.port_low = setup.port_low,
                       .port_high = setup.port_high,
                       .no_delay = plan_.requests_per_connection != 1};
    idle_.reserve(connections_.size());
    sweep_period_ns_ = std::clamp(std::min(plan_.timeout_ns, plan_.connect_timeout_ns) / 16,
                                  ns_per_ms, 100 * ns_per_ms);
    ReceiveMode mode = ReceiveMode::stream_small;
    if (plan_.requests_per_connection == 1) {
        mode = ReceiveMode::once; // nothing armed that the close would have to cancel
    } else if (plan_.pipeline > 1) {
        mode = ReceiveMode::stream_large;
    }
    for (Connection& connection : connections_) {
        connection.mode = mode;
    }
}

} // namespace ringblast

#include "engine/worker_connection.hpp"
#include "engine/worker_exchange.hpp"
#include "engine/worker_load.hpp"
#include "engine/worker_loop.hpp"
