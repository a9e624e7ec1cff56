#include "facade/trial_load.hpp"

#include "analysis/verdict.hpp"
#include "base/clock.hpp"

#include <algorithm>
#include <cmath>

namespace ringblast {

namespace {

constexpr double lead_s = 0.1; ///< a worker that has nothing to do looks every 50 ms
constexpr double slice_s = 0.25;
constexpr double fine_slice_s = 0.1; ///< of overloads: a limiter's window shows
constexpr double drain_step_s = 0.05;
constexpr double drain_s_max = 15;

uint64_t count_above(const Histogram& histogram, double limit_s) {
    auto limit_ns = static_cast<int64_t>(limit_s * ns_per_second);
    uint64_t count = 0;
    for (size_t i = histogram.slots_begin(); i < histogram.slots_end(); ++i) {
        count += histogram.layout().value_of(i) > limit_ns ? histogram.slot(i) : 0;
    }
    return count;
}

std::optional<double> percentile_ms(const Histogram& histogram, double percentile) {
    if (histogram.empty()) {
        return std::nullopt;
    }
    return static_cast<double>(histogram.percentile(percentile)) / ns_per_ms;
}

double share(uint64_t part, uint64_t whole) {
    return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

} // namespace

Expected<std::unique_ptr<TrialLoad>> TrialLoad::start(Plan plan, const RunOptions& options,
                                                      Settings settings) {
    std::unique_ptr<TrialLoad> load(new TrialLoad(std::move(plan), options, std::move(settings)));
    Expected<std::unique_ptr<Session>> session = Session::start(load->plan_, options);
    if (!session) {
        return std::unexpected(session.error());
    }
    load->session_ = std::move(*session);
    return load;
}

TrialLoad::TrialLoad(Plan plan, const RunOptions& options, Settings settings)
    : plan_(std::move(plan)), options_(options), settings_(std::move(settings)) {
    plan_.segments.clear();
    plan_.end_ns = never_ns;
    plan_.request_limit = 0;
}

double TrialLoad::clock_s() const {
    return static_cast<double>(monotonic_ns() - settings_.clock_zero_ns) / ns_per_second;
}

uint64_t TrialLoad::in_flight() const {
    return static_cast<uint64_t>(std::max<int64_t>(requests_open_ + arrivals_waiting_, 0));
}

void TrialLoad::forget() {
    session_->forget();
    refused_for_now_ = 0;
}

void TrialLoad::publish_until(const Trial& trial, double until_s) {
    while (published_s_ < until_s - 1e-9) {
        double end_s = std::min(published_s_ + settings_.segment_s, until_s);
        if (until_s - end_s < settings_.segment_s / 2) {
            end_s = until_s;
        }
        double goal = plan_.open_load ? trial.rate : static_cast<double>(trial.users);
        session_->publish({.kind = plan_.open_load ? GoalKind::rate : GoalKind::users,
                           .start_ns = std::llround(published_s_ * ns_per_second),
                           .end_ns = std::llround(end_s * ns_per_second),
                           .from = goal,
                           .to = goal});
        published_s_ = end_s;
    }
}

TrialSlice TrialLoad::take_slice(double from_s, double to_s) {
    const Interval& interval = session_->last_interval();
    TrialSlice slice{.t_s = from_s, .span_s = to_s - from_s};
    for (const Interval::PhaseFigures& phase : interval.phases) {
        const Counts& counts = phase.counts;
        requests_open_ +=
            static_cast<int64_t>(counts.started) - static_cast<int64_t>(counts.ended());
        slice.completed += counts.completed();
        slice.ok += counts.ok();
        slice.rate_limited += counts.rate_limited();
        slice.failed += counts.failed();
        if (settings_.capacity.latency_limit_s > 0) {
            slice.slow += count_above(phase.latency, settings_.capacity.latency_limit_s);
        }
    }
    const ThreadCounters& counters = interval.counters;
    arrivals_waiting_ += static_cast<int64_t>(counters.arrivals) -
                         static_cast<int64_t>(counters.tasks_started + counters.dropped);
    arrivals_waiting_ = plan_.open_load ? arrivals_waiting_ : 0;
    users_active_ = counters.users_active;
    refused_for_now_ += counters.refused_for_now;
    slice.in_flight = in_flight();
    return slice;
}

/// Lets the load of a trial pass, slice by slice. False when the session is over.
bool TrialLoad::pass(const Trial& trial, TrialResult& result) {
    TrialWatch watch(settings_.capacity, trial);
    bool may_abort = trial.kind == TrialKind::coarse || trial.kind == TrialKind::hold;
    double step_s = trial.kind == TrialKind::beyond ? fine_slice_s : slice_s;
    double start_s = published_s_;
    double end_s = start_s + trial.duration_s;
    double judged_s = start_s + trial.discard_s;
    double now_s = start_s;
    completed_ = ok_ = requests_at_judged_ = 0;
    while (now_s < end_s - 1e-6) {
        double next_s = std::min(now_s + step_s, end_s);
        next_s = now_s < judged_s - 1e-6 ? std::min(next_s, judged_s) : next_s;
        publish_until(trial, std::min(end_s, next_s + settings_.segment_s / 2));
        if (!session_->advance_to(next_s)) {
            return false;
        }
        TrialSlice slice = take_slice(now_s - start_s, next_s - start_s);
        bool judged = now_s >= judged_s - 1e-6;
        completed_ += judged ? slice.completed : 0;
        ok_ += judged ? slice.ok : 0;
        result.slices.push_back(slice);
        now_s = next_s;
        if (std::abs(now_s - judged_s) < 1e-6) {
            forget();
            requests_at_judged_ = in_flight();
        }
        if (may_abort && !result.aborted && watch.hopeless(slice)) {
            result.aborted = true;
            end_s = std::max(published_s_, now_s); // what is published cannot be taken back
        }
    }
    result.load_s = end_s - start_s;
    return true;
}

/// Waits until nothing is in flight. False when the session is over.
bool TrialLoad::drain(TrialResult& result) {
    double end_s = published_s_;
    while (in_flight() > 0 || (plan_.scenario && users_active_ > 0)) {
        if (session_->now_s() - end_s > drain_s_max) {
            result.drained = false;
            break;
        }
        double next_s = std::max(session_->now_s(), session_->read_until_s()) + drain_step_s;
        if (!session_->advance_to(next_s)) {
            return false;
        }
        take_slice(0, 0);
    }
    result.drain_s = std::max(0.0, session_->read_until_s() - end_s);
    return true;
}

/// The figures of everything that ended since the judged part began.
void TrialLoad::judge(TrialResult& result, double judged_s, double load_end_s) {
    Result figures = session_->figures(judged_s, load_end_s);
    figures.self_check = {}; // requests cross the edges of a trial; the whole load is checked
    decide(figures, settings_.slo);
    result.measured_s = std::max(load_end_s - judged_s, 1e-9);
    result.arrivals = figures.arrivals;
    result.dropped = figures.dropped;
    result.counts = figures.counts;
    result.refused_for_now = refused_for_now_;
    result.completed_rps = static_cast<double>(completed_) / result.measured_s;
    result.goodput_rps = static_cast<double>(ok_) / result.measured_s;
    result.p50_ms = percentile_ms(figures.ok_latency, 50);
    result.p99_ms = percentile_ms(figures.ok_latency, 99);
    uint64_t completed = figures.counts.completed();
    if (settings_.capacity.latency_limit_s > 0) {
        result.slow_share =
            share(count_above(figures.latency, settings_.capacity.latency_limit_s), completed);
    }
    result.error_share = share(figures.counts.failed() + figures.counts.rate_limited(), completed);
    bool shed = share(result.dropped, result.arrivals) > settings_.capacity.error_share_max;
    result.slo_met = figures.verdict == Verdict::pass && completed > 0 && !result.aborted && !shed;
    // Late sends only make it harder, for latency counts from the due time: what holds all the same
    // does hold. What breaks may have been broken by us.
    bool disturbed = figures.validity.state == ValidityState::invalid;
    if (plan_.open_load && disturbed && !(result.slo_met && result.dropped == 0)) {
        result.valid = false;
        // What follows the finding speaks of the whole run's threads, which still run.
        const std::string& reason = figures.validity.reasons.front();
        result.invalid_reason = reason.substr(0, reason.find(';'));
    }
}

std::optional<TrialResult> TrialLoad::run(const Trial& trial) {
    TrialResult result{.trial = trial, .start_s = clock_s()};
    published_s_ = std::max(published_s_, session_->now_s() + lead_s);
    if (!session_->advance_to(published_s_)) {
        return std::nullopt;
    }
    take_slice(0, 0);
    forget();
    double judged_s = published_s_ + trial.discard_s;
    if (!pass(trial, result)) {
        return std::nullopt;
    }
    double load_end_s = judged_s - trial.discard_s + result.load_s;
    uint64_t left = in_flight();
    if (plan_.open_load && !drain(result)) {
        return std::nullopt;
    }
    if (load_end_s <= judged_s) { // given up before the judged part: all of it is told
        judged_s = load_end_s - result.load_s;
        for (const TrialSlice& slice : result.slices) {
            completed_ += slice.completed;
            ok_ += slice.ok;
        }
    }
    judge(result, judged_s, load_end_s);
    result.in_flight_growth =
        (static_cast<double>(left) - static_cast<double>(requests_at_judged_)) / result.measured_s;
    result.end_s = clock_s();
    return result;
}

Result TrialLoad::finish() {
    session_->stop(StopRequest::end_load);
    while (session_->advance()) {
    }
    return session_->finish();
}

} // namespace ringblast
