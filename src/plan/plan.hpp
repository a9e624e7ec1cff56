// The immutable form of a profile that all workers share: addresses, request bytes, leaves of the
// statistics and the facts of the load. Compiled once, before the start; workers only read it.
#pragma once

#include "io/io.hpp"
#include "plan/segment.hpp"
#include "ringblast/error.hpp"
#include "ringblast/outcome.hpp"
#include "ringblast/profile.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace ringblast {

/// Outcome of a whole response by its status.
using StatusOutcomes = std::array<Outcome, 1000>;

/// A request as the engine sends it.
struct PlannedRequest {
    std::string bytes;        ///< `pipeline` times the request; a prefix of whole ones is sent
    uint32_t size = 0;        ///< of one request
    uint32_t leaf = 0;
    bool head = false;        ///< HEAD: the response has no body
    bool idempotent = true;   ///< may be sent once more when a reused connection was closed
    SendNotice notice = SendNotice::on_failure;
    StatusOutcomes outcome_of{};
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

    std::vector<PlannedRequest> requests;
    std::vector<Leaf> leaves;

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
    bool waits_for_last_stage = false; ///< the last stage is at_once
    double rate_peak = 0;

    int64_t timeout_ns = 0;
    int64_t connect_timeout_ns = 0;
    uint64_t requests_per_connection = 0; ///< 0: no limit
    unsigned pipeline = 1;
    uint64_t seed = 1;
    std::vector<ThresholdText> thresholds;
};

/// What must be looked up before a profile can be compiled; owned by whoever coordinates.
struct Bindings {
    std::vector<Address> addresses;
    std::vector<Address> local_addresses;
};

/// All contradictions and bad values of a load at once; empty when it is sound.
std::vector<Error> validate_load(const Load& load);

/// Compiles a profile. Requires: at least one address. Errors name the option and the cure.
ExpectedAll<Plan> compile_plan(const Profile& profile, Bindings bindings);

} // namespace ringblast
