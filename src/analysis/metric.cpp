#include "analysis/metric.hpp"

#include "base/nearest.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>

namespace ringblast {

namespace {

using Family = Metric::Family;
using Statistic = Metric::Statistic;

struct FamilyWord {
    std::string_view text;
    Family family;
};

constexpr std::array<FamilyWord, 14> plain_words = {
    {{"error_rate", Family::error_rate},
     {"success_rate", Family::success_rate},
     {"rate_limited_rate", Family::rate_limited_rate},
     {"errors", Family::errors},
     {"dropped", Family::dropped},
     {"retries", Family::retries},
     {"skipped_tasks", Family::skipped_tasks},
     {"ws.dropped", Family::ws_dropped},
     {"ws.sent.rps", Family::ws_sent_rps},
     {"ws.received.rps", Family::ws_received_rps},
     {"error_clustering", Family::error_clustering},
     {"latency_trend", Family::latency_trend},
     {"rps", Family::rps},
     {"goodput", Family::goodput}}};

constexpr std::array<FamilyWord, 6> latency_prefixes = {{{"ok.", Family::ok_latency},
                                                         {"service.", Family::service},
                                                         {"ttfb.", Family::ttfb},
                                                         {"connect.", Family::connect},
                                                         {"tls.", Family::handshake},
                                                         {"ws.connect.", Family::ws_connect}}};

/// For the nearest word only; percentiles stand for all of their kind.
constexpr std::array<std::string_view, 27> known_words = {"avg",
                                                          "min",
                                                          "max",
                                                          "med",
                                                          "p50",
                                                          "p90",
                                                          "p95",
                                                          "p99",
                                                          "p99.9",
                                                          "error_rate",
                                                          "success_rate",
                                                          "rate_limited_rate",
                                                          "errors",
                                                          "dropped",
                                                          "retries",
                                                          "skipped_tasks",
                                                          "error_clustering",
                                                          "latency_trend",
                                                          "rps",
                                                          "goodput",
                                                          "outcome(reset)",
                                                          "status(5xx)",
                                                          "service.p95",
                                                          "connect.p95",
                                                          "tls.p95",
                                                          "ws.connect.p95",
                                                          "ws.dropped"};

struct Habit {
    std::string_view theirs, ours;
};

/// Words of other tools, and ours for them.
constexpr std::array<Habit, 11> habits = {{{"http_req_duration", "p95"},
                                           {"http_req_failed", "error_rate"},
                                           {"http_reqs", "rps"},
                                           {"fail_ratio", "error_rate"},
                                           {"failures", "errors"},
                                           {"failure_rate", "error_rate"},
                                           {"throughput", "rps"},
                                           {"qps", "rps"},
                                           {"latency", "p95"},
                                           {"p999", "p99.9"},
                                           {"p9999", "p99.99"}}};

/// Measured by a later version: known words with a clear answer instead of "unknown".

/// The percentile of `95`, `99.9`; between 0 and 100, both excluded.
std::optional<double> parse_percentile(std::string_view text) {
    double percentile = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), percentile,
                                              std::chars_format::fixed);
    if (error != std::errc{} || end != text.data() + text.size() || percentile <= 0 ||
        percentile >= 100) {
        return std::nullopt;
    }
    return percentile;
}

/// avg, min, max, med, pNN and p(NN).
std::optional<Metric> parse_statistic(Family family, std::string_view text) {
    Metric metric{.family = family};
    if (text == "avg" || text == "mean") {
        return metric;
    }
    if (text == "min" || text == "max") {
        metric.statistic = text == "min" ? Statistic::min : Statistic::max;
        return metric;
    }
    metric.statistic = Statistic::percentile;
    if (text == "med" || text == "median") {
        metric.percentile = 50;
        return metric;
    }
    if (text.starts_with("p(") && text.ends_with(')')) {
        text = text.substr(2, text.size() - 3);
    } else if (text.starts_with('p')) {
        text.remove_prefix(1);
    } else {
        return std::nullopt;
    }
    const auto percentile = parse_percentile(text);
    if (!percentile) {
        return std::nullopt;
    }
    metric.percentile = *percentile;
    return metric;
}

/// `5xx` or `429`.
Expected<Metric> parse_status(std::string_view text) {
    if (text.size() == 3 && text[0] >= '1' && text[0] <= '5' && text.substr(1) == "xx") {
        const int first = (text[0] - '0') * 100;
        return Metric{.family = Family::status, .status_min = first, .status_max = first + 99};
    }
    int status = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), status);
    if (error != std::errc{} || end != text.data() + text.size() || status < 100 || status > 999) {
        return failure("status(" + std::string(text) + "): write status(503) or status(5xx)");
    }
    return Metric{.family = Family::status, .status_min = status, .status_max = status};
}

Expected<Metric> parse_outcome(std::string_view text) {
    const auto found = std::ranges::find(outcome_names, text);
    if (found == outcome_names.end()) {
        std::string known;
        for (std::string_view name : outcome_names) {
            known += known.empty() ? "" : ", ";
            known += name;
        }
        return failure("outcome(" + std::string(text) + ") is none of " + known);
    }
    return Metric{.family = Family::outcome,
                  .outcome = static_cast<Outcome>(found - outcome_names.begin())};
}

/// `probe(NAME).last`; the name may stand in double quotes.
Expected<Metric> parse_probe(std::string_view text) {
    constexpr std::array<std::string_view, 5> words = {"last", "min", "max", "avg", "slope"};
    constexpr std::array<Statistic, 5> statistics = {
        Statistic::last, Statistic::min, Statistic::max, Statistic::avg, Statistic::slope};
    const size_t end = text.rfind(").");
    const std::string_view word = end == text.npos ? std::string_view{} : text.substr(end + 2);
    const auto found = std::ranges::find(words, word);
    if (found == words.end()) {
        return failure(std::string(text) + ": write probe(NAME).last, or min, max, avg or slope");
    }
    std::string_view name = text.substr(6, end - 6);
    if (name.size() >= 2 && name.starts_with('"') && name.ends_with('"')) {
        name = name.substr(1, name.size() - 2);
    }
    return Metric{.family = Family::probe,
                  .statistic = statistics[static_cast<size_t>(found - words.begin())],
                  .probe = std::string(name)};
}

std::unexpected<Error> unknown_metric(std::string_view text) {
    const std::string read(text);
    for (const Habit& habit : habits) {
        if (text == habit.theirs) {
            return failure("unknown metric " + read + ": here it is " + std::string(habit.ours));
        }
    }
    if (text.find(':') != std::string_view::npos) {
        return failure("unknown metric " + read +
                       "; a scope ends with a colon and a space, as in login: p95 < 500ms");
    }
    if (text == "p100" || text == "p(100)") {
        return failure("unknown metric " + read + " (nearest: max)");
    }
    return failure(
        "unknown metric " + read + nearest_hint(text, known_words) +
        "; known are avg min max med p50 … p99.999 (also with ok. service. ttfb. "
        "connect. tls. ws.connect. before them), error_rate success_rate rate_limited_rate, errors "
        "dropped retries skipped_tasks ws.dropped, rps goodput ws.sent.rps "
        "ws.received.rps, outcome(x), status(5xx), latency_trend error_clustering "
        "probe(NAME).last");
}

} // namespace

Expected<Metric> parse_metric(std::string_view text) {
    for (const FamilyWord& word : plain_words) {
        if (text == word.text) {
            return Metric{.family = word.family};
        }
    }
    if (auto metric = parse_statistic(Family::latency, text)) {
        return *metric;
    }
    for (const FamilyWord& prefix : latency_prefixes) {
        if (text.starts_with(prefix.text)) {
            if (auto metric = parse_statistic(prefix.family, text.substr(prefix.text.size()))) {
                return *metric;
            }
        }
    }
    if (text.starts_with("status(") && text.ends_with(')')) {
        return parse_status(text.substr(7, text.size() - 8));
    }
    if (text.starts_with("outcome(") && text.ends_with(')')) {
        return parse_outcome(text.substr(8, text.size() - 9));
    }
    if (text.starts_with("probe(")) {
        return parse_probe(text);
    }
    return unknown_metric(text);
}

ThresholdUnit unit_of(const Metric& metric, bool percent) {
    if (is_latency(metric)) {
        return ThresholdUnit::ms;
    }
    switch (metric.family) {
    case Family::error_rate:
    case Family::success_rate:
    case Family::rate_limited_rate:
        return ThresholdUnit::fraction;
    case Family::rps:
    case Family::goodput:
    case Family::ws_sent_rps:
    case Family::ws_received_rps:
        return ThresholdUnit::per_second;
    case Family::outcome:
    case Family::status:
        return percent ? ThresholdUnit::fraction : ThresholdUnit::count;
    case Family::error_clustering:
        return ThresholdUnit::ratio;
    case Family::latency_trend:
        return ThresholdUnit::change;
    case Family::probe:
        return ThresholdUnit::of_probe;
    default:
        return ThresholdUnit::count;
    }
}

bool is_run_wide(const Metric& metric) {
    switch (metric.family) {
    case Family::ok_latency:
    case Family::service:
    case Family::ttfb:
    case Family::connect:
    case Family::handshake:
    case Family::dropped:
    case Family::retries:
    case Family::skipped_tasks:
    case Family::ws_connect:
    case Family::ws_dropped:
    case Family::ws_sent_rps:
    case Family::ws_received_rps:
    case Family::error_clustering:
    case Family::latency_trend:
    case Family::probe:
        return true;
    default:
        return false;
    }
}

} // namespace ringblast
