// A blast of WebSockets: its upgrade, its message, and the two requests that are counted.
#pragma once

#include "plan/plan.hpp"

namespace ringblast {

/// Compiles a profile whose base URL is ws:// into plan.socket, requests, leaves and classes.
/// Requires: plan.base is its URL. Errors name what does not go with a WebSocket.
void compile_socket(const Profile& profile, Plan& plan, std::vector<Error>& errors);

} // namespace ringblast
