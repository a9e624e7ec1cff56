// A running load: the threads, their start together, the seconds as they pass, the end. A run is
// a thin loop on it:
//
//   Session::start -> while (advance()) {} -> finish()
//
// All calls come from one thread, the coordinator's. What the threads record is read once a
// second and handed to the observers as a Snapshot.
#pragma once

#include "run/engine_thread.hpp"
#include "run/layout.hpp"
#include "run/timeline.hpp"
#include "stats/collect.hpp"

#include <memory>
#include <optional>
#include <thread>
#include <vector>

namespace ringblast {

class Session {
public:
    /// Starts the threads, opens the first connections and sets time zero once all are ready.
    /// `plan` and what `options` refers to are borrowed for the session's life. The error is one
    /// of the options; a load that could not be made shows in finish().
    static Expected<std::unique_ptr<Session>> start(const Plan& plan, const RunOptions& options);
    ~Session();

    /// Adds a goal to a load that is under way. Requires: after the end of the last one.
    void publish(const Segment& segment) { board_.publish(segment); }
    /// Lets a second pass (less at the end), reads it and tells the observers. False when the
    /// load is over.
    bool advance();
    /// The same until `until_s` seconds after time zero. Requires: in order of time.
    bool advance_to(double until_s);
    /// What was recorded between the last two reads.
    const Interval& last_interval() const { return interval_; }
    /// Figures from here on leave out what has been read; the load goes on.
    void forget();
    /// Figures of what was read since the last forget(), whose load was from `from_s` to `to_s`.
    Result figures(double from_s, double to_s) const;
    /// Seconds since time zero.
    double now_s() const;
    /// Figures of the measured load up to the second that was read last.
    Result so_far() const;
    double read_until_s() const { return read_until_s_; }
    /// Time zero on the monotonic clock, and the cores of the threads (-1: not pinned).
    int64_t zero_ns() const { return zero_ns_; }
    const std::vector<int>& cpus() const { return layout_.cpus; }
    /// Asks the threads to stop; returns at once.
    void stop(StopRequest how);
    /// Joins the threads and returns the figures of the whole load. Once.
    Result finish();

    /// What the threads told of themselves. Requires: after finish().
    const std::vector<EngineReport>& reports() const { return reports_; }

private:
    Session(const Plan& plan, const RunOptions& options, Layout layout);
    void launch();
    void await_ready();
    bool first_connections_made();
    int error_of_unreached() const;
    bool wait_until(int64_t time_ns);
    void read_second(double until_s, bool after);
    void pass_samples();
    void follow_stop_signal();
    bool over() const;
    std::string never_reached() const;
    void describe_generator(GeneratorReport& generator) const;

    const Plan& plan_;
    const RunOptions& options_;
    Layout layout_;
    EnginePick engine_;
    SegmentBoard board_;
    Control control_;
    std::vector<std::unique_ptr<ThreadStats>> stats_;
    std::vector<EngineReport> reports_;
    std::vector<std::thread> threads_;
    std::unique_ptr<Collector> collector_;
    Timeline timeline_;
    Interval interval_;        ///< read last
    int64_t zero_ns_ = 0;      ///< on the monotonic clock
    int64_t zero_unix_ns_ = 0;
    double read_until_s_ = 0;  ///< end of what has been read
    uint64_t started_ = 0, completed_ = 0, failed_ = 0; ///< as read, warm-up included
    std::vector<int64_t> steal_start_ns_;
    std::optional<TlsOptions> tls_; ///< of an https target
    std::optional<std::string> not_made_;
    int first_error_ = 0; ///< why no connection was made
    bool interrupted_ = false;
};

} // namespace ringblast
