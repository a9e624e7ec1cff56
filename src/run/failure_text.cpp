#include "run/failure_text.hpp"

#include "base/static_text.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>

namespace ringblast {

namespace {

constexpr int32_t least_close_code = 1000; // of WebSockets; no errno is as large

std::string errno_text(int error) {
    switch (error) {
    case ECONNREFUSED:
        return "connection refused";
    case ECONNRESET:
        return "connection reset by the target";
    case EPIPE:
        return "connection closed by the target while sending";
    case ETIMEDOUT:
        return "connect timed out";
    case EADDRNOTAVAIL:
        return "no local port left (EADDRNOTAVAIL)";
    case EMFILE:
    case ENFILE:
        return "no file descriptor left";
    default:
        return std::strerror(error);
    }
}

/// The step of a ws task that is counted there; null: it is no such request.
const PlannedSocketStep* step_of(const Plan& plan, uint32_t leaf) {
    for (const PlannedSocketTask& task : plan.socket_tasks) {
        auto found = std::ranges::find_if(task.steps, [leaf](const PlannedSocketStep& step) {
            return step.waits && step.request == leaf;
        });
        if (found != task.steps.end()) {
            return &*found;
        }
    }
    return nullptr;
}

} // namespace

std::string failure_text(Outcome outcome, int32_t detail) {
    switch (outcome) {
    case Outcome::http_error:
    case Outcome::rate_limited:
        return fmt::format("status {}", detail);
    case Outcome::timeout:
        return detail == 0 ? "no response within the time-out"
                           : "response not whole within the time-out";
    case Outcome::connect_error:
        return errno_text(detail);
    case Outcome::reset:
        return detail == 0 ? "connection closed before the response was whole"
               : detail >= least_close_code
                   ? fmt::format("WebSocket closed by the target with {}", detail)
                   : errno_text(detail);
    case Outcome::protocol_error:
        return static_text(detail);
    case Outcome::check_failed:
        return detail == check_body_unreadable  ? "the body's coding could not be undone"
               : detail == check_body_too_large ? "the body is larger than max_body"
               : detail == check_until          ? "the condition of until did not hold in time"
               : detail == check_no_message     ? "the message expected did not come in time"
                                                : "a check failed";
    case Outcome::tls_error:
        return tls_failure_text(detail);
    case Outcome::ok:
    case Outcome::cancelled:
        break;
    }
    return std::string(name_of(outcome));
}

std::string failure_text(const Plan& plan, uint32_t leaf, Outcome outcome, int32_t detail) {
    if (outcome == Outcome::check_failed && detail > 0) {
        return plan.requests[leaf].inspection.problem_text(static_cast<uint32_t>(detail));
    }
    if (plan.socket && leaf == PlannedSocket::round_trip && outcome == Outcome::timeout) {
        return "no echo of the message within the time-out";
    }
    bool no_message = outcome == Outcome::timeout ||
                      (outcome == Outcome::check_failed && detail == check_no_message);
    if (const PlannedSocketStep* step = no_message ? step_of(plan, leaf) : nullptr) {
        return step->problem;
    }
    return failure_text(outcome, detail);
}

std::string failure_text(const Plan& plan, uint32_t leaf, Outcome outcome, int32_t detail,
                         std::span<const TlsFailureFacts> certificates) {
    return outcome == Outcome::tls_error ? tls_text(plan, detail, certificates)
                                         : failure_text(plan, leaf, outcome, detail);
}

std::string tls_text(const Plan& plan, int32_t detail, std::span<const TlsFailureFacts> facts) {
    auto found =
        std::ranges::find(facts, tls_failure_of(detail), &TlsFailureFacts::failure);
    if (found == facts.end()) {
        return tls_failure_text(detail);
    }
    return tls_failure_text(detail, *found, plan.tls.sni.empty() ? plan.base.host : plan.tls.sni);
}

} // namespace ringblast
