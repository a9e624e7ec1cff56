// [[user]] and its tasks.
#include "base/quote.hpp"
#include "profile/read_parts.hpp"
#include "profile/values.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace ringblast {

namespace {

/// In the order of Wait::Kind, which starts with none.
constexpr std::array<std::string_view, 5> wait_keys = {"constant", "between", "exponential",
                                                       "pacing", "throughput"};

std::optional<double> read_seconds(Reading& reading, std::string_view label, const TomlNode& node) {
    const auto duration = read_duration(reading, label, node);
    return duration ? std::optional(std::chrono::duration<double>(*duration).count())
                    : std::nullopt;
}

void read_between(Reading& reading, const TomlNode& node, Wait& wait) {
    if (node.kind != TomlNode::Kind::list || node.items.size() != 2) {
        refuse_value(reading, "between", node, "a range", "[\"1s\", \"3s\"]");
        return;
    }
    const auto low = read_seconds(reading, "between", node.items[0]);
    const auto high = read_seconds(reading, "between", node.items[1]);
    if (low && high && *low > *high) {
        reading.problem(node, "between: the range is empty; allowed: the shorter one first");
    }
    wait.a_s = low.value_or(0);
    wait.b_s = high.value_or(0);
}

std::optional<Wait> read_wait(Reading& reading, std::string_view label, const TomlNode& node) {
    Wait wait;
    if (!expect_table(reading, label, node,
                      "{ constant = \"1s\" }, { between = [\"1s\", \"3s\"] }")) {
        return std::nullopt;
    }
    const TableReader table(reading, node, Table::wait);
    const TomlEntry* entry = table.find_one_of(wait_keys, true);
    if (entry == nullptr) {
        return std::nullopt;
    }
    const auto index = std::ranges::find(wait_keys, entry->key) - wait_keys.begin();
    wait.kind = static_cast<Wait::Kind>(index + 1);
    if (wait.kind == Wait::Kind::between) {
        read_between(reading, entry->node, wait);
    } else if (wait.kind == Wait::Kind::throughput) {
        table.take(entry->key, wait.a_s, read_number_above_0);
    } else {
        table.take(entry->key, wait.a_s, read_seconds);
    }
    return wait;
}

UserClass read_user(Reading& reading, const TomlNode& node, const RequestContext& target) {
    UserClass user;
    const TableReader table(reading, node, Table::user);
    table.take("name", user.name, read_name);
    if (table.find("name") == nullptr) {
        reading.problem(node, "a [[user]] without name; allowed: name = \"WebUser\"");
    }
    table.take("weight", user.weight, read_number_above_0);
    table.take("count", user.count, read_count);
    if (const TomlEntry* count = table.find_entry("count"); count && table.find("weight")) {
        reading.problems.add(count->place, "weight and count exclude each other; allowed: a share "
                                           "of the users, or a fixed number of them");
    }
    table.take("wait", user.wait, read_wait);
    table.take("cookies", user.cookies, read_boolean);
    if (const TomlNode* headers = table.find("headers")) {
        user.headers = read_headers(reading, "headers", *headers);
    }
    RequestContext context = target;
    context.content_type_given |= has_header(user.headers, "Content-Type");
    RequestContext unmeasured = context;
    unmeasured.thresholds = nullptr;
    if (const TomlNode* requests = table.find("on_start")) {
        user.on_start = read_requests(reading, "user.on_start", *requests, context);
    }
    if (const TomlNode* requests = table.find("on_stop")) {
        user.on_stop = read_requests(reading, "user.on_stop", *requests, unmeasured);
    }
    if (const TomlNode* tasks = table.find("task")) {
        user.tasks = read_tasks(reading, *tasks, context);
    }
    if (table.find("task") == nullptr) {
        reading.problem(node, "a [[user]] without a task; allowed: [[user.task]] with a path");
    }
    return user;
}

} // namespace

std::vector<UserClass> read_users(Reading& reading, const TomlNode& node,
                                  const RequestContext& context) {
    std::vector<UserClass> users;
    std::set<std::string> names;
    for (const TomlNode* table : read_tables(reading, "user", node)) {
        users.push_back(read_user(reading, *table, context));
        const std::string& name = users.back().name;
        if (!name.empty() && !names.insert(name).second) {
            reading.problem(*table, "a second [[user]] with the name " + quoted(name) +
                                        "; allowed: a name for each");
        }
    }
    return users;
}

} // namespace ringblast
