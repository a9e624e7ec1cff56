#include "profile/keys.hpp"

#include "base/check.hpp"

#include <array>

namespace ringblast {

namespace {

using Keys = std::string_view;

constexpr Keys top_keys[] = {"name",   "description", "include",   "target", "load",
                             "select", "output",      "variables", "setup",  "teardown",
                             "user",   "probe",       "threshold"};
constexpr Keys target_keys[] = {"base_url",
                                "headers",
                                "timeout",
                                "connect_timeout",
                                "follow_redirects",
                                "keepalive",
                                "requests_per_connection",
                                "connect_to",
                                "resolve",
                                "local_ips",
                                "unix_socket",
                                "wait_for",
                                "rate_limited",
                                "max_body",
                                "tls"};
constexpr Keys load_keys[] = {
    "stages",        "users",        "rate",    "duration",  "requests",    "spawn_rate", "warm_up",
    "graceful_stop", "stop_timeout", "arrival", "max_users", "max_backlog", "seed"};
constexpr Keys stage_keys[] = {"users", "rate", "at_once", "duration", "ramp", "threshold"};
constexpr Keys select_keys[] = {"tags", "exclude_tags", "user_class"};
constexpr Keys output_keys[] = {"json",     "html",    "csv",       "junit",
                                "markdown", "hdr_log", "output_dir"};
constexpr Keys hook_keys[] = {"request"};
constexpr Keys user_keys[] = {"name",    "weight",   "count",   "wait", "headers",
                              "cookies", "on_start", "on_stop", "task"};
constexpr Keys wait_keys[] = {"constant", "between", "exponential", "pacing", "throughput"};
constexpr Keys task_keys[] = {
    "name",       "weight", "tags",    "repeat",     "request",   "threshold", "method",
    "path",       "query",  "headers", "body",       "body_file", "json",      "json_file",
    "form",       "expect", "extract", "timeout",    "until",     "think",     "follow_redirects",
    "on_failure", "ws",     "step",    "subprotocol"};
constexpr Keys request_keys[] = {
    "name",  "method",           "path",       "query",    "headers", "body",    "body_file",
    "json",  "json_file",        "form",       "expect",   "extract", "timeout", "until",
    "think", "follow_redirects", "on_failure", "threshold"};
constexpr Keys expect_keys[] = {"status",       "header", "body_contains",
                                "body_matches", "json",   "max_latency"};
constexpr Keys json_condition_keys[] = {"exists"};
constexpr Keys extract_keys[] = {"json", "regex", "group", "header", "cookie", "default"};
constexpr Keys until_keys[] = {"status", "header",      "body_contains", "body_matches",
                               "json",   "max_latency", "every",         "within"};
constexpr Keys variable_keys[] = {"int", "uuid",  "seq", "choice", "string",
                                  "now", "value", "csv", "pick",   "per"};
constexpr Keys threshold_keys[] = {"target", "critical", "window", "abort"};
constexpr Keys tls_keys[] = {"verify", "ca", "cert", "key", "sni", "min", "max", "resume"};
constexpr Keys probe_keys[] = {"name",    "prometheus", "metric",  "labels",  "as",      "quantile",
                               "over",    "json",       "pointer", "process", "command", "regex",
                               "headers", "unit",       "every",   "timeout"};
constexpr Keys ws_keys[] = {"send", "send_binary", "expect", "match", "within",
                            "name", "repeat",      "hold",   "ping",  "close"};

/// In the order of Table.
constexpr std::array<KeyTable, static_cast<size_t>(Table::count)> tables = {{
    {"the profile", "the top of the file", top_keys},
    {"[target]", "[target]", target_keys},
    {"[load]", "[load]", load_keys},
    {"a stage", "a stage of [load]", stage_keys},
    {"[select]", "[select]", select_keys},
    {"[output]", "[output]", output_keys},
    {"[setup] and [teardown]", "[setup] or [teardown]", hook_keys},
    {"[[user]]", "[[user]]", user_keys},
    {"wait", "the wait of a [[user]]", wait_keys},
    {"[[user.task]]", "[[user.task]]", task_keys},
    {"a request", "a request", request_keys},
    {"expect", "the expect of a request", expect_keys},
    {"a condition on JSON", "a condition on JSON", json_condition_keys},
    {"extract", "a value of extract", extract_keys},
    {"until", "the until of a request", until_keys},
    {"[variables]", "a variable", variable_keys},
    {"[[threshold]]", "[[threshold]]", threshold_keys},
    {"[target.tls]", "[target.tls]", tls_keys},
    {"[[probe]]", "[[probe]]", probe_keys},
    {"a step of ws", "a step of a ws task", ws_keys},
}};

} // namespace

const KeyTable& key_table(Table table) {
    CHECK(table < Table::count);
    return tables[static_cast<size_t>(table)];
}

std::span<const KeyTable> key_tables() {
    return tables;
}

} // namespace ringblast
