#include "cli/limit_command.hpp"

#include "base/clock.hpp"
#include "cli/limit_options.hpp"
#include "cli/output_file.hpp"
#include "live/terminal.hpp"
#include "report/limit_html.hpp"
#include "report/limit_json.hpp"
#include "report/limit_text.hpp"

#include <csignal>
#include <cstdio>
#include <fmt/format.h>

namespace ringblast {

namespace {

/// A line for each trial that ended; on a terminal the one that runs below them.
class LimitProgress : public LimitObserver {
public:
    explicit LimitProgress(Terminal& terminal) : terminal_(terminal) {}

    void on_trial_start(const Trial& trial) override {
        std::string asked = trial.kind == TrialKind::closed ? fmt::format("{} users", trial.users)
                                                            : fmt::format("{:.6g}/s", trial.rate);
        terminal_.show_block({fmt::format("{:<9} {} for {:.3g} s …",
                                          trial_kind_names[static_cast<size_t>(trial.kind)], asked,
                                          trial.duration_s)});
    }
    void on_trial_end(const TrialResult& trial, const CapacityAnswer& so_far) override {
        std::string answer;
        if (so_far.rate && trial.valid && trial.trial.kind == TrialKind::hold) {
            answer =
                fmt::format("  → {:.5g} [{:.5g}, {:.5g}]", *so_far.rate, *so_far.low, *so_far.high);
        }
        terminal_.print_line(trial_text(trial) + answer);
    }

private:
    Terminal& terminal_;
};

/// The files of an answer, opened before the search.
class LimitOutputs {
public:
    static ExpectedAll<LimitOutputs> open(const OutputPaths& paths) {
        LimitOutputs outputs;
        std::vector<Error> errors;
        for (auto [path, into] :
             {std::pair{&paths.json, &outputs.json_}, std::pair{&paths.html, &outputs.html_}}) {
            if (!*path) {
                continue;
            }
            Expected<OutputFile> file = OutputFile::open(**path);
            if (file) {
                into->emplace(std::move(*file));
            } else {
                errors.push_back(file.error());
            }
        }
        if (paths.json == "-" && paths.html == "-") {
            errors.push_back({"--json - and --html -: standard output takes one of them"});
        }
        if (!errors.empty()) {
            return std::unexpected(std::move(errors));
        }
        return outputs;
    }
    bool empty() const { return !json_ && !html_; }
    bool take_standard_output() const {
        return (json_ && json_->standard_output()) || (html_ && html_->standard_output());
    }
    /// Number of files that could not be written; said on standard error.
    size_t write(const LimitResult& result) {
        size_t failed = 0;
        auto note = [&](const Expected<void>& written) {
            if (!written) {
                fmt::print(stderr, "ringblast: {}\n", written.error().message);
                ++failed;
            }
        };
        if (json_) {
            note(json_->write_all(render_limit_json(result)));
        }
        if (html_) {
            note(html_->write_all(render_limit_html(result)));
        }
        return failed;
    }

private:
    std::optional<OutputFile> json_, html_;
};

void print_answer(const LimitResult& result, std::FILE* stream) {
    TerminalTraits traits = probe_terminal(stream);
    fmt::print(stream, "{}",
               render_limit_text(result, {.color = traits.color, .width = traits.columns}));
    std::fflush(stream);
}

} // namespace

int run_limit(const LimitWords& words, const std::vector<std::string>& arguments,
              const StopSignals& signals) {
    ExpectedAll<LimitTestOptions> options = read_limit_options(words);
    if (!options) {
        return usage_error(options.error());
    }
    ExpectedAll<LimitOutputs> outputs = LimitOutputs::open(words.run.outputs);
    if (!outputs) {
        return usage_error(outputs.error());
    }
    auto demo = get_ready(options->test, arguments, signals);
    if (!demo) {
        return demo.error();
    }
    Terminal terminal(stderr, probe_terminal(stderr));
    LimitProgress progress(terminal);
    ExpectedAll<LimitResult> result =
        find_limit(options->test.profile, options->limit, options->test.run,
                   options->test.progress ? &progress : nullptr);
    terminal.clear_block();
    if (!result) {
        return usage_error(result.error());
    }
    size_t unwritten = outputs->write(*result);
    if (!options->test.quiet) {
        print_answer(*result, outputs->take_standard_output() ? stderr : stdout);
    } else if (result->not_made) {
        fmt::print(stderr, "ringblast: {}\n", *result->not_made);
    }
    ExitCode code = exit_code(*result, signals.last.load() == SIGTERM);
    if (unwritten > 0 && code == ExitCode::ok) {
        code = ExitCode::not_made;
    }
    return static_cast<int>(code);
}

int report_limit(const std::string& path, const std::string& saved, const OutputPaths& paths) {
    Expected<LimitResult> result = read_limit_json(saved);
    if (!result) {
        return usage_error({Error{fmt::format("{}: {}", path, result.error().message)}});
    }
    if (paths.csv || paths.junit || paths.markdown || paths.hdr_log || paths.directory) {
        return usage_error(
            {Error{fmt::format("{}: a result of ringblast limit has --json and --html "
                               "beside its text, no other output",
                               path)}});
    }
    ExpectedAll<LimitOutputs> outputs = LimitOutputs::open(paths);
    if (!outputs) {
        return usage_error(outputs.error());
    }
    if (outputs->empty()) {
        print_answer(*result, stdout);
        return 0;
    }
    return outputs->write(*result) == 0 ? 0 : static_cast<int>(ExitCode::usage);
}

} // namespace ringblast
