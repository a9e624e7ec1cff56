#include "cli/suite_plan.hpp"

#include "base/clock.hpp"
#include "base/nearest.hpp"
#include "base/quote.hpp"
#include "cli/suite_file.hpp"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <map>
#include <set>

namespace ringblast {

namespace {

/// `--spawn-rate 0: …` is `spawn_rate 0: …` at the place of that key, where the file has it.
Error placed(const SuiteStep& step, const std::string& name, const std::string& message) {
    if (message.starts_with("--")) {
        std::string key = message.substr(2, message.find_first_of(" :") - 2);
        const size_t rest = 2 + key.size();
        std::ranges::replace(key, '-', '_');
        if (const auto place = step.places.find(key); place != step.places.end()) {
            return {place->second + ": " + key + message.substr(rest)};
        }
    }
    return {step.place + ": run " + ringblast::quoted(name) + ": " + message};
}

class Planner {
public:
    explicit Planner(const SuiteWords& words) {
        for (const std::string& list : words.only) {
            std::ranges::move(split_list(list), std::back_inserter(only_));
        }
    }

    ExpectedAll<SuitePlan> plan(const SuiteFile& file) {
        SuitePlan plan{.name = file.name, .description = file.description, .outputs = file.outputs};
        expand(plan);
        for (const SuiteStep& step : file.steps) {
            add(step, plan);
        }
        check_choice();
        if (!errors_.empty()) {
            return std::unexpected(std::move(errors_));
        }
        return plan;
    }

private:
    static void expand(SuitePlan& plan) {
        const OutputNames names{.profile = plan.name, .unix_ns = unix_ns()};
        for (auto path : {&OutputPaths::json, &OutputPaths::html, &OutputPaths::junit,
                          &OutputPaths::markdown, &OutputPaths::directory}) {
            if (plan.outputs.*path) {
                plan.outputs.*path = expand_path(*(plan.outputs.*path), names);
            }
        }
    }
    bool chosen(const std::string& name) const {
        return only_.empty() || std::ranges::find(only_, name) != only_.end();
    }
    /// One message for all runs that have the same problem.
    void complain(const SuiteStep& step, const std::string& name, const std::string& message) {
        if (told_.insert(message).second) {
            errors_.push_back(placed(step, name, message));
        }
    }
    void complain(const SuiteStep& step, const std::string& name,
                  const std::vector<Error>& errors) {
        for (const Error& error : errors) {
            complain(step, name, error.message);
        }
    }

    void add(const SuiteStep& step, SuitePlan& plan) {
        if (!step.name.empty() && !chosen(step.name)) {
            note_name(step, step.name);
            return;
        }
        ExpectedAll<TestOptions> options = read_run_options(step.words);
        if (!options) {
            complain(step, step.name.empty() ? step.words.profile : step.name, options.error());
            return;
        }
        std::string& name = options->profile.name;
        name = step.name.empty() ? name : step.name;
        note_name(step, name);
        if (!chosen(name)) {
            return;
        }
        if (plan.outputs.directory) {
            options->profile.output.directory =
                (std::filesystem::path(*plan.outputs.directory) / file_name_of(name)).string();
        }
        PlannedRun run{.name = name,
                       .profile = step.words.profile,
                       .pause = step.pause,
                       .stop_on_failure = step.stop_on_failure};
        if (step.words.each) {
            ExpectedAll<std::vector<LoneTask>> tasks = lone_tasks(*options);
            run.loads = tasks ? std::move(*tasks) : std::vector<LoneTask>{};
            complain(step, run.name, tasks ? std::vector<Error>{} : tasks.error());
        } else {
            run.loads.push_back({"", std::move(*options)});
        }
        for (const LoneTask& load : run.loads) {
            check_load(step, run.name, load.options);
        }
        plan.runs.push_back(std::move(run));
    }

    void note_name(const SuiteStep& step, const std::string& name) {
        const auto [before, added] = names_.emplace(name, step.place);
        if (!added) {
            complain(step, name,
                     "the run at " + before->second +
                         " has that name as well; allowed: a name = \"…\" for each run");
        }
    }

    void check_load(const SuiteStep& step, const std::string& name, const TestOptions& options) {
        if (ExpectedAll<Profile> checked = check(options.profile); !checked) {
            complain(step, name, checked.error());
        }
        const OutputPaths& paths = options.profile.output;
        const OutputNames names{.profile = options.profile.name,
                                .users = users_of(options.profile.load)};
        for (const std::string& path : Outputs::named_paths(paths, names)) {
            if (path == "-") {
                complain(step, name,
                         "its profile writes a report to standard output, where the overview of "
                         "the suite is; allowed: a file in its [output]");
            } else if (Expected<void> writable = OutputFile::check(path); !writable) {
                complain(step, name, writable.error().message);
            } else if (const auto [other, added] = files_.emplace(path, name); !added) {
                complain(step, name,
                         fmt::format("its report {} is also one of run {}; allowed: {{profile}} or "
                                     "{{users}} in the name",
                                     path, ringblast::quoted(other->second)));
            }
        }
    }

    /// The names of --only that there are not, where all names are known.
    void check_choice() {
        if (!errors_.empty()) {
            return;
        }
        std::vector<std::string_view> known;
        std::string listed;
        for (const auto& [name, place] : names_) {
            known.push_back(name);
            listed += (listed.empty() ? "" : ", ") + name;
        }
        for (const std::string& name : only_) {
            if (!names_.contains(name)) {
                errors_.push_back(
                    {fmt::format("--only {}: the suite has no run {}{}; allowed: {}", name,
                                 ringblast::quoted(name), nearest_hint(name, known), listed)});
            }
        }
    }

    std::vector<std::string> only_;
    std::vector<Error> errors_;
    std::set<std::string> told_;
    std::map<std::string, std::string> names_; ///< of all runs, with their places
    std::map<std::string, std::string> files_; ///< reports by path, with the run that writes them
};

} // namespace

ExpectedAll<SuitePlan> plan_suite(const SuiteWords& words) {
    ExpectedAll<SuiteFile> file = read_suite_file(words);
    if (!file) {
        return std::unexpected(file.error());
    }
    return Planner(words).plan(*file);
}

} // namespace ringblast
