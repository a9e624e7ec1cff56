// What users of a profile do on WebSockets, as plain data; part of profile.hpp.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ringblast {

/// What a user does next on its WebSocket. `send`, `ping` and `expect` are templates.
struct SocketStep {
    enum class Kind : uint8_t {
        message, ///< `send`, `expect` or both
        hold,
        ping,
        close,
    };
    Kind kind = Kind::message;
    std::optional<std::string> send{};   ///< also the payload of a ping
    bool binary = false;                 ///< `send` are bytes, and no template
    std::optional<std::string> expect{}; ///< a message holds it, anywhere
    bool expression = false;             ///< `expect` is PCRE2, and no template
    std::optional<std::chrono::nanoseconds> within{};    ///< for the message; default: the time-out of a request
    uint64_t repeat = 1;
    std::chrono::nanoseconds hold{};
    uint16_t close_code = 1000;
    size_t request = 0; ///< of an `expect`: which of the task's requests it is
};

/// A task on a WebSocket of its own. Its task's requests are what is counted: the upgrade first,
/// then one for each step with an `expect`.
struct SocketTask {
    std::vector<std::string> subprotocols; ///< offered, most wanted first
    std::vector<SocketStep> steps;
};

} // namespace ringblast
