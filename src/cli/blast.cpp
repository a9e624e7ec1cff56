#include "cli/blast.hpp"

#include "cli/blast_options.hpp"
#include "cli/hlog_stream.hpp"
#include "cli/output_file.hpp"
#include "cli/secrets.hpp"
#include "cli/serve.hpp"
#include "live/progress.hpp"
#include "report/json.hpp"
#include "report/text.hpp"
#include "run/machine.hpp"

#include <csignal>
#include <cstdio>
#include <fmt/format.h>

namespace ringblast {

int usage_error(const std::vector<Error>& errors) {
    for (const Error& error : errors) {
        fmt::print(stderr, "ringblast: {}\n", error.message);
    }
    return static_cast<int>(ExitCode::usage);
}

namespace {

/// Where the reports go, opened before the load.
struct Outputs {
    std::optional<OutputFile> json, hdr_log;

    bool take_standard_output() const {
        return (json && json->standard_output()) || (hdr_log && hdr_log->standard_output());
    }
};

ExpectedAll<Outputs> open_outputs(const BlastOptions& options) {
    Outputs outputs;
    std::vector<Error> errors;
    for (const auto& [path, into] : {std::pair{&options.json, &outputs.json},
                                     std::pair{&options.hdr_log, &outputs.hdr_log}}) {
        if (!*path) {
            continue;
        }
        Expected<OutputFile> file = OutputFile::open(**path);
        if (file) {
            *into = std::move(*file);
        } else {
            errors.push_back(file.error());
        }
    }
    if (outputs.json && outputs.hdr_log && outputs.json->standard_output() &&
        outputs.hdr_log->standard_output()) {
        errors.push_back({"--json - and --hdr-log -: only one report fits standard output"});
    }
    if (!errors.empty()) {
        return std::unexpected(std::move(errors));
    }
    return outputs;
}

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

int write_reports(const Result& result, const BlastOptions& options, Outputs& outputs) {
    int failed = 0;
    auto check = [&](const Expected<void>& written) {
        if (!written) {
            fmt::print(stderr, "ringblast: {}\n", written.error().message);
            ++failed;
        }
    };
    if (outputs.json) {
        check(outputs.json->write_all(render_json(result)));
    }
    if (!options.quiet) {
        // Standard output that carries a report carries nothing else.
        std::FILE* stream = outputs.take_standard_output() ? stderr : stdout;
        TerminalTraits traits = probe_terminal(stream);
        fmt::print(stream, "{}",
                   render_text(result, {.color = traits.color, .width = traits.columns}));
        std::fflush(stream);
    } else if (result.not_made) {
        fmt::print(stderr, "ringblast: {}\n", *result.not_made);
    }
    return failed;
}

} // namespace

int run_blast(const BlastWords& words, const std::vector<std::string>& arguments,
              const StopSignals& signals) {
    ExpectedAll<BlastOptions> options = read_blast_options(words);
    if (!options) {
        return usage_error(options.error());
    }
    ExpectedAll<Outputs> outputs = open_outputs(*options);
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
    std::optional<HlogStream> hlog;
    RunOptions& run_options = options->run;
    if (options->progress) {
        run_options.observers.push_back(&progress);
    }
    if (options->verbose) {
        run_options.observers.push_back(&sample_printer);
    }
    if (outputs->hdr_log) {
        run_options.observers.push_back(&hlog.emplace(*outputs->hdr_log));
    }
    run_options.stop = &signals.count;
    run_options.command = render_command(arguments, options->show_secrets);

    ExpectedAll<Result> result = run(options->profile, run_options);
    if (!result) {
        return usage_error(result.error());
    }
    int failed = write_reports(*result, *options, *outputs);
    if (hlog && hlog->error()) {
        fmt::print(stderr, "ringblast: {}\n", hlog->error()->message);
        ++failed;
    }
    options->exit.terminated = signals.last.load() == SIGTERM;
    int code = exit_code(*result, options->exit);
    return failed > 0 && code == 0 ? static_cast<int>(ExitCode::not_made) : code;
}

} // namespace ringblast
