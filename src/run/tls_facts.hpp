// What the threads tell of their TLS, made one.
#pragma once

#include "plan/plan.hpp"
#include "ringblast/result.hpp"
#include "run/engine_thread.hpp"

#include <optional>
#include <span>
#include <vector>

namespace ringblast {

/// What a context is made of; nothing where the target is plain. Errors: an option or file that
/// cannot be, found out by making one.
Expected<std::optional<TlsOptions>> tls_options_of(const Plan& plan);

/// Sums of all threads; nothing where the target is plain or no thread has begun.
std::optional<TlsFacts> tls_facts_of(const Plan& plan, std::span<const EngineReport> reports);

/// The first certificate of each class of failure.
std::vector<TlsFailureFacts> failed_certificates(std::span<const EngineReport> reports);

} // namespace ringblast
