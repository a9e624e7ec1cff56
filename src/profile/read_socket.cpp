// A task on a WebSocket: the upgrade, then steps. What is counted of it are requests like any
// other, so that names, thresholds and reports need not know of WebSockets: the upgrade is `TASK
// connect`, and each step that waits for a message is one more.
#include "base/base64.hpp"
#include "profile/read_parts.hpp"
#include "profile/values.hpp"
#include "protocol/websocket.hpp"

#include <algorithm>
#include <array>

namespace ringblast {

namespace {

constexpr size_t steps_max = 10'000;
constexpr std::string_view step_forms =
    "{ send = \"hello\", expect = \"welcome\" }, { hold = \"5s\" }, { ping = \"\" } or "
    "{ close = 1000 }";
/// What a step does; one of them, but send and expect go together.
constexpr std::array<std::string_view, 5> verbs = {"send", "send_binary", "hold", "ping", "close"};

OptionalText read_binary(Reading& reading, std::string_view label, const TomlNode& node) {
    OptionalText text = read_text(reading, label, node);
    if (!text) {
        return text;
    }
    OptionalText bytes = decode_base64(*text);
    if (!bytes) {
        refuse_value(reading, label, node, "base64", "bytes in base64, such as \"AAECAw==\"");
    }
    return bytes;
}

OptionalText read_ping(Reading& reading, std::string_view label, const TomlNode& node) {
    OptionalText payload = read_text(reading, label, node);
    if (payload && payload->size() > control_size_max) {
        refuse_value(reading, label, node, "the payload of a ping", "at most 125 bytes");
        return std::nullopt;
    }
    return payload;
}

std::optional<uint16_t> read_close(Reading& reading, std::string_view label, const TomlNode& node) {
    const auto code = read_count(reading, label, node);
    if (code && (*code > UINT16_MAX || !is_valid_close_code(static_cast<uint16_t>(*code)))) {
        refuse_value(reading, label, node, "a close code",
                     "1000 to 1014 without 1004 to 1006, 3000 to 4999");
        return std::nullopt;
    }
    return code ? std::optional(static_cast<uint16_t>(*code)) : std::nullopt;
}

/// Words that say more of a message, at a step that has none.
void refuse_words_of_messages(Reading& reading, const TableReader& table, std::string_view verb) {
    for (const std::string_view key : {"expect", "match", "within", "name"}) {
        if (const TomlEntry* entry = table.find_entry(key)) {
            reading.problems.add(entry->place, std::string(key) + ": goes with send, not with " +
                                                   std::string(verb) +
                                                   "; allowed: in a step of its own");
        }
    }
}

void read_expectation(Reading& reading, const TableReader& table, SocketStep& step) {
    constexpr std::array<std::string_view, 2> kinds = {"expect", "match"};
    if (const TomlEntry* entry = table.find_one_of(kinds, false)) {
        step.expression = entry->key == "match";
        step.expect = step.expression ? read_regex(reading, entry->key, entry->node)
                                      : read_template(reading, entry->key, entry->node);
    }
    Duration within{};
    if (const TomlEntry* entry = table.find_entry("within")) {
        table.take("within", within, read_duration_above_0);
        step.within = within;
        if (!step.expect) {
            reading.problems.add(entry->place, "within: nothing is waited for; allowed: with "
                                               "expect or match");
        }
    }
}

void read_verb(Reading& reading, const TableReader& table, const TomlNode& node, SocketStep& step) {
    const TomlEntry* verb = table.find_one_of(verbs, false);
    if (verb == nullptr) {
        auto has = [&table](std::string_view key) { return table.find(key) != nullptr; };
        if (std::ranges::none_of(verbs, has) && !has("expect") && !has("match")) {
            reading.problem(node, "a step that does nothing; allowed: " + std::string(step_forms));
        }
        return;
    }
    if (verb->key == "send") {
        step.send = read_template(reading, verb->key, verb->node);
        return;
    }
    if (verb->key == "send_binary") {
        step.send = read_binary(reading, verb->key, verb->node);
        step.binary = true;
        return;
    }
    refuse_words_of_messages(reading, table, verb->key);
    if (verb->key == "hold") {
        step.kind = SocketStep::Kind::hold;
        table.take("hold", step.hold, read_duration_above_0);
    } else if (verb->key == "ping") {
        step.kind = SocketStep::Kind::ping;
        step.send = read_ping(reading, verb->key, verb->node);
    } else {
        step.kind = SocketStep::Kind::close;
        table.take("close", step.close_code, read_close);
    }
}

/// A step and the name it was given, if any.
struct NamedStep {
    SocketStep step;
    std::string name;
};

NamedStep read_step(Reading& reading, const TomlNode& node) {
    NamedStep read;
    const TableReader table(reading, node, Table::ws);
    table.take("name", read.name, read_name);
    table.take("repeat", read.step.repeat, read_count_above_0);
    read_expectation(reading, table, read.step);
    read_verb(reading, table, node, read.step);
    return read;
}

/// `{ send }, { expect }` is what `{ send, expect }` is: the message is waited for from the send
/// on.
bool joins(const NamedStep& before, const NamedStep& next) {
    return before.step.kind == SocketStep::Kind::message && before.step.send &&
           !before.step.expect && before.step.repeat == 1 &&
           next.step.kind == SocketStep::Kind::message && !next.step.send && next.step.repeat == 1;
}

std::vector<NamedStep> read_steps(Reading& reading, const TomlNode& node) {
    std::vector<NamedStep> steps;
    for (const TomlNode* item : read_tables(reading, "step", node)) {
        if (!steps.empty() && steps.back().step.kind == SocketStep::Kind::close) {
            reading.problem(*item, "a step behind close; allowed: close as the last one");
        }
        NamedStep step = read_step(reading, *item);
        if (!steps.empty() && joins(steps.back(), step)) {
            step.step.send = std::move(steps.back().step.send);
            step.step.binary = steps.back().step.binary;
            step.name = step.name.empty() ? std::move(steps.back().name) : step.name;
            steps.back() = std::move(step);
        } else {
            steps.push_back(std::move(step));
        }
    }
    if (steps.size() > steps_max) {
        reading.problem(node, "step: more than 10,000 steps; allowed: repeat = N");
    }
    return steps;
}

} // namespace

void read_socket_task(Reading& reading, const TableReader& table, const TomlNode& node,
                      Task& task) {
    Request upgrade;
    read_target_of(reading, table, "ws", upgrade);
    if (const TomlNode* headers = table.find("headers")) {
        upgrade.headers = read_headers(reading, "headers", *headers);
    }
    table.take("timeout", upgrade.timeout, read_duration_above_0);
    task.name = "ws " + upgrade.path.substr(0, upgrade.path.find('?'));
    table.take("name", task.name, read_name);
    task.ws.emplace();
    table.take("subprotocol", task.ws->subprotocols, read_texts);
    upgrade.name = task.name + " connect";
    task.requests.push_back(upgrade);
    if (table.find("step") == nullptr) {
        reading.problem(node, "a WebSocket without steps; allowed: step = [" +
                                  std::string(step_forms) + "]");
        return;
    }
    for (NamedStep& read : read_steps(reading, *table.find("step"))) {
        if (read.step.expect) {
            read.step.request = task.requests.size();
            task.requests.push_back({.name = read.name.empty() ? task.name : read.name,
                                     .method = "WS",
                                     .path = upgrade.path,
                                     .timeout = upgrade.timeout});
        }
        task.ws->steps.push_back(std::move(read.step));
    }
}

} // namespace ringblast
