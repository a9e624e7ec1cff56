#include "cli/suite_command.hpp"

#include "analysis/suite_verdict.hpp"
#include "base/clock.hpp"
#include "base/print.hpp"
#include "base/version.hpp"
#include "cli/suite_overview.hpp"
#include "cli/suite_plan.hpp"
#include "live/terminal.hpp"
#include "report/plan_text.hpp"
#include "report/suite_text.hpp"
#include "report/text.hpp"
#include "report/time_text.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fmt/format.h>
#include <thread>

namespace ringblast {

namespace {

/// One load with its reports; in a directory its text report, too.
ExpectedAll<SuitePart> run_load(const LoneTask& load, const StopSignals& signals) {
    const TestOptions& options = load.options;
    ExpectedAll<Outputs> outputs =
        Outputs::open(options.profile.output, {.profile = options.profile.name,
                                               .users = users_of(options.profile.load),
                                               .unix_ns = unix_ns()});
    if (!outputs) {
        return std::unexpected(outputs.error());
    }
    ExpectedAll<ObservedRun> ran = run_observed(options, *outputs);
    if (!ran) {
        return std::unexpected(ran.error());
    }
    SuitePart part{.task = load.name, .result = {}, .reports = outputs->files()};
    if (!outputs->directory_stem().empty()) {
        const std::string path = outputs->directory_stem() + ".txt";
        Expected<OutputFile> file = OutputFile::open(path);
        Expected<void> written = file ? file->write_all(render_text(ran->result))
                                      : Expected<void>(std::unexpected(file.error()));
        if (written) {
            part.reports.push_back({"text", path});
        } else {
            fmt::print(stderr, "ringblast: {}\n", written.error().message);
            ++ran->reports_failed;
        }
    }
    part.exit_code = exit_code_of(*ran, options.exit, signals);
    part.result = std::move(ran->result);
    return part;
}

void print_overview(const SuiteResult& suite, std::FILE* stream) {
    const TerminalTraits traits = probe_terminal(stream);
    fmt::print(stream, "{}",
               render_suite_text(suite, {.color = traits.color, .width = traits.columns}));
}

/// The suite while it runs.
class SuiteRunner {
public:
    SuiteRunner(const SuitePlan& plan, SuiteOverview& overview, const StopSignals& signals)
        : plan_(plan), overview_(overview), signals_(signals),
          stream_(overview.take_standard_output() ? stderr : stdout) {
        const TestOptions& options = plan.runs.front().loads.front().options;
        quiet_ = options.quiet;
        suite_ = {.name = plan.name,
                  .description = plan.description,
                  .started_at_ns = unix_ns(),
                  .version = version,
                  .command = options.run.command};
        for (const PlannedRun& run : plan.runs) {
            suite_.runs.push_back({.name = run.name,
                                   .profile = run.profile,
                                   .not_run = "the suite ended before its turn"});
        }
    }

    int run() {
        const int64_t start_ns = monotonic_ns();
        std::string stopped;
        write_so_far();
        for (size_t i = 0; i < plan_.runs.size(); ++i) {
            if (stopped.empty() && i > 0 && !pause(plan_.runs[i].pause)) {
                stopped = "the suite was interrupted";
            }
            suite_.runs[i].not_run = stopped;
            if (stopped.empty()) {
                make(i);
                stopped = why_stop(i);
            }
            decide(suite_.runs[i]);
            suite_.duration_s = static_cast<double>(monotonic_ns() - start_ns) / 1e9;
            if (i + 1 < plan_.runs.size()) {
                write_so_far();
            }
        }
        decide(suite_, stop_code());
        return finish();
    }

private:
    int stop_code() const {
        if (signals_.count.load() == 0) {
            return 0;
        }
        return static_cast<int>(signals_.last.load() == SIGTERM ? ExitCode::terminated
                                                                : ExitCode::interrupted);
    }

    /// As it would stand if nothing came any more.
    void write_so_far() {
        decide(suite_, stop_code() != 0 ? stop_code() : static_cast<int>(ExitCode::terminated));
        overview_.write_so_far(suite_);
    }

    /// False where a stop signal ended it.
    bool pause(Duration duration) const {
        if (duration.count() > 0 && signals_.count.load() == 0 && !quiet_) {
            fmt::print(stderr, "pause of {}\n", print_span(seconds(duration)));
        }
        const int64_t end_ns = monotonic_ns() + duration.count();
        while (signals_.count.load() == 0 && monotonic_ns() < end_ns) {
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
        return signals_.count.load() == 0;
    }

    void make(size_t index) {
        const PlannedRun& planned = plan_.runs[index];
        SuiteRun& run = suite_.runs[index];
        if (!quiet_) {
            fmt::print(stderr, "{}/{} {}\n", index + 1, plan_.runs.size(), printable(run.name));
        }
        for (const LoneTask& load : planned.loads) {
            if (!run.parts.empty() && signals_.count.load() > 0) {
                break;
            }
            ExpectedAll<SuitePart> part = run_load(load, signals_);
            if (!part) {
                for (const Error& error : part.error()) {
                    fmt::print(stderr, "ringblast: {}\n", error.message);
                    run.problems.push_back(error.message);
                }
                continue;
            }
            const bool in_directory = load.options.profile.output.directory.has_value();
            if (!in_directory && planned.loads.size() == 1) {
                print_report(part->result, load.options, stream_);
                fmt::print(stream_, "{}", quiet_ ? "" : "\n");
            } else if (!quiet_) {
                fmt::print(stderr, "  {}\n", suite_line_text(*part));
            }
            run.parts.push_back(std::move(*part));
        }
    }

    std::string why_stop(size_t index) {
        SuiteRun& run = suite_.runs[index];
        decide(run);
        if (signals_.count.load() > 0) {
            return "the suite was interrupted";
        }
        return run.exit_code != 0 && plan_.runs[index].stop_on_failure
                   ? run.name + " failed, and the suite stops then"
                   : "";
    }

    int finish() {
        std::vector<Error> errors = overview_.finish(suite_);
        for (const Error& error : errors) {
            fmt::print(stderr, "ringblast: {}\n", error.message);
        }
        if (!quiet_) {
            print_overview(suite_, stream_);
            if (plan_.outputs.directory) {
                fmt::print(
                    stream_, "reports     {}, a folder for each run beside it\n",
                    (std::filesystem::path(*plan_.outputs.directory) / "suite.html").string());
            }
            std::fflush(stream_);
        }
        const bool unwritten = !errors.empty() && suite_.exit_code == 0;
        return unwritten ? static_cast<int>(ExitCode::not_made) : suite_.exit_code;
    }

    const SuitePlan& plan_;
    SuiteOverview& overview_;
    const StopSignals& signals_;
    std::FILE* stream_; ///< standard output, unless a report is there
    bool quiet_ = false;
    SuiteResult suite_;
};

} // namespace

int run_suite(const SuiteWords& words, const std::vector<std::string>& arguments,
              const StopSignals& signals) {
    ExpectedAll<SuitePlan> plan = plan_suite(words);
    if (!plan) {
        return usage_error(plan.error());
    }
    ExpectedAll<SuiteOverview> overview = SuiteOverview::open(plan->outputs);
    if (!overview) {
        return usage_error(overview.error());
    }
    TestOptions& first = plan->runs.front().loads.front().options;
    auto demo = get_ready(first, arguments, signals);
    if (!demo) {
        return demo.error();
    }
    for (PlannedRun& run : plan->runs) {
        for (LoneTask& load : run.loads) {
            take_preparation(first, load.options);
        }
    }
    return SuiteRunner(*plan, *overview, signals).run();
}

int check_suite(const SuiteWords& words) {
    ExpectedAll<SuitePlan> plan = plan_suite(words);
    if (!plan) {
        return usage_error(plan.error());
    }
    for (size_t i = 0; i < plan->runs.size(); ++i) {
        const PlannedRun& run = plan->runs[i];
        std::string pause =
            i > 0 && run.pause.count() > 0
                ? fmt::format(", after a pause of {}", print_span(seconds(run.pause)))
                : "";
        fmt::print("{}run {} of {}: {} ({}){}\n\n", i > 0 ? "\n" : "", i + 1, plan->runs.size(),
                   run.name, run.profile, pause);
        for (const LoneTask& load : run.loads) {
            ExpectedAll<Profile> checked = check(load.options.profile);
            if (!checked) {
                return usage_error(checked.error());
            }
            fmt::print("{}", render_plan(*checked));
        }
    }
    return 0;
}

} // namespace ringblast
