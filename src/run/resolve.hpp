// From the names in a profile to socket addresses, once, before the load: workers never look
// anything up.
#pragma once

#include "plan/plan.hpp"
#include "ringblast/error.hpp"
#include "ringblast/profile.hpp"

#include <atomic>

namespace ringblast {

/// Why a target has no address: a bad option (exit 2) or a name that cannot be found (exit 3).
struct ResolveFailure {
    Error error;
    bool usage = false;
};

/// All addresses of the target, in the order of the resolver (IPv6 and IPv4), or that of
/// connect_to, resolve or unix_socket; and the source addresses. Blocks on DNS.
std::expected<Bindings, ResolveFailure> resolve_target(const Target& target);

/// Waits until one of the addresses accepts a connection, at most `timeout`; polls every 100 ms.
/// False when none did. `stop` ends the wait early; may be null.
bool wait_until_accepting(const Bindings& bindings, Duration timeout,
                          const std::atomic<int>* stop);

/// Of several addresses keeps those that accept a connection now, if any does: `localhost` often
/// names an IPv6 address that nobody listens at.
void keep_accepting(Bindings& bindings);

} // namespace ringblast
