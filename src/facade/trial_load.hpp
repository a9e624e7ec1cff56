// The trials of a search against a real target. One session serves many trials: its threads and
// connections stay, and each trial is a stretch of segments that is published half a second ahead,
// so that it can be given up early. What is in flight at its end is waited for before the next.
#pragma once

#include "analysis/capacity.hpp"
#include "analysis/threshold.hpp"
#include "plan/plan.hpp"
#include "run/session.hpp"

#include <memory>
#include <optional>
#include <vector>

namespace ringblast {

class TrialLoad {
public:
    struct Settings {
        CapacitySettings capacity;
        std::vector<Threshold> slo;
        int64_t clock_zero_ns = 0; ///< monotonic; times of results count from it
        double segment_s = 0.5;    ///< of what is published at a time
    };
    /// `plan` is one of a load of users for closed trials, of a rate for all others; its segments
    /// are left out. `options` is borrowed.
    static Expected<std::unique_ptr<TrialLoad>> start(Plan plan, const RunOptions& options,
                                                      Settings settings);

    /// Nothing when the load is over: a stop signal, or a target that was never reached.
    std::optional<TrialResult> run(const Trial& trial);
    /// Cores of the load's threads, -1: not pinned.
    const std::vector<int>& cpus() const { return session_->cpus(); }
    /// Ends the load. The figures are not of one trial but tell of the generator and the target.
    Result finish();

private:
    TrialLoad(Plan plan, const RunOptions& options, Settings settings);
    void forget();
    void publish_until(const Trial& trial, double until_s);
    bool pass(const Trial& trial, TrialResult& result);
    bool drain(TrialResult& result);
    TrialSlice take_slice(double from_s, double to_s);
    void judge(TrialResult& result, double judged_s, double load_end_s);
    uint64_t in_flight() const;
    double clock_s() const;

    Plan plan_;
    const RunOptions& options_;
    Settings settings_;
    std::unique_ptr<Session> session_;
    double published_s_ = 0;          ///< end of the last segment, on the session's clock
    uint64_t requests_at_judged_ = 0; ///< in flight when the judged part began
    int64_t requests_open_ = 0, arrivals_waiting_ = 0;
    uint64_t users_active_ = 0;
    uint64_t completed_ = 0, ok_ = 0; ///< of the judged part of the trial
    uint64_t refused_for_now_ = 0;    ///< since the figures of the session begin
};

} // namespace ringblast
