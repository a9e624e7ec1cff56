#include "report/plan_text.hpp"

#include "base/print.hpp"
#include "plan/class_sequence.hpp"
#include "plan/segment.hpp"
#include "report/load_text.hpp"
#include "report/probe_text.hpp"
#include "report/table.hpp"
#include "report/time_text.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <numeric>

namespace ringblast {

namespace {

constexpr size_t indent = 2;

bool is_open(const Profile& profile) {
    return !profile.load.stages.front().users;
}

double peak_users(const Load& load) {
    double peak = 0;
    for (const Stage& stage : load.stages) {
        peak = std::max(peak, stage.users.value_or(0));
    }
    return peak;
}

std::string share(double part, double whole) {
    return whole > 0 ? fmt::format("{:.1f} %", 100 * part / whole) : "–";
}

double sum_of_weights(const std::vector<Task>& tasks) {
    return std::accumulate(tasks.begin(), tasks.end(), 0.0,
                           [](double sum, const Task& task) { return sum + task.weight; });
}

/// Requests of a mean task, and the pauses inside of it in seconds.
struct MeanTask {
    double requests = 0;
    double pauses_s = 0;
};

MeanTask mean_task(const UserClass& users) {
    MeanTask mean;
    double weights = sum_of_weights(users.tasks);
    for (const Task& task : users.tasks) {
        double part = weights > 0 ? task.weight / weights * static_cast<double>(task.repeat) : 0;
        mean.requests += part * static_cast<double>(task.ws ? 1 : task.requests.size());
        for (const SocketStep& step : task.ws ? task.ws->steps : std::vector<SocketStep>{}) {
            mean.requests += step.expect ? part * static_cast<double>(step.repeat) : 0;
            mean.pauses_s += part * seconds(step.hold) * static_cast<double>(step.repeat);
        }
        for (const Request& request : task.requests) {
            mean.pauses_s += part * seconds(request.think);
        }
    }
    return mean;
}

/// Mean time from the start of a task to the next, with responses that take no time.
double mean_cycle_s(const UserClass& users) {
    double inside_s = mean_task(users).pauses_s;
    switch (users.wait.kind) {
    case Wait::Kind::none:
        break;
    case Wait::Kind::constant:
    case Wait::Kind::exponential:
        return inside_s + users.wait.a_s;
    case Wait::Kind::between:
        return inside_s + (users.wait.a_s + users.wait.b_s) / 2;
    case Wait::Kind::pacing:
        return std::max(inside_s, users.wait.a_s);
    case Wait::Kind::throughput:
        return std::max(inside_s, 1 / users.wait.a_s);
    }
    return inside_s;
}

std::string wait_text(const Wait& wait) {
    switch (wait.kind) {
    case Wait::Kind::none:
        break;
    case Wait::Kind::constant:
        return "waits " + print_span(wait.a_s);
    case Wait::Kind::between:
        return "waits " + print_span(wait.a_s) + " to " + print_span(wait.b_s);
    case Wait::Kind::exponential:
        return "waits " + print_span(wait.a_s) + " in the mean (exponential)";
    case Wait::Kind::pacing:
        return "starts a task every " + print_span(wait.a_s);
    case Wait::Kind::throughput:
        return fmt::format("{} tasks/s per user", wait.a_s);
    }
    return "without pause";
}

/// Users of each class when there are `count` of them.
std::vector<uint64_t> users_by_class(const Profile& profile, uint64_t count) {
    std::vector<PlannedClass> classes;
    for (const UserClass& users : profile.classes) {
        classes.push_back({.name = users.name, .weight = users.weight, .count = users.count});
    }
    ClassSequence sequence(classes);
    std::vector<uint64_t> result(classes.size());
    for (uint64_t i = 0; i < count; ++i) {
        ++result[sequence.next()];
    }
    return result;
}

std::string stages_text(const Profile& profile) {
    Table table(3);
    table.add({"stage", "from", "goal", "for"});
    double start_s = 0;
    const Stage* before = nullptr;
    for (size_t i = 0; i < profile.load.stages.size(); ++i) {
        const Stage& stage = profile.load.stages[i];
        bool open_end = stage.duration >= open_ended;
        table.add({std::to_string(i + 1), print_span(start_s), goal_text(stage, before),
                   open_end ? "as long as it takes" : print_span(seconds(stage.duration))});
        start_s += open_end ? 0 : seconds(stage.duration);
        before = &stage;
    }
    return table.render(indent);
}

void add_requests(Table& table, const std::string& share_text, const std::string& name,
                  const std::vector<Request>& requests, const Task* task) {
    std::string tags = task == nullptr || task->tags.empty()
                           ? ""
                           : fmt::format("[{}]", fmt::join(task->tags, ", "));
    std::string repeat =
        task != nullptr && task->repeat > 1 ? fmt::format(" × {}", task->repeat) : "";
    for (size_t i = 0; i < requests.size(); ++i) {
        const Request& request = requests[i];
        std::string path = request.path.empty() ? "/" : request.path;
        table.add({i == 0 ? share_text : "", i == 0 ? name + repeat : "",
                   request.name == name ? "" : printable(request.name),
                   request.method + " " + printable(path), i == 0 ? tags : ""});
    }
}

std::string class_text(const Profile& profile, size_t index, uint64_t users_now,
                       uint64_t users_all) {
    const UserClass& users = profile.classes[index];
    double weights = 0;
    for (const UserClass& other : profile.classes) {
        weights += other.count ? 0 : other.weight;
    }
    std::string text = printable(users.name) + ": ";
    if (users.count) {
        text += fmt::format("fixed at {}", print_counted(*users.count, "user"));
    } else {
        text += fmt::format("weight {} ({})", users.weight, share(users.weight, weights));
    }
    if (users_all > 0) {
        text += fmt::format(", {} of {} at the peak", print_count(users_now),
                            print_counted(users_all, "user"));
        text += ", " + wait_text(users.wait);
    }
    Table table(5);
    table.add({"share", "task", "request", "sends", "tags"});
    add_requests(table, "start", "on_start", users.on_start, nullptr);
    double sum = sum_of_weights(users.tasks);
    for (const Task& task : users.tasks) {
        add_requests(table, share(task.weight, sum), printable(task.name), task.requests, &task);
    }
    add_requests(table, "end", "on_stop", users.on_stop, nullptr);
    return "\n" + text + "\n" + table.render(indent);
}

std::string expectation_text(const Profile& profile) {
    if (profile.load.requests) {
        return fmt::format("\nEnds after {}.\n", print_counted(*profile.load.requests, "request"));
    }
    std::optional<double> expected = expected_requests(profile);
    if (!expected) {
        return "\nExpected: as many requests as the target answers; some users never pause.\n";
    }
    auto count = static_cast<uint64_t>(std::llround(*expected));
    return fmt::format("\nExpected: {}{}{}.\n", is_open(profile) ? "" : "about ",
                       print_counted(count, "request"),
                       is_open(profile) ? "" : ", fewer the longer responses take");
}

std::string thresholds_text(const Profile& profile) {
    if (profile.thresholds.empty()) {
        return "\nNo thresholds: the run passes if any request is ok.\n";
    }
    std::string text = "\nThresholds\n";
    for (const ThresholdText& threshold : profile.thresholds) {
        text += "  " + printable(threshold.target);
        text += threshold.critical ? "   critical: " + printable(*threshold.critical) : "";
        text += threshold.window
                    ? fmt::format("   in every {}", print_span(seconds(*threshold.window)))
                    : "";
        text += threshold.abort ? "   aborts the run" : "";
        text += "\n";
    }
    return text;
}

std::string probes_text(const Profile& profile) {
    if (profile.probes.empty()) {
        return "";
    }
    Table table(4);
    table.add({"probe", "reads", "from", "unit", "every"});
    for (const Probe& probe : profile.probes) {
        ProbeWords words = probe_words(probe);
        table.add({printable(probe.name), words.reads, words.from, printable(probe.unit),
                   print_span(seconds(probe.every))});
    }
    return "\nProbes beside the load\n" + table.render(indent);
}

} // namespace

std::optional<double> expected_requests(const Profile& profile) {
    double total = 0;
    bool known = true;
    if (is_open(profile)) {
        double arrivals = 0;
        for (const Segment& segment : compile_segments(profile.load)) {
            arrivals += static_cast<double>(arrivals_in(segment));
        }
        double weights = 0, requests = 0;
        for (const UserClass& users : profile.classes) {
            weights += users.weight;
            requests += users.weight * mean_task(users).requests;
        }
        return weights > 0 ? std::optional(arrivals * requests / weights) : std::nullopt;
    }
    auto peak = static_cast<uint64_t>(peak_users(profile.load));
    std::vector<uint64_t> by_class = users_by_class(profile, peak);
    for (size_t i = 0; i < profile.classes.size(); ++i) {
        const UserClass& users = profile.classes[i];
        double cycle_s = mean_cycle_s(users);
        known = known && (cycle_s > 0 || by_class[i] == 0);
        double user_seconds = 0;
        for (const Segment& segment : compile_segments(profile.load)) {
            user_seconds += (segment.from + segment.to) / 2 *
                            static_cast<double>(segment.end_ns - segment.start_ns) / 1e9;
        }
        double part = static_cast<double>(by_class[i]) / static_cast<double>(peak);
        total += cycle_s > 0 ? user_seconds * part * mean_task(users).requests / cycle_s : 0;
    }
    return known ? std::optional(total) : std::nullopt;
}

std::string render_plan(const Profile& profile) {
    std::string text = printable(profile.name);
    text += profile.description.empty() ? "\n" : ": " + printable(profile.description) + "\n";
    double total_s = 0;
    for (const Stage& stage : profile.load.stages) {
        total_s += stage.duration >= open_ended ? 0 : seconds(stage.duration);
    }
    text += fmt::format("{} load on {}, {}", is_open(profile) ? "Open" : "Closed",
                        printable(profile.target.base_url), print_span(total_s));
    if (profile.load.warm_up.count() > 0) {
        text += ", the first " + print_span(seconds(profile.load.warm_up)) + " warm-up";
    }
    if (profile.load.spawn_rate && !is_open(profile)) {
        text += fmt::format(", {} users start per second", *profile.load.spawn_rate);
    }
    text += "\n\n" + stages_text(profile);
    auto peak = static_cast<uint64_t>(peak_users(profile.load));
    std::vector<uint64_t> by_class = users_by_class(profile, peak);
    for (const auto& [name, requests] : {std::pair{"Set-up, once", &profile.setup},
                                         std::pair{"Tear-down, once", &profile.teardown}}) {
        if (!requests->empty()) {
            Table table(5);
            table.add({"", "", "request", "sends", ""});
            add_requests(table, "", "", *requests, nullptr);
            text += fmt::format("\n{}\n{}", name, table.render(indent));
        }
    }
    for (size_t i = 0; i < profile.classes.size(); ++i) {
        text += class_text(profile, i, by_class[i], peak);
    }
    return text + probes_text(profile) + expectation_text(profile) + thresholds_text(profile);
}

} // namespace ringblast
