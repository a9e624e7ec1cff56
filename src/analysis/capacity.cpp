#include "analysis/capacity.hpp"

#include "base/check.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace ringblast {

namespace {

constexpr double baseline_rate = 10;
constexpr double baseline_s = 2;
constexpr double closed_s = 1;
constexpr double closed_discard = 0.2;
constexpr double gain_min = 1.05; ///< of throughput, for a doubling of users that is worth it
constexpr unsigned flat_max = 2;
constexpr double closed_errors_max = 0.2;
constexpr double coarse_start = 0.9; ///< of the saturation
constexpr double coarse_up = 1.15, coarse_down = 0.8;
constexpr double coarse_down_most = 0.5;
constexpr double coarse_ratio = 1.08; ///< of the bracket that the holds begin with
constexpr double coarse_s_min = 3;
constexpr double lowest_share = 0.02; ///< of the saturation
constexpr double prior_sd = 0.07;
// A trial shorter than a hold passes at a rate that is higher by about the law above: by a third of
// it where requests are refused, by 2.5 times where service times have a heavy tail (simulated).
constexpr double law_shift = 1.2, law_blur = 0.7;
constexpr double content_share = 0.75; ///< of the precision: then the median is within 3/5 of it
constexpr double drift_likely_max = 0.1;
constexpr double fail_cost = 0.5; ///< of a hold: one that breaks ends early
constexpr unsigned holds_min = 3, holds_max = 40;
constexpr double hold_discard = 0.2;
constexpr double probe_share = 0.1; ///< of the saturation
constexpr unsigned probes_max = 10;
constexpr unsigned recoveries_max = 3;
constexpr unsigned invalid_max = 2, disturbed_max = 5; ///< trials in a row
/// Whether the target may still be busy with it: what we gave up waiting for, it may not have.
bool leaves_work_behind(const TrialResult& result) {
    return !result.drained || result.counts.of(Outcome::timeout) > 0;
}

constexpr std::array beyond_rates = {1.2, 1.5, 2.0};
constexpr std::array beyond_rates_quick = {1.2, 2.0};

} // namespace

Trial CapacitySearch::first() const {
    double closed = settings_.quick ? closed_s / 2 : closed_s;
    return {.kind = TrialKind::closed,
            .users = 1,
            .duration_s = closed,
            .discard_s = closed_discard * closed};
}

std::optional<Trial> CapacitySearch::next(TrialResult result) {
    now_s_ = result.end_s;
    trials_.push_back(std::move(result));
    const TrialResult& last = trials_.back();
    if (last.trial.kind == TrialKind::recovery && phase_ != Phase::recovery) {
        return after_probe(last);
    }
    bool in_search = phase_ == Phase::baseline || phase_ == Phase::coarse || phase_ == Phase::hold;
    Next next;
    if (!last.valid && in_search) {
        next = after_invalid(last);
    } else {
        invalid_ = 0;
        switch (phase_) {
        case Phase::closed:
            next = after_closed(last);
            break;
        case Phase::baseline:
            next = after_baseline(last);
            break;
        case Phase::coarse:
            next = after_coarse(last);
            break;
        case Phase::hold:
            next = after_hold(last);
            break;
        case Phase::beyond:
            next = after_beyond(last);
            break;
        case Phase::recovery:
            next = after_recovery(last);
            break;
        }
    }
    if (leaves_work_behind(trials_.back()) && next && in_search) {
        resume_ = next;
        probes_ = 0;
        return Trial{.kind = TrialKind::recovery,
                     .rate = std::max(probe_share * saturation_, 1.0),
                     .duration_s = 1};
    }
    return next;
}

CapacitySearch::Next CapacitySearch::after_closed(const TrialResult& result) {
    double throughput = result.goodput_rps / settings_.requests_per_arrival;
    bool gain = throughput > gain_min * saturation_;
    saturation_ = std::max(saturation_, throughput);
    flat_ = gain ? 0 : flat_ + 1;
    bool slow = settings_.latency_limit_s > 0 &&
                result.p50_ms.value_or(0) / 1000 > settings_.latency_limit_s;
    bool enough = flat_ >= flat_max || slow || result.error_share > closed_errors_max ||
                  result.trial.users * 2 > settings_.users_max;
    if (!enough) {
        Trial trial = first();
        trial.users = result.trial.users * 2;
        return trial;
    }
    if (trials_.front().slo_met && saturation_ > 0) {
        return begin_coarse(); // one user alone was served well: that is a baseline
    }
    phase_ = Phase::baseline;
    return Trial{.kind = TrialKind::baseline,
                 .rate = std::min(baseline_rate, settings_.max_rate.value_or(baseline_rate)),
                 .duration_s = baseline_s};
}

CapacitySearch::Next CapacitySearch::after_baseline(const TrialResult& result) {
    if (result.slo_met) {
        saturation_ = std::max(saturation_, 2 * result.trial.rate);
        return begin_coarse();
    }
    if (!baseline_failed_) { // once may be chance: there are twenty requests in it
        baseline_failed_ = true;
        return result.trial;
    }
    return ended(BreakingMode::never_met);
}

double CapacitySearch::lowest() const {
    return settings_.min_rate.value_or(std::max(lowest_share * saturation_, 0.1));
}

CapacitySearch::Next CapacitySearch::begin_coarse() {
    phase_ = Phase::coarse;
    return coarse_at(coarse_start * saturation_);
}

CapacitySearch::Next CapacitySearch::coarse_at(double rate) {
    rate = std::max(rate, lowest());
    rate = std::min(rate, settings_.max_rate.value_or(rate));
    double width = bracketed() ? high_ / low_ - 1 : 0.25;
    double length_s = std::max(settings_.quick ? coarse_s_min * 2 / 3 : coarse_s_min,
                               3 * settings_.latency_limit_s / (width / 2));
    length_s = std::min(length_s, std::max(settings_.hold_s, coarse_s_min));
    return Trial{
        .kind = TrialKind::coarse, .rate = rate, .duration_s = length_s, .discard_s = length_s / 2};
}

CapacitySearch::Next CapacitySearch::after_coarse(const TrialResult& result) {
    double rate = result.trial.rate;
    if (result.slo_met) {
        low_ = std::max(low_, rate);
        if (settings_.max_rate && rate >= *settings_.max_rate) {
            return begin_holds();
        }
        return next_coarse();
    }
    high_ = rate;
    high_is_ours_ = false;
    low_ = low_ < high_ ? low_ : 0;
    if (rate <= lowest() * 1.0001) {
        return settings_.min_rate ? begin_holds() : ended(BreakingMode::never_met);
    }
    return next_coarse();
}

CapacitySearch::Next CapacitySearch::next_coarse() {
    if (bracketed() && high_ / low_ <= coarse_ratio) {
        return begin_holds();
    }
    if (now_s_ + settings_.hold_s + time_reserved() > settings_.max_time_s && low_ > 0) {
        return begin_holds();
    }
    if (bracketed()) {
        return coarse_at(std::sqrt(low_ * high_));
    }
    if (low_ > 0) {
        return coarse_at(low_ * coarse_up);
    }
    // Nothing held yet. Where requests failed, what did not fail is a guess at the limit.
    const TrialResult& last = trials_.back();
    double down = coarse_down;
    if (last.error_share > settings_.error_share_max && last.valid) {
        double through = last.goodput_rps / settings_.requests_per_arrival / last.trial.rate;
        down = std::clamp(0.97 * through, coarse_down_most, coarse_down);
    }
    return coarse_at(high_ * down);
}

CapacitySearch::Next CapacitySearch::begin_holds() {
    phase_ = Phase::hold;
    if (high_is_ours_ || !bracketed()) { // the lower end is all that can be proved
        return hold_at(low_ > 0 ? low_ : lowest());
    }
    posterior_.emplace(std::sqrt(low_ * high_), prior_sd);
    for (const TrialResult& result : trials_) {
        if (result.valid && result.trial.kind == TrialKind::coarse) {
            double law = settings_.latency_limit_s *
                         std::max(0.0, 1 / result.trial.duration_s - 1 / settings_.hold_s);
            posterior_->add({result.trial.rate, result.slo_met, law_shift * law, law_blur * law});
        }
    }
    return next_hold();
}

CapacitySearch::Next CapacitySearch::hold_at(double rate) {
    rate = std::min(rate, settings_.max_rate.value_or(rate));
    return Trial{.kind = TrialKind::hold,
                 .rate = rate,
                 .duration_s = settings_.hold_s,
                 .discard_s = hold_discard * settings_.hold_s};
}

CapacitySearch::Next CapacitySearch::after_hold(const TrialResult& result) {
    double rate = result.trial.rate;
    ++holds_;
    if (!posterior_) { // a proof of the lower end
        if (result.slo_met && high_is_ours_) {
            return ended(BreakingMode::generator_limited);
        }
        if (result.slo_met && settings_.max_rate && rate >= *settings_.max_rate) {
            return ended(BreakingMode::not_reached);
        }
        if (!result.slo_met && settings_.min_rate && rate <= *settings_.min_rate * 1.0001) {
            high_ = rate;
            return ended(BreakingMode::none);
        }
        posterior_.emplace(rate, prior_sd);
    }
    if (first_hold_ && repeated_) { // the first hold again
        double pass = posterior_->pass_probability(rate);
        double likely = result.slo_met ? pass : 1 - pass;
        drifted_ = drifted_ || (first_hold_->pass != result.slo_met && likely < drift_likely_max);
    }
    posterior_->add({rate, result.slo_met});
    first_hold_ = first_hold_.value_or(HoldAnswer{.rate = rate, .pass = result.slo_met});
    return next_hold();
}

CapacitySearch::Next CapacitySearch::next_hold() {
    bool content = posterior_->half_width() <= content_share * settings_.precision;
    bool late = holds_ > 0 && now_s_ + settings_.hold_s + time_reserved() > settings_.max_time_s;
    bool enough = content && holds_ >= holds_min;
    if (enough && !late && !repeated_ && first_hold_) {
        repeated_ = true;
        return hold_at(first_hold_->rate);
    }
    if (enough || late || repeated_ || holds_ >= holds_max) {
        return next_beyond();
    }
    return hold_at(most_telling_rate());
}

/// Where a second of trial narrows the interval most: often above the median, for a hold that
/// breaks ends early.
double CapacitySearch::most_telling_rate() const {
    double best_rate = posterior_->quantile(0.5);
    double best_gain = 0;
    for (int percent = 15; percent <= 85; percent += 5) {
        double rate = posterior_->quantile(percent / 100.0);
        double pass = posterior_->pass_probability(rate);
        double narrower = posterior_->half_width() / posterior_->expected_half_width(rate);
        double gain = std::log(narrower) / (pass + (1 - pass) * fail_cost);
        if (gain > best_gain) {
            best_gain = gain;
            best_rate = rate;
        }
    }
    return best_rate;
}

/// For what follows the holds, with what the target took to drain so far.
double CapacitySearch::time_reserved() const {
    double drain_s = 0;
    for (const TrialResult& result : trials_) {
        drain_s = std::max(drain_s, result.drain_s);
    }
    return (settings_.quick ? 10 : 18) + drain_s;
}

CapacitySearch::Next CapacitySearch::next_beyond() {
    phase_ = Phase::beyond;
    double capacity = posterior_->quantile(0.5);
    std::span<const double> rates = beyond_rates;
    if (settings_.quick) {
        rates = beyond_rates_quick;
    }
    double length_s = settings_.quick ? 2 : 3;
    // A target that takes long to recover would only take longer after more.
    bool late = now_s_ + 2 * length_s + trials_.back().drain_s > settings_.max_time_s;
    bool broken = trials_.back().valid && !trials_.back().slo_met;
    bool enough = beyond_ > 0 && broken && (late || trials_.back().drain_s > length_s);
    if (beyond_ < rates.size() && !enough) {
        double rate = rates[beyond_++] * capacity;
        if (rate <= settings_.max_rate.value_or(rate)) {
            return Trial{.kind = TrialKind::beyond, .rate = rate, .duration_s = length_s};
        }
    }
    if (beyond_ == 0 || trials_.back().trial.kind != TrialKind::beyond) {
        return std::nullopt; // nothing to recover from
    }
    phase_ = Phase::recovery;
    return Trial{.kind = TrialKind::recovery, .rate = capacity / 2, .duration_s = length_s};
}

CapacitySearch::Next CapacitySearch::after_beyond(const TrialResult& result) {
    overload_drain_s_ = result.drain_s;
    return next_beyond();
}

/// Recovered is from where on every slice keeps the limits.
CapacitySearch::Next CapacitySearch::after_recovery(const TrialResult& result) {
    double recovered_s = 0;
    for (const TrialSlice& slice : result.slices) {
        auto whole = static_cast<double>(slice.completed);
        bool slow = settings_.latency_limit_s > 0 &&
                    static_cast<double>(slice.slow) > 2 * settings_.slow_share_max * whole;
        bool bad = static_cast<double>(slice.failed + slice.rate_limited) >
                   2 * settings_.error_share_max * whole;
        bool stuck = slice.completed == 0 && slice.in_flight > 0;
        if (slow || bad || stuck) {
            recovered_s = slice.t_s + slice.span_s;
        }
    }
    if (recovered_s < result.load_s - 0.01) {
        recovery_s_ = overload_drain_s_ + recovered_s;
        return std::nullopt;
    }
    overload_drain_s_ += result.load_s + result.drain_s;
    bool late = now_s_ + result.load_s + result.drain_s > settings_.max_time_s;
    if (++recoveries_ < recoveries_max && !late) {
        return result.trial;
    }
    metastable_ = recoveries_ == recoveries_max;
    return std::nullopt;
}

/// What was in flight did not end: a tenth of the load shows whether the target is there again.
CapacitySearch::Next CapacitySearch::after_probe(const TrialResult& result) {
    if (result.slo_met && result.drained) {
        return std::exchange(resume_, std::nullopt);
    }
    if (++probes_ < probes_max && now_s_ < settings_.max_time_s) {
        return result.trial;
    }
    metastable_ = true; // every further overload would only make it worse
    return std::nullopt;
}

bool CapacitySearch::valid_at_or_above(double rate) const {
    return std::ranges::any_of(trials_, [&](const TrialResult& result) {
        return result.valid && result.trial.rate >= rate;
    });
}

/// A generator that has reached the rate before was only disturbed.
CapacitySearch::Next CapacitySearch::after_invalid(const TrialResult& result) {
    double rate = result.trial.rate;
    bool disturbed = valid_at_or_above(rate);
    bool late = now_s_ + result.trial.duration_s > settings_.max_time_s;
    ++invalid_;
    if (!late && invalid_ < (disturbed ? disturbed_max : invalid_max)) {
        return result.trial;
    }
    invalid_ = 0;
    if (phase_ == Phase::hold && posterior_ && holds_ > 0 && disturbed) {
        return next_beyond(); // what the good holds said stands
    }
    if (phase_ != Phase::coarse || late || rate <= lowest() * 1.0001) {
        return ended(BreakingMode::generator_limited);
    }
    if (high_ == 0 || rate < high_) {
        high_ = rate;
        high_is_ours_ = true;
    }
    return next_coarse();
}

CapacitySearch::Next CapacitySearch::ended(BreakingMode mode) {
    end_ = mode;
    return std::nullopt;
}

/// The highest rate below every failure at which a trial of the kind held; 0 where none did.
double CapacitySearch::best_held() const {
    for (TrialKind kind : {TrialKind::hold, TrialKind::coarse}) {
        double best = 0, lowest_failed = 0;
        for (const TrialResult& result : trials_) {
            double rate = result.trial.rate;
            if (result.trial.kind != kind || !result.valid) {
                continue;
            }
            if (result.slo_met) {
                best = std::max(best, rate);
            } else {
                lowest_failed = lowest_failed == 0 ? rate : std::min(lowest_failed, rate);
            }
        }
        if (lowest_failed > 0 && best >= lowest_failed) {
            best = 0; // they contradict each other
        }
        if (best > 0) {
            // A trial hides an overload of up to the latency limit over its length.
            return kind == TrialKind::hold ? best
                                           : best / (1 + settings_.latency_limit_s / coarse_s_min);
        }
    }
    return 0;
}

CapacityAnswer CapacitySearch::answer() const {
    CapacityAnswer answer;
    if (end_ == BreakingMode::never_met) {
        return answer;
    }
    if (end_ == BreakingMode::none && posterior_ && holds_ > 0) {
        answer.rate = posterior_->quantile(0.5);
        answer.low = posterior_->quantile(0.025);
        answer.high = posterior_->quantile(0.975);
        answer.sustainable = posterior_->rate_with_pass_probability(0.9);
        return answer;
    }
    if (double held = best_held(); held > 0) {
        answer.at_least = held;
    }
    return answer;
}

} // namespace ringblast
