// Probes: what is watched beside the load (a metric of the target, a process, a command), as a
// profile says it, and what came of it.
#pragma once

#include "ringblast/header.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ringblast {

/// A label that series must have; a name that a series lacks is an empty value.
struct ProbeLabel {
    std::string name;
    std::string value;
    bool regex = false; ///< PCRE2, for the whole value
    bool operator==(const ProbeLabel&) const = default;
};

/// A metric of Prometheus' text format; all series that have the labels add up.
struct ProbeSeriesChoice {
    std::string metric;
    std::vector<ProbeLabel> labels;
    bool operator==(const ProbeSeriesChoice&) const = default;
};

struct Probe {
    enum class Source : uint8_t { prometheus, json, process, command };
    enum class As : uint8_t {
        gauge,    ///< as it is
        rate,     ///< of a counter, per second since the reading before
        quantile, ///< of a histogram, of what was observed since the reading before
    };
    std::string name;
    Source source = Source::json;
    std::string url; ///< of prometheus and json: a path, appended to the target's, or a URL
    ProbeSeriesChoice series; ///< of prometheus, as is what follows
    As as = As::gauge;
    double quantile = 0;                   ///< 0 to 1
    std::optional<ProbeSeriesChoice> over; ///< the value is a ratio with this one below
    std::string pointer;                   ///< of json: RFC 6901, to one place
    std::string process; ///< `listening`: who holds the target's port; or a name, or a pid
    std::vector<std::string> command; ///< program and arguments
    std::string regex;                ///< in the output of the command: group 1, else the match
    std::optional<std::vector<Header>> headers; ///< default: the target's, for its own host
    std::string unit; ///< for people and thresholds: "bytes", "percent", "ms" …
    std::chrono::nanoseconds every = std::chrono::seconds(1);
    std::chrono::nanoseconds timeout = std::chrono::seconds(5);
};

/// The names of the figures that a probe gives, and their units: one, or NAME.cpu, NAME.rss,
/// NAME.threads and NAME.fds of a process.
struct ProbeFigure {
    std::string name, unit;
};
inline std::vector<ProbeFigure> figures_of(const Probe& probe) {
    if (probe.source != Probe::Source::process) {
        return {{probe.name, probe.unit}};
    }
    return {{probe.name + ".cpu", "percent"},
            {probe.name + ".rss", "bytes"},
            {probe.name + ".threads", ""},
            {probe.name + ".fds", ""}};
}

/// The mean of what was read in a span of time (one reading, until a run is long).
struct ProbePoint {
    double t_s = 0; ///< of the first reading, since time zero
    double value = 0;
    bool measured = true; ///< not of the warm-up or behind the load
};

/// One figure over the run. Everything but the series is of the measured load only.
struct ProbeResult {
    std::string name;
    std::string unit;   ///< may be empty
    uint64_t count = 0; ///< readings with a value; 0: what follows is empty
    std::optional<double> last, min, max, avg;
    /// Units per second, with its 95 % interval; empty where there are too few points for one.
    std::optional<double> slope, slope_low, slope_high;
    uint64_t failures = 0;          ///< readings without, of the whole run
    std::string last_failure;       ///< of them
    std::vector<ProbePoint> series; ///< warm-up and what came behind the load included
};

} // namespace ringblast
