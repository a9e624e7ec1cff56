#include "analysis/threshold.hpp"

#include "analysis/metric.hpp"
#include "base/nearest.hpp"
#include "base/print.hpp"
#include "base/quote.hpp"
#include "base/units.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>

namespace ringblast {

namespace {

constexpr std::array<std::string_view, 5> scope_words = {"request", "method", "tag", "class",
                                                         "stage"};
constexpr auto npos = std::string_view::npos;

std::string_view trim(std::string_view text) {
    const size_t first = text.find_first_not_of(" \t");
    return first == npos ? std::string_view{}
                         : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Every message starts with the condition as it was read.
std::unexpected<Error> refuse(std::string_view expression, const std::string& why) {
    return failure("threshold `" + printable(expression) + "`: " + printable(why));
}

/// Position of the colon that ends the scope: the last `: ` outside quotes.
size_t find_scope_end(std::string_view text) {
    size_t end = npos;
    bool quoted = false;
    for (size_t i = 0; i < text.size(); ++i) {
        if (quoted && text[i] == '\\') {
            ++i;
        } else if (text[i] == '"') {
            quoted = !quoted;
        } else if (!quoted && text[i] == ':' && i + 1 < text.size() && text[i + 1] == ' ') {
            end = i;
        }
    }
    return end;
}

/// The text in one pair of quotes that spans all of it; `\"` and `\\` stand for themselves.
std::optional<std::string> unquote(std::string_view text) {
    if (text.size() < 2 || text.front() != '"') {
        return std::nullopt;
    }
    std::string name;
    for (size_t i = 1; i < text.size(); ++i) {
        if (text[i] == '"') {
            return i + 1 == text.size() ? std::optional(name) : std::nullopt;
        }
        if (text[i] == '\\' && i + 1 < text.size()) {
            ++i;
        }
        name += text[i];
    }
    return std::nullopt;
}

bool is_plain_name(std::string_view name) {
    return std::ranges::all_of(name, [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
               std::string_view("_./ -").find(c) != npos;
    });
}

/// A name as it stands in a scope, with or without its quotes.
Expected<std::string> parse_name(std::string_view expression, std::string_view text) {
    if (text.starts_with('"')) {
        if (auto name = unquote(text)) {
            return *name;
        }
        return refuse(expression, "the quotes of " + std::string(text) + " do not match");
    }
    if (text.empty()) {
        return refuse(expression, "the scope before the colon is empty");
    }
    const bool is_word =
        std::ranges::find(scope_words, text) != scope_words.end() || parse_metric(text).has_value();
    if (is_word || !is_plain_name(text)) {
        return refuse(expression, "write the name in double quotes: \"" + std::string(text) + "\"");
    }
    return std::string(text);
}

Expected<ThresholdScope> parse_stage_scope(std::string_view expression, std::string_view argument) {
    ThresholdScope scope{.kind = ThresholdScope::Kind::stage};
    if (argument == "*") {
        scope.every = true;
        return scope;
    }
    const auto [end, error] =
        std::from_chars(argument.data(), argument.data() + argument.size(), scope.stage);
    if (error != std::errc{} || end != argument.data() + argument.size() || scope.stage == 0) {
        return refuse(expression, "stage(" + std::string(argument) +
                                      "): write stage(N) with N from 1, or stage(*) for each");
    }
    return scope;
}

/// `word(argument)`.
Expected<ThresholdScope> parse_scope_call(std::string_view expression, std::string_view word,
                                          std::string_view argument) {
    using Kind = ThresholdScope::Kind;
    if (word == "stage") {
        return parse_stage_scope(expression, argument);
    }
    if (word == "request" && argument == "*") {
        return ThresholdScope{.kind = Kind::request, .every = true};
    }
    Kind kind = Kind::request;
    if (word == "method") {
        kind = Kind::method;
    } else if (word == "tag") {
        kind = Kind::tag;
    } else if (word == "class") {
        kind = Kind::user_class;
    } else if (word != "request") {
        return refuse(expression, "unknown scope " + std::string(word) + "(…)" +
                                      nearest_hint(word, scope_words) +
                                      "; known are request, method, tag, class and stage; other "
                                      "names with brackets stand in double quotes");
    }
    auto name = parse_name(expression, argument);
    if (!name) {
        return std::unexpected(name.error());
    }
    return ThresholdScope{.kind = kind, .name = *name};
}

Expected<ThresholdScope> parse_scope(std::string_view expression, std::string_view text) {
    const size_t open = text.find('(');
    if (!text.starts_with('"') && open != npos && text.ends_with(')')) {
        const std::string_view argument = trim(text.substr(open + 1, text.size() - open - 2));
        return parse_scope_call(expression, trim(text.substr(0, open)), argument);
    }
    auto name = parse_name(expression, text);
    if (!name) {
        return std::unexpected(name.error());
    }
    return ThresholdScope{.kind = ThresholdScope::Kind::request, .name = *name};
}

struct Operator {
    std::string_view text;
    Comparison op;
};

/// Longer ones first, so that `<=` is not read as `<`.
constexpr std::array<Operator, 6> operators = {{{"<=", Comparison::less_equal},
                                                {">=", Comparison::greater_equal},
                                                {"==", Comparison::equal},
                                                {"!=", Comparison::not_equal},
                                                {"<", Comparison::less},
                                                {">", Comparison::greater}}};

struct Condition {
    std::string_view metric, value;
    Comparison op = Comparison::less;
};

Expected<Condition> split_condition(std::string_view expression, std::string_view text) {
    const size_t at = text.find_first_of("<>=!");
    if (at == npos) {
        return refuse(expression, "no comparison: write METRIC OP VALUE with one of "
                                  "< <= > >= == !=, for example p95 < 500ms");
    }
    for (const Operator& known : operators) {
        if (!text.substr(at).starts_with(known.text)) {
            continue;
        }
        const Condition condition{.metric = trim(text.substr(0, at)),
                                  .value = trim(text.substr(at + known.text.size())),
                                  .op = known.op};
        if (condition.metric.empty() || condition.value.empty() ||
            condition.value.find_first_of("<>=!") != npos) {
            break;
        }
        return condition;
    }
    return refuse(expression, "write METRIC OP VALUE with one of < <= > >= == !=, for example "
                              "p95 < 500ms");
}

Expected<double> parse_latency_value(std::string_view expression, std::string_view text) {
    if (text.back() >= '0' && text.back() <= '9') {
        const std::string read(text);
        return refuse(expression, read + " has no time unit: write " + read +
                                      "ms (milliseconds) or " + read + "s (seconds)");
    }
    const auto duration = parse_duration(text, BareNumber::refused);
    if (!duration) {
        return refuse(expression, duration.error().message);
    }
    return std::chrono::duration<double, std::milli>(*duration).count();
}

/// A number and what stands behind it; empty where there is none.
struct Figure {
    double value = 0;
    std::string_view unit;
};

std::optional<Figure> read_figure(std::string_view text) {
    double value = 0;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
    if (error != std::errc{} || !std::isfinite(value)) {
        return std::nullopt;
    }
    return Figure{value, trim(text.substr(static_cast<size_t>(end - text.data())))};
}

Expected<double> parse_fraction_value(std::string_view expression, std::string_view text) {
    const auto figure = read_figure(text);
    if (!figure || (figure->unit != "%" && !figure->unit.empty())) {
        return refuse(expression,
                      "cannot read " + quoted(text) + " as a fraction: write 1% or 0.01");
    }
    const auto [number, unit] = *figure;
    double value = number;
    if (unit.empty() && value >= 1) {
        const std::string read(text);
        return refuse(expression, "a fraction needs % or a number below 1: " + read +
                                      " could mean " + read + "% or a share of " + read);
    }
    value = unit.empty() ? value : value / 100;
    if (value > 1) {
        return refuse(expression, "a share is never above 100%");
    }
    return value;
}

Expected<double> parse_count_value(std::string_view expression, std::string_view text) {
    if (text.ends_with('%')) {
        return refuse(expression, "this is a count: write a whole number; as shares there are "
                                  "error_rate, outcome(x) and status(x)");
    }
    const auto count = parse_count(text);
    if (!count) {
        return refuse(expression, count.error().message);
    }
    return static_cast<double>(*count);
}

Expected<double> parse_rate_value(std::string_view expression, std::string_view text) {
    const auto rate = parse_rate(text);
    if (!rate) {
        return refuse(expression, rate.error().message);
    }
    return *rate;
}

Expected<double> parse_change_value(std::string_view expression, std::string_view text) {
    const auto figure = read_figure(text);
    if (!figure || figure->unit != "%") {
        return refuse(expression, "cannot read " + quoted(text) +
                                      " as a change: write a percentage, as in 10% or -5%");
    }
    return figure->value / 100;
}

Expected<double> parse_ratio_value(std::string_view expression, std::string_view text) {
    const auto figure = read_figure(text);
    if (!figure || !figure->unit.empty()) {
        return refuse(expression, "cannot read " + quoted(text) +
                                      ": write a plain number, as in 3 (1 is spread evenly)");
    }
    return figure->value;
}

Expected<double> parse_value(std::string_view expression, ThresholdUnit unit,
                             std::string_view text) {
    if (unit == ThresholdUnit::change) {
        return parse_change_value(expression, text);
    }
    if (text.starts_with('-')) {
        return refuse(expression, "nothing that is measured here is ever below 0");
    }
    switch (unit) {
    case ThresholdUnit::ms:
        return parse_latency_value(expression, text);
    case ThresholdUnit::fraction:
        return parse_fraction_value(expression, text);
    case ThresholdUnit::per_second:
        return parse_rate_value(expression, text);
    case ThresholdUnit::ratio:
        return parse_ratio_value(expression, text);
    case ThresholdUnit::change:
    case ThresholdUnit::count:
    case ThresholdUnit::of_probe: // read by parse_limit
        break;
    }
    return parse_count_value(expression, text);
}

/// Sets the target from what stands behind the comparison.
Expected<void> parse_limit(std::string_view text, Threshold& threshold) {
    if (threshold.unit == ThresholdUnit::of_probe) {
        const bool slope = threshold.metric.statistic == Metric::Statistic::slope;
        const Expected<ProbeLimit> limit = parse_probe_limit(text, slope);
        if (!limit) {
            return refuse(threshold.expression, limit.error().message);
        }
        threshold.target = limit->value;
        threshold.written = limit->kind;
        return {};
    }
    const Expected<double> value = parse_value(threshold.expression, threshold.unit, text);
    if (!value) {
        return std::unexpected(value.error());
    }
    threshold.target = *value;
    return {};
}

/// Whether any value from 0 up (to 1 for a fraction) satisfies the condition; what a probe reads
/// may be anything.
bool can_hold(const Threshold& threshold) {
    if (threshold.unit == ThresholdUnit::of_probe) {
        return true;
    }
    const double value = threshold.target;
    const bool bounded = threshold.unit == ThresholdUnit::fraction;
    switch (threshold.op) {
    case Comparison::less:
        return value > 0 || threshold.unit == ThresholdUnit::change;
    case Comparison::greater:
        return !bounded || value < 1;
    default:
        return true; // values themselves are read as 0 or more, and 1 or less for a fraction
    }
}

bool is_ordered(Comparison op) {
    return op != Comparison::equal && op != Comparison::not_equal;
}

bool is_upper(Comparison op) {
    return op == Comparison::less || op == Comparison::less_equal;
}

/// Whether some value that holds `right` breaks `left`. Requires: the same direction.
bool is_stricter(const Threshold& left, const Threshold& right) {
    if (left.target == right.target) {
        const auto whole = [](Comparison op) {
            return op == Comparison::less_equal || op == Comparison::greater_equal;
        };
        return whole(right.op) && !whole(left.op);
    }
    return is_upper(left.op) ? left.target < right.target : left.target > right.target;
}

Expected<void> check_metric_scope(const Threshold& threshold) {
    if (is_finding(threshold.metric) && !is_ordered(threshold.op)) {
        return refuse(threshold.expression, threshold.metric_text +
                                                " needs one of < <= > >=: no run meets a figure of "
                                                "it exactly");
    }
    if (threshold.scope.kind == ThresholdScope::Kind::run || !is_run_wide(threshold.metric)) {
        return {};
    }
    return refuse(threshold.expression, threshold.metric_text +
                                            " is measured for the whole run only: leave the scope "
                                            "away");
}

} // namespace

Expected<Threshold> parse_threshold(std::string_view text) {
    const std::string_view expression = trim(text);
    if (expression.empty()) {
        return failure("an empty threshold: write for example p95 < 500ms");
    }
    Threshold threshold{.expression = std::string(expression)};
    std::string_view condition_text = expression;
    if (const size_t colon = find_scope_end(expression); colon != npos) {
        auto scope = parse_scope(expression, trim(expression.substr(0, colon)));
        if (!scope) {
            return std::unexpected(scope.error());
        }
        threshold.scope = *scope;
        condition_text = trim(expression.substr(colon + 1));
    }
    const auto condition = split_condition(expression, condition_text);
    if (!condition) {
        return std::unexpected(condition.error());
    }
    const auto metric = parse_metric(condition->metric);
    if (!metric) {
        return refuse(expression, metric.error().message);
    }
    threshold.metric = *metric;
    threshold.metric_text = std::string(condition->metric);
    threshold.op = condition->op;
    threshold.unit = unit_of(*metric, condition->value.ends_with('%'));
    if (const auto limit = parse_limit(condition->value, threshold); !limit) {
        return std::unexpected(limit.error());
    }
    if (!can_hold(threshold)) {
        return refuse(expression,
                      "this can never hold: " + threshold.metric_text + " is always " +
                          (threshold.op == Comparison::less ? "0 or more" : "100% or less"));
    }
    if (auto fits = check_metric_scope(threshold); !fits) {
        return std::unexpected(fits.error());
    }
    return threshold;
}

Expected<Threshold> parse_threshold(const ThresholdText& text) {
    auto threshold = parse_threshold(text.target);
    if (!threshold) {
        return threshold;
    }
    threshold->abort = text.abort;
    if (is_finding(threshold->metric) && (text.window || text.abort)) {
        return refuse(threshold->expression, threshold->metric_text +
                                                 " is a figure of the whole run: it has no window "
                                                 "and cannot abort");
    }
    if (text.window) {
        threshold->window_s = std::chrono::duration<double>(*text.window).count();
    }
    if ((text.window || text.abort) && threshold->metric.statistic == Metric::Statistic::slope) {
        return refuse(threshold->expression, "a slope is of the whole run: leave window and abort "
                                             "away");
    }
    if (!text.critical) {
        return threshold;
    }
    const auto critical = parse_threshold(*text.critical);
    if (!critical) {
        return critical;
    }
    const std::string pair =
        "target `" + threshold->expression + "` and critical `" + critical->expression + "` ";
    if (critical->scope != threshold->scope || critical->metric != threshold->metric ||
        critical->unit != threshold->unit || critical->written != threshold->written) {
        return failure(pair + "must have the same scope, metric and unit");
    }
    if (!is_ordered(threshold->op) || !is_ordered(critical->op)) {
        return failure(pair + "need one of < <= > >=");
    }
    if (is_upper(threshold->op) != is_upper(critical->op)) {
        return failure(pair + "point in different directions: both are upper limits (< <=) or "
                              "both lower ones (> >=)");
    }
    if (is_stricter(*critical, *threshold)) {
        return failure(pair + "are the wrong way round: the critical limit is the looser one");
    }
    threshold->critical = critical->target;
    threshold->critical_op = critical->op;
    threshold->critical_expression = critical->expression;
    return threshold;
}

} // namespace ringblast
