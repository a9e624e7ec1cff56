#include "cli/load_test.hpp"

#include "base/clock.hpp"
#include "cli/demo_target.hpp"
#include "cli/each.hpp"
#include "cli/hlog_stream.hpp"
#include "cli/once.hpp"
#include "cli/outputs.hpp"
#include "cli/secrets.hpp"
#include "cli/serve.hpp"
#include "live/progress.hpp"
#include "report/text.hpp"

#include <csignal>
#include <cstdio>
#include <fmt/format.h>
#include <list>

namespace ringblast {

void print_report(const Result& result, const TestOptions& options, std::FILE* stream) {
    if (options.quiet) {
        if (result.not_made) {
            fmt::print(stderr, "ringblast: {}\n", *result.not_made);
        }
        return;
    }
    TerminalTraits traits = probe_terminal(stream);
    fmt::print(stream, "{}", render_text(result, {.color = traits.color, .width = traits.columns}));
    std::fflush(stream);
}

ExpectedAll<ObservedRun> run_observed(const TestOptions& options, Outputs& outputs) {
    Terminal terminal(stderr, probe_terminal(stderr));
    Progress progress(terminal);
    SamplePrinter sample_printer(terminal);
    std::list<HlogStream> hdr_logs;
    RunOptions run_options = options.run;
    if (options.progress) {
        run_options.observers.push_back(&progress);
    }
    if (options.verbose) {
        run_options.observers.push_back(&sample_printer);
    }
    for (OutputFile* file : outputs.hdr_logs()) {
        run_options.observers.push_back(&hdr_logs.emplace_back(*file));
    }
    ExpectedAll<Result> result = run(options.profile, run_options);
    if (!result) {
        return std::unexpected(result.error());
    }
    std::vector<Error> errors = outputs.write(*result);
    for (const HlogStream& hdr_log : hdr_logs) {
        if (hdr_log.error()) {
            errors.push_back(*hdr_log.error());
        }
    }
    for (const Error& error : errors) {
        fmt::print(stderr, "ringblast: {}\n", error.message);
    }
    return ObservedRun{std::move(*result), errors.size()};
}

int exit_code_of(const ObservedRun& ran, ExitPolicy policy, const StopSignals& signals) {
    policy.terminated = signals.last.load() == SIGTERM;
    int code = exit_code(ran.result, policy);
    return ran.reports_failed > 0 && code == 0 ? static_cast<int>(ExitCode::not_made) : code;
}

std::expected<std::unique_ptr<TargetServer>, int>
get_ready(TestOptions& options, const std::vector<std::string>& arguments,
          const StopSignals& signals) {
    report_engine(pick_engine(options.run.engine));
    options.run.stop = &signals.count;
    options.run.command = render_command(arguments, options.show_secrets);
    if (!options.demo) {
        return nullptr;
    }
    Expected<std::unique_ptr<TargetServer>> demo = start_demo(options);
    if (!demo) {
        fmt::print(stderr, "ringblast: {}\n", demo.error().message);
        return std::unexpected(static_cast<int>(ExitCode::not_made));
    }
    return std::move(*demo);
}

void take_preparation(const TestOptions& ready, TestOptions& other) {
    other.run.stop = ready.run.stop;
    other.run.command = ready.run.command;
    if (ready.demo) {
        other.profile.target.base_url = ready.profile.target.base_url;
    }
}

int usage_error(const std::vector<Error>& errors) {
    for (const Error& error : errors) {
        fmt::print(stderr, "ringblast: {}\n", error.message);
    }
    return static_cast<int>(ExitCode::usage);
}

int run_load_test(TestOptions options, const std::vector<std::string>& arguments,
                  const StopSignals& signals) {
    bool demo_blast = options.demo && options.profile.target.base_url.starts_with('/');
    ExpectedAll<Outputs> outputs = Outputs::open(
        options.profile.output, {.profile = demo_blast ? "demo" : options.profile.name,
                                 .users = users_of(options.profile.load),
                                 .unix_ns = unix_ns()});
    if (!outputs) {
        return usage_error(outputs.error());
    }
    auto demo = get_ready(options, arguments, signals);
    if (!demo) {
        return demo.error();
    }
    ExpectedAll<ObservedRun> ran = run_observed(options, *outputs);
    if (!ran) {
        return usage_error(ran.error());
    }
    // Standard output that carries a report carries nothing else.
    std::FILE* stream = outputs->take_standard_output() ? stderr : stdout;
    print_report(ran->result, options, stream);
    if (!options.quiet && !outputs->directory_stem().empty()) {
        fmt::print(stream, "reports     {}.html and more\n", outputs->directory_stem());
    }
    return exit_code_of(*ran, options.exit, signals);
}

int run_blast(const BlastWords& words, const std::vector<std::string>& arguments,
              const StopSignals& signals) {
    ExpectedAll<TestOptions> options = read_blast_options(words);
    if (!options) {
        return usage_error(options.error());
    }
    return words.once ? run_once(std::move(*options), arguments, signals)
                      : run_load_test(std::move(*options), arguments, signals);
}

int run_profile(const RunWords& words, const std::vector<std::string>& arguments,
                const StopSignals& signals) {
    ExpectedAll<TestOptions> options = read_run_options(words);
    if (!options) {
        return usage_error(options.error());
    }
    if (words.once) {
        return run_once(std::move(*options), arguments, signals);
    }
    return words.each ? run_each(std::move(*options), arguments, signals)
                      : run_load_test(std::move(*options), arguments, signals);
}

} // namespace ringblast
