#include "run/session.hpp"

#include "base/check.hpp"
#include "base/version.hpp"
#include "run/assemble.hpp"
#include "run/failure_text.hpp"
#include "run/machine.hpp"
#include "run/samples.hpp"
#include "run/tls_facts.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace ringblast {

namespace {

constexpr int64_t poll_period_ns = 20 * ns_per_ms;
constexpr int64_t start_lead_ns = 2 * ns_per_ms;  ///< for all threads to see time zero
constexpr double tail_s = 0.1;      ///< a tail shorter than this belongs to the last second
constexpr size_t board_room = 4096; ///< segments that may be published beside the plan's
constexpr size_t sample_capacity = 16384;
constexpr uint64_t descriptors_reserved = 64; ///< for everything that is no connection

void sleep_ns(int64_t ns) {
    timespec pause{.tv_sec = ns / ns_per_second, .tv_nsec = ns % ns_per_second};
    nanosleep(&pause, nullptr);
}

double to_seconds(int64_t ns) { return static_cast<double>(ns) / ns_per_second; }

} // namespace

Expected<std::unique_ptr<Session>> Session::start(const Plan& plan, const RunOptions& options) {
    std::vector<int> allowed = allowed_cpus();
    Expected<Layout> layout = lay_out(plan, options, allowed);
    if (!layout) {
        return std::unexpected(layout.error());
    }
    Expected<std::optional<TlsOptions>> tls = tls_options_of(plan);
    if (!tls) {
        return std::unexpected(tls.error());
    }
    std::unique_ptr<Session> session(new Session(plan, options, std::move(*layout)));
    session->tls_ = std::move(*tls);
    session->launch();
    session->await_ready();
    return session;
}

Session::Session(const Plan& plan, const RunOptions& options, Layout layout)
    : plan_(plan), options_(options), layout_(std::move(layout)),
      engine_(pick_engine(options.engine)), board_(plan.segments.size() + board_room) {
    for (const Segment& segment : plan.segments) {
        board_.publish(segment);
    }
}

Session::~Session() {
    stop(StopRequest::at_once);
    if (zero_ns_ == 0) {
        control_.zero_ns.store(monotonic_ns(), std::memory_order_release);
    }
    for (std::thread& thread : threads_) {
        if (thread.joinable()) {
            thread.join();
        }
    }
}

void Session::launch() {
    auto count = static_cast<uint32_t>(layout_.cpus.size());
    reports_.resize(count);
    std::vector<ThreadStats*> borrowed;
    for (uint32_t i = 0; i < count; ++i) {
        stats_.push_back(std::make_unique<ThreadStats>(
            ThreadStatsSizes{.leaf_count = static_cast<unsigned>(plan_.leaves.size()),
                             .stage_count = static_cast<unsigned>(plan_.stages.size()),
                             .sample_capacity = options_.samples ? sample_capacity : 0}));
        borrowed.push_back(stats_.back().get());
    }
    collector_ = std::make_unique<Collector>(borrowed);
    uint64_t files = raise_file_limit();
    bool http = std::ranges::any_of(plan_.classes, &PlannedClass::speaks_http);
    uint64_t sockets = plan_.users_peak * (http ? plan_.connections_per_user() : 1);
    if (sockets > files && !plan_.open_load) {
        not_made_ = fmt::format("{} users need {} file descriptors, but only {} are allowed: "
                                "raise the limit with `ulimit -n {}`",
                                plan_.users_peak,
                                sockets == plan_.users_peak ? "as many" : std::to_string(sockets),
                                files, sockets + descriptors_reserved);
        return;
    }
    auto [port_low, port_high] = local_port_range();
    unsigned ports = (port_high - port_low + 1u) / count;
    uint64_t users_before = 0;
    for (uint32_t i = 0; i < count; ++i) {
        EngineTask task{.plan = &plan_,
                        .board = &board_,
                        .control = &control_,
                        .stats = stats_[i].get(),
                        .share = {.index = i, .count = count},
                        .engine = engine_.engine,
                        .cpu = layout_.cpus[i],
                        .spin = layout_.spin,
                        .tls = tls_ ? &*tls_ : nullptr};
        // A share of the requests in proportion to that of the users; the sum is exact.
        uint64_t users = users_before + task.share.of(plan_.users_peak);
        auto part = [&](uint64_t below) {
            return static_cast<uint64_t>(static_cast<long double>(plan_.request_limit) *
                                         below / plan_.users_peak);
        };
        task.request_quota = part(users) - part(users_before);
        users_before = users;
        if (count > 1) { // disjoint source ports: no search that meets another thread's
            task.port_low = static_cast<uint16_t>(port_low + i * ports);
            task.port_high = static_cast<uint16_t>(task.port_low + ports - 1);
        }
        steal_start_ns_.push_back(layout_.cpus[i] >= 0 ? steal_ns(layout_.cpus[i]) : 0);
        threads_.emplace_back([this, i, task] { reports_[i] = run_engine(task); });
    }
}

void Session::await_ready() {
    while (control_.ready.load(std::memory_order_acquire) < threads_.size()) {
        follow_stop_signal();
        sleep_ns(ns_per_ms);
    }
    zero_ns_ = monotonic_ns() + start_lead_ns;
    zero_unix_ns_ = unix_ns() + start_lead_ns;
    if (not_made_ || !first_connections_made()) {
        stop(StopRequest::at_once);
    }
    control_.zero_ns.store(zero_ns_, std::memory_order_release);
    for (Observer* observer : options_.observers) {
        observer->on_start(zero_unix_ns_);
    }
}

/// A target that answers nobody before the load is not there; a load without first connections
/// tells at its end.
bool Session::first_connections_made() {
    if (plan_.users_ready != 0) {
        first_error_ = error_of_unreached();
    }
    if (first_error_ != 0) {
        not_made_ = never_reached();
    }
    return first_error_ == 0;
}

/// The error of a connect when none succeeded so far, else 0.
int Session::error_of_unreached() const {
    uint64_t made = 0;
    int error = 0;
    for (const std::unique_ptr<ThreadStats>& stats : stats_) {
        made += read_counter(stats->connections_opened);
        error = error != 0 ? error : static_cast<int>(read_counter(stats->connect_error));
    }
    return made == 0 ? error : 0;
}

std::string Session::never_reached() const {
    return fmt::format("{} was never reached: {}", plan_.url,
                       is_tls_result(first_error_)
                           ? tls_text(plan_, first_error_, failed_certificates(reports_))
                           : failure_text(Outcome::connect_error, first_error_));
}

void Session::stop(StopRequest how) {
    if (control_.stop.load(std::memory_order_relaxed) < how) {
        control_.stop.store(how, std::memory_order_relaxed);
    }
}

void Session::follow_stop_signal() {
    int signals = options_.stop != nullptr ? options_.stop->load(std::memory_order_relaxed) : 0;
    if (signals > 0) {
        interrupted_ = true;
        stop(signals > 1 ? StopRequest::at_once : StopRequest::end_load);
    }
}

bool Session::over() const {
    return control_.finished.load(std::memory_order_acquire) == threads_.size();
}

/// Sleeps until then, in steps that see a stop signal. False when the load was over before.
bool Session::wait_until(int64_t time_ns) {
    for (;;) {
        follow_stop_signal();
        pass_samples();
        if (over()) {
            return false;
        }
        int64_t left_ns = time_ns - monotonic_ns();
        if (left_ns <= 0) {
            return true;
        }
        sleep_ns(std::min(left_ns, poll_period_ns));
    }
}

bool Session::advance() { return advance_to(std::floor(read_until_s_ + 1 + 1e-9)); }

bool Session::advance_to(double until_s) {
    double end_s = to_seconds(plan_.end_ns);
    bool after = read_until_s_ >= end_s;
    bool last = !after && until_s >= end_s;
    until_s = last ? end_s : until_s;
    bool running = wait_until(zero_ns_ + static_cast<int64_t>(until_s * 1e9));
    if (running && last) { // what was in flight at the end usually ends within milliseconds
        running = wait_until(zero_ns_ + static_cast<int64_t>((until_s + tail_s) * 1e9));
    }
    double now_s = to_seconds(monotonic_ns() - zero_ns_);
    read_second(running || last ? until_s : std::clamp(now_s, read_until_s_, until_s), after);
    return running;
}

void Session::read_second(double until_s, bool after) {
    interval_ = collector_->read();
    Timeline::Added added =
        timeline_.add({.from_s = read_until_s_,
                       .to_s = until_s,
                       .warm_up = read_until_s_ < to_seconds(plan_.warm_up_ns),
                       .after = after,
                       .generator_rss_bytes = rss_bytes()},
                      interval_);
    for (const Interval::PhaseFigures& phase : interval_.phases) {
        started_ += phase.counts.started;
        completed_ += phase.counts.completed();
        failed_ += phase.counts.failed();
    }
    read_until_s_ = until_s;
    auto until_ns = static_cast<int64_t>(until_s * 1e9);
    unsigned stage = 0;
    for (const Segment& segment : board_.segments()) {
        stage = segment.start_ns < until_ns ? segment.stage : stage;
    }
    Snapshot snapshot{.elapsed_s = until_s,
                      .total_s = plan_.end_ns >= never_ns ? 0 : to_seconds(plan_.end_ns),
                      .stage = stage + 1,
                      .stage_count = static_cast<unsigned>(plan_.stages.size()),
                      .row = &added.row,
                      .interval = &added.latency,
                      .started = started_,
                      .completed = completed_,
                      .failed = failed_,
                      .planned_requests = plan_.request_limit};
    for (Observer* observer : options_.observers) {
        observer->on_second(snapshot);
    }
}

void Session::pass_samples() {
    if (options_.samples) {
        for (const std::unique_ptr<ThreadStats>& stats : stats_) {
            ringblast::pass_samples(*stats, plan_, options_.observers);
        }
    }
}

void Session::forget() { collector_->forget(); }

Result Session::figures(double from_s, double to_s) const {
    return assemble_result(plan_, *collector_, {.from_s = from_s, .to_s = to_s});
}

double Session::now_s() const { return to_seconds(monotonic_ns() - zero_ns_); }

Result Session::so_far() const {
    return assemble_result(plan_, *collector_,
                           {.from_s = to_seconds(plan_.warm_up_ns), .to_s = read_until_s_});
}

Result Session::finish() {
    for (std::thread& thread : threads_) {
        thread.join();
    }
    Interval rest = collector_->read();
    pass_samples();
    CHECK(rest.phases[phase_measured].counts.started == 0 || not_made_);
    int64_t load_end_ns = 0;
    for (const EngineReport& report : reports_) {
        bool by_number = plan_.request_limit != 0 && !interrupted_ &&
                         report.worker.load_end_ns < plan_.end_ns;
        load_end_ns = std::max(load_end_ns, by_number ? report.worker.drained_ns
                                                      : report.worker.load_end_ns);
    }
    Result result = assemble_result(
        plan_, *collector_,
        {.from_s = to_seconds(plan_.warm_up_ns), .to_s = to_seconds(load_end_ns)},
        failed_certificates(reports_));
    result.tls = tls_facts_of(plan_, reports_);
    result.started_at_ns = zero_unix_ns_;
    first_error_ = error_of_unreached();
    if (first_error_ != 0) { // the certificate behind it is known by now
        not_made_ = never_reached();
    }
    result.interrupted = interrupted_;
    result.not_made = not_made_;
    result.timeline = timeline_.take();
    describe_generator(result.generator);
    for (const EngineReport& report : reports_) {
        if (report.refused) {
            result.not_made = report.refused;
        }
    }
    return result;
}

void Session::describe_generator(GeneratorReport& generator) const {
    generator.version = version;
    generator.engine = engine_name(engine_.engine);
    generator.engine_reason = engine_.reason;
    generator.kernel = kernel_release();
    generator.command = options_.command;
    generator.congestion_control = congestion_control();
    generator.threads = static_cast<unsigned>(threads_.size());
    generator.peak_rss_bytes = peak_rss_bytes();
    double elapsed_s = to_seconds(monotonic_ns() - zero_ns_);
    for (size_t i = 0; i < reports_.size(); ++i) {
        const EngineReport& report = reports_[i];
        int cpu = report.pinned ? layout_.cpus[i] : -1;
        generator.cpus.push_back(cpu);
        generator.busy.push_back(report.busy);
        generator.buffer_starvations += report.io.starvations;
        generator.cq_overflows += report.io.overflows;
        generator.stale_completions += report.io.stale;
        generator.run_delay_share = std::max(generator.run_delay_share, report.run_delay_share);
        if (cpu >= 0) {
            double stolen_s = to_seconds(steal_ns(cpu) - steal_start_ns_[i]);
            generator.steal_share = std::max(generator.steal_share, stolen_s / elapsed_s);
        }
    }
}

} // namespace ringblast
