#include "simulated_server.hpp"

#include "base/random.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace ringblast {

namespace {

constexpr double slice_s = 0.25;
constexpr double gap_s = 0.2; ///< between two trials
constexpr double speed_step_s = 0.1;
constexpr double rejected_again_s = 0.001; ///< a user of a closed loop after a refusal
constexpr int timed_out = 0;               ///< in place of a status
constexpr double latency_buckets_per_s = 2000;

/// Gathers what a trial's requests came to.
class Tally {
public:
    Tally(const Trial& trial, const CapacitySettings& settings, double start_s)
        : settings_(settings), start_s_(start_s), judged_s_(start_s + trial.discard_s) {
        result_.trial = trial;
        result_.start_s = start_s;
    }
    void end(double due_s, double end_s, int status, bool in_load) {
        bool slow = settings_.latency_limit_s > 0 && end_s - due_s > settings_.latency_limit_s;
        slice_.completed += in_load ? 1 : 0;
        slice_.ok += in_load && status == 200 ? 1 : 0;
        slice_.rate_limited += in_load && status == 429 ? 1 : 0;
        slice_.failed += in_load && (status == 503 || status == timed_out) ? 1 : 0;
        slice_.slow += in_load && slow ? 1 : 0;
        if (end_s < judged_s_) {
            return;
        }
        Outcome outcome = status == 200         ? Outcome::ok
                          : status == 429       ? Outcome::rate_limited
                          : status == timed_out ? Outcome::timeout
                                                : Outcome::http_error;
        ++result_.counts.started;
        ++result_.counts.outcomes[static_cast<size_t>(outcome)];
        if (status != timed_out) {
            ++result_.counts.statuses[status];
        }
        slow_ += slow ? 1 : 0;
        ended_in_load_ += in_load ? 1 : 0;
        ok_in_load_ += in_load && status == 200 ? 1 : 0;
        if (status == 200) {
            auto bucket = static_cast<size_t>((end_s - due_s) * latency_buckets_per_s);
            latency_.resize(std::max(latency_.size(), bucket + 1));
            ++latency_[bucket];
        }
    }
    TrialSlice close_slice(double until_s, uint64_t in_flight) {
        slice_.span_s = until_s - start_s_ - slice_.t_s;
        slice_.in_flight = in_flight;
        TrialSlice closed = slice_;
        result_.slices.push_back(slice_);
        slice_ = {.t_s = until_s - start_s_};
        return closed;
    }
    TrialResult finish(double load_end_s, double end_s, uint64_t in_flight) {
        const Counts& counts = result_.counts;
        auto completed = static_cast<double>(std::max<uint64_t>(counts.completed(), 1));
        result_.load_s = load_end_s - start_s_;
        result_.measured_s = std::max(load_end_s - judged_s_, 1e-9);
        result_.end_s = end_s;
        result_.drain_s = end_s - load_end_s;
        result_.arrivals = counts.started;
        result_.completed_rps = static_cast<double>(ended_in_load_) / result_.measured_s;
        result_.goodput_rps = static_cast<double>(ok_in_load_) / result_.measured_s;
        result_.slow_share = static_cast<double>(slow_) / completed;
        result_.error_share =
            static_cast<double>(counts.failed() + counts.rate_limited()) / completed;
        result_.in_flight_growth = static_cast<double>(in_flight) / result_.measured_s;
        result_.p50_ms = percentile(0.5);
        result_.p99_ms = percentile(0.99);
        result_.slo_met = !result_.aborted && counts.completed() > 0 &&
                          result_.slow_share <= settings_.slow_share_max &&
                          result_.error_share <= settings_.error_share_max;
        return result_;
    }
    void abort() { result_.aborted = true; }

private:
    std::optional<double> percentile(double share) const {
        uint64_t total = result_.counts.ok();
        uint64_t below = 0;
        for (size_t bucket = 0; bucket < latency_.size(); ++bucket) {
            below += latency_[bucket];
            if (total > 0 && static_cast<double>(below) >= share * static_cast<double>(total)) {
                return (static_cast<double>(bucket) + 0.5) / latency_buckets_per_s * 1000;
            }
        }
        return std::nullopt;
    }

    const CapacitySettings& settings_;
    double start_s_, judged_s_;
    TrialResult result_;
    TrialSlice slice_;
    uint64_t slow_ = 0, ended_in_load_ = 0, ok_in_load_ = 0;
    std::vector<uint32_t> latency_;
};

} // namespace

SimulatedServer::SimulatedServer(ServerModel model, uint64_t seed)
    : model_(std::move(model)), seed_(seed), free_at_s_(model_.workers, 0.0),
      tokens_(model_.limit_burst) {
    speed_ = model_.speed_sd * normal();
    next_pause_s_ = model_.pause_every_s > 0 ? model_.pause_every_s * unit()
                                             : std::numeric_limits<double>::infinity();
}

double SimulatedServer::unit() {
    return random_unit({.seed = seed_}, drawn_++);
}

double SimulatedServer::normal() {
    return std::sqrt(-2 * std::log1p(-unit())) * std::cos(2 * std::numbers::pi * unit());
}

/// The service time of a request that arrives now; the host's speed wanders on its way.
double SimulatedServer::service(double t_s) {
    double keep = std::exp(-speed_step_s / model_.speed_memory_s);
    while (speed_at_s_ + speed_step_s < t_s) {
        speed_ = keep * speed_ + std::sqrt(1 - keep * keep) * model_.speed_sd * normal();
        speed_at_s_ += speed_step_s;
    }
    double time_s = 0;
    if (model_.variation == 1) {
        time_s = -model_.service_s * std::log1p(-unit());
    } else {
        double variance = std::log(1 + model_.variation * model_.variation);
        time_s = model_.service_s * std::exp(std::sqrt(variance) * normal() - variance / 2);
    }
    return time_s * std::exp(speed_);
}

/// In a pause everything stands still: what runs is longer by it, what starts waits for its end.
double SimulatedServer::past_pauses(double start_s) {
    while (start_s >= next_pause_s_) {
        for (double& free : free_at_s_) {
            free += free > next_pause_s_ ? model_.pause_s : 0;
        }
        start_s = std::max(start_s, next_pause_s_ + model_.pause_s);
        next_pause_s_ += model_.pause_every_s;
    }
    return start_s;
}

SimulatedServer::Reply SimulatedServer::ask(double t_s) {
    Reply reply = arrive(t_s);
    bool late = model_.timeout_s > 0 && reply.end_s > t_s + model_.timeout_s;
    return late ? Reply{t_s + model_.timeout_s, timed_out} : reply;
}

SimulatedServer::Reply SimulatedServer::arrive(double t_s) {
    if (model_.limit_rate > 0) {
        tokens_ = std::min(model_.limit_burst, tokens_ + (t_s - tokens_at_s_) * model_.limit_rate);
        tokens_at_s_ = t_s;
        if (tokens_ < 1) {
            return {t_s, 429};
        }
        tokens_ -= 1;
    }
    while (!starts_s_.empty() && starts_s_.front() <= t_s) {
        starts_s_.pop_front();
    }
    if (model_.waiting_max > 0 && starts_s_.size() >= model_.waiting_max) {
        return {t_s, 503};
    }
    auto worker = std::ranges::min_element(free_at_s_);
    double start_s = past_pauses(std::max(t_s, *worker));
    double slower = 1 + model_.slower_per_waiting * static_cast<double>(starts_s_.size());
    *worker = start_s + service(t_s) * slower;
    starts_s_.push_back(start_s);
    return {*worker, 200};
}

TrialResult SimulatedServer::run(const Trial& trial, const CapacitySettings& settings) {
    TrialResult result =
        trial.kind == TrialKind::closed ? run_closed(trial, settings) : run_open(trial, settings);
    now_s_ = result.end_s + gap_s;
    return result;
}

TrialResult SimulatedServer::run_open(const Trial& trial, const CapacitySettings& settings) {
    Tally tally(trial, settings, now_s_);
    TrialWatch watch(settings, trial);
    bool may_abort = trial.kind == TrialKind::coarse || trial.kind == TrialKind::hold;
    double end_s = now_s_ + trial.duration_s;
    double slice_end_s = now_s_ + slice_s;
    Pending pending;
    double t_s = now_s_;
    bool over = false;
    while (!over) {
        t_s -= std::log1p(-unit()) / trial.rate;
        while (!over && slice_end_s <= std::min(t_s, end_s) + 1e-9) {
            while (!pending.empty() && pending.top().end_s <= slice_end_s) {
                tally.end(pending.top().due_s, pending.top().end_s, pending.top().status, true);
                pending.pop();
            }
            TrialSlice slice = tally.close_slice(slice_end_s, pending.size());
            if (may_abort && watch.hopeless(slice)) {
                tally.abort();
                end_s = slice_end_s;
            }
            slice_end_s += slice_s;
            over = slice_end_s > end_s + 1e-9;
        }
        if (!over && t_s < end_s) {
            Reply reply = ask(t_s);
            pending.push({t_s, reply.end_s, reply.status});
        }
    }
    uint64_t in_flight = pending.size();
    double drained_s = end_s;
    while (!pending.empty()) {
        drained_s = std::max(drained_s, pending.top().end_s);
        tally.end(pending.top().due_s, pending.top().end_s, pending.top().status, false);
        pending.pop();
    }
    TrialResult result = tally.finish(end_s, drained_s, in_flight);
    if (model_.generator_rate_max > 0 && trial.rate > model_.generator_rate_max) {
        result.valid = false;
        result.invalid_reason = "sends were late";
    }
    return result;
}

TrialResult SimulatedServer::run_closed(const Trial& trial, const CapacitySettings& settings) {
    Tally tally(trial, settings, now_s_);
    double end_s = now_s_ + trial.duration_s;
    using Ready = std::priority_queue<double, std::vector<double>, std::greater<>>;
    Ready ready;
    for (uint64_t user = 0; user < trial.users; ++user) {
        ready.push(now_s_);
    }
    double drained_s = end_s;
    double sent_max = model_.generator_rate_max * trial.duration_s;
    double sent = 0;
    while (ready.top() < end_s && (sent_max == 0 || sent < sent_max)) {
        double t_s = ready.top();
        ready.pop();
        Reply reply = ask(t_s);
        ++sent;
        tally.end(t_s, reply.end_s, reply.status, reply.end_s < end_s);
        drained_s = std::max(drained_s, reply.end_s);
        ready.push(reply.status == 200 ? reply.end_s : t_s + rejected_again_s);
    }
    tally.close_slice(end_s, trial.users);
    return tally.finish(end_s, drained_s, trial.users);
}

} // namespace ringblast
