#include "analysis/cause.hpp"

#include "analysis/clustering.hpp"
#include "analysis/held_back.hpp"
#include "analysis/stage_findings.hpp"
#include "base/print.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace ringblast {

namespace {

constexpr double s_per_min = 60;
constexpr double limited_share_min = 0.01; ///< of the requests, rate limited
constexpr double failed_share_min = 0.001; ///< of the requests: worth looking at
constexpr double dominant_share = 0.5;     ///< of the errors
constexpr double flat_share_max = 0.05;    ///< half of the seconds this close to the middle
constexpr double same_rate_max = 1.10;     ///< of the rate, under half as much load again
constexpr double more_load_min = 1.5;
constexpr double more_latency_min = 1.3;
constexpr double syn_retry_ns = 0.9e9; ///< a lost SYN is sent again after a second
constexpr uint64_t syn_retries_min = 3;

double as_double(uint64_t count) {
    return static_cast<double>(count);
}

double share(uint64_t part, uint64_t whole) {
    return whole == 0 ? 0 : as_double(part) / as_double(whole);
}

/// The values at a quarter, the half and three quarters.
struct Quartiles {
    double low = 0, middle = 0, high = 0;
    bool flat() const { return middle > 0 && (high - low) <= 2 * flat_share_max * middle; }
};

Quartiles quartiles_of(std::vector<double> values) {
    if (values.empty()) {
        return {};
    }
    std::ranges::sort(values);
    const auto at = [&](double part) {
        return values[static_cast<size_t>(part * as_double(values.size() - 1) + 0.5)];
    };
    return {.low = at(0.25), .middle = at(0.5), .high = at(0.75)};
}

/// Applies the rules in the order in which a person should look.
class CauseFinder {
public:
    CauseFinder(const Result& result, const TimelineFigures& timeline,
                std::span<const SideSeries> beside)
        : result_(result), timeline_(timeline), beside_(beside) {}

    std::vector<Cause> find() && {
        look_at_generator();
        look_at_own_limits();
        look_at_accepting();
        look_at_queue();
        look_at_processors();
        look_at_limiter();
        look_at_errors();
        look_at_saturation();
        look_at_memory();
        look_at_trends();
        return std::move(causes_);
    }

private:
    void look_at_generator();
    void look_at_own_limits();
    void look_at_accepting();
    void look_at_queue();
    void look_at_processors();
    void look_at_limiter();
    void look_at_errors();
    void look_at_saturation();
    void look_at_memory();
    void look_at_trends();

    std::vector<Occurrences> occurrences(uint64_t TimelineRow::*hits) const;
    const ErrorGroup* largest_group(Outcome outcome) const;

    const Result& result_;
    const TimelineFigures& timeline_;
    std::span<const SideSeries> beside_;
    std::vector<Cause> causes_;
};

std::vector<Occurrences> CauseFinder::occurrences(uint64_t TimelineRow::*hits) const {
    std::vector<Occurrences> rows;
    for (const RowFigures& figures : timeline_.rows) {
        rows.push_back({.t_s = figures.row->t_s,
                        .span_s = figures.row->span_s,
                        .trials = figures.completed,
                        .hits = figures.row->*hits});
    }
    return rows;
}

const ErrorGroup* CauseFinder::largest_group(Outcome outcome) const {
    const ErrorGroup* largest = nullptr;
    for (const ErrorGroup& group : result_.errors) {
        if (group.outcome == outcome && (largest == nullptr || group.count > largest->count)) {
            largest = &group;
        }
    }
    return largest;
}

void CauseFinder::look_at_generator() {
    const Validity& validity = result_.validity;
    if (validity.state == ValidityState::invalid ||
        (validity.state == ValidityState::suspect && validity.limit == Limit::generator)) {
        causes_.push_back({.kind = "generator_limited",
                           .what = "this machine, not the target: the generator was the limit",
                           .evidence = validity.reasons,
                           .advice = "give it more cores (--threads) or a machine of its own, or "
                                     "ask for less"});
    }
}

void CauseFinder::look_at_own_limits() {
    const GeneratorReport& generator = result_.generator;
    if (generator.out_of_ports > 0) {
        causes_.push_back(
            {.kind = "out_of_ports",
             .what = "this machine ran out of local ports",
             .evidence = {print_counted(generator.out_of_ports, "connection") +
                          " could not be opened, of " +
                          print_count(result_.connections_opened + generator.out_of_ports)},
             .advice = "keep connections alive, add source addresses with --local-ips, or widen "
                       "net.ipv4.ip_local_port_range"});
    }
    if (generator.out_of_files > 0) {
        causes_.push_back({.kind = "out_of_files",
                           .what = "this machine allows no more open files",
                           .evidence = {print_counted(generator.out_of_files, "connection") +
                                        " could not be opened"},
                           .advice = "raise the limit with ulimit -n"});
    }
}

/// Refused connections, and connects that took as long as a lost SYN takes to be sent again.
void CauseFinder::look_at_accepting() {
    std::vector<std::string> evidence;
    const uint64_t refused = result_.counts.of(Outcome::connect_error);
    const uint64_t failed = result_.counts.failed();
    const bool own_fault = result_.generator.out_of_ports + result_.generator.out_of_files > 0;
    if (refused > 0 && !own_fault && share(refused, failed) >= dominant_share) {
        const ErrorGroup* group = largest_group(Outcome::connect_error);
        evidence.push_back(print_count(refused) + " connections failed (" +
                           print_share(share(refused, failed)) + " of the errors)" +
                           (group != nullptr ? ", most with: " + group->message : ""));
    }
    const Histogram& connect = result_.connect;
    uint64_t retried = 0;
    for (size_t i = connect.slots_begin(); i < connect.slots_end(); ++i) {
        if (as_double(static_cast<uint64_t>(connect.layout().value_of(i))) >= syn_retry_ns) {
            retried += connect.slot(i);
        }
    }
    const bool quick = static_cast<double>(connect.percentile(50)) < syn_retry_ns / 10;
    if (retried >= syn_retries_min && quick) {
        evidence.push_back(print_count(retried) + " of " + print_count(connect.count()) +
                           " connects took a second or more, half of them less than " +
                           print_latency(static_cast<double>(connect.percentile(50))) +
                           ": lost SYNs that were sent again");
    }
    if (!evidence.empty()) {
        causes_.push_back({.kind = "accept_backlog",
                           .what = "the target does not take up new connections fast enough, or "
                                   "does not listen",
                           .evidence = std::move(evidence),
                           .advice = "look at its queue of connections (backlog of listen, "
                                     "net.core.somaxconn, `ss -lnt`) and at how many processes "
                                     "accept"});
    }
}

/// An open load that sends faster than the target answers: what waits grows, and latency with it.
void CauseFinder::look_at_queue() {
    const std::optional<GrowingQueue> queue = find_growing_queue(result_);
    if (!queue) {
        return;
    }
    std::vector<std::string> evidence = {
        "p50 rose from " + print_latency(queue->p50_first_ns) + " to " +
            print_latency(queue->p50_last_ns),
        fmt::format("{} requests were asked for, {} answered by the end of the load",
                    print_count(queue->asked), print_count(queue->answered)),
        fmt::format("goodput stood at {}/s, then {}/s", print_rate(queue->goodput_first),
                    print_rate(queue->goodput_last))};
    if (result_.dropped > 0) {
        evidence.push_back(print_counted(result_.dropped, "arrival") + " found no free user");
    }
    causes_.push_back(
        {.kind = "queue_growing",
         .what = "requests queue up before the target: it is asked for more than it can serve",
         .evidence = std::move(evidence),
         .advice = "the goodput is near its capacity; latency here is waiting time and would grow "
                   "without end"});
}

/// A process that takes all the processor it can get.
void CauseFinder::look_at_processors() {
    for (const SideSeries& series : beside_) {
        if (!series.name.ends_with(".cpu") || series.points.size() < 5) {
            continue;
        }
        std::vector<double> values;
        for (const SeriesPoint& point : series.points) {
            values.push_back(point.value);
        }
        const Processor cpu = read_processor(values);
        if (!cpu.full) {
            continue;
        }
        causes_.push_back({.kind = "cpu_full",
                           .what = series.name + " stood at what its cores can give",
                           .evidence = {fmt::format("half of the time between {:.0f} and {:.0f} %, "
                                                    "in the middle {:.0f} %",
                                                    cpu.low, cpu.high, cpu.middle)},
                           .advice = "profile the target under this load, or give it more cores "
                                     "or processes"});
    }
}

void CauseFinder::look_at_limiter() {
    const Counts& counts = result_.counts;
    const auto status = counts.statuses.find(429);
    const uint64_t refused =
        std::max(counts.rate_limited(), status == counts.statuses.end() ? 0 : status->second);
    if (share(refused, counts.completed()) < limited_share_min) {
        return;
    }
    std::vector<double> accepted;
    std::optional<double> first_s;
    for (const RowFigures& figures : timeline_.rows) {
        if (figures.row->rate_limited > 0 && !figures.row->after) {
            accepted.push_back(as_double(figures.row->ok) / figures.row->span_s);
            first_s = first_s ? first_s : figures.row->t_s;
        }
    }
    std::vector<std::string> evidence = {print_count(refused) + " of " +
                                         print_count(counts.completed()) + " answers were 429 (" +
                                         print_share(share(refused, counts.completed())) + ")"};
    const Quartiles rate = quartiles_of(accepted);
    if (accepted.size() >= 3) {
        evidence.push_back(fmt::format("while they came, {}/s were accepted (half of the seconds "
                                       "{} to {}/s)",
                                       print_rate(rate.middle), print_rate(rate.low),
                                       print_rate(rate.high)));
    }
    if (first_s) {
        evidence.push_back(fmt::format("the first one came in the second from {:.0f} s", *first_s));
    }
    const auto limited = find_clustering(occurrences(&TimelineRow::rate_limited));
    if (limited && limited->period_s) {
        evidence.push_back(
            fmt::format("they come back every {:.0f} s: the limiter's window", *limited->period_s));
    }
    causes_.push_back({.kind = "rate_limited",
                       .what = accepted.size() >= 3 && rate.flat()
                                   ? "a rate limiter, at about " + print_rate(rate.middle) + "/s"
                                   : "a rate limiter",
                       .evidence = std::move(evidence),
                       .advice = "its limit is what was measured, not what the target can do: "
                                 "raise it for the test, or ask for less"});
}

void CauseFinder::look_at_errors() {
    const Counts& counts = result_.counts;
    if (counts.failed() == 0 || share(counts.failed(), counts.completed()) < failed_share_min) {
        return;
    }
    const ErrorGroup* largest = nullptr;
    for (const ErrorGroup& group : result_.errors) {
        const bool counted =
            group.outcome != Outcome::rate_limited && group.outcome != Outcome::connect_error;
        if (counted && (largest == nullptr || group.count > largest->count)) {
            largest = &group;
        }
    }
    if (largest == nullptr || share(largest->count, counts.failed()) < dominant_share / 2) {
        return;
    }
    Cause cause{.kind = std::string(name_of(largest->outcome)),
                .what = "the errors: " + largest->message,
                .evidence = {print_count(largest->count) + " of " +
                             print_counted(counts.failed(), "failed request") + ", from " +
                             fmt::format("{:.1f} to {:.1f} s", largest->first_s, largest->last_s)},
                .advice = largest->hint};
    if (result_.findings.error_clustering && result_.findings.error_clustering->significant) {
        cause.evidence.push_back(result_.findings.error_clustering->words);
    }
    causes_.push_back(std::move(cause));
}

/// Half as many users again and hardly more answers: the knee was before.
void CauseFinder::look_at_saturation() {
    const StageResult* before = nullptr;
    for (const StageResult& stage : result_.stages) {
        if (!stage.goal.users || stage.goal.ramp || stage.duration_s <= 0 ||
            stage.latency.empty()) {
            before = nullptr;
            continue;
        }
        const auto rate = [](const StageResult& of) {
            return as_double(of.counts.ok()) / of.duration_s;
        };
        const auto p50 = [](const StageResult& of) {
            return static_cast<double>(of.latency.percentile(50));
        };
        if (before != nullptr && *stage.goal.users >= more_load_min * *before->goal.users &&
            rate(*before) > 0 && rate(stage) <= same_rate_max * rate(*before) &&
            p50(stage) >= more_latency_min * p50(*before)) {
            causes_.push_back(
                {.kind = "saturated",
                 .what = "more users, hardly more answers: the target is at its capacity",
                 .evidence = {fmt::format("{}: {}/s ok with a p50 of {}", goal_words(before->goal),
                                          print_rate(rate(*before)), print_latency(p50(*before))),
                              fmt::format("{}: {}/s ok with a p50 of {}", goal_words(stage.goal),
                                          print_rate(rate(stage)), print_latency(p50(stage)))},
                 .advice = "`ringblast limit` finds the rate that it holds"});
            return;
        }
        before = &stage;
    }
}

void CauseFinder::look_at_memory() {
    for (const SideSeries& series : beside_) {
        if (!series.name.ends_with(".rss") || series.points.empty()) {
            continue;
        }
        // What grows in the first third is caches that fill.
        const double from_s =
            series.points.front().t_s + (series.points.back().t_s - series.points.front().t_s) / 3;
        std::vector<SeriesPoint> late;
        std::ranges::copy_if(series.points, std::back_inserter(late),
                             [&](const SeriesPoint& point) { return point.t_s >= from_s; });
        const size_t together = late.size() / 240 + 1; // the test is quadratic
        std::vector<SeriesPoint> some;
        for (size_t i = 0; i < late.size(); i += together) {
            some.push_back(late[i]);
        }
        const auto trend = find_trend(some);
        if (trend && trend->significant && trend->slope_low > 0) {
            causes_.push_back(
                {.kind = "memory_growing",
                 .what = series.name + " grows",
                 .evidence = {fmt::format("by {} a minute (95 %: {} to {}), {:+.0f} % over {}",
                                          print_bytes(trend->slope * s_per_min),
                                          print_bytes(trend->slope_low * s_per_min),
                                          print_bytes(trend->slope_high * s_per_min),
                                          trend->change * 100,
                                          print_span(some.back().t_s - some.front().t_s))},
                 .advice = "a leak, or a cache without a bound: compare with a longer run"});
        }
    }
}

void CauseFinder::look_at_trends() {
    for (const TrendFinding& trend : result_.findings.trends) {
        const bool worse = trend.metric == "goodput" ? trend.change < 0 : trend.change > 0;
        const bool own = trend.metric == "generator_memory";
        if (!trend.steps.empty() || (trend.significant && worse)) {
            causes_.push_back(
                {.kind = own                   ? "generator_memory"
                         : trend.steps.empty() ? "trend"
                                               : "step",
                 .what = own ? "this machine: the generator's own memory"
                             : trend.metric + " changed while the load stood still",
                 .evidence = {trend.words},
                 .advice = own ? "a fault of ringblast that is worth a report"
                           : trend.steps.empty()
                               ? "look for what grows with time: tables, caches, memory, logs"
                               : "look at what happened on the target at that time"});
            if (!own) {
                return; // the other percentiles tell the same
            }
        }
    }
}

} // namespace

std::vector<Cause> find_causes(const Result& result, const TimelineFigures& timeline,
                               std::span<const SideSeries> beside) {
    if (result.not_made) {
        return {};
    }
    return CauseFinder(result, timeline, beside).find();
}

} // namespace ringblast
