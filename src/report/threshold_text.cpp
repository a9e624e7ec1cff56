#include "report/threshold_text.hpp"

#include "base/print.hpp"
#include "report/probe_text.hpp"

#include <algorithm>
#include <cmath>

namespace ringblast {

namespace {

constexpr int digits_min = 3;
constexpr int digits_max = 9;

std::string value_text(double value, const std::string& unit, int digits) {
    if (unit == "fraction") {
        return significant_text(value * 100, digits) + " %";
    }
    if (unit == "/s" || unit == "/min" || unit == "/h") {
        const double nearest = std::round(value); // 1000/60*60 is not quite 1000
        const bool whole = value < 1e15 && std::abs(value - nearest) <= 1e-12 * value;
        return (value >= 1000 && whole ? print_count(static_cast<uint64_t>(nearest))
                : value >= 1000 && digits == digits_min ? print_rate(value)
                                                        : significant_text(value, digits)) +
               unit;
    }
    if (unit == "ratio") {
        return significant_text(value, digits);
    }
    if (unit == "count") {
        return print_count(static_cast<uint64_t>(value));
    }
    if (unit != "ms") {
        return measured_text(value, unit, digits);
    }
    if (value >= 1000) {
        return significant_text(value / 1e3, digits) + " s";
    }
    return value < 1 && value > 0 ? significant_text(value * 1e3, digits) + " µs"
                                  : significant_text(value, digits) + " ms";
}

/// The value beside its limit, told apart where they differ.
std::string compared_text(double value, double limit, const std::string& unit) {
    const std::string limit_text = value_text(limit, unit, digits_max);
    for (int digits = digits_min; digits < digits_max; ++digits) {
        std::string text = value_text(value, unit, digits);
        if (text != limit_text || value == limit) {
            return text;
        }
    }
    return value_text(value, unit, digits_max);
}

/// Why there is no value.
std::string absent_text(const ThresholdResult& threshold) {
    if (threshold.verdict != Verdict::skipped) {
        return "no sample";
    }
    return threshold.metric == "latency_trend"      ? "not known without 3 min of a steady load"
           : threshold.metric == "error_clustering" ? "no errors"
                                                    : "not in this run";
}

constexpr std::string_view per_second = "/s";

bool is_slope(const ThresholdResult& threshold) {
    return threshold.metric.ends_with(").slope") && threshold.unit.ends_with(per_second);
}

/// How a figure per second is shown: so much of it in so long.
struct Period {
    double seconds = 1;
    std::string_view suffix = per_second;
};

/// Slopes of probes read better by the minute; a rate keeps the period that it was written with.
Period period_of(const ThresholdResult& threshold) {
    const std::string& written = threshold.expression;
    if (is_slope(threshold) || written.ends_with("/min") || written.ends_with("/m")) {
        return {60, "/min"};
    }
    return written.ends_with("/h") ? Period{3600, "/h"} : Period{};
}

/// The figures of a slope or rate per period. A slope's unit is then that of the probe, so that
/// its bytes are scaled, and the period is put behind; a rate's unit is the period.
ThresholdResult per_period(ThresholdResult threshold, const Period& period) {
    const bool slope = is_slope(threshold);
    if (slope) {
        threshold.unit.resize(threshold.unit.size() - per_second.size());
    } else {
        threshold.unit = period.suffix;
    }
    threshold.target *= period.seconds;
    for (std::optional<double>* value :
         {&threshold.critical, &threshold.value, &threshold.low, &threshold.high}) {
        if (*value) {
            **value *= period.seconds;
        }
    }
    return threshold;
}

/// It broke its limit, but passed all the same: not all of its interval did.
bool is_unsure(const ThresholdResult& threshold) {
    if (threshold.verdict != Verdict::pass || !threshold.value) {
        return false;
    }
    const double value = *threshold.value;
    return (threshold.op.starts_with('<') && value > threshold.target) ||
           (threshold.op.starts_with('>') && value < threshold.target);
}

std::string paint_verdict(const Paint& paint, Verdict verdict, std::string_view text) {
    switch (verdict) {
    case Verdict::pass:
        return paint.green(text);
    case Verdict::marginal:
        return paint.yellow(text);
    case Verdict::fail:
        return paint.red(text);
    case Verdict::skipped:
        break;
    }
    return paint.dim(text);
}

} // namespace

std::string_view verdict_mark(Verdict verdict) {
    constexpr std::string_view marks[] = {"[PASS]", "[MARGINAL]", "[FAIL]", "[SKIPPED]"};
    return marks[static_cast<size_t>(verdict)];
}

ThresholdParts threshold_parts(const ThresholdResult& measured) {
    const bool rate = is_slope(measured) || measured.unit == per_second;
    const Period period = rate ? period_of(measured) : Period{};
    const ThresholdResult threshold = rate ? per_period(measured, period) : measured;
    const auto limit_text = [&](const std::string& op, double limit) {
        return op + " " + value_text(limit, threshold.unit, digits_max);
    };
    ThresholdParts parts;
    parts.metric =
        (threshold.scope.empty() ? "" : printable(threshold.scope) + ": ") + threshold.metric;
    if (threshold.window_s) {
        parts.metric += " over any " + print_span(*threshold.window_s);
    }
    if (threshold.value) {
        parts.value = compared_text(*threshold.value, threshold.target, threshold.unit);
        if (threshold.low && threshold.high) {
            parts.value += " (95 %: " + value_text(*threshold.low, threshold.unit, digits_min) +
                           " to " + value_text(*threshold.high, threshold.unit, digits_min) + ")";
        }
    } else {
        parts.value = absent_text(threshold);
    }
    parts.limit = limit_text(threshold.op, threshold.target);
    if (threshold.critical) {
        const bool own = !threshold.critical_op.empty();
        parts.critical =
            limit_text(own ? threshold.critical_op : threshold.op, *threshold.critical);
    }
    if (is_slope(measured)) {
        for (std::string* text : {&parts.value, &parts.limit, &parts.critical}) {
            const bool figure = !text->empty() && (text != &parts.value || threshold.value);
            *text += figure ? period.suffix : "";
        }
    }
    if (is_unsure(threshold)) {
        parts.value += " (its interval reaches the limit)";
    }
    return parts;
}

std::string threshold_text(const ThresholdResult& threshold, const Paint& paint,
                           size_t mark_width) {
    const std::string_view mark = verdict_mark(threshold.verdict);
    std::string line = paint_verdict(paint, threshold.verdict, mark);
    line.append(std::max(mark_width, mark.size()) - mark.size() + 1, ' ');
    const ThresholdParts parts = threshold_parts(threshold);
    line += parts.metric + ": " + parts.value + (threshold.value ? " " : ", ") + parts.limit;
    if (threshold.critical) {
        line += paint.dim(" (critical " + parts.critical + ")");
    }
    return line;
}

} // namespace ringblast
