#include "cli/load_test.hpp"

#include "base/clock.hpp"
#include "cli/demo_target.hpp"
#include "cli/hlog_stream.hpp"
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

namespace {

/// Returns how many reports could not be written.
size_t write_reports(const Result& result, const TestOptions& options, Outputs& outputs) {
    const std::vector<Error> errors = outputs.write(result);
    for (const Error& error : errors) {
        fmt::print(stderr, "ringblast: {}\n", error.message);
    }
    if (!options.quiet) {
        // Standard output that carries a report carries nothing else.
        std::FILE* stream = outputs.take_standard_output() ? stderr : stdout;
        TerminalTraits traits = probe_terminal(stream);
        fmt::print(stream, "{}",
                   render_text(result, {.color = traits.color, .width = traits.columns}));
        if (!outputs.directory_stem().empty()) {
            fmt::print(stream, "reports     {}.html and more\n", outputs.directory_stem());
        }
        std::fflush(stream);
    } else if (result.not_made) {
        fmt::print(stderr, "ringblast: {}\n", *result.not_made);
    }
    return errors.size();
}

/// The run with everything that looks on. Returns its result after the reports are written, and
/// how many of them could not be.
ExpectedAll<std::pair<Result, size_t>> run_observed(const TestOptions& options, Outputs& outputs) {
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
    size_t failed = write_reports(*result, options, outputs);
    for (const HlogStream& hdr_log : hdr_logs) {
        if (hdr_log.error()) {
            fmt::print(stderr, "ringblast: {}\n", hdr_log.error()->message);
            ++failed;
        }
    }
    return std::pair(std::move(*result), failed);
}

} // namespace

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
    report_engine(pick_engine(options.run.engine));
    std::unique_ptr<TargetServer> demo;
    if (options.demo) {
        Expected<std::unique_ptr<TargetServer>> server = start_demo(options);
        if (!server) {
            fmt::print(stderr, "ringblast: {}\n", server.error().message);
            return static_cast<int>(ExitCode::not_made);
        }
        demo = std::move(*server);
    }
    options.run.stop = &signals.count;
    options.run.command = render_command(arguments, options.show_secrets);
    ExpectedAll<std::pair<Result, size_t>> ran = run_observed(options, *outputs);
    if (!ran) {
        return usage_error(ran.error());
    }
    options.exit.terminated = signals.last.load() == SIGTERM;
    int code = exit_code(ran->first, options.exit);
    return ran->second > 0 && code == 0 ? static_cast<int>(ExitCode::not_made) : code;
}

int run_blast(const BlastWords& words, const std::vector<std::string>& arguments,
              const StopSignals& signals) {
    ExpectedAll<TestOptions> options = read_blast_options(words);
    return options ? run_load_test(std::move(*options), arguments, signals)
                   : usage_error(options.error());
}

int run_profile(const RunWords& words, const std::vector<std::string>& arguments,
                const StopSignals& signals) {
    ExpectedAll<TestOptions> options = read_run_options(words);
    return options ? run_load_test(std::move(*options), arguments, signals)
                   : usage_error(options.error());
}

} // namespace ringblast
