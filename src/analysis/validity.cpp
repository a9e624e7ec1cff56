#include "analysis/validity.hpp"

#include "analysis/held_back.hpp"
#include "base/print.hpp"

#include <algorithm>
#include <cmath>

namespace ringblast {

namespace {

constexpr double ns_per_ms = 1e6;
constexpr double lateness_limit_ns_max = 1e6; ///< p99 of lateness without thresholds
constexpr double limit_share = 0.01;          ///< of the tightest latency threshold
constexpr double suspect_factor = 10;         ///< suspect up to ten times the limit
constexpr double tail_factor = 5;             ///< p99.9 may be five times what p99 may be
constexpr double area_tolerance = 1e-6;
constexpr double busy_at_limit = 0.95;      ///< a thread that has no time left
constexpr double busy_when_dropping = 0.90; ///< busy enough to be the cause of drops
constexpr double shed_share_max = 0.005;    ///< of arrivals or requests lost by the generator
constexpr double starved_share_max = 0.001; ///< of receives; more would show in the p99.9
constexpr double steal_share_max = 0.05;
constexpr double run_delay_share_max = 0.10;
constexpr double stall_share_max = 0.01;   ///< of the run, in one piece
constexpr double stall_s_min = 0.01;       ///< shorter ones are any scheduler's business
constexpr double host_share_named = 0.005; ///< steal worth naming as the cause of late sends

/// Collects findings; the worst decides the state.
class Findings {
public:
    void add(ValidityState state, std::string reason) {
        findings_.push_back({state, std::move(reason)});
    }
    void set_limit(Limit limit) {
        if (limit_ == Limit::none || limit == Limit::generator) {
            limit_ = limit;
        }
    }
    Limit limit() const { return limit_; }

    Validity validity() && {
        std::ranges::stable_sort(findings_, std::ranges::greater{}, &Finding::state);
        Validity validity{.limit = limit_};
        if (!findings_.empty()) {
            validity.state = findings_.front().state;
        }
        for (Finding& finding : findings_) {
            validity.reasons.push_back(std::move(finding.reason));
        }
        return validity;
    }

private:
    struct Finding {
        ValidityState state;
        std::string reason;
    };
    std::vector<Finding> findings_;
    Limit limit_ = Limit::none;
};

double ratio(uint64_t part, uint64_t whole) {
    return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

double busiest(const GeneratorReport& generator) {
    return generator.busy.empty() ? 0 : std::ranges::max(generator.busy);
}

std::string busy_text(const GeneratorReport& generator) {
    return (generator.threads == 1 ? std::string("the generator's one thread")
                                   : "the busiest of the generator's " +
                                         std::to_string(generator.threads) + " threads") +
           " was " + print_share(busiest(generator)) + " busy";
}

/// The least upper limit on a latency among the thresholds; 0 without one.
double tightest_latency_ns(const Result& result) {
    double tightest_ns = 0;
    for (const ThresholdResult& threshold : result.thresholds) {
        const bool upper = threshold.op == "<" || threshold.op == "<=";
        const double limit_ns = threshold.target * ns_per_ms;
        const bool decided = threshold.verdict != Verdict::skipped;
        if (decided && threshold.unit == "ms" && upper &&
            (tightest_ns == 0 || limit_ns < tightest_ns)) {
            tightest_ns = limit_ns;
        }
    }
    return tightest_ns;
}

void check_invariants(const Result& result, Findings& findings) {
    const SelfCheck& check = result.self_check;
    if (check.started != check.ended) {
        findings.add(ValidityState::invalid,
                     "self-check: " + print_count(check.started) + " requests started but " +
                         print_count(check.ended) + " ended; this is a bug of ringblast");
    }
    if (check.open_load && check.arrivals != check.tasks_started + check.dropped) {
        findings.add(ValidityState::invalid,
                     "self-check: " + print_count(check.arrivals) + " arrivals, but " +
                         print_count(check.tasks_started) + " tasks started and " +
                         print_count(check.dropped) + " dropped; this is a bug of ringblast");
    }
    const double larger = std::max(std::abs(check.in_flight_area_s), std::abs(check.latency_sum_s));
    const double difference = std::abs(check.in_flight_area_s - check.latency_sum_s);
    if (larger > 0 && difference > area_tolerance * larger) {
        findings.add(ValidityState::invalid, "self-check: requests were in flight for " +
                                                 print_latency(check.in_flight_area_s * 1e9) +
                                                 " in all, but their latencies add up to " +
                                                 print_latency(check.latency_sum_s * 1e9) + " (" +
                                                 print_share(difference / larger) +
                                                 " apart); this is a bug of ringblast");
    }
}

/// What the host did that makes sends late; empty when nothing is known.
std::string host_cause(const GeneratorReport& generator, double lateness_ns) {
    std::string cause;
    if (generator.steal_share >= host_share_named) {
        cause +=
            "; the host took " + print_share(generator.steal_share) + " of the CPU time (steal)";
    }
    if (generator.run_delay_share >= host_share_named) {
        cause += "; other programs held the CPU for " + print_share(generator.run_delay_share) +
                 " of the time";
    }
    if (generator.stall_max_s * 1e9 >= lateness_ns / 2) {
        cause += "; a thread stood still for up to " + print_latency(generator.stall_max_s * 1e9);
    }
    return cause;
}

void check_lateness(const Result& result, Findings& findings) {
    const GeneratorReport& generator = result.generator;
    if (generator.lateness.empty()) {
        return;
    }
    const double tightest_ns = tightest_latency_ns(result);
    double limit_ns = lateness_limit_ns_max;
    std::string basis = " (limit " + print_latency(limit_ns) + ")";
    if (tightest_ns > 0 && tightest_ns * limit_share < limit_ns) {
        limit_ns = tightest_ns * limit_share;
        basis = " (limit " + print_latency(limit_ns) + ", 1 % of the tightest threshold " +
                print_latency(tightest_ns) + ")";
    }
    const auto p99_ns = static_cast<double>(generator.lateness.percentile(99));
    const auto p999_ns = static_cast<double>(generator.lateness.percentile(99.9));
    if (p99_ns > limit_ns) {
        const bool invalid = p99_ns > limit_ns * suspect_factor;
        findings.add(invalid ? ValidityState::invalid : ValidityState::suspect,
                     "1 % of the sends were late by " + print_latency(p99_ns) + " or more" + basis +
                         "; " + busy_text(generator) + host_cause(generator, p99_ns));
        findings.set_limit(Limit::generator);
    } else if (p999_ns > limit_ns * tail_factor) {
        const std::string cause = host_cause(generator, p999_ns);
        findings.add(ValidityState::suspect,
                     "0.1 % of the sends were late by " + print_latency(p999_ns) +
                         " or more (limit " + print_latency(limit_ns * tail_factor) + ")" +
                         (cause.empty() ? "; no cause was seen on this machine" : cause));
    }
}

void check_drops(const Result& result, Findings& findings) {
    if (result.dropped == 0) {
        return;
    }
    const GeneratorReport& generator = result.generator;
    const double share = ratio(result.dropped, result.arrivals);
    const std::string text = print_count(result.dropped) + " of " + print_count(result.arrivals) +
                             " arrivals (" + print_share(share) + ") were dropped: ";
    const bool starved = generator.out_of_ports + generator.out_of_files > 0;
    if (!starved && busiest(generator) < busy_when_dropping) {
        // Nobody knows how long those would have taken: the figures are of the lucky ones.
        findings.add(share > shed_share_max ? ValidityState::suspect : ValidityState::valid,
                     text + "the target answered too slowly for the users and the backlog that "
                            "the load allows");
        findings.set_limit(Limit::target);
        return;
    }
    findings.add(share > shed_share_max ? ValidityState::invalid : ValidityState::suspect,
                 text + (starved
                             ? "the generator ran out of ports or files"
                             : "the generator could not keep up (" + busy_text(generator) + ")"));
    findings.set_limit(Limit::generator);
}

void check_speed(const Result& result, Findings& findings) {
    const GeneratorReport& generator = result.generator;
    if (generator.busy.empty()) {
        return;
    }
    const bool at_limit = busiest(generator) >= busy_at_limit;
    if (generator.closed_at_full_speed && at_limit) {
        findings.add(ValidityState::valid,
                     "the generator was the limit (" + busy_text(generator) +
                         "): latency includes its own queueing, and the target can do more");
        findings.set_limit(Limit::generator);
    } else if (generator.closed_at_full_speed) {
        findings.add(ValidityState::valid,
                     "the target or the network was the limit (" + busy_text(generator) + ")");
        findings.set_limit(Limit::target);
    } else if (at_limit) {
        findings.add(ValidityState::suspect,
                     "the generator was close to its limit (" + busy_text(generator) +
                         "): give it more cores with --threads or less load");
        findings.set_limit(Limit::generator);
    } else if (const std::string held_back = find_target_limit(result);
               !held_back.empty() && findings.limit() == Limit::none &&
               busiest(generator) < busy_when_dropping) {
        findings.add(ValidityState::valid, held_back + " (" + busy_text(generator) + ")");
        findings.set_limit(Limit::target);
    }
}

void check_descriptors(const Result& result, uint64_t count, const std::string& what,
                       Findings& findings) {
    if (count == 0) {
        return;
    }
    const bool invalid = ratio(count, std::max(result.counts.started, count)) > shed_share_max;
    findings.add(invalid ? ValidityState::invalid : ValidityState::suspect,
                 print_counted(count, "connection") + " could not be opened for want of " + what);
    findings.set_limit(Limit::generator);
}

void check_resources(const Result& result, Findings& findings) {
    const GeneratorReport& generator = result.generator;
    check_descriptors(result, generator.out_of_ports,
                      "local ports: use keep-alive, --local-ips with more source addresses, or "
                      "widen net.ipv4.ip_local_port_range",
                      findings);
    check_descriptors(result, generator.out_of_files,
                      "file descriptors: raise the limit with ulimit -n", findings);
    if (ratio(generator.buffer_starvations, result.counts.started) > starved_share_max) {
        findings.add(ValidityState::suspect,
                     print_counted(generator.buffer_starvations, "receive") +
                         " had to wait for a free buffer of the generator");
    }
    if (generator.cq_overflows > 0) {
        findings.add(ValidityState::suspect, "the completion queue overflowed " +
                                                 print_counted(generator.cq_overflows, "time") +
                                                 ": completions were seen late");
    }
    if (generator.latency_out_of_range > 0) {
        findings.add(ValidityState::suspect,
                     print_counted(generator.latency_out_of_range, "latency value") +
                         " did not fit into the histogram (1 h) and are missing from it");
    }
}

void check_host(const Result& result, Findings& findings) {
    const GeneratorReport& generator = result.generator;
    if (generator.steal_share > steal_share_max) {
        findings.add(ValidityState::suspect,
                     "the host took " + print_share(generator.steal_share) +
                         " of the generator's CPU time (steal): latencies contain its pauses");
    }
    if (generator.run_delay_share > run_delay_share_max) {
        findings.add(ValidityState::suspect, "other programs held the generator's CPUs for " +
                                                 print_share(generator.run_delay_share) +
                                                 " of the time");
    }
    if (result.duration_s > 0 &&
        generator.stall_max_s > std::max(stall_s_min, stall_share_max * result.duration_s)) {
        findings.add(ValidityState::suspect, "a thread of the generator stood still for " +
                                                 print_latency(generator.stall_max_s * 1e9) +
                                                 " at once: latencies around it are its own");
    }
}

} // namespace

Validity judge_validity(const Result& result) {
    Findings findings;
    if (result.not_made) {
        findings.add(ValidityState::invalid, "the run could not be made");
        return std::move(findings).validity();
    }
    check_invariants(result, findings);
    check_lateness(result, findings);
    check_drops(result, findings);
    check_resources(result, findings);
    check_speed(result, findings);
    check_host(result, findings);
    return std::move(findings).validity();
}

} // namespace ringblast
