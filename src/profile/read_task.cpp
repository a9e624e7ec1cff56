// [[user.task]]: a list of requests, one request written in the task itself, or a WebSocket.
#include "profile/read_parts.hpp"
#include "profile/values.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <span>

namespace ringblast {

namespace {

/// Those of a task whatever it holds; the others are of its one request.
constexpr std::array<std::string_view, 6> own_keys = {"name",   "weight",  "tags",
                                                      "repeat", "request", "threshold"};
constexpr std::array<std::string_view, 6> ws_keys = {"ws",      "step",  "subprotocol",
                                                     "headers", "query", "timeout"};

bool contains(std::span<const std::string_view> keys, std::string_view key) {
    return std::ranges::find(keys, key) != keys.end();
}

/// The keys of the task that are for another kind of task.
void refuse_keys(Reading& reading, const TomlNode& node, std::span<const std::string_view> allowed,
                 const std::string& why) {
    for (const TomlEntry& entry : node.entries) {
        if (contains(key_table(Table::task).keys, entry.key) && !contains(own_keys, entry.key) &&
            !contains(allowed, entry.key)) {
            reading.problems.add(entry.place, entry.key + why);
        }
    }
}

/// A task on a WebSocket, or one that looks like it.
bool is_socket_task(Reading& reading, const TableReader& table) {
    if (table.find("ws") != nullptr) {
        return true;
    }
    for (const std::string_view key : {"step", "subprotocol"}) {
        if (const TomlEntry* entry = table.find_entry(key)) {
            reading.problems.add(entry->place, std::string(key) +
                                                   ": this task has no WebSocket; allowed: with "
                                                   "ws = \"/path\"");
        }
    }
    return false;
}

constexpr size_t thresholds_max = 10'000; ///< in one profile: requests times thresholds add up

/// A threshold of a task of several requests is one of each of them.
void read_list_thresholds(Reading& reading, const TomlNode& node, const Task& task,
                          const RequestContext& context) {
    std::set<std::string_view> names;
    for (const Request& request : task.requests) {
        if (!names.insert(request.name).second) {
            continue;
        }
        if (context.thresholds->size() > thresholds_max) {
            reading.problem(node, "threshold: one for each request of the task makes too many; "
                                  "allowed: " +
                                      std::to_string(thresholds_max) + " in a profile");
            return;
        }
        for (ThresholdText& text : read_thresholds(reading, node, scope_of_name(request.name))) {
            context.thresholds->push_back(std::move(text));
        }
    }
}

void read_list(Reading& reading, const TableReader& table, const TomlNode& node,
               const RequestContext& context, Task& task) {
    refuse_keys(reading, node, {}, ": this task has a list of requests; allowed: in one of them");
    table.take("name", task.name, read_name);
    if (table.find("name") == nullptr) {
        reading.problem(node, "a task with a list of requests has no name; allowed: name = \"…\"");
    }
    const TomlNode& requests = *table.find("request");
    task.requests = read_requests(reading, "user.task.request", requests, context);
    if (requests.kind == TomlNode::Kind::list && requests.items.empty()) {
        reading.problem(requests, "an empty list of requests; allowed: one request or more");
    }
    if (const TomlNode* threshold = table.find("threshold")) {
        read_list_thresholds(reading, *threshold, task, context);
    }
}

Task read_task(Reading& reading, const TomlNode& node, const RequestContext& context) {
    Task task;
    const TableReader table(reading, node, Table::task);
    table.take("weight", task.weight, read_number_above_0);
    table.take("tags", task.tags, read_texts);
    table.take("repeat", task.repeat, read_count_above_0);
    if (is_socket_task(reading, table)) {
        refuse_keys(reading, node, ws_keys,
                    ": this task is on a WebSocket; allowed: in a task of its own");
        read_socket_task(reading, table, node, task);
        if (const TomlNode* threshold = table.find("threshold")) {
            read_list_thresholds(reading, *threshold, task, context);
        }
        return task;
    }
    if (table.find("request") != nullptr) {
        read_list(reading, table, node, context, task);
        return task;
    }
    if (table.find("path") == nullptr) {
        reading.problem(node, "a task without requests; allowed: path = \"/\", or a list: "
                              "request = [{ path = \"/\" }]");
        return task;
    }
    task.requests.push_back(read_request(reading, table, node, context));
    task.name = task.requests.front().name;
    return task;
}

} // namespace

std::vector<Task> read_tasks(Reading& reading, const TomlNode& node,
                             const RequestContext& context) {
    std::vector<Task> tasks;
    for (const TomlNode* table : read_tables(reading, "user.task", node)) {
        tasks.push_back(read_task(reading, *table, context));
    }
    if (node.kind == TomlNode::Kind::list && node.items.empty()) {
        reading.problem(node, "a [[user]] without a task; allowed: [[user.task]] with a path");
    }
    return tasks;
}

} // namespace ringblast
