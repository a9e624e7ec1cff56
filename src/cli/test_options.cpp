#include "cli/test_options.hpp"

#include "analysis/threshold.hpp"
#include "cli/load_options.hpp"
#include "cli/message.hpp"
#include "cli/request_options.hpp"
#include "cli/tls_options.hpp"
#include "profile/builtin.hpp"
#include "profile/load.hpp"
#include "profile/select.hpp"
#include "protocol/url.hpp"

#include <algorithm>
#include <cstdlib>

namespace ringblast {

namespace {

/// Stands for the address of the embedded target until it has one.
constexpr const char* demo_url = "http://127.0.0.1/";

void read_target(const LoadWords& words, OptionReading& reading, Target& target) {
    reading.time("--timeout", words.timeout, target.timeout);
    reading.time("--connect-timeout", words.connect_timeout, target.connect_timeout);
    target.keepalive = target.keepalive && !words.no_keepalive;
    target.requests_per_connection =
        reading.at_least("--requests-per-connection", words.requests_per_connection, 1)
            .value_or(target.requests_per_connection);
    if (words.connect_to) {
        target.connect_to = words.connect_to;
    }
    if (!words.resolve.empty()) {
        target.resolve = words.resolve;
    }
    if (words.local_ips) {
        target.local_ips = split_list(*words.local_ips);
    }
    if (words.unix_socket) {
        target.unix_socket = words.unix_socket;
    }
    if (words.wait_for) {
        reading.time("--wait-for", words.wait_for, target.wait_for.emplace());
    }
}

void read_engine(const LoadWords& words, OptionReading& reading, RunOptions& run) {
    if (std::optional<uint64_t> threads = reading.at_least("--threads", words.threads, 1)) {
        run.threads = static_cast<unsigned>(std::min<uint64_t>(*threads, UINT32_MAX));
    }
    if (words.cpus) {
        Expected<std::vector<int>> cpus = parse_cpu_list(*words.cpus);
        if (cpus) {
            run.cpus = *cpus;
        } else {
            reading.errors.push_back(cpus.error());
        }
    }
    run.pin = !words.no_pin;
    if (words.no_pin && words.cpus) {
        reading.problem("--cpus and --no-pin contradict each other");
    }
    Expected<EngineChoice> engine = parse_engine(words.engine.value_or("auto"));
    if (engine) {
        run.engine = *engine;
    } else {
        reading.errors.push_back(engine.error());
    }
    run.samples = words.verbose;
}

void read_verdict(const LoadWords& words, OptionReading& reading, TestOptions& options) {
    std::vector<ThresholdText>& thresholds = options.profile.thresholds;
    for (const std::string& text : words.thresholds) {
        thresholds.push_back({.target = text});
    }
    for (ThresholdText& threshold : thresholds) {
        threshold.abort = threshold.abort || words.abort_on_fail;
    }
    if (words.abort_on_fail && thresholds.empty() && !options.profile.classes.empty()) {
        reading.problem("--abort-on-fail: there is no threshold that could fail; give one with "
                        "--threshold");
    }
    options.exit.strict = words.strict;
    if (words.fail_on && *words.fail_on != "marginal") {
        reading.problem(fmt::format("--fail-on {}: marginal is allowed", *words.fail_on));
    }
    options.exit.fail_on_marginal = words.fail_on.has_value();
    std::optional<uint64_t> code =
        reading.value("--exit-code-on-error", words.exit_code_on_error, parse_small_number);
    if (code && *code > 255) {
        reading.problem(fmt::format("--exit-code-on-error {}: 0 to 255 is allowed", *code));
    }
    if (code) {
        options.exit.exit_code_on_error = static_cast<int>(*code);
    }
}

/// Those of the command line over those of the profile.
void read_outputs(const LoadWords& words, OutputPaths& outputs) {
    for (auto path :
         {&OutputPaths::json, &OutputPaths::html, &OutputPaths::csv, &OutputPaths::junit,
          &OutputPaths::markdown, &OutputPaths::hdr_log, &OutputPaths::directory}) {
        if (words.outputs.*path) {
            outputs.*path = words.outputs.*path;
        }
    }
}

/// Everything but the load and the requests, in the profile that `options` holds.
void read_common(const LoadWords& words, OptionReading& reading, TestOptions& options) {
    Target& target = options.profile.target;
    read_target(words, reading, target);
    read_tls(words.tls, words.demo ? demo_url : target.base_url, target.tls, reading.errors);
    read_engine(words, reading, options.run);
    read_verdict(words, reading, options);
    read_outputs(words, options.profile.output);
    options.quiet = words.quiet;
    options.verbose = words.verbose;
    options.progress = !words.quiet && !words.no_progress && !words.verbose;
    options.show_secrets = words.show_secrets;
    options.demo = words.demo;
}

/// --mode. False where there is none, or none of that name.
bool take_mode(const LoadWords& words, OptionReading& reading, Profile& profile) {
    if (!words.mode) {
        return false;
    }
    if (words.stages) {
        reading.problem("--mode and --stages: both say the load, give one of them");
    }
    Expected<const BuiltinProfile*> mode = find_builtin(*words.mode);
    if (!mode) {
        reading.problem("--mode: " + mode.error().message);
        return false;
    }
    ExpectedAll<Profile> loaded = open_profile({.name = *words.mode, .base_url = demo_url});
    if (!loaded) {
        reading.errors.insert(reading.errors.end(), loaded.error().begin(), loaded.error().end());
        return false;
    }
    take_load_of(profile, *loaded);
    return true;
}

/// With --demo a URL is only a path of the embedded target.
std::string blast_url(const BlastWords& words, OptionReading& reading) {
    std::string url = words.url.value_or(words.demo ? "/" : words.host.value_or(""));
    if (words.demo && !url.starts_with('/')) {
        reading.problem(fmt::format("{} and --demo: give one of them, or a path for the embedded "
                                    "target",
                                    url));
    }
    const char* environment = std::getenv("RINGBLAST_HOST");
    if (words.url && words.host && !words.demo && *words.url != *words.host &&
        (environment == nullptr || environment != *words.host)) {
        reading.problem("a URL and --host: give one of them");
    }
    if (!words.demo) {
        if (Expected<Url> parsed = parse_url(url); !parsed) {
            reading.errors.push_back(parsed.error());
        }
    }
    return url;
}

std::vector<std::string> split_all(const std::vector<std::string>& lists) {
    std::vector<std::string> all;
    for (const std::string& list : lists) {
        std::ranges::move(split_list(list), std::back_inserter(all));
    }
    return all;
}

/// Any filter of the command line replaces those of the profile.
void read_selection(const RunWords& words, Selection& selection) {
    Selection asked{.tags = split_all(words.tags),
                    .exclude_tags = split_all(words.exclude_tags),
                    .classes = split_all(words.user_classes)};
    asked.classes.insert(asked.classes.end(), words.classes.begin(), words.classes.end());
    if (!asked.tags.empty() || !asked.exclude_tags.empty() || !asked.classes.empty()) {
        selection = std::move(asked);
    }
}

ExpectedAll<TestOptions> done(OptionReading& reading, TestOptions options) {
    if (!reading.errors.empty()) {
        return std::unexpected(std::move(reading.errors));
    }
    return options;
}

} // namespace

bool is_profile_path(std::string_view name) {
    return name.contains('/') || name.ends_with(".toml");
}

std::vector<std::pair<std::string, std::string>> read_set(const std::vector<std::string>& words,
                                                          OptionReading& reading) {
    std::vector<std::pair<std::string, std::string>> set;
    for (const std::string& text : words) {
        size_t equals = text.find('=');
        if (equals == std::string::npos || equals == 0) {
            reading.problem(fmt::format("--set {}: NAME=VALUE is expected", text));
            continue;
        }
        set.emplace_back(text.substr(0, equals), text.substr(equals + 1));
    }
    return set;
}

ExpectedAll<Profile> open_profile(const ProfileSource& source) {
    LoadOptions options{.set = source.set, .base_url = source.base_url};
    options.threshold_problem = [](const ThresholdText& text) -> std::optional<Error> {
        Expected<Threshold> threshold = parse_threshold(text);
        return threshold ? std::nullopt : std::optional(threshold.error());
    };
    if (is_profile_path(source.name)) {
        return load_profile(source.name, options);
    }
    Expected<const BuiltinProfile*> builtin = find_builtin(source.name);
    if (!builtin) {
        return std::unexpected(std::vector{builtin.error()});
    }
    return load_profile_text((*builtin)->text, {.name = source.name}, options);
}

ExpectedAll<TestOptions> read_blast_options(const BlastWords& words) {
    OptionReading reading;
    TestOptions options;
    options.profile = blast_profile(blast_url(words, reading));
    if (take_mode(words, reading, options.profile)) {
        adapt_load(words, reading, options.profile.load);
    } else {
        read_blast_load(words, reading, options.profile.load);
    }
    options.profile.load.pipeline = static_cast<unsigned>(std::min<uint64_t>(
        reading.at_least("--pipeline", words.pipeline, 1).value_or(1), UINT32_MAX));
    read_request(words, reading, options.profile.classes.front().tasks.front().requests.front());
    std::vector<Error> problems = read_message(words.message, words.message_size, options.profile);
    reading.errors.insert(reading.errors.end(), problems.begin(), problems.end());
    read_common(words, reading, options);
    return done(reading, std::move(options));
}

ExpectedAll<TestOptions> read_run_options(const RunWords& words) {
    OptionReading reading;
    ProfileSource source{.name = words.profile, .set = read_set(words.set, reading)};
    source.base_url = words.demo ? std::optional<std::string>(demo_url) : words.host;
    ExpectedAll<Profile> profile = open_profile(source);
    TestOptions options;
    if (profile) {
        options.profile = std::move(*profile);
        take_mode(words, reading, options.profile);
        adapt_load(words, reading, options.profile.load);
        adapt_requests(words, reading, options.profile);
    } else {
        reading.errors.insert(reading.errors.end(), profile.error().begin(), profile.error().end());
    }
    if (words.once && words.each) {
        reading.problem("--once and --each contradict each other");
    }
    read_selection(words, options.profile.selection);
    read_common(words, reading, options);
    return done(reading, std::move(options));
}

} // namespace ringblast
