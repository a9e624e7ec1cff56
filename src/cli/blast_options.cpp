#include "cli/blast_options.hpp"

#include "base/units.hpp"
#include "cli/secrets.hpp"
#include "profile/stage_list.hpp"
#include "protocol/request_template.hpp"
#include "protocol/url.hpp"

#include <charconv>
#include <cstring>
#include <fmt/format.h>
#include <fstream>
#include <sstream>

namespace ringblast {

namespace {

constexpr uint64_t open_load_users_default = 10'000;

Expected<uint64_t> parse_small_number(std::string_view text) {
    uint64_t value = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) {
        return failure(fmt::format("\"{}\" is not a whole number", text));
    }
    return value;
}

Expected<Duration> parse_time(std::string_view text) { return parse_duration(text); }

/// Collects the problems of all words of a command line.
class Reading {
public:
    std::vector<Error> errors;

    void problem(std::string message) { errors.push_back({std::move(message)}); }

    template <class T>
    std::optional<T> value(const char* option, const BlastWords::Word& word,
                           Expected<T> (*parse)(std::string_view)) {
        if (!word) {
            return std::nullopt;
        }
        Expected<T> parsed = parse(*word);
        if (!parsed) {
            problem(fmt::format("{}: {}", option, parsed.error().message));
            return std::nullopt;
        }
        return *parsed;
    }
    std::optional<uint64_t> at_least(const char* option, const BlastWords::Word& word,
                                     uint64_t least) {
        std::optional<uint64_t> number = value(option, word, parse_count);
        if (number && *number < least) {
            problem(fmt::format("{} {}: at least {} is needed", option, *number, least));
        }
        return number;
    }
    /// A time that must be longer than 0 has `positive`.
    void time(const char* option, const BlastWords::Word& word, Duration& into,
              bool positive = true) {
        std::optional<Duration> read = value(option, word, parse_time);
        if (read && positive && read->count() == 0) {
            problem(fmt::format("{} 0: a time above 0 is needed", option));
        }
        into = read.value_or(into);
    }
};

std::vector<std::string> split(std::string_view list) {
    std::vector<std::string> parts;
    while (true) {
        size_t comma = list.find(',');
        parts.emplace_back(list.substr(0, comma));
        if (comma == std::string_view::npos) {
            return parts;
        }
        list.remove_prefix(comma + 1);
    }
}

void read_users(const BlastWords& words, Reading& reading, std::optional<uint64_t>& users) {
    users = reading.at_least("--users", words.users, 1);
    std::optional<uint64_t> connections = reading.at_least("--connections", words.connections, 1);
    if (users && connections && *users != *connections) {
        reading.problem(fmt::format("--users {} and --connections {}: each user has one "
                                    "connection, give one of them",
                                    *users, *connections));
    }
    users = users ? users : connections;
}

/// Users or a rate for a duration, without --stages.
void read_plain_goal(const BlastWords& words, Reading& reading, std::optional<uint64_t> users,
                     Load& load) {
    Stage stage;
    stage.duration = std::chrono::seconds(10);
    if (words.requests && !words.duration) {
        stage.duration = open_ended;
    }
    reading.time("--duration", words.duration, stage.duration);
    std::optional<double> rate = reading.value("--rate", words.rate, parse_rate);
    if (rate && *rate <= 0) {
        reading.problem("--rate 0: a rate above 0 is needed");
    }
    if (rate) {
        stage.rate = rate;
        load.max_users = users.value_or(open_load_users_default);
    } else {
        stage.users = static_cast<double>(users.value_or(64));
    }
    load.stages = {stage};
}

void read_stages(const BlastWords& words, Reading& reading, std::optional<uint64_t> users,
                 Load& load) {
    for (const auto& [option, word] : {std::pair{"--rate", &words.rate},
                                       std::pair{"--duration", &words.duration}}) {
        if (*word) {
            reading.problem(fmt::format("--stages and {}: the stages say it already", option));
        }
    }
    std::optional<std::vector<Stage>> stages =
        reading.value("--stages", words.stages, parse_stages);
    if (!stages) {
        return;
    }
    load.stages = std::move(*stages);
    bool closed = !load.stages.empty() && load.stages.front().users.has_value();
    if (closed && users) {
        reading.problem("--stages of users and --users: the stages say it already");
    }
    load.max_users = users.value_or(open_load_users_default);
}

void read_load(const BlastWords& words, Reading& reading, Load& load) {
    std::optional<uint64_t> users;
    read_users(words, reading, users);
    load.requests = reading.at_least("--requests", words.requests, 1);
    if (words.stages) {
        read_stages(words, reading, users, load);
    } else {
        read_plain_goal(words, reading, users, load);
    }
    load.spawn_rate = reading.value("--spawn-rate", words.spawn_rate, parse_rate);
    reading.time("--warm-up", words.warm_up, load.warm_up, false);
    reading.time("--graceful-stop", words.graceful_stop, load.graceful_stop, false);
    load.pipeline = static_cast<unsigned>(
        std::min<uint64_t>(reading.at_least("--pipeline", words.pipeline, 1).value_or(1),
                           UINT32_MAX));
    load.seed = reading.value("--seed", words.seed, parse_small_number).value_or(1);
    if (words.arrival && *words.arrival != "constant" && *words.arrival != "poisson") {
        reading.problem(
            fmt::format("--arrival {}: constant or poisson is allowed", *words.arrival));
    }
    load.arrival = words.arrival == "poisson" ? Arrival::poisson : Arrival::constant;
    bool closed = !load.stages.empty() && load.stages.front().users.has_value();
    if (words.arrival && closed) {
        reading.problem("--arrival goes with a rate (-R): users start their next request when "
                        "the last one is done");
    }
}

std::optional<std::string> read_file(const std::string& path, Reading& reading) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream content;
    if (!file || !(content << file.rdbuf() || file.peek() == EOF)) {
        reading.problem(fmt::format("--body-file {}: {}", path, std::strerror(errno)));
        return std::nullopt;
    }
    return content.str();
}

void read_body(const BlastWords& words, Reading& reading, Request& request) {
    int given = words.body.has_value() + words.body_file.has_value() + words.json_body.has_value();
    if (given > 1) {
        reading.problem("--body, --body-file and --json-body: give one of them");
    }
    if (words.body_file) {
        request.body = read_file(*words.body_file, reading).value_or("");
    } else {
        request.body = words.json_body ? *words.json_body : words.body.value_or("");
    }
    request.method = words.method.value_or(given > 0 ? "POST" : "GET");
    if (words.json_body && !header_value(request.headers, "Content-Type")) {
        request.headers.push_back({"Content-Type", "application/json"});
    }
}

void read_request(const BlastWords& words, Reading& reading, Request& request) {
    for (const std::string& text : words.headers) {
        size_t colon = text.find(':');
        if (colon == std::string::npos || colon == 0) {
            reading.problem(fmt::format("--header {}: 'Name: value' is expected",
                                        text.substr(0, 20)));
            continue;
        }
        size_t value = text.find_first_not_of(" \t", colon + 1);
        request.headers.push_back(
            {text.substr(0, colon), value == std::string::npos ? "" : text.substr(value)});
    }
    if (words.api_key) {
        request.headers.push_back({"X-API-Key", *words.api_key});
    }
    if (words.bearer) {
        request.headers.push_back({"Authorization", "Bearer " + *words.bearer});
    }
    read_body(words, reading, request);
    if (words.expect_status) {
        for (const std::string& text : split(*words.expect_status)) {
            Expected<uint64_t> status = parse_small_number(text);
            if (!status || *status < 100 || *status > 999) {
                reading.problem(fmt::format("--expect-status {}: statuses from 100 to 999, "
                                            "separated by commas, are expected",
                                            *words.expect_status));
                break;
            }
            request.expect.status.push_back(static_cast<int>(*status));
        }
    }
}

void read_target(const BlastWords& words, Reading& reading, Target& target) {
    reading.time("--timeout", words.timeout, target.timeout);
    reading.time("--connect-timeout", words.connect_timeout, target.connect_timeout);
    target.keepalive = !words.no_keepalive;
    target.requests_per_connection =
        reading.at_least("--requests-per-connection", words.requests_per_connection, 1)
            .value_or(0);
    target.connect_to = words.connect_to;
    target.resolve = words.resolve;
    if (words.local_ips) {
        target.local_ips = split(*words.local_ips);
    }
    target.unix_socket = words.unix_socket;
    if (words.wait_for) {
        Duration wait{};
        reading.time("--wait-for", words.wait_for, wait);
        target.wait_for = wait;
    }
}

void read_engine(const BlastWords& words, Reading& reading, RunOptions& run) {
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
}

void read_verdict(const BlastWords& words, Reading& reading, BlastOptions& options) {
    for (const std::string& text : words.thresholds) {
        options.profile.thresholds.push_back({.target = text});
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

} // namespace

Expected<EngineChoice> parse_engine(const std::string& word) {
    constexpr std::pair<std::string_view, EngineChoice> words[] = {
        {"auto", EngineChoice::automatic},
        {"io_uring", EngineChoice::io_uring},
        {"epoll", EngineChoice::epoll},
    };
    for (auto [name, choice] : words) {
        if (word == name) {
            return choice;
        }
    }
    return failure(fmt::format("--engine {}: auto, io_uring or epoll is allowed", word));
}

Expected<std::vector<int>> parse_cpu_list(const std::string& text) {
    std::vector<int> cpus;
    for (const std::string& part : split(text)) {
        size_t dash = part.find('-');
        Expected<uint64_t> first = parse_small_number(std::string_view(part).substr(0, dash));
        Expected<uint64_t> last = dash == std::string::npos
                                      ? first
                                      : parse_small_number(std::string_view(part).substr(dash + 1));
        if (!first || !last || *first > *last || *last > 4095) {
            return failure(
                fmt::format("--cpus {}: numbers and ranges like 0,2,4-7 are expected", text));
        }
        for (uint64_t cpu = *first; cpu <= *last; ++cpu) {
            cpus.push_back(static_cast<int>(cpu));
        }
    }
    return cpus;
}

ExpectedAll<BlastOptions> read_blast_options(const BlastWords& words) {
    Reading reading;
    std::string url = words.url ? *words.url : words.host.value_or("");
    bool path_of_demo = words.demo && url.starts_with('/');
    if (words.demo && words.url && !path_of_demo) {
        reading.problem("--demo takes the place of a URL; a path of it may stand there: "
                        "ringblast --demo /bytes/1000");
    }
    if (words.url && words.host && !words.demo && *words.url != *words.host &&
        getenv("RINGBLAST_HOST") != *words.host) {
        reading.problem("a URL and --host: give one of them");
    }
    BlastOptions options;
    options.profile = blast_profile(url);
    Request& request = options.profile.classes.front().tasks.front().requests.front();
    read_load(words, reading, options.profile.load);
    read_request(words, reading, request);
    read_target(words, reading, options.profile.target);
    read_engine(words, reading, options.run);
    read_verdict(words, reading, options);
    options.outputs = words.outputs;
    options.quiet = words.quiet;
    options.verbose = words.verbose;
    options.progress = !words.quiet && !words.no_progress && !words.verbose;
    options.show_secrets = words.show_secrets;
    options.demo = words.demo;
    options.run.samples = words.verbose;
    if (!words.demo) {
        if (Expected<Url> parsed = parse_url(url); !parsed) {
            reading.errors.push_back(parsed.error());
        }
    }
    if (!reading.errors.empty()) {
        return std::unexpected(std::move(reading.errors));
    }
    return options;
}

} // namespace ringblast
