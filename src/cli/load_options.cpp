#include "cli/load_options.hpp"

#include "base/units.hpp"
#include "profile/rescale.hpp"
#include "profile/stage_list.hpp"

#include <algorithm>

namespace ringblast {

namespace {

constexpr uint64_t open_load_users_default = 10'000;

std::optional<uint64_t> read_users(const LoadWords& words, OptionReading& reading) {
    std::optional<uint64_t> users = reading.at_least("--users", words.users, 1);
    std::optional<uint64_t> connections = reading.at_least("--connections", words.connections, 1);
    if (users && connections && *users != *connections) {
        reading.problem(fmt::format("--users {} and --connections {}: each user has one "
                                    "connection, give one of them",
                                    *users, *connections));
    }
    return users ? users : connections;
}

std::optional<double> read_rate(const LoadWords& words, OptionReading& reading) {
    std::optional<double> rate = reading.value("--rate", words.rate, parse_rate);
    if (rate && *rate <= 0) {
        reading.problem("--rate 0: a rate above 0 is needed");
    }
    return rate;
}

/// Users or a rate for a duration, without --stages.
void read_plain_goal(const LoadWords& words, OptionReading& reading, std::optional<uint64_t> users,
                     Load& load) {
    Stage stage;
    stage.duration = std::chrono::seconds(10);
    if (words.requests && !words.duration) {
        stage.duration = open_ended;
    }
    reading.time("--duration", words.duration, stage.duration);
    if (std::optional<double> rate = read_rate(words, reading)) {
        stage.rate = rate;
        load.max_users = users.value_or(open_load_users_default);
    } else {
        stage.users = static_cast<double>(users.value_or(64));
    }
    load.stages = {stage};
}

void read_stages(const LoadWords& words, OptionReading& reading, std::optional<uint64_t> users,
                 Load& load) {
    for (const auto& [option, word] :
         {std::pair{"--rate", &words.rate}, std::pair{"--duration", &words.duration}}) {
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
    load.max_users = users.value_or(load.max_users);
}

void rescale(const LoadWords& words, OptionReading& reading, std::optional<uint64_t> users,
             Load& load) {
    Rescale wanted{.users = users, .rate = read_rate(words, reading)};
    if (words.duration) {
        reading.time("--duration", words.duration, wanted.duration.emplace());
    }
    if (!reading.errors.empty()) {
        return; // a wrong value is told once
    }
    if (Expected<void> rescaled = rescale_load(load, wanted); !rescaled) {
        reading.errors.push_back(rescaled.error());
    }
}

/// What has the same meaning in every load.
void read_details(const LoadWords& words, OptionReading& reading, Load& load) {
    if (std::optional<double> rate = reading.value("--spawn-rate", words.spawn_rate, parse_rate)) {
        load.spawn_rate = rate;
    }
    reading.time("--warm-up", words.warm_up, load.warm_up, false);
    reading.time("--graceful-stop", words.graceful_stop, load.graceful_stop, false);
    load.seed = reading.value("--seed", words.seed, parse_small_number).value_or(load.seed);
    if (!words.arrival) {
        return;
    }
    if (*words.arrival != "constant" && *words.arrival != "poisson") {
        reading.problem(
            fmt::format("--arrival {}: constant or poisson is allowed", *words.arrival));
    }
    load.arrival = *words.arrival == "poisson" ? Arrival::poisson : Arrival::constant;
    if (!load.stages.empty() && load.stages.front().users.has_value()) {
        reading.problem("--arrival goes with a rate (-R): users start their next request when "
                        "the last one is done");
    }
}

} // namespace

void read_blast_load(const LoadWords& words, OptionReading& reading, Load& load) {
    std::optional<uint64_t> users = read_users(words, reading);
    load.requests = reading.at_least("--requests", words.requests, 1);
    if (words.stages) {
        read_stages(words, reading, users, load);
    } else {
        read_plain_goal(words, reading, users, load);
    }
    read_details(words, reading, load);
}

void adapt_load(const LoadWords& words, OptionReading& reading, Load& load) {
    std::optional<uint64_t> users = read_users(words, reading);
    if (std::optional<uint64_t> requests = reading.at_least("--requests", words.requests, 1)) {
        load.requests = requests;
    }
    if (words.stages) {
        read_stages(words, reading, users, load);
    } else {
        rescale(words, reading, users, load);
    }
    read_details(words, reading, load);
}

} // namespace ringblast
