// `ringblast serve`: the embedded target in the foreground, until a signal ends it.
#pragma once

#include "target/server.hpp"

namespace ringblast {

struct ServeOptions {
    ServerOptions server;
    std::optional<ServerOptions> tls_server; ///< beside the other one
    std::string cert_out; ///< file for the certificate that it makes; empty: none
    bool access_log = false; ///< a line of counters at the end
};

/// Says on stderr that the engine that was preferred is not the one at work, if so.
void report_engine(const EnginePick& pick);

/// Prints where it serves and what, waits for SIGINT or SIGTERM, stops. Returns the exit code:
/// 0, or 3 when the server could not start (the reason goes to stderr). Blocks both signals in the
/// calling thread meanwhile.
int serve(const ServeOptions& options);

} // namespace ringblast
