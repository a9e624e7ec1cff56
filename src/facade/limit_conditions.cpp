#include "facade/limit_conditions.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace ringblast {

namespace {

bool names(const LimitConditions& conditions, Metric::Family family) {
    return std::ranges::any_of(conditions.thresholds, [&](const Threshold& threshold) {
        return threshold.metric.family == family;
    });
}

void add(LimitConditions& conditions, Threshold threshold) {
    conditions.texts.push_back(threshold.expression);
    conditions.thresholds.push_back(std::move(threshold));
}

void add_text(LimitConditions& conditions, std::string_view text) {
    if (Expected<Threshold> threshold = parse_threshold(text)) {
        add(conditions, std::move(*threshold));
    }
}

/// The error rate that is allowed, as written.
std::string error_limit(const LimitConditions& conditions) {
    for (const Threshold& threshold : conditions.thresholds) {
        if (threshold.metric.family == Metric::Family::error_rate) {
            return fmt::format("{}%", threshold.target * 100);
        }
    }
    return "1%";
}

/// Share of the requests that may be above the limit of a latency condition.
double slow_share(const Metric& metric) {
    switch (metric.statistic) {
    case Metric::Statistic::percentile:
        return 1 - metric.percentile / 100;
    case Metric::Statistic::max:
        return 0.0001;
    case Metric::Statistic::avg:
    case Metric::Statistic::min:
    case Metric::Statistic::slope:
    case Metric::Statistic::last:
        return 0.5;
    }
    return 0.5;
}

} // namespace

ExpectedAll<LimitConditions> limit_conditions(const Profile& profile, const LimitOptions& limit) {
    LimitConditions conditions;
    std::vector<Error> problems;
    ScopeNames scopes = scope_names(profile);
    for (const std::string& text : limit.slo) {
        Expected<Threshold> threshold = parse_threshold(text);
        if (!threshold) {
            problems.push_back({"--slo: " + threshold.error().message});
        } else if (threshold->scope.kind == ThresholdScope::Kind::stage) {
            problems.push_back({fmt::format("--slo {}: a search has no stages", text)});
        } else if (Expected<void> known = check_scope(*threshold, scopes); !known) {
            problems.push_back({"--slo: " + known.error().message});
        } else {
            add(conditions, std::move(*threshold));
        }
    }
    for (const ThresholdText& text : profile.thresholds) {
        Expected<Threshold> threshold = parse_threshold(text);
        if (!threshold) {
            problems.push_back(threshold.error());
        } else if (!limit.slo.empty()) {
            continue;
        } else if (threshold->scope.kind == ThresholdScope::Kind::stage) {
            conditions.notes.push_back(
                fmt::format("the threshold {} is left out: a search has no stages", text.target));
        } else if (Expected<void> known = check_scope(*threshold, scopes); !known) {
            problems.push_back(known.error());
        } else {
            add(conditions, std::move(*threshold));
        }
    }
    if (!problems.empty()) {
        return std::unexpected(std::move(problems));
    }
    if (conditions.thresholds.empty()) {
        for (std::string_view text : default_slo) {
            add_text(conditions, text);
        }
    }
    using enum Metric::Family;
    if (!names(conditions, error_rate) && !names(conditions, success_rate) &&
        !names(conditions, Metric::Family::errors)) {
        add_text(conditions, "error_rate < 1%");
    }
    bool limited_is_error = profile.target.rate_limited == RateLimitedAs::separate;
    if (limited_is_error && !names(conditions, rate_limited_rate) &&
        !names(conditions, success_rate)) {
        add_text(conditions, "rate_limited_rate < " + error_limit(conditions));
    }
    return conditions;
}

void apply_conditions(const LimitConditions& conditions, CapacitySettings& settings) {
    settings.latency_limit_s = 0;
    for (const Threshold& threshold : conditions.thresholds) {
        bool upper = threshold.op == Comparison::less || threshold.op == Comparison::less_equal;
        bool whole = threshold.scope.kind == ThresholdScope::Kind::run;
        if (!upper || !whole || threshold.window_s) {
            continue;
        }
        using enum Metric::Family;
        bool of_requests =
            threshold.metric.family == latency || threshold.metric.family == ok_latency;
        double limit_s = threshold.target / 1000;
        if (of_requests && threshold.metric.statistic != Metric::Statistic::min &&
            (settings.latency_limit_s == 0 || limit_s > settings.latency_limit_s)) {
            settings.latency_limit_s = limit_s; // the slowest ones tell first
            settings.slow_share_max = slow_share(threshold.metric);
        }
        if (threshold.metric.family == error_rate && threshold.target > 0) {
            settings.error_share_max = threshold.target;
        }
    }
}

} // namespace ringblast
