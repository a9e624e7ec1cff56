// The only file that includes CLI11: it costs seconds to compile, and its exceptions end here.
#include "cli/words.hpp"

#include "base/nearest.hpp"
#include "base/version.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fmt/format.h>

namespace ringblast {

namespace {

constexpr const char* examples =
    "Examples:\n"
    "  ringblast http://localhost:8080/                 64 users at full speed for 10 s\n"
    "  ringblast http://localhost:8080/ -u 200 -d 1m    200 users for a minute\n"
    "  ringblast http://localhost:8080/ -R 5000 --threshold 'p99 < 50ms'\n"
    "  ringblast http://localhost:8080/ --stages '100/s:10s,>1000/s:1m'\n"
    "  ringblast --demo                                 try it on the embedded target\n"
    "\n"
    "Other commands, each with --help:\n"
    "  ringblast run PROFILE    users and scenarios from a TOML file, or a built-in profile\n"
    "  ringblast suite FILE     several runs in order, one overview and exit code\n"
    "  ringblast limit URL      the highest rate that holds, and how it breaks beyond\n"
    "  ringblast check PROFILE  the plan of a profile, sending nothing\n"
    "  ringblast profiles       the built-in profiles\n"
    "  ringblast report RESULT  any output again from a saved result\n"
    "  ringblast serve          the embedded target\n"
    "  ringblast doctor         checks this machine";

constexpr const char* run_examples =
    "Examples:\n"
    "  ringblast run users.toml                     as the file says it\n"
    "  ringblast run users.toml WebUser -u 100      one class, rescaled to 100 users\n"
    "  ringblast run users.toml --mode stress       its users, the load of a built-in profile\n"
    "  ringblast run smoke --host http://localhost:8080\n"
    "  ringblast run users.toml --tags read --set API_KEY=demo --output-dir reports";

constexpr const char* limit_examples =
    "Without --slo: p99 < 200ms and error_rate < 1%, or the thresholds of the profile. Errors and\n"
    "429 are always held to something: 1% where no condition names them.\n"
    "\n"
    "Examples:\n"
    "  ringblast limit http://localhost:8080/                 about three minutes\n"
    "  ringblast limit http://localhost:8080/ --quick         about 90 seconds, holds of 10 s\n"
    "  ringblast limit users.toml --slo 'p95 < 300ms, error_rate < 0.5%' --html limit.html\n"
    "  ringblast limit http://localhost:8080/ --min-rate 2000 --json -   for a CI job\n"
    "  ringblast limit --demo '/queue?workers=4&service_ms=5' --quick    a server of 800/s";

constexpr const char* suite_examples =
    "What is said here goes for every run, before what the file says. docs/suite.md explains the\n"
    "file; ringblast check FILE shows what each run would do.\n"
    "\n"
    "Examples:\n"
    "  ringblast suite nightly.toml --host http://localhost:8080 --output-dir reports\n"
    "  ringblast suite nightly.toml --only smoke,load --on-failure stop\n"
    "  ringblast suite nightly.toml -d 10s              each run for ten seconds only\n"
    "  ringblast suite nightly.toml --strict --junit junit.xml    for a CI job";

constexpr const char* only_classes = "only these classes of users";

/// What a command says of its options: a blast brings a load and a request, a profile has them.
enum class For { blast, profile };

void add_load(CLI::App& app, LoadWords& words, For kind) {
    bool blast = kind == For::blast;
    app.add_option("-u,--users,--vus", words.users,
                   blast ? "users, one connection each (64); with --rate the most users (10k)"
                         : "users at the peak: the stages are rescaled; of a rate the most users")
        ->group("Load")->type_name("N");
    app.add_option("-c,--connections", words.connections, "the same as --users")
        ->group("Load")->type_name("N");
    app.add_option("-r,--spawn-rate", words.spawn_rate, "users started per second (all at once)")
        ->group("Load")->type_name("N");
    app.add_option("-d,--duration,--run-time,-z", words.duration,
                   blast ? "length of the load (10s)" : "length of all stages, rescaled")
        ->group("Load")->type_name("T");
    app.add_option("-n,--requests", words.requests,
                   "end after exactly that many requests; alone without limit of time")
        ->group("Load")->type_name("N");
    app.add_option("-R,--rate", words.rate,
                   blast ? "arrivals in total, whatever the target does: 500, 10k/s, 1000/min"
                         : "arrivals at the peak: the stages are rescaled")
        ->group("Load")->type_name("N[/s|/min]");
    app.add_option("--arrival", words.arrival, "constant (default) or poisson")
        ->group("Load")->type_name("KIND");
    app.add_option("--stages", words.stages,
                   "'50:30s,>200:1m' users, '100/s:10s,>1000/s:1m' rates, '@200:10s' at once; "
                   "> ramps")
        ->group("Load")->type_name("LIST");
    app.add_option("--warm-up", words.warm_up, "first part of the load, in no total")
        ->group("Load")->type_name("T");
    app.add_option("--graceful-stop", words.graceful_stop,
                   "time for requests in flight at the end (5s)")
        ->group("Load")->type_name("T");
    app.add_option("--pipeline", words.pipeline, "requests in flight per connection (1)")
        ->group(blast ? "Load" : "")->type_name("N");
    app.add_option("--seed", words.seed, "of everything random (1)")
        ->group("Load")->type_name("N");
    app.add_option("--mode", words.mode,
                   "load and thresholds of a built-in profile: smoke, stress, soak ...")
        ->group("Load")->type_name("NAME");
}

void add_request(CLI::App& app, LoadWords& words, For kind) {
    // A profile says what its requests are; the words are then read to be refused with reason.
    const char* blast_only = kind == For::blast ? "Request" : "";
    app.add_option("-X,--method,-m", words.method, "GET; POST with a body")
        ->group(blast_only)->type_name("NAME");
    app.add_option("-H,--header", words.headers, "'Name: value'; repeatable")
        ->group("Request")->type_name("HEADER")->allow_extra_args(false);
    app.add_option("--body,--data", words.body, "text to send")->group(blast_only)->type_name("S");
    app.add_option("--body-file", words.body_file, "send the content of a file")
        ->group(blast_only)->type_name("F");
    app.add_option("--json-body", words.json_body, "JSON to send, with its Content-Type")
        ->group(blast_only)->type_name("S");
    app.add_option("--api-key", words.api_key, "header X-API-Key")
        ->group("Request")->type_name("K");
    app.add_option("--bearer", words.bearer, "header Authorization: Bearer")
        ->group("Request")->type_name("T");
    app.add_option("--expect-status", words.expect_status, "good statuses (2xx and 3xx)")
        ->group(blast_only)->type_name("200,201");
    app.add_option("--message", words.message, "ws://: text to send, and to hear back")
        ->group(blast_only)->type_name("S");
    app.add_option("--message-size", words.message_size, "ws://: letters of that size (16)")
        ->group(blast_only)->type_name("SIZE");
}

void add_target(CLI::App& app, LoadWords& words) {
    app.add_option("--host", words.host, "the URL, as an option")
        ->group("Target")->type_name("URL")->envname("RINGBLAST_HOST");
    app.add_flag("--demo", words.demo, "start the embedded target for this run")->group("Target");
    app.add_option("--timeout", words.timeout, "of a request, from its send (10s)")
        ->group("Target")->type_name("T");
    app.add_option("--connect-timeout", words.connect_timeout, "of a connect (5s)")
        ->group("Target")->type_name("T");
    app.add_flag("--no-keepalive", words.no_keepalive, "a new connection for each request")
        ->group("Target");
    app.add_option("--requests-per-connection", words.requests_per_connection,
                   "then a new connection (no limit)")
        ->group("Target")->type_name("N");
    app.add_option("--connect-to", words.connect_to, "connect there, with the URL's Host")
        ->group("Target")->type_name("HOST:PORT");
    app.add_option("--resolve", words.resolve, "use an address instead of DNS; repeatable")
        ->group("Target")->type_name("HOST:PORT:ADDRESS")->allow_extra_args(false);
    app.add_option("--local-ips", words.local_ips, "source addresses, used in turn")
        ->group("Target")->type_name("LIST");
    app.add_option("--unix-socket", words.unix_socket, "connect to this socket")
        ->group("Target")->type_name("PATH");
    app.add_option("--wait-for", words.wait_for, "wait until the target accepts, at most T")
        ->group("Target")->type_name("T");
}

void add_tls(CLI::App& app, TlsWords& words) {
    app.add_flag("-k,--insecure", words.insecure, "do not check certificates")->group("TLS");
    app.add_option("--cacert", words.cacert, "trust the CAs in this file (the system's)")
        ->group("TLS")->type_name("F");
    app.add_option("--cert", words.cert, "own certificate, with its chain")
        ->group("TLS")->type_name("F");
    app.add_option("--key", words.key, "its key (in the file of --cert)")
        ->group("TLS")->type_name("F");
    app.add_option("--sni", words.sni, "name to ask for and to check (the URL's)")
        ->group("TLS")->type_name("NAME");
    app.add_option("--tls-min", words.min, "1.2 (default) or 1.3")
        ->group("TLS")->type_name("V");
    app.add_option("--tls-max", words.max, "1.2 or 1.3 (default)")
        ->group("TLS")->type_name("V");
    app.add_option("--tls-resume", words.resume, "reopened connections take up their session (on)")
        ->group("TLS")->type_name("on|off");
}

void add_outputs(CLI::App& app, OutputPaths& outputs) {
    app.add_option("--json", outputs.json, "result as JSON; - is standard output")
        ->group("Outputs")->type_name("F");
    app.add_option("--html", outputs.html, "one page with charts")
        ->group("Outputs")->type_name("F");
    app.add_option("--csv", outputs.csv, "Locust's files: PREFIX_stats.csv and two more")
        ->group("Outputs")->type_name("PREFIX");
    app.add_option("--junit", outputs.junit, "the thresholds as JUnit XML")
        ->group("Outputs")->type_name("F");
    app.add_option("--markdown", outputs.markdown, "summary for a CI job's page")
        ->group("Outputs")->type_name("F");
    app.add_option("--hdr-log", outputs.hdr_log, "HdrHistogram log, an interval a second")
        ->group("Outputs")->type_name("F");
    app.add_option("--output-dir", outputs.directory, "all of them, named by profile and time")
        ->group("Outputs")->type_name("D");
}

void add_engine(CLI::App& app, LoadWords& words) {
    app.add_option("-t,--threads", words.threads, "engine threads (enough for the load)")
        ->group("Engine")->type_name("N");
    app.add_option("--cpus", words.cpus, "pin the threads to these: 2,3 or 4-7")
        ->group("Engine")->type_name("LIST");
    app.add_flag("--no-pin", words.no_pin, "let the system place the threads")->group("Engine");
    app.add_option("--engine", words.engine, "auto (default), io_uring or epoll")
        ->group("Engine")->type_name("NAME");
}

void add_engine_and_outputs(CLI::App& app, LoadWords& words) {
    app.add_flag("--once", words.once, "no load: each request once, with request and response shown")
        ->group("Load");
    add_engine(app, words);
    add_outputs(app, words.outputs);
    app.add_flag("--quiet", words.quiet, "no summary and no progress")->group("Outputs");
    app.add_flag("-v,--verbose", words.verbose, "a line per request")->group("Outputs");
    app.add_flag("--no-progress", words.no_progress, "no live progress")->group("Outputs");
    app.add_flag("--show-secrets", words.show_secrets, "do not mask keys and tokens")
        ->group("Outputs");
    app.add_option("--threshold", words.thresholds, "'p95 < 200ms'; repeatable; decides the verdict")
        ->group("Verdict")->type_name("EXPR")->allow_extra_args(false);
    app.add_flag("--abort-on-fail", words.abort_on_fail, "end the run once a threshold breaks")
        ->group("Verdict");
    app.add_option("--fail-on", words.fail_on, "marginal: a marginal verdict fails too")
        ->group("Verdict")->type_name("WORD");
    app.add_option("--exit-code-on-error", words.exit_code_on_error,
                   "exit code when requests failed")
        ->group("Verdict")->type_name("N");
    app.add_flag("--strict", words.strict, "an invalid run fails (exit 4)")->group("Verdict");
    app.add_flag("--headless", words.headless, "accepted, without effect")->group("");
}

/// Those of the overview; each run has its own in the folder.
void add_suite_outputs(CLI::App& app, LoadWords& words) {
    app.add_option("--output-dir", words.outputs.directory,
                   "suite.html, suite.json and more, and a folder of reports for each run")
        ->group("Outputs")->type_name("D");
    app.add_option("--json", words.outputs.json, "overview as JSON; - is standard output")
        ->group("Outputs")->type_name("F");
    app.add_option("--html", words.outputs.html, "overview as a page")
        ->group("Outputs")->type_name("F");
    app.add_option("--junit", words.outputs.junit, "the thresholds of all runs as JUnit XML")
        ->group("Outputs")->type_name("F");
    app.add_option("--markdown", words.outputs.markdown, "overview for a CI job's page")
        ->group("Outputs")->type_name("F");
    app.add_flag("--quiet", words.quiet, "no overview and no progress")->group("Outputs");
    app.add_flag("--no-progress", words.no_progress, "no live progress of the runs")
        ->group("Outputs");
    app.add_flag("--show-secrets", words.show_secrets, "do not mask keys and tokens")
        ->group("Outputs");
}

/// Words that mean something in wrk, curl, hey or Locust and something else here.
std::optional<std::string> habit_message(const LoadWords& words) {
    auto has_time_unit = [](const std::string& text) {
        return !text.empty() && std::isdigit(static_cast<unsigned char>(text[0])) != 0 &&
               std::isalpha(static_cast<unsigned char>(text.back())) != 0;
    };
    if (words.threads && has_time_unit(*words.threads)) {
        return fmt::format("-t {0}: -t is the number of threads; for the length of the load use "
                           "--duration {0}",
                           *words.threads);
    }
    for (const std::string& header : words.headers) {
        if (header.starts_with("http://") || header.starts_with("https://")) {
            return fmt::format("-H {0}: -H is a header; for the target use --host {0}", header);
        }
    }
    if (words.duration && (words.duration->starts_with("{") || words.duration->starts_with("[") ||
                           words.duration->contains('='))) {
        return fmt::format("-d {0}: -d is the duration; for data to send use --body '{0}'",
                           *words.duration);
    }
    return std::nullopt;
}

/// What Locust and teams' scripts call by another name.
std::string word_for(std::string_view habit) {
    constexpr std::string_view words[][2] = {
        {"-f", "run PROFILE"},          {"--locustfile", "run PROFILE"},
        {"--scenario", "run PROFILE"},  {"-T", "--tags a,b"},
        {"-E", "--exclude-tags a,b"},   {"--only-summary", "--no-progress"},
        {"--output", "--output-dir D"}, {"--reset-stats", "--warm-up T"},
        {"--loglevel", "--verbose"},    {"--stop-timeout", "--graceful-stop T"},
    };
    for (const auto& [theirs, ours] : words) {
        if (habit == theirs) {
            return fmt::format(" (here: {})", ours);
        }
    }
    return "";
}

struct Parsing {
    CLI::App app;

    explicit Parsing(std::string description, const char* name) : app(std::move(description)) {
        app.name(name);
        app.set_help_flag("-h,--help", "this text");
    }
    /// What an option that does not exist was probably meant to be.
    std::string nearest_option(const std::vector<std::string>& arguments) const {
        std::vector<std::string> names;
        for (const CLI::Option* option : app.get_options()) {
            for (const std::string& name : option->get_lnames()) {
                names.push_back("--" + name);
            }
        }
        const std::vector<std::string_view> known(names.begin(), names.end());
        for (const std::string& word : arguments) {
            std::string name = word.substr(0, word.find('='));
            if (std::string ours = word_for(name); !ours.empty()) {
                return ours;
            }
            if (name.starts_with("--") && std::ranges::find(names, name) == names.end()) {
                return nearest_hint(name, known);
            }
        }
        return "";
    }
    /// Sorts the words. Given: a text to print or an error instead.
    std::optional<Expected<CommandWords>> run(std::vector<std::string> arguments) {
        std::ranges::reverse(arguments); // CLI11 takes them from the back
        try {
            app.parse(arguments);
            return std::nullopt;
        } catch (const CLI::CallForHelp&) {
            return TextWords{app.help()};
        } catch (const CLI::CallForVersion&) {
            return TextWords{fmt::format("ringblast {}\n", version)};
        } catch (const CLI::ExtrasError& problem) {
            return failure(fmt::format("{}{} (see {} --help)", problem.what(),
                                       nearest_option(arguments), app.get_name()));
        } catch (const CLI::ParseError& problem) {
            return failure(fmt::format("{} (see {} --help)", problem.what(), app.get_name()));
        }
    }
};

Expected<CommandWords> parse_blast(const std::vector<std::string>& arguments) {
    Parsing parsing("Blasts one URL: a load test over HTTP/1.1 with io_uring or epoll.",
                    "ringblast");
    parsing.app.footer(examples);
    parsing.app.set_version_flag("-V,--version", std::string(version));
    BlastWords words;
    parsing.app.add_option("url", words.url, "the target, http[s]://host[:port][/path]")
        ->type_name("");
    add_load(parsing.app, words, For::blast);
    add_request(parsing.app, words, For::blast);
    add_target(parsing.app, words);
    add_tls(parsing.app, words.tls);
    add_engine_and_outputs(parsing.app, words);
    if (std::optional<Expected<CommandWords>> ended = parsing.run(arguments)) {
        return *ended;
    }
    if (std::optional<std::string> message = habit_message(words)) {
        return failure(*message);
    }
    if (!words.url && !words.host && !words.demo) {
        return failure("no target: give a URL (ringblast http://localhost:8080/) or --demo; "
                       "ringblast --help shows all options");
    }
    return words;
}

void add_choice(CLI::App& app, RunWords& words) {
    app.add_option("--tags", words.tags, "only tasks with any of these tags")
        ->group("Choice")->type_name("a,b")->allow_extra_args(false);
    app.add_option("--exclude-tags", words.exclude_tags, "no tasks with any of these tags")
        ->group("Choice")->type_name("a,b")->allow_extra_args(false);
    app.add_option("--user-class", words.user_classes, "only these classes of users")
        ->group("Choice")->type_name("NAME")->allow_extra_args(false);
    app.add_option("--set", words.set, "what ${NAME} in the profile stands for; repeatable")
        ->group("Choice")->type_name("NAME=VALUE")->allow_extra_args(false);
}

/// `run`, and `check`, which understands the same.
template <class Words>
Expected<CommandWords> parse_run(const char* name, const char* description, RunWords& run,
                                 Words& words, const std::vector<std::string>& arguments) {
    Parsing parsing(description, name);
    parsing.app.footer(run_examples);
    parsing.app.add_option("profile", run.profile, "a TOML file, or the name of a built-in profile")
        ->type_name("")->required();
    parsing.app.add_option("class", run.classes, only_classes)->type_name("");
    add_choice(parsing.app, run);
    parsing.app.add_flag("--each", run.each, "every task alone, one after the other, a row each")
        ->group("Choice");
    add_load(parsing.app, run, For::profile);
    add_request(parsing.app, run, For::profile);
    add_target(parsing.app, run);
    add_tls(parsing.app, run.tls);
    add_engine_and_outputs(parsing.app, run);
    if (std::optional<Expected<CommandWords>> ended = parsing.run(arguments)) {
        return *ended;
    }
    if (std::optional<std::string> message = habit_message(run)) {
        return failure(*message);
    }
    return words;
}

void add_limit(CLI::App& app, LimitWords& words) {
    app.add_option("--slo", words.slo, "conditions: 'p99 < 200ms, error_rate < 1%'")
        ->group("Limit")->type_name("LIST");
    app.add_option("--hold", words.hold, "how long the rate must hold (30s; --quick 10s)")
        ->group("Limit")->type_name("T");
    app.add_option("--precision", words.precision, "half-width of the interval sought (5%)")
        ->group("Limit")->type_name("P");
    app.add_option("--max-rate", words.max_rate, "never ask for more than that")
        ->group("Limit")->type_name("N[/s|/min]");
    app.add_option("--min-rate", words.min_rate, "fail where the target does not hold that")
        ->group("Limit")->type_name("N[/s|/min]");
    app.add_option("--max-time", words.max_time, "of the search (3m; --quick 90s)")
        ->group("Limit")->type_name("T");
    app.add_flag("--quick", words.quick, "shorter holds, a wider margin")->group("Limit");
    app.add_option("-u,--users,-c,--connections", words.run.users,
                   "most users at once (10k), one connection each")
        ->group("Limit")->type_name("N");
    app.add_option("--arrival", words.run.arrival, "constant (default) or poisson")
        ->group("Limit")->type_name("KIND");
    app.add_option("--seed", words.run.seed, "of everything random (1)")
        ->group("Limit")->type_name("N");
}

Expected<CommandWords> parse_limit(const std::vector<std::string>& arguments) {
    Parsing parsing("Finds the breaking point: the highest rate that holds the conditions, with "
                    "its interval, and the way the target breaks beyond it.",
                    "ringblast limit");
    parsing.app.footer(limit_examples);
    LimitWords words;
    parsing.app.add_option("target", words.target, "a URL, or a profile: a TOML file or a built-in")
        ->type_name("");
    add_limit(parsing.app, words);
    parsing.app.add_option("class", words.run.classes, only_classes)->type_name("");
    add_choice(parsing.app, words.run);
    add_request(parsing.app, words.run, For::blast);
    add_target(parsing.app, words.run);
    add_tls(parsing.app, words.run.tls);
    add_engine(parsing.app, words.run);
    OutputPaths& outputs = words.run.outputs;
    parsing.app.add_option("--json", outputs.json, "result as JSON; - is standard output")
        ->group("Outputs")->type_name("F");
    parsing.app.add_option("--html", outputs.html, "one page with the curve")
        ->group("Outputs")->type_name("F");
    parsing.app.add_flag("--quiet", words.run.quiet, "no summary and no progress")
        ->group("Outputs");
    parsing.app.add_flag("--no-progress", words.run.no_progress, "no line per trial")
        ->group("Outputs");
    parsing.app.add_flag("--show-secrets", words.run.show_secrets, "do not mask keys and tokens")
        ->group("Outputs");
    if (std::optional<Expected<CommandWords>> ended = parsing.run(arguments)) {
        return *ended;
    }
    if (std::optional<std::string> message = habit_message(words.run)) {
        return failure(*message);
    }
    if (words.target.empty() && !words.run.host && !words.run.demo) {
        return failure("no target: give a URL (ringblast limit http://localhost:8080/), a profile "
                       "or --demo; ringblast limit --help shows all options");
    }
    return words;
}

Expected<CommandWords> parse_suite(const std::vector<std::string>& arguments) {
    Parsing parsing("Runs several profiles in order: reports for each, one overview, the first "
                    "exit code that applies.",
                    "ringblast suite");
    parsing.app.footer(suite_examples);
    SuiteWords words;
    RunWords& run = words.run;
    parsing.app.add_option("file", words.file, "a TOML file with a [[run]] for each")
        ->type_name("")->required();
    parsing.app.add_option("--only", words.only, "only these runs, in the order of the file")
        ->group("Choice")->type_name("a,b")->allow_extra_args(false);
    parsing.app.add_option("--on-failure", words.on_failure, "continue (default) or stop")
        ->group("Choice")->type_name("WORD");
    add_choice(parsing.app, run);
    parsing.app.add_option("-d,--duration,--run-time,-z", run.duration,
                           "length of each run, rescaled")
        ->group("Load")->type_name("T");
    add_request(parsing.app, run, For::profile);
    add_target(parsing.app, run);
    add_tls(parsing.app, run.tls);
    add_engine(parsing.app, run);
    add_suite_outputs(parsing.app, run);
    parsing.app.add_option("--threshold", run.thresholds, "'p95 < 200ms' for every run; repeatable")
        ->group("Verdict")->type_name("EXPR")->allow_extra_args(false);
    parsing.app.add_option("--fail-on", run.fail_on, "marginal: a marginal verdict fails too")
        ->group("Verdict")->type_name("WORD");
    parsing.app.add_flag("--strict", run.strict, "an invalid run fails (exit 4)")
        ->group("Verdict");
    if (std::optional<Expected<CommandWords>> ended = parsing.run(arguments)) {
        return *ended;
    }
    if (std::optional<std::string> message = habit_message(run)) {
        return failure(*message);
    }
    return words;
}

Expected<CommandWords> parse_profiles(const std::vector<std::string>& arguments) {
    Parsing parsing("Lists the built-in profiles, or prints one as TOML to start from.",
                    "ringblast profiles");
    ProfilesWords words;
    parsing.app.add_option("name", words.name, "the one to print")->type_name("");
    if (std::optional<Expected<CommandWords>> ended = parsing.run(arguments)) {
        return *ended;
    }
    return words;
}

Expected<CommandWords> parse_serve(const std::vector<std::string>& arguments) {
    Parsing parsing("Serves the embedded target, for trying and testing.", "ringblast serve");
    ServeWords words;
    parsing.app.add_option("--host", words.host, "address to listen at (127.0.0.1)");
    parsing.app.add_option("-p,--port", words.port, "port to listen at (8080); 0: a free one");
    parsing.app.add_option("--unix-socket", words.unix_socket, "listen at this socket instead");
    parsing.app.add_option("-t,--threads", words.threads, "threads (1)");
    parsing.app.add_option("--cpus", words.cpus, "pin the threads to these: 2,3 or 4-7");
    parsing.app.add_option("--engine", words.engine, "auto (default), io_uring or epoll");
    parsing.app.add_option("--seed", words.seed, "of /flaky and the tokens (1)");
    parsing.app.add_flag("--tls", words.tls, "https too, on a port of its own");
    parsing.app.add_option("--tls-port", words.tls_port, "port of https (8443); 0: a free one");
    parsing.app.add_option("--cert", words.cert, "certificate with its chain (a self-made one)");
    parsing.app.add_option("--key", words.key, "its key (in the file of --cert)");
    parsing.app.add_option("--client-ca", words.client_ca,
                           "ask clients for a certificate of these CAs");
    parsing.app.add_option("--cert-out", words.cert_out,
                           "write the self-made certificate there, for --cacert");
    if (std::optional<Expected<CommandWords>> ended = parsing.run(arguments)) {
        return *ended;
    }
    return words;
}

Expected<CommandWords> parse_report(const std::vector<std::string>& arguments) {
    Parsing parsing("Makes any report again from a result that --json saved; the text report "
                    "where no output is named.",
                    "ringblast report");
    ReportWords words;
    parsing.app.add_option("result", words.result, "the saved result")
        ->type_name("FILE")->required();
    add_outputs(parsing.app, words.outputs);
    if (std::optional<Expected<CommandWords>> ended = parsing.run(arguments)) {
        return *ended;
    }
    return words;
}

Expected<CommandWords> parse_doctor(const std::vector<std::string>& arguments) {
    Parsing parsing("Checks whether this machine is fit for load tests.", "ringblast doctor");
    DoctorWords words;
    parsing.app.add_flag("--measure", words.measure, "and what each engine reaches here");
    if (std::optional<Expected<CommandWords>> ended = parsing.run(arguments)) {
        return *ended;
    }
    return words;
}

} // namespace

bool LimitWords::is_url() const {
    bool path = run.demo && target.starts_with('/') && !target.ends_with(".toml");
    return target.empty() || target.contains("://") || path;
}

Expected<CommandWords> parse_words(const std::vector<std::string>& arguments) {
    if (!arguments.empty()) {
        std::vector<std::string> rest(arguments.begin() + 1, arguments.end());
        if (arguments[0] == "run") {
            RunWords words;
            return parse_run("ringblast run", "Runs a profile: users and what they do.", words,
                             words, rest);
        }
        if (arguments[0] == "check") {
            CheckWords words;
            return parse_run("ringblast check",
                             "Prints the plan that the same words would run, sending nothing.",
                             words.run, words, rest);
        }
        if (arguments[0] == "limit") {
            return parse_limit(rest);
        }
        if (arguments[0] == "suite") {
            return parse_suite(rest);
        }
        if (arguments[0] == "profiles") {
            return parse_profiles(rest);
        }
        if (arguments[0] == "serve") {
            return parse_serve(rest);
        }
        if (arguments[0] == "report") {
            return parse_report(rest);
        }
        if (arguments[0] == "doctor") {
            return parse_doctor(rest);
        }
    }
    return parse_blast(arguments);
}

} // namespace ringblast
