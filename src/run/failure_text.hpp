// Words for what the engine counts as numbers: (outcome, detail) of a failed request.
#pragma once

#include "plan/plan.hpp"
#include "ringblast/outcome.hpp"
#include "tls/failure.hpp"

#include <cstdint>
#include <span>
#include <string>

namespace ringblast {

/// "connection refused", "status 503", "no response within the time-out" …
std::string failure_text(Outcome outcome, int32_t detail);
/// The same for a request of a plan, whose checks have words of their own.
std::string failure_text(const Plan& plan, uint32_t leaf, Outcome outcome, int32_t detail);
/// The same, and a failure of TLS with the certificate behind it, where that is known.
std::string failure_text(const Plan& plan, uint32_t leaf, Outcome outcome, int32_t detail,
                         std::span<const TlsFailureFacts> certificates);
/// A failure of TLS with the certificate behind it, where that is known.
std::string tls_text(const Plan& plan, int32_t detail, std::span<const TlsFailureFacts> facts);

} // namespace ringblast
