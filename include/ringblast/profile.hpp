// What to do, as plain data: the target, the load over time, who the users are and what they
// ask for. A profile file, the command line or a C++ program fills it in; plan/ compiles it into
// an immutable Plan. A blast of one URL is a profile of one class with one task of one request.
#pragma once

#include "ringblast/header.hpp"
#include "ringblast/probe.hpp"
#include "ringblast/socket_task.hpp"
#include "ringblast/tls.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ringblast {

using Duration = std::chrono::nanoseconds;

/// Duration of a stage that lasts until the number of requests is reached.
inline constexpr Duration open_ended{INT64_MAX / 2};

/// Where a 429 counts that was not expected.
enum class RateLimitedAs : uint8_t { separate, error, ok };

/// The server under test and how to reach it.
struct Target {
    std::string base_url;        ///< scheme://host[:port][/prefix]; IPv6 hosts in brackets
    std::vector<Header> headers; ///< lowest precedence
    Duration timeout = std::chrono::seconds(10);        ///< of a request, from its send
    Duration connect_timeout = std::chrono::seconds(5);
    bool keepalive = true;
    uint64_t requests_per_connection = 0;   ///< 0: no limit
    std::optional<std::string> connect_to;  ///< HOST:PORT to connect to instead of the URL's
    std::vector<std::string> resolve;       ///< HOST:PORT:ADDRESS entries, as curl's --resolve
    std::vector<std::string> local_ips;     ///< source addresses, used in turn
    std::optional<std::string> unix_socket; ///< path of a stream socket to connect to
    std::optional<Duration> wait_for;       ///< wait up to this long until the target accepts
    unsigned follow_redirects = 0;          ///< most redirects followed per request
    RateLimitedAs rate_limited = RateLimitedAs::separate;
    uint64_t max_body = 1024 * 1024;        ///< bytes of a body that something looks at
    Tls tls{};
};

/// A condition on one place of a JSON body.
struct JsonCondition {
    enum class Kind : uint8_t { equals, exists, absent };
    std::string pointer;     ///< RFC 6901; `/items/*/id`: any one of the elements
    Kind kind = Kind::equals;
    std::string value;       ///< of `equals`, as compact JSON text
    bool operator==(const JsonCondition&) const = default;
};

/// What the response must be for the outcome `ok`. Texts may hold {{insertions}}.
struct Expect {
    std::vector<int> status; ///< empty: any 2xx or 3xx
    std::vector<Header> headers{}; ///< the field is there and its value contains this
    std::optional<std::string> body_contains{};
    std::optional<std::string> body_matches{}; ///< PCRE2, anywhere in the body
    std::vector<JsonCondition> json{};
    std::optional<Duration> max_latency{};
    bool operator==(const Expect&) const = default;
};

/// A value taken from a response into a variable that lives with the user.
struct Extract {
    enum class Kind : uint8_t { json, regex, header, cookie };
    std::string variable;
    Kind kind = Kind::json;
    std::string what;      ///< pointer, expression or name
    unsigned group = 1;    ///< of a regex
    std::optional<std::string> fallback; ///< where it is missing; without: check_failed
    bool operator==(const Extract&) const = default;
};

/// The request is sent again until its response fulfils the condition.
struct Until {
    Expect condition;
    Duration every = std::chrono::seconds(1);   ///< end of one to start of the next
    Duration within = std::chrono::seconds(30); ///< then it is check_failed
    bool operator==(const Until&) const = default;
};

/// How {{insertions}} in a body are escaped.
enum class BodyKind : uint8_t { text, json, form };

/// Texts are templates: `{{name}}` inserts a variable, escaped for its place, `{{name | raw}}` as
/// it is, `{{"{{"}}` is a pair of braces.
struct Request {
    std::string name; ///< in statistics; empty: path (with the method in front in a profile)
    std::string method = "GET";
    std::string path; ///< with query, appended to the base URL's path; empty: the URL's own
    std::vector<Header> headers; ///< one whose value inserts an unset variable is left out
    std::string body;
    BodyKind body_kind = BodyKind::text;
    Expect expect;
    std::vector<Extract> extract{};
    std::optional<Until> until{};
    Duration think{};                         ///< pause after it, within its task
    std::optional<Duration> timeout{};        ///< default: the target's
    std::optional<unsigned> follow_redirects{}; ///< default: the target's
    bool end_task_on_failure = false;
    bool literal = false; ///< no templates: braces mean themselves
};

struct Task {
    std::string name;
    double weight = 1;
    std::vector<std::string> tags;
    std::vector<Request> requests;
    uint64_t repeat = 1; ///< whole runs of the requests, one after the other
    std::optional<SocketTask> ws{};
};

/// The pause of a user between two tasks. Seconds.
struct Wait {
    enum class Kind : uint8_t {
        none,
        constant,    ///< a_s
        between,     ///< uniform in [a_s, b_s]
        exponential, ///< mean a_s
        pacing,      ///< from the start of a task to the start of the next: a_s
        throughput,  ///< a_s tasks per second: pacing of 1 / a_s
    };
    Kind kind = Kind::none;
    double a_s = 0, b_s = 0;
    bool operator==(const Wait&) const = default;
};

struct UserClass {
    std::string name;
    double weight = 1;               ///< share of the users that no `count` fixes
    std::optional<uint64_t> count{}; ///< a fixed number of users
    Wait wait{};
    std::vector<Header> headers;
    bool cookies = true;
    std::vector<Request> on_start{}, on_stop{};
    std::vector<Task> tasks;
};

/// How often a variable is drawn.
enum class DrawnPer : uint8_t {
    task, ///< once per run of a task
    user,
    request,
};

struct Variable {
    enum class Kind : uint8_t {
        integer,  ///< uniform in [low, high]
        uuid,     ///< version 4
        sequence, ///< low, low + 1, …; unique over all threads
        choice,   ///< one of `texts`
        text,     ///< `low` random letters and digits
        now,      ///< time of the draw
        value,    ///< texts[0]
        csv,      ///< a row of a file; {{name.column}}
    };
    enum class Now : uint8_t { unix_s, unix_ms, iso };
    enum class Pick : uint8_t {
        unique,   ///< each row once; a user that finds none left ends
        circular,
        random,
    };
    std::string name;
    Kind kind = Kind::value;
    DrawnPer per = DrawnPer::task;
    int64_t low = 0, high = 0;
    std::vector<std::string> texts{};
    Now now = Now::unix_s;
    std::string file{};
    Pick pick = Pick::unique;
};

/// A part of the load: exactly one of users, rate and at_once is set.
struct Stage {
    std::optional<double> users;      ///< closed load: number of users at the end of the stage
    std::optional<double> rate;       ///< open load: arrivals per second at the end of the stage
    std::optional<uint64_t> at_once;  ///< open load: arrivals due together at its start
    Duration duration{};
    bool ramp = false; ///< reached linearly from the goal before (0 at the start), else held
    bool operator==(const Stage&) const = default;
};

enum class Arrival { constant, poisson };

struct Load {
    std::vector<Stage> stages;            ///< all closed or all open
    std::optional<uint64_t> requests;     ///< end after exactly that many
    std::optional<uint64_t> ready_users;  ///< open load: users connected before the start
    std::optional<double> spawn_rate;     ///< closed load: users per second on a held rise
    Duration warm_up{};                   ///< the first part of the stages, in no total
    Duration graceful_stop = std::chrono::seconds(5);
    Duration stop_timeout = std::chrono::seconds(60); ///< for on_stop and teardown
    Arrival arrival = Arrival::constant;
    uint64_t max_users = 10'000;          ///< open load
    std::optional<uint64_t> max_backlog;  ///< open load; default one second at the peak rate
    unsigned pipeline = 1;                ///< requests in flight per connection, blasts only
    uint64_t seed = 1;
};

/// A condition that decides the verdict; the texts are read by analysis/threshold.
struct ThresholdText {
    std::string target;
    std::optional<std::string> critical;
    std::optional<Duration> window{}; ///< sliding by 1 s, the worst one counts
    bool abort = false;               ///< ends the run when the last window breaks it
};

/// Which tasks and classes take part; empty lists: all.
struct Selection {
    std::vector<std::string> tags;         ///< tasks with any of them
    std::vector<std::string> exclude_tags; ///< but none with any of these
    std::vector<std::string> classes;
};

/// Where reports go, as the output options say it; `-` is standard output.
struct OutputPaths {
    std::optional<std::string> json, html, csv, junit, markdown, hdr_log, directory;
};

struct Profile {
    std::string name;
    std::string description;
    Target target;
    Load load;
    std::vector<Variable> variables{};
    std::vector<Request> setup{}, teardown{}; ///< once before and after the load
    std::vector<UserClass> classes;
    std::vector<Probe> probes{}; ///< read beside the load
    std::vector<ThresholdText> thresholds;
    Selection selection{};
    OutputPaths output{};
};

/// The profile of a one-URL blast: one class, task and request named after the method and path.
Profile blast_profile(const std::string& url);

} // namespace ringblast
