// [load]: stages, or the goal and duration of a single one.
#include "profile/read_parts.hpp"
#include "profile/stage_list.hpp"
#include "profile/values.hpp"

#include <array>

namespace ringblast {

namespace {

constexpr std::array<std::string_view, 3> goal_keys = {"users", "rate", "at_once"};
constexpr std::array<std::string_view, 2> load_goal_keys = {"stages", "rate"};

std::optional<double> read_users(Reading& reading, std::string_view label, const TomlNode& node) {
    const auto count = read_count(reading, label, node);
    return count ? std::optional(static_cast<double>(*count)) : std::nullopt;
}

std::optional<Arrival> read_arrival(Reading& reading, std::string_view label,
                                    const TomlNode& node) {
    static constexpr std::array<std::string_view, 2> words = {"constant", "poisson"};
    const auto word = read_word(reading, label, node, words);
    return word ? std::optional(*word == 0 ? Arrival::constant : Arrival::poisson) : std::nullopt;
}

/// A stage and the place it stands in; `number` counts from 1.
Stage read_stage(Reading& reading, const TomlNode& node, size_t number,
                 std::vector<ThresholdText>& thresholds) {
    Stage stage;
    const TableReader table(reading, node, Table::stage);
    table.find_one_of(goal_keys, true);
    table.take("users", stage.users, read_users);
    table.take("rate", stage.rate, read_rate);
    table.take("at_once", stage.at_once, read_count_above_0);
    table.take("duration", stage.duration, read_duration_above_0);
    table.take("ramp", stage.ramp, read_boolean);
    if (table.find("duration") == nullptr) {
        reading.problem(node, "a stage without duration; allowed: duration = \"30s\"");
    }
    if (stage.ramp && stage.at_once) {
        reading.problem(node, "arrivals at once cannot be ramped to; allowed: ramp = true with "
                              "users or rate");
    }
    if (const TomlNode* threshold = table.find("threshold")) {
        for (ThresholdText& text :
             read_thresholds(reading, *threshold, "stage(" + std::to_string(number) + ")")) {
            thresholds.push_back(std::move(text));
        }
    }
    return stage;
}

std::vector<Stage> read_stages(Reading& reading, const TomlNode& node,
                               std::vector<ThresholdText>& thresholds) {
    if (node.kind == TomlNode::Kind::text) {
        auto stages = parse_stages(node.text);
        if (!stages) {
            reading.problem(node, stages.error().message);
            return {};
        }
        return std::move(*stages);
    }
    std::vector<Stage> stages;
    for (const TomlNode* table : read_tables(reading, "load.stages", node)) {
        stages.push_back(read_stage(reading, *table, stages.size() + 1, thresholds));
        const bool closed = stages.back().users.has_value();
        if (closed != stages.front().users.has_value()) {
            reading.problem(*table, "stages with users (closed load) and with rates (open load) "
                                    "cannot be mixed; allowed: one kind in a load");
        }
    }
    if (node.kind == TomlNode::Kind::list && node.items.empty()) {
        reading.problem(node, "a load without stages; allowed: stages = [{ users = 50, duration = "
                              "\"30s\" }]");
    }
    return stages;
}

void check_total(Reading& reading, const TomlNode& node, const std::vector<Stage>& stages) {
    Duration total{};
    for (const Stage& stage : stages) {
        if (stage.duration == open_ended) {
            return;
        }
        if (stage.duration > duration_max - total) {
            reading.problem(node, "the stages are longer than a year; allowed: up to 8784h "
                                  "together");
            return;
        }
        total += stage.duration;
    }
}

/// The one stage of a load with `users` or `rate`; none where there is neither.
std::vector<Stage> read_single_stage(Reading& reading, const TableReader& table,
                                     const TomlNode& node, const Load& load) {
    Stage stage;
    table.take("rate", stage.rate, read_rate);
    if (!stage.rate) {
        table.take("users", stage.users, read_users);
    }
    stage.duration = open_ended;
    table.take("duration", stage.duration, read_duration_above_0);
    if (!stage.rate && !stage.users) {
        return {};
    }
    if (table.find("duration") == nullptr && !load.requests) {
        reading.problem(node,
                        "a load without end; allowed: duration = \"30s\", or requests = 1000");
    }
    return {stage};
}

/// `users` beside rates: users that are ready before the start.
void read_ready_users(Reading& reading, const TableReader& table, Load& load) {
    const TomlEntry* users = table.find_entry("users");
    if (users == nullptr || load.stages.empty()) {
        return;
    }
    const bool closed = load.stages.front().users.has_value();
    if (closed && table.find("stages") != nullptr) {
        reading.problems.add(users->place, "users: the stages have users already; allowed: beside "
                                           "stages of rates (users that are ready before the "
                                           "start), or users with duration and no stages");
    } else if (!closed) {
        table.take("users", load.ready_users, read_count);
    }
}

} // namespace

Load read_load(Reading& reading, const TomlNode& node, std::vector<ThresholdText>& thresholds) {
    Load load;
    const TableReader table(reading, node, Table::load);
    table.find_one_of(load_goal_keys, false);
    table.take("requests", load.requests, read_count_above_0);
    if (const TomlNode* stages = table.find("stages")) {
        load.stages = read_stages(reading, *stages, thresholds);
        check_total(reading, *stages, load.stages);
        if (const TomlEntry* duration = table.find_entry("duration")) {
            reading.problems.add(duration->place,
                                 "duration: each stage has its own; allowed: beside "
                                 "users or rate, without stages");
        }
    } else {
        load.stages = read_single_stage(reading, table, node, load);
    }
    read_ready_users(reading, table, load);
    table.take("spawn_rate", load.spawn_rate, read_rate);
    table.take("warm_up", load.warm_up, read_duration);
    table.take("graceful_stop", load.graceful_stop, read_duration);
    table.take("stop_timeout", load.stop_timeout, read_duration);
    table.take("arrival", load.arrival, read_arrival);
    table.take("max_users", load.max_users, read_count_above_0);
    table.take("max_backlog", load.max_backlog, read_count);
    table.take("seed", load.seed, read_count);
    return load;
}

} // namespace ringblast
