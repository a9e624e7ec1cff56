// The ten ways in which a started request can end; every request ends in exactly one of them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ringblast {

enum class Outcome : uint8_t {
    ok,
    rate_limited,   ///< 429, unless expected
    http_error,     ///< a status that was not expected
    check_failed,   ///< an expectation on the response did not hold
    timeout,        ///< no whole response within the time-out, counted from the send
    connect_error,  ///< no connection: refused, unreachable, connect time-out, out of ports, DNS
    reset,          ///< closed or reset before the response was whole
    tls_error,      ///< handshake or record failure
    protocol_error, ///< not valid HTTP/1.x
    cancelled,      ///< in flight when the run or a ramp ended
};

inline constexpr size_t outcome_count = 10;

inline constexpr std::array<std::string_view, outcome_count> outcome_names = {
    "ok",    "rate_limited",  "http_error", "check_failed",   "timeout", "connect_error",
    "reset", "tls_error", "protocol_error", "cancelled",
};

constexpr std::string_view name_of(Outcome outcome) {
    return outcome_names[static_cast<size_t>(outcome)];
}

} // namespace ringblast
