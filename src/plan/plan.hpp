// The immutable form of a profile that all workers share: addresses, request bytes, leaves of the
// statistics and the facts of the load. Compiled once, before the start; workers only read it.
#pragma once

#include "io/io.hpp"
#include "plan/segment.hpp"
#include "protocol/url.hpp"
#include "protocol/websocket.hpp"
#include "protocol/websocket_upgrade.hpp"
#include "ringblast/error.hpp"
#include "ringblast/outcome.hpp"
#include "ringblast/profile.hpp"
#include "scenario/inspection.hpp"
#include "scenario/regex.hpp"
#include "scenario/request_program.hpp"
#include "scenario/text_template.hpp"
#include "scenario/variables.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ringblast {

/// Outcome of a whole response by its status.
using StatusOutcomes = std::array<Outcome, 1000>;

/// A request that fits the send buffer of a new socket is whole in the kernel when send returns; a
/// larger one may still be on its way when an early answer comes, so its completion is asked for.
inline constexpr size_t silent_send_size_max = 16 * 1024;

/// How much of a response is kept for a look at it.
enum class Watch : uint8_t {
    nothing,
    on_demand, ///< the head, where it sets a cookie or redirects
    head,
    whole,
};

/// Details of check_failed beside the numbers of Inspection::problem_text.
enum CheckDetail : int32_t {
    check_body_unreadable = -1, ///< its coding could not be undone
    check_body_too_large = -2,  ///< for max_body
    check_until = -3,           ///< `until` did not hold in time
    check_no_message = -4,      ///< a WebSocket's `expect` was not met `within` its time
};

/// A condition that a request is repeated for.
struct PlannedUntil {
    Inspection condition;
    StatusOutcomes outcome_of; ///< ok: the status fulfils it
    int64_t every_ns = 0;
    int64_t within_ns = 0;
};

/// A request as the engine sends it. What stands below `outcome_of` is for scenarios only.
struct PlannedRequest {
    std::string bytes;        ///< `pipeline` times the request; a prefix of whole ones is sent
    uint32_t size = 0;        ///< of one request; 0: it varies, `program` makes it
    uint32_t leaf = 0;
    bool head = false;        ///< HEAD: the response has no body
    bool idempotent = true;   ///< may be sent once more when a reused connection was closed
    SendNotice notice = SendNotice::on_failure;
    StatusOutcomes outcome_of{};

    RequestProgram program;
    Watch watch = Watch::nothing;
    Inspection inspection; ///< expectations beside the status, extraction
    std::optional<PlannedUntil> until;
    int64_t think_ns = 0;
    int64_t timeout_ns = 0;
    unsigned redirects_max = 0;
    bool end_task_on_failure = false;
    bool extracts = false; ///< later requests count on its values
};

/// A step of a task on a WebSocket.
struct PlannedSocketStep {
    SocketStep::Kind kind = SocketStep::Kind::message;
    bool sends = false;         ///< `text`
    bool waits = false;         ///< for a message that is `wanted`
    bool is_check = false;      ///< one that does not come in time is check_failed, else a timeout
    bool by_expression = false; ///< `expression` says which, not `wanted`
    Opcode opcode = Opcode::text;
    uint16_t close_code = close_normal;
    uint32_t request = 0; ///< of one that waits: index into plan.requests
    uint64_t repeat = 1;
    int64_t time_ns = 0; ///< for the message, or to hold
    TextTemplate text, wanted;
    Regex expression;
    std::string problem; ///< what is said when no such message came
};

/// A task on a WebSocket of its own; its first request is the upgrade.
struct PlannedSocketTask {
    std::vector<std::string> subprotocols;
    std::vector<PlannedSocketStep> steps;
};

/// Requests that a user runs as one unit: plan.requests[first .. first + count).
struct PlannedTask {
    std::string name;
    uint32_t first = 0, count = 0;
    uint64_t repeat = 1;
    uint64_t requests_max = 0;      ///< in one run, repetitions included
    std::optional<uint32_t> socket; ///< index into plan.socket_tasks: what it does instead
    std::vector<uint32_t> reads;    ///< extracted variables that must be set before it starts
};

/// What the users of a blast of WebSockets say, again and again, and wait to hear back.
struct PlannedSocket {
    static constexpr uint32_t connect = 0, round_trip = 1; ///< indexes into plan.requests

    UpgradeTemplate upgrade;
    std::string message;
    Opcode opcode = Opcode::text;
};

/// A kind of user; tasks are indexes into plan.tasks.
struct PlannedClass {
    std::string name;
    double weight = 1;
    std::optional<uint64_t> count; ///< a fixed number of users
    Wait wait;
    bool cookies = true;
    bool speaks_http = true; ///< not only on WebSockets
    std::optional<uint32_t> on_start, on_stop;
    std::vector<uint32_t> tasks;
    std::vector<double> weights_summed; ///< of the tasks up to and with each
};

/// A leaf of the statistics: (class, task, request), fixed in the plan.
struct Leaf {
    std::string class_name, task_name;
    std::string name, method;
    std::vector<std::string> tags;
};

struct Plan {
    std::string name;
    std::string url; ///< of the target, user info masked
    std::vector<Address> addresses;       ///< of the target, used in turn; never empty
    std::vector<Address> local_addresses; ///< sources, used in turn; may be empty
    bool target_local = false;            ///< on this machine: it shares the cores

    std::vector<PlannedRequest> requests; ///< one for each leaf, in their order
    std::vector<Leaf> leaves;

    std::optional<PlannedSocket> socket;         ///< connections are WebSockets
    std::vector<PlannedSocketTask> socket_tasks; ///< users may have a WebSocket besides

    /// Users with a program: more than one request, pauses, variables or a look at responses.
    /// Without it every user sends requests.front() again and again.
    bool scenario = false;
    std::vector<PlannedTask> tasks;
    std::vector<PlannedClass> classes;
    std::vector<uint16_t> class_of_user; ///< closed load: by number
    Variables variables;
    Url base; ///< of the target, for TLS, redirects and cookies
    Tls tls;  ///< where the URL says https
    uint64_t max_body = 0;
    bool once = false; ///< each user runs the tasks of its class in order, once, and ends
    bool keeps_exchanges = false; ///< requests and responses are kept for WorkerReport

    std::vector<Stage> stages;
    std::vector<Segment> segments;
    bool open_load = false;
    Arrival arrival = Arrival::constant;
    uint64_t users_peak = 0;   ///< most users: closed: of the stages; open: max_users
    uint64_t users_ready = 0;  ///< connected before time zero
    uint64_t backlog_max = 0;  ///< open load
    uint64_t request_limit = 0; ///< 0: none
    int64_t end_ns = 0;        ///< of the last stage, since time zero; never_ns: open-ended
    int64_t warm_up_ns = 0;
    int64_t graceful_ns = 0;
    int64_t stop_timeout_ns = 0; ///< for on_stop
    bool waits_for_last_stage = false; ///< the last stage is at_once
    double rate_peak = 0;

    int64_t timeout_ns = 0;
    int64_t connect_timeout_ns = 0;
    uint64_t requests_per_connection = 0; ///< 0: no limit
    unsigned pipeline = 1;
    uint64_t seed = 1;
    std::vector<ThresholdText> thresholds;

    /// Connections that a user may have at a time: one, and one for its WebSocket.
    unsigned connections_per_user() const { return socket_tasks.empty() ? 1 : 2; }
};

/// What must be looked up before a profile can be compiled; owned by whoever coordinates.
struct Bindings {
    std::vector<Address> addresses;
    std::vector<Address> local_addresses;
    std::vector<std::pair<std::string, std::string>> values{}; ///< what the set-up extracted
};

/// All contradictions and bad values of a load at once; empty when it is sound.
std::vector<Error> validate_load(const Load& load);

/// Compiles a profile. Requires: at least one address. Errors name the option and the cure.
ExpectedAll<Plan> compile_plan(const Profile& profile, Bindings bindings);

} // namespace ringblast
