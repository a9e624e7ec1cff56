#include "cli/each.hpp"

#include "analysis/suite_verdict.hpp"
#include "analysis/threshold.hpp"
#include "base/clock.hpp"
#include "base/print.hpp"
#include "live/terminal.hpp"
#include "report/threshold_text.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace ringblast {

namespace {

/// The profile with one of its tasks alone. Thresholds on other names are left out.
TestOptions alone(const TestOptions& options, const UserClass& users, const Task& task) {
    TestOptions one = options;
    Profile& profile = one.profile;
    profile.selection = {};
    profile.name += "-" + task.name;
    UserClass only = users;
    only.count.reset();
    only.weight = 1;
    only.tasks = {task};
    only.tasks.front().weight = 1;
    profile.classes = {std::move(only)};
    ScopeNames names = scope_names(profile);
    std::erase_if(profile.thresholds, [&names](const ThresholdText& text) {
        Expected<Threshold> threshold = parse_threshold(text);
        return threshold && !check_scope(*threshold, names);
    });
    return one;
}

/// Several results would go to one file.
std::vector<Error> check_paths(const OutputPaths& paths) {
    std::vector<Error> errors;
    for (const auto& [option, path] :
         {std::pair{"--json", &paths.json}, std::pair{"--html", &paths.html},
          std::pair{"--csv", &paths.csv}, std::pair{"--junit", &paths.junit},
          std::pair{"--markdown", &paths.markdown}, std::pair{"--hdr-log", &paths.hdr_log}}) {
        if (*path && !(*path)->contains("{profile}")) {
            errors.push_back(
                {fmt::format("--each writes a report per task: {} {} needs {{profile}} "
                             "in its name (or use --output-dir)",
                             option, **path)});
        }
    }
    return errors;
}

class Rows {
public:
    explicit Rows(size_t name_width) : paint_(probe_terminal(stdout).color), width_(name_width) {
        print(" ", "task", {"requests", "rate", "failed", "avg", "p95", "p99"}, "");
    }

    void add(const std::string& name, const Result& result) {
        const Histogram& latency = result.latency;
        auto time = [&](double ns) { return latency.empty() ? "–" : print_latency(ns); };
        bool passed = result.verdict == Verdict::pass;
        std::string why;
        for (const ThresholdResult& threshold : result.thresholds) {
            if (threshold.verdict == Verdict::fail || threshold.verdict == Verdict::marginal) {
                why += "  " + threshold_text(threshold, paint_, 0);
            }
        }
        if (result.not_made) {
            why += "  " + *result.not_made;
        }
        bool marginal = result.verdict == Verdict::marginal;
        print(passed     ? paint_.green("✓")
              : marginal ? paint_.yellow("!")
                         : paint_.red("✗"),
              name,
              {print_count(result.counts.completed()), print_rate(result.rps) + "/s",
               print_count(result.counts.failed()), time(latency.mean()),
               time(static_cast<double>(latency.percentile(95))),
               time(static_cast<double>(latency.percentile(99)))},
              why);
        ++count_;
        passed_ += passed || marginal;
    }
    void finish() const {
        fmt::print("\n{} of {} passed\n", passed_, print_counted(count_, "task"));
    }

private:
    void print(std::string_view mark, const std::string& name,
               const std::array<std::string, 6>& figures, const std::string& why) const {
        std::string line = fmt::format("{} {:<{}}", mark, printable(name), width_);
        for (const std::string& figure : figures) {
            line += fmt::format("  {:>10}", figure);
        }
        fmt::print("{}{}\n", line, why);
        std::fflush(stdout);
    }

    Paint paint_;
    size_t width_;
    uint64_t count_ = 0, passed_ = 0;
};

/// One task, with its reports.
ExpectedAll<ObservedRun> run_alone(const TestOptions& options, int64_t started_unix_ns) {
    ExpectedAll<Outputs> outputs =
        Outputs::open(options.profile.output, {.profile = options.profile.name,
                                               .users = users_of(options.profile.load),
                                               .unix_ns = started_unix_ns});
    if (!outputs) {
        return std::unexpected(outputs.error());
    }
    return run_observed(options, *outputs);
}

} // namespace

ExpectedAll<std::vector<LoneTask>> lone_tasks(const TestOptions& options) {
    if (std::vector<Error> errors = check_paths(options.profile.output); !errors.empty()) {
        return std::unexpected(std::move(errors));
    }
    ExpectedAll<Profile> selected = check(options.profile);
    if (!selected) {
        return std::unexpected(selected.error());
    }
    std::vector<LoneTask> tasks;
    for (const UserClass& users : selected->classes) {
        for (const Task& task : users.tasks) {
            tasks.push_back({task.name, alone(options, users, task)});
        }
    }
    return tasks;
}

int run_each(TestOptions options, const std::vector<std::string>& arguments,
             const StopSignals& signals) {
    ExpectedAll<std::vector<LoneTask>> tasks = lone_tasks(options);
    if (!tasks) {
        return usage_error(tasks.error());
    }
    auto demo = get_ready(options, arguments, signals);
    if (!demo) {
        return demo.error();
    }
    size_t width = 4;
    for (const LoneTask& task : *tasks) {
        width = std::max(width, task.name.size());
    }
    Rows rows(width);
    int code = 0;
    int64_t started_unix_ns = unix_ns();
    for (LoneTask& task : *tasks) {
        if (signals.count.load() > 0) {
            break;
        }
        take_preparation(options, task.options);
        ExpectedAll<ObservedRun> ran = run_alone(task.options, started_unix_ns);
        if (!ran) {
            return usage_error(ran.error());
        }
        rows.add(task.name, ran->result);
        code = first_exit_code(code, exit_code_of(*ran, options.exit, signals));
    }
    rows.finish();
    return code;
}

} // namespace ringblast
