#include "run/probes.hpp"

#include "base/clock.hpp"
#include "base/quote.hpp"
#include "run/machine.hpp"
#include "run/resolve.hpp"
#include "scenario/text_template.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

namespace ringblast {

namespace {

constexpr int niceness = 10; ///< whoever makes the load goes first

/// Whether one fetch can serve both.
bool share_document(const Probe& one, const Probe& other) {
    const auto is_document = [](const Probe& probe) {
        return probe.source == Probe::Source::prometheus || probe.source == Probe::Source::json;
    };
    return is_document(one) && is_document(other) && one.url == other.url &&
           one.headers == other.headers && one.every == other.every && one.timeout == other.timeout;
}

/// The headers with what the set-up extracted; those that insert anything else are left out, as
/// those of users are while a variable is unset.
std::vector<Header> filled(const std::vector<Header>& headers, const Variables& variables) {
    std::vector<Header> filled;
    const UserValues none;
    const DrawOrigin origin;
    for (const Header& header : headers) {
        const auto text = TextTemplate::compile(header.value, Escape::header, variables);
        if (text && text->has_values(variables, origin, none)) {
            Header& added = filled.emplace_back(header.name, "");
            text->append(added.value, variables, origin, none);
        }
    }
    return filled;
}

/// Where a document is. What is not the target's own URL is looked up like a target of its own.
Expected<FetchPlan> plan_fetch(const Probe& probe, const ProbedTarget& target) {
    const Expected<Url> base = parse_url(target.target.base_url);
    if (!base) {
        return std::unexpected(base.error());
    }
    FetchPlan plan{.url = *base,
                   .addresses = target.addresses,
                   .headers = {},
                   .tls = target.target.tls,
                   .connect_timeout_ns = target.target.connect_timeout.count()};
    if (probe.url.starts_with('/')) {
        plan.url.target = join_target(*base, probe.url);
    } else {
        const Expected<Url> other = parse_url(probe.url);
        if (!other || other->websocket()) {
            return failure(!other ? other.error().message : "a probe speaks http and https");
        }
        plan.url = *other;
        plan.addresses.clear();
        if (target.look_up) {
            const auto found = resolve_target({.base_url = probe.url});
            if (found) {
                plan.addresses = found->addresses;
            } else {
                plan.problem = found.error().error.message;
            }
        }
    }
    ExpectedAll<Variables> variables = Variables::compile({}, {}, target.values, 0);
    if (!variables) {
        return std::unexpected(variables.error().front());
    }
    // The target's headers may be secrets of it: nobody else gets them.
    const bool own = plan.url.host == base->host && plan.url.tls() == base->tls();
    plan.headers = filled(
        probe.headers.value_or(own ? target.target.headers : std::vector<Header>{}), *variables);
    return plan;
}

Expected<std::unique_ptr<ProbeSource>> make_source(const std::vector<Probe>& probes,
                                                   const ProbedTarget& target) {
    const Probe& first = probes.front();
    switch (first.source) {
    case Probe::Source::process:
        return make_process_source(first, target.addresses);
    case Probe::Source::command:
        return make_command_source(first);
    case Probe::Source::prometheus:
    case Probe::Source::json:
        break;
    }
    Expected<FetchPlan> plan = plan_fetch(first, target);
    if (!plan) {
        return failure("probe " + quoted(first.name) + ": " + plan.error().message);
    }
    return make_document_source(probes, std::move(*plan));
}

/// Signals are the main thread's; other cores than the engine's, where there are any.
void settle(const std::vector<int>& busy_cpus) {
    cpu_set_t set;
    CPU_ZERO(&set);
    for (int cpu : allowed_cpus()) {
        if (std::ranges::find(busy_cpus, cpu) == busy_cpus.end()) {
            CPU_SET(cpu, &set);
        }
    }
    if (CPU_COUNT(&set) > 0) {
        sched_setaffinity(0, sizeof set, &set);
    }
    setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), niceness); // of this thread, on Linux
}

double in_seconds(int64_t ns) {
    return static_cast<double>(ns) / ns_per_second;
}

} // namespace

ExpectedAll<std::unique_ptr<Probes>> Probes::create(const std::vector<Probe>& probes,
                                                    const ProbedTarget& target) {
    std::vector<std::vector<Probe>> groups;
    std::vector<std::vector<size_t>> places;
    size_t place = 0;
    for (const Probe& probe : probes) {
        auto group = std::ranges::find_if(groups, [&](const std::vector<Probe>& known) {
            return share_document(known.front(), probe);
        });
        const auto index = static_cast<size_t>(group - groups.begin());
        if (group == groups.end()) {
            groups.emplace_back();
            places.emplace_back();
        }
        groups[index].push_back(probe);
        for (size_t i = 0; i < figures_of(probe).size(); ++i) {
            places[index].push_back(place++);
        }
    }
    std::unique_ptr<Probes> made(new Probes);
    std::vector<Error> errors;
    for (size_t i = 0; i < groups.size(); ++i) {
        Expected<std::unique_ptr<ProbeSource>> source = make_source(groups[i], target);
        if (!source) {
            errors.push_back(source.error());
            continue;
        }
        auto lane = std::make_unique<Lane>();
        lane->source = std::move(*source);
        lane->every = groups[i].front().every;
        lane->timeout = groups[i].front().timeout;
        for (const Probe& probe : groups[i]) {
            std::ranges::move(figures_of(probe), std::back_inserter(lane->figures));
        }
        lane->places = places[i];
        lane->series.resize(lane->figures.size());
        made->lanes_.push_back(std::move(lane));
    }
    if (!errors.empty()) {
        return std::unexpected(std::move(errors));
    }
    return made;
}

Probes::~Probes() {
    stop();
}

void Probes::start(int64_t zero_ns, const std::vector<int>& busy_cpus) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); // inherited: signals are the caller's
    for (const std::unique_ptr<Lane>& lane : lanes_) {
        lane->thread = std::thread([this, &lane = *lane, zero_ns, busy_cpus] {
            settle(busy_cpus);
            run(lane, zero_ns);
        });
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void Probes::stop() {
    {
        std::lock_guard lock(mutex_);
        stop_.store(true, std::memory_order_relaxed);
    }
    stopping_.notify_all();
    for (const std::unique_ptr<Lane>& lane : lanes_) {
        if (lane->thread.joinable()) {
            lane->thread.join();
        }
    }
}

/// False when it is time to stop.
bool Probes::sleep_until(int64_t time_ns) {
    const auto time = std::chrono::steady_clock::time_point(std::chrono::nanoseconds(time_ns));
    std::unique_lock lock(mutex_);
    return !stopping_.wait_until(lock, time,
                                 [this] { return stop_.load(std::memory_order_relaxed); });
}

void Probes::run(Lane& lane, int64_t zero_ns) {
    const int64_t every_ns = lane.every.count();
    int64_t due_ns = zero_ns;
    while (sleep_until(due_ns)) {
        const int64_t start_ns = monotonic_ns();
        std::vector<ProbeValue> values =
            lane.source->read({.until_ns = start_ns + lane.timeout.count(), .stop = &stop_});
        keep(lane, in_seconds(start_ns - zero_ns), std::move(values));
        // Rounds that it slept through are left out, not made up for.
        const int64_t rounds = std::max<int64_t>((monotonic_ns() - zero_ns) / every_ns, 0);
        due_ns = zero_ns + (rounds + 1) * every_ns;
    }
}

void Probes::keep(Lane& lane, double t_s, std::vector<ProbeValue> values) {
    std::lock_guard lock(mutex_);
    if (stop_.load(std::memory_order_relaxed)) {
        return; // cut short
    }
    for (size_t i = 0; i < values.size(); ++i) {
        if (!values[i]) {
            lane.series[i].add_failure(std::move(values[i].error().message));
        } else if (*values[i]) {
            lane.series[i].add(t_s, **values[i]);
        }
    }
}

std::vector<ProbeResult> Probes::results(double from_s, double to_s) const {
    std::lock_guard lock(mutex_);
    std::vector<std::pair<size_t, ProbeResult>> placed;
    for (const std::unique_ptr<Lane>& lane : lanes_) {
        // A reading tells of the time before it: that at the end of the warm-up belongs to it, and
        // that at the end of the load to the load, though it comes a little later.
        const double every_s = in_seconds(lane->every.count());
        const double first_s = from_s > 0 ? from_s + every_s / 2 : from_s;
        for (size_t i = 0; i < lane->figures.size(); ++i) {
            placed.emplace_back(lane->places[i], lane->series[i].result(lane->figures[i], first_s,
                                                                        to_s + every_s / 4));
        }
    }
    std::ranges::sort(placed, {}, &std::pair<size_t, ProbeResult>::first);
    std::vector<ProbeResult> results;
    for (auto& [place, result] : placed) {
        results.push_back(std::move(result));
    }
    return results;
}

} // namespace ringblast
