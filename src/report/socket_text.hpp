// What the reports for people say of WebSockets.
#pragma once

#include "ringblast/result.hpp"

#include <string>

namespace ringblast {

/// "64 connections made in p50 1.2 ms, p99 3.4 ms".
std::string socket_connections_text(const WebSocketResult& ws);
/// "1,000 messages sent, 999 received (100/s and 99.9/s)"; over `duration_s` seconds.
std::string socket_messages_text(const WebSocketResult& ws, double duration_s);
/// "closes 1000: 64, 1006: 2"; empty where none closed.
std::string socket_closes_text(const WebSocketResult& ws);
/// "2 dropped by the target"; empty where none was.
std::string socket_drops_text(const WebSocketResult& ws);

} // namespace ringblast
