// What to do, as plain data: the target, the load over time, who the users are and what they
// ask for. A profile file, the command line or a C++ program fills it in; plan/ compiles it into
// an immutable Plan. A blast of one URL is a profile of one class with one task of one request.
#pragma once

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

struct Header {
    std::string name;
    std::string value;
    bool operator==(const Header&) const = default;
};

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
};

/// What the response must be for the outcome `ok`.
struct Expect {
    std::vector<int> status; ///< empty: any 2xx or 3xx
};

struct Request {
    std::string name; ///< in statistics; empty: path
    std::string method = "GET";
    std::string path; ///< with query, appended to the base URL's path; empty: the URL's own
    std::vector<Header> headers;
    std::string body;
    Expect expect;
};

struct Task {
    std::string name;
    double weight = 1;
    std::vector<std::string> tags;
    std::vector<Request> requests;
};

struct UserClass {
    std::string name;
    double weight = 1;
    std::vector<Header> headers;
    std::vector<Task> tasks;
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
};

struct Profile {
    std::string name;
    std::string description;
    Target target;
    Load load;
    std::vector<UserClass> classes;
    std::vector<ThresholdText> thresholds;
};

/// The profile of a one-URL blast: one class, task and request named after the method and path.
Profile blast_profile(const std::string& url);

} // namespace ringblast
