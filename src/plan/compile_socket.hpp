// WebSockets in a plan: a blast's upgrade, its message and the two requests that are counted; the
// steps of a profile's ws tasks.
#pragma once

#include "plan/plan.hpp"

namespace ringblast {

/// Compiles a profile whose base URL is ws:// into plan.socket, requests, leaves and classes.
/// Requires: plan.base is its URL. Errors name what does not go with a WebSocket.
void compile_socket(const Profile& profile, Plan& plan, std::vector<Error>& errors);

/// 101 is good, anything else is not.
StatusOutcomes outcomes_of_connect(RateLimitedAs rate_limited);

/// What a ws task is compiled from.
struct SocketTaskSource {
    const Profile& profile;
    const Task& task;
    std::vector<Header> headers; ///< of the upgrade, in order of rising precedence
};
struct CompiledSocketTask {
    PlannedSocketTask task;
    std::vector<PlannedRequest> requests; ///< one for each of the task's
};
/// Requires: plan.base and plan.variables. `first`: index of its first request in the plan. The
/// caller gives the requests their leaves.
ExpectedAll<CompiledSocketTask> compile_socket_task(const SocketTaskSource& source,
                                                    const Plan& plan, uint32_t first);

} // namespace ringblast
