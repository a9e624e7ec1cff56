// The metrics that a threshold can name: `p95`, `ok.p(99.9)`, `error_rate`, `status(5xx)` …
// The table of words is here, apart from the grammar around it (threshold.hpp).
#pragma once

#include "ringblast/error.hpp"
#include "ringblast/outcome.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace ringblast {

/// What is measured. `family` says which of the other members mean something.
struct Metric {
    enum class Family : uint8_t {
        latency, ///< the first seven have a `statistic`
        ok_latency,
        service,
        ttfb,
        connect,
        handshake,
        ws_connect,
        error_rate,
        success_rate,
        rate_limited_rate,
        errors,
        dropped,
        retries,
        skipped_tasks,
        ws_dropped,
        ws_sent_rps,
        ws_received_rps,
        rps,
        goodput,
        outcome,
        status,
        error_clustering, ///< of Result::findings, as the next
        latency_trend,
        probe, ///< has a `statistic`, too
    };
    /// The last two are of probes only.
    enum class Statistic : uint8_t { avg, min, max, percentile, last, slope };
    Family family = Family::latency;
    Statistic statistic = Statistic::avg;
    double percentile = 0;              ///< of Statistic::percentile, 0 < p < 100
    Outcome outcome = Outcome::ok;      ///< of outcome(x)
    int status_min = 0, status_max = 0; ///< of status(5xx): 500 and 599
    std::string probe;                  ///< name of its figure
    bool operator==(const Metric&) const = default;
};

/// How the value of a threshold is counted; a duration is in ms, a rate per second. A change is a
/// fraction that may be below 0 or above 1.
enum class ThresholdUnit : uint8_t { ms, fraction, per_second, count, change, ratio, of_probe };

/// Reads a metric. An unknown one is an error that names the nearest known one, as is one that
/// this version does not measure yet.
Expected<Metric> parse_metric(std::string_view text);

/// The unit of a metric; outcome(x) and status(x) are shares where the value is in percent.
ThresholdUnit unit_of(const Metric& metric, bool percent);

/// Whether the metric exists for the whole run only, not for a request, tag, class or stage.
bool is_run_wide(const Metric& metric);

/// Whether it is found in the course of the whole run, so that no part of it has it and it cannot
/// end the run.
constexpr bool is_finding(const Metric& metric) {
    return metric.family == Metric::Family::error_clustering ||
           metric.family == Metric::Family::latency_trend;
}

/// Whether only WebSockets have it.
constexpr bool is_of_sockets(const Metric& metric) {
    using Family = Metric::Family;
    return metric.family == Family::ws_connect || metric.family == Family::ws_dropped ||
           metric.family == Family::ws_sent_rps || metric.family == Family::ws_received_rps;
}

/// Whether it is a figure of a latency distribution (one of the first seven families).
constexpr bool is_latency(const Metric& metric) {
    return metric.family <= Metric::Family::ws_connect;
}

} // namespace ringblast
