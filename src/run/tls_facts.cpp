#include "run/tls_facts.hpp"

#include "tls/context.hpp"

#include <algorithm>

namespace ringblast {

namespace {

/// The threads' peaks need not fall together; their sum is an upper bound.
void add_memory(const TlsReport& report, TlsFacts& facts) {
    auto peak = static_cast<uint64_t>(std::max<int64_t>(report.memory.bytes_max, 0));
    facts.memory_bytes += peak;
    facts.allocations += report.memory.allocations;
    int64_t own = report.bytes_in_use - report.context_bytes;
    if (report.connections_in_use > 0 && own > 0) {
        facts.memory_bytes_per_connection =
            std::max(facts.memory_bytes_per_connection,
                     static_cast<uint64_t>(own) / report.connections_in_use);
    }
}

} // namespace

Expected<std::optional<TlsOptions>> tls_options_of(const Plan& plan) {
    if (!plan.base.tls()) {
        return std::nullopt;
    }
    TlsOptions options{.tls = plan.tls, .host = plan.base.host};
    if (auto tried = TlsContext::create(options); !tried) {
        return std::unexpected(tried.error());
    }
    return options;
}

std::optional<TlsFacts> tls_facts_of(const Plan& plan, std::span<const EngineReport> reports) {
    std::optional<TlsFacts> facts;
    for (const EngineReport& engine : reports) {
        if (!engine.tls) {
            continue;
        }
        const TlsReport& report = *engine.tls;
        if (!facts) {
            facts = TlsFacts{.library = report.library,
                             .aes_instructions = report.library_has_aes_instructions,
                             .verified = report.verified,
                             .resume = plan.tls.resume};
        }
        if (facts->version.empty()) {
            facts->version = report.version;
            facts->cipher = report.cipher;
        }
        if (facts->key_exchange.empty()) {
            facts->key_exchange = report.key_exchange;
        }
        facts->handshakes_full += report.handshakes_full;
        facts->handshakes_resumed += report.handshakes_resumed;
        facts->handshakes_failed += report.handshakes_failed;
        facts->truncations += report.truncations;
        add_memory(report, *facts);
    }
    return facts;
}

std::vector<TlsFailureFacts> failed_certificates(std::span<const EngineReport> reports) {
    std::vector<TlsFailureFacts> all;
    for (const EngineReport& engine : reports) {
        if (engine.tls) {
            const std::vector<TlsFailureFacts>& of_thread = engine.tls->failures;
            all.insert(all.end(), of_thread.begin(), of_thread.end());
        }
    }
    return all; // the first of a class is the one that is looked up
}

} // namespace ringblast
