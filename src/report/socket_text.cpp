#include "report/socket_text.hpp"

#include "base/print.hpp"
#include "report/text.hpp"

namespace ringblast {

std::string socket_connections_text(const WebSocketResult& ws) {
    std::string text = print_counted(ws.connections, "connection");
    if (!ws.connect.empty()) {
        auto at = [&ws](double percentile) {
            bool few = ws.connect.count() < samples_needed(percentile);
            return (few ? "~" : "") +
                   print_latency(static_cast<double>(ws.connect.percentile(percentile)));
        };
        text += " made in p50 " + at(50) + ", p99 " + at(99);
    }
    return text;
}

std::string socket_messages_text(const WebSocketResult& ws, double duration_s) {
    std::string text = print_count(ws.messages_sent) + " messages sent, " +
                       print_count(ws.messages_received) + " received";
    if (duration_s > 0) {
        text += " (" + print_rate(static_cast<double>(ws.messages_sent) / duration_s) + "/s and " +
                print_rate(static_cast<double>(ws.messages_received) / duration_s) + "/s)";
    }
    return text;
}

std::string socket_closes_text(const WebSocketResult& ws) {
    std::string text;
    for (const auto& [code, count] : ws.close_codes) {
        text +=
            (text.empty() ? "closes " : ", ") + std::to_string(code) + ": " + print_count(count);
    }
    return text;
}

std::string socket_drops_text(const WebSocketResult& ws) {
    return ws.dropped > 0 ? print_count(ws.dropped) + " dropped by the target" : "";
}

} // namespace ringblast
