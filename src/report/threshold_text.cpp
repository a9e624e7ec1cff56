#include "report/threshold_text.hpp"

#include "base/print.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace ringblast {

namespace {

constexpr int digits_min = 3;
constexpr int digits_max = 9;

/// Rounded to that many significant digits, without an exponent or zeros at the end.
std::string significant(double value, int digits) {
    const double magnitude = value == 0 ? 0 : std::floor(std::log10(std::abs(value)));
    const int decimals = std::max(0, digits - 1 - static_cast<int>(magnitude));
    std::array<char, 64> buffer{};
    std::snprintf(buffer.data(), buffer.size(), "%.*f", decimals, value);
    std::string text = buffer.data();
    if (text.find('.') != std::string::npos) {
        text.erase(text.find_last_not_of('0') + 1);
        if (text.ends_with('.')) {
            text.pop_back();
        }
    }
    return text;
}

std::string value_text(double value, const std::string& unit, int digits) {
    if (unit == "fraction") {
        return significant(value * 100, digits) + " %";
    }
    if (unit == "/s") {
        return (value >= 1000 && digits == digits_min ? print_rate(value)
                                                      : significant(value, digits)) +
               "/s";
    }
    if (unit == "ratio") {
        return significant(value, digits);
    }
    if (unit == "count") {
        return print_count(static_cast<uint64_t>(value));
    }
    if (value >= 1000) {
        return significant(value / 1e3, digits) + " s";
    }
    return value < 1 && value > 0 ? significant(value * 1e3, digits) + " µs"
                                  : significant(value, digits) + " ms";
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

ThresholdParts threshold_parts(const ThresholdResult& threshold) {
    const auto limit_text = [&](double limit) {
        return threshold.op + " " + value_text(limit, threshold.unit, digits_max);
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
    parts.limit = limit_text(threshold.target);
    parts.critical = threshold.critical ? limit_text(*threshold.critical) : "";
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
