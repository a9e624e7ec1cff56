// What a request asks of the target: a pure function from the request line to an action. Nothing
// here knows connections, clocks or counters; the loop carries actions out.
#pragma once

#include "target/models.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace ringblast {

enum class ActionKind : uint8_t {
    text,         ///< a fixed body: content_type, body
    bytes,        ///< `size` bytes with Content-Length
    chunked,      ///< `size` bytes in chunks
    delay,        ///< a text after time_ns
    redirect,     ///< to /redirect/(size - 1), or a text when size is 0
    echo,         ///< the request's body back
    flaky,        ///< 500 for the share `rate` of the requests, else a text
    rate_limit,   ///< a text at most `rate` times a second, else 429
    queue,        ///< a text after its turn in `queue`; 503 where it is full
    leak,         ///< a text, and `size` bytes are kept for ever; 500 when there are too many
    login,        ///< a new token
    me,           ///< needs the token
    metrics,      ///< counters for Prometheus
    pause,        ///< the whole thread stands still for time_ns
    reset,        ///< RST
    truncate,     ///< ends in the middle of the body
    garbage,      ///< bytes that are no HTTP, then the end
    stall,        ///< no answer ever, or with time_ns: the head, a pause, the body
    slow_drip,    ///< a text, one byte per time_ns
    ws_echo,      ///< becomes a WebSocket; each message comes back
    ws_broadcast, ///< becomes a WebSocket; each message goes to all of them
};

struct Action {
    ActionKind kind = ActionKind::text;
    uint16_t status = 200;
    FifoQueue::Shape queue{};
    uint64_t size = 0;
    int64_t time_ns = 0;
    double rate = 0;
    double burst = 0; ///< of rate_limit; 0: a tenth of a second's
    std::string_view content_type = "text/plain";
    std::string_view body = "ok\n"; ///< static

    /// The same request always gets the same answer, but for its Date.
    bool repeatable() const { return kind <= ActionKind::chunked || kind == ActionKind::redirect; }
};

/// The limit of /bytes/N and /chunked/N.
inline constexpr uint64_t body_size_max = uint64_t{1} << 30;
/// The longest time that a route may be asked to take.
inline constexpr int64_t route_time_ns_max = 3600ll * 1'000'000'000;

/// Finds the action for a request. `target` as it was sent, an absolute URL too. Unknown paths and
/// bad parameters are actions as well (404, 400).
Action route(std::string_view method, std::string_view target);

/// The routes with one line each, for people.
std::string_view route_list();

} // namespace ringblast
