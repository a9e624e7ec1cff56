#include "cli/blast.hpp"

#include "base/clock.hpp"
#include "cli/blast_options.hpp"
#include "cli/hlog_stream.hpp"
#include "cli/outputs.hpp"
#include "cli/secrets.hpp"
#include "cli/serve.hpp"
#include "live/progress.hpp"
#include "report/text.hpp"
#include "run/machine.hpp"

#include <csignal>
#include <cstdio>
#include <fmt/format.h>
#include <list>

namespace ringblast {

int usage_error(const std::vector<Error>& errors) {
    for (const Error& error : errors) {
        fmt::print(stderr, "ringblast: {}\n", error.message);
    }
    return static_cast<int>(ExitCode::usage);
}

namespace {

/// The embedded target on the first half of the cores; the load takes the last ones.
Expected<std::unique_ptr<TargetServer>> start_demo(BlastOptions& options) {
    std::vector<int> cpus = allowed_cpus();
    auto threads = static_cast<uint32_t>(std::max<size_t>(cpus.size() / 2, 1));
    cpus.resize(threads);
    Expected<std::unique_ptr<TargetServer>> server =
        TargetServer::start({.threads = threads, .cpus = cpus, .engine = options.run.engine});
    if (server) {
        std::string& url = options.profile.target.base_url;
        std::string path = url.starts_with('/') ? url.substr(1) : "";
        url = (*server)->url() + path;
        options.profile.name = url;
    }
    return server;
}

/// Returns how many reports could not be written.
size_t write_reports(const Result& result, const BlastOptions& options, Outputs& outputs) {
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

} // namespace

int run_blast(const BlastWords& words, const std::vector<std::string>& arguments,
              const StopSignals& signals) {
    ExpectedAll<BlastOptions> options = read_blast_options(words);
    if (!options) {
        return usage_error(options.error());
    }
    ExpectedAll<Outputs> outputs =
        Outputs::open(options->outputs, {.profile = options->demo ? "demo" : options->profile.name,
                                         .users = users_of(options->profile.load),
                                         .unix_ns = unix_ns()});
    if (!outputs) {
        return usage_error(outputs.error());
    }
    report_engine(pick_engine(options->run.engine));
    std::unique_ptr<TargetServer> demo;
    if (options->demo) {
        Expected<std::unique_ptr<TargetServer>> server = start_demo(*options);
        if (!server) {
            fmt::print(stderr, "ringblast: {}\n", server.error().message);
            return static_cast<int>(ExitCode::not_made);
        }
        demo = std::move(*server);
    }
    Terminal terminal(stderr, probe_terminal(stderr));
    Progress progress(terminal);
    SamplePrinter sample_printer(terminal);
    std::list<HlogStream> hdr_logs;
    RunOptions& run_options = options->run;
    if (options->progress) {
        run_options.observers.push_back(&progress);
    }
    if (options->verbose) {
        run_options.observers.push_back(&sample_printer);
    }
    for (OutputFile* file : outputs->hdr_logs()) {
        run_options.observers.push_back(&hdr_logs.emplace_back(*file));
    }
    run_options.stop = &signals.count;
    run_options.command = render_command(arguments, options->show_secrets);

    ExpectedAll<Result> result = run(options->profile, run_options);
    if (!result) {
        return usage_error(result.error());
    }
    size_t failed = write_reports(*result, *options, *outputs);
    for (const HlogStream& hdr_log : hdr_logs) {
        if (hdr_log.error()) {
            fmt::print(stderr, "ringblast: {}\n", hdr_log.error()->message);
            ++failed;
        }
    }
    options->exit.terminated = signals.last.load() == SIGTERM;
    int code = exit_code(*result, options->exit);
    return failed > 0 && code == 0 ? static_cast<int>(ExitCode::not_made) : code;
}

} // namespace ringblast
