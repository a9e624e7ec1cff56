// The search for a breaking point as a pure state machine: it is told what came of a trial and says
// which one is next. No clock, no socket; docs/limit.md tells the whole algorithm.
//
//   closed loop with 1, 2, 4 … users -> saturation Xsat, a first guess
//   coarse search around 0.9 Xsat    -> a bracket of 8 %, trials as long as the queue needs to show
//   holds at the posterior's median  -> the answer and its interval
//   1.2, 1.5, 2 times the answer     -> how it breaks
//   half of the answer               -> how long it takes to recover
//
// Trial length: an overload of fraction e lets a queue grow by e seconds a second, so a latency
// limit L is only crossed after L / e; a shorter trial passes at a rate that does not hold.
// Trials in which the generator failed never change the answer. They are repeated; where one fails
// twice and no trial at its rate or above was good, the generator is the limit.
#pragma once

#include "analysis/capacity_posterior.hpp"
#include "ringblast/limit.hpp"

#include <optional>
#include <vector>

namespace ringblast {

/// What a search is held to. Shares are of completed requests.
struct CapacitySettings {
    double latency_limit_s = 0.2; ///< the tightest latency condition; 0: there is none
    double slow_share_max = 0.01; ///< of requests above it: 1 % for a p99
    double error_share_max = 0.01;
    double hold_s = 30;
    double precision = 0.05; ///< half-width of the interval at which the search is content
    double max_time_s = 180;
    bool quick = false;
    std::optional<double> max_rate, min_rate;
    uint64_t users_max = 1024;       ///< of the closed loop
    double requests_per_arrival = 1; ///< as planned, for the closed loop's first guess
};

class CapacitySearch {
public:
    explicit CapacitySearch(const CapacitySettings& settings) : settings_(settings) {}

    Trial first() const;
    /// Takes what came of the last trial; the next one, or nothing when the search is over.
    std::optional<Trial> next(TrialResult result);

    /// What is known so far; of an interrupted search as well.
    CapacityAnswer answer() const;
    /// Ends decided by the search itself: generator_limited, never_met, not_reached, else none.
    BreakingMode end() const { return end_; }
    /// Most arrivals per second that the closed loop reached; the search begins around it.
    double saturation() const { return saturation_; }
    bool metastable() const { return metastable_; }
    /// The first hold, repeated last where there was time, came out differently, and not by chance.
    bool drifted() const { return drifted_; }
    std::optional<double> recovery_s() const { return recovery_s_; }
    const std::vector<TrialResult>& trials() const { return trials_; }

private:
    enum class Phase : uint8_t { closed, baseline, coarse, hold, beyond, recovery };
    using Next = std::optional<Trial>;

    Next after_closed(const TrialResult& result);
    Next after_baseline(const TrialResult& result);
    Next after_coarse(const TrialResult& result);
    Next after_hold(const TrialResult& result);
    Next after_beyond(const TrialResult& result);
    Next after_recovery(const TrialResult& result);
    Next after_probe(const TrialResult& result);
    Next after_invalid(const TrialResult& result);
    Next begin_coarse();
    Next coarse_at(double rate);
    Next next_coarse();
    Next begin_holds();
    Next hold_at(double rate);
    Next next_hold();
    Next next_beyond();
    Next ended(BreakingMode mode);

    bool bracketed() const { return low_ > 0 && high_ > 0; }
    double lowest() const;
    double best_held() const;
    double most_telling_rate() const;
    bool valid_at_or_above(double rate) const;
    double time_reserved() const;

    CapacitySettings settings_;
    Phase phase_ = Phase::closed;
    std::vector<TrialResult> trials_;
    double now_s_ = 0;
    double saturation_ = 0; ///< arrivals per second
    unsigned flat_ = 0;     ///< doublings of users without gain
    bool baseline_failed_ = false;
    double low_ = 0, high_ = 0; ///< bracket of the coarse search; 0: none
    bool high_is_ours_ = false; ///< the upper end is where the generator failed
    unsigned invalid_ = 0;      ///< trials in a row that were
    std::optional<CapacityPosterior> posterior_;
    unsigned holds_ = 0;
    std::optional<HoldAnswer> first_hold_;
    bool repeated_ = false, drifted_ = false;
    unsigned beyond_ = 0;
    unsigned recoveries_ = 0;
    unsigned probes_ = 0;
    double overload_drain_s_ = 0;
    Next resume_; ///< after the probes
    BreakingMode end_ = BreakingMode::none;
    bool metastable_ = false;
    std::optional<double> recovery_s_;
};

/// Sees a trial pass and tells when its outcome is plain: in a second after the first two more
/// than half of the requests were slow or a fifth failed, nothing is answered, or the judged part
/// holds more breaches than chance allows.
class TrialWatch {
public:
    TrialWatch(const CapacitySettings& settings, const Trial& trial)
        : settings_(settings), trial_(trial) {}
    /// Takes the next slice. True: the trial need not go on.
    bool hopeless(const TrialSlice& slice);

private:
    bool decided(uint64_t breaches, double share_max) const;

    CapacitySettings settings_;
    Trial trial_;
    std::vector<TrialSlice> last_;                ///< of the last second
    uint64_t completed_ = 0, slow_ = 0, bad_ = 0; ///< of the judged part
};

} // namespace ringblast
