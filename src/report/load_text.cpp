#include "report/load_text.hpp"

#include "base/print.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace ringblast {

namespace {

double goal_value(const Stage& stage) {
    return stage.users ? *stage.users : stage.rate.value_or(0);
}

std::string users_text(double users) {
    return print_counted(static_cast<uint64_t>(std::llround(users)), "user");
}

bool is_steady(const Result& result) {
    const bool held = std::ranges::all_of(result.plan_stages, [&](const Stage& stage) {
        return stage.users && !stage.ramp && stage.users == result.plan_stages.front().users;
    });
    // Users that start one after the other show in the timeline. Its last row may end early.
    for (size_t i = 0; i + 1 < result.timeline.size(); ++i) {
        const TimelineRow& row = result.timeline[i];
        if (!row.warm_up && !row.after && row.users != result.users_peak) {
            return false;
        }
    }
    return held && !result.plan_stages.empty();
}

} // namespace

std::string goal_text(const Stage& stage, const Stage* before) {
    if (stage.at_once) {
        return print_count(*stage.at_once) + " at once";
    }
    const double from = before != nullptr ? goal_value(*before) : 0;
    if (stage.users) {
        return (stage.ramp ? print_rate(from) + " → " : "") + users_text(*stage.users);
    }
    return (stage.ramp ? print_rate(from) + " → " : "") + print_rate(stage.rate.value_or(0)) + "/s";
}

std::string request_label(const std::string& method, const std::string& name) {
    return method.empty() || name.starts_with(method + " ") ? name : method + " " + name;
}

std::vector<const ErrorGroup*> errors_by_count(const Result& result) {
    std::vector<const ErrorGroup*> groups;
    for (const ErrorGroup& group : result.errors) {
        groups.push_back(&group);
    }
    std::ranges::stable_sort(groups, std::ranges::greater{}, &ErrorGroup::count);
    return groups;
}

bool differs_noticeably(const Histogram& histogram, const Histogram& base) {
    constexpr double noticeable = 0.10;
    const auto apart = [&](double left, double right) {
        return std::abs(left - right) > noticeable * std::max(left, right);
    };
    const auto apart_at = [&](double percentile) {
        return apart(static_cast<double>(histogram.percentile(percentile)),
                     static_cast<double>(base.percentile(percentile)));
    };
    return !histogram.empty() &&
           (apart(histogram.mean(), base.mean()) || apart_at(50) || apart_at(99));
}

uint64_t users_seen(const Result& result) {
    uint64_t most = 0;
    for (const TimelineRow& row : result.timeline) {
        most = std::max(most, row.users);
    }
    return result.timeline.empty() ? result.users_peak : most;
}

std::string load_text(const Result& result) {
    std::string time = result.not_made ? std::string() : ", " + print_span(result.duration_s);
    if (!result.not_made && result.warm_up_s > 0) {
        time += ", after " + print_span(result.warm_up_s) + " of warm-up";
    }
    if (result.plan_stages.size() != 1) {
        double peak = 0;
        bool users = true;
        for (const Stage& stage : result.plan_stages) {
            peak = std::max(peak, goal_value(stage));
            users = users && stage.users.has_value();
        }
        return print_counted(result.plan_stages.size(), "stage") + " of up to " +
               (users ? users_text(peak) : print_rate(peak) + " arrivals/s") + time;
    }
    const Stage& stage = result.plan_stages.front();
    std::string text = goal_text(stage, nullptr);
    if (stage.rate) {
        text = text.substr(0, text.size() - 2) + " arrivals/s";
    } else if (result.generator.closed_at_full_speed) {
        text += " at full speed";
    }
    if (result.pipeline > 1) {
        text += ", " + print_counted(result.pipeline, "request") + " in flight each";
    }
    return text + time;
}

std::string span_text(double first_s, double last_s) {
    std::array<char, 64> text{};
    if (last_s - first_s < 0.1) {
        std::snprintf(text.data(), text.size(), "at %.1f s", first_s);
    } else {
        std::snprintf(text.data(), text.size(), "from %.1f to %.1f s", first_s, last_s);
    }
    return text.data();
}

std::string repairs_text(const Result& result) {
    std::string text;
    const auto add = [&](uint64_t count, const std::string& what) {
        if (count > 0) {
            text += (text.empty() ? "" : " · ") + what;
        }
    };
    add(result.retries, print_counted(result.retries, "request") + " sent once more");
    add(result.reconnects, print_counted(result.reconnects, "idle connection") + " reopened");
    add(result.skipped_tasks,
        print_counted(result.skipped_tasks, "task") + " skipped for want of a variable");
    return text;
}

std::optional<double> clock_share(const Result& result) {
    const double in_flight =
        static_cast<double>(result.users_peak) * static_cast<double>(result.pipeline);
    if (!result.generator.closed_at_full_speed || in_flight == 0 || result.latency.empty() ||
        !is_steady(result)) {
        return std::nullopt;
    }
    return result.latency.mean() / 1e9 * result.rps / in_flight;
}

std::string rate_cell(const RequestResult& row) {
    return row.after && row.counts.completed() > 0 ? "after" : rate_cell(row.counts, row.rps);
}

std::string rate_cell(const Counts& counts, double rps) {
    return counts.completed() == 0 ? "–" : print_rate(rps) + "/s";
}

} // namespace ringblast
