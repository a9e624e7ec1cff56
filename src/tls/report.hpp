// What a thread's TLS tells of itself once its load is over: input of the result's `tls`.
#pragma once

#include "tls/failure.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace ringblast {

/// What the library holds on this thread, by its own calls of the allocators.
struct TlsMemory {
    uint64_t allocations = 0;
    int64_t bytes = 0; ///< now; may be below 0 on a thread that frees what another allocated
    int64_t bytes_max = 0;
};

struct TlsReport {
    std::string library; ///< "wolfSSL 5.5.4"
    bool library_has_aes_instructions = false;
    std::string version;      ///< "TLSv1.3", of the first handshake; empty: none was completed
    std::string cipher;       ///< "TLS_CHACHA20_POLY1305_SHA256"
    std::string key_exchange; ///< "X25519"; empty where there was none (TLS 1.2 resumed)
    bool verified = true;     ///< certificates were checked
    uint64_t handshakes_full = 0;
    uint64_t handshakes_resumed = 0;
    uint64_t handshakes_failed = 0;
    uint64_t truncations = 0; ///< ends without close_notify, also where nothing was lost
    std::vector<TlsFailureFacts> failures; ///< the first of each class that had a certificate
    TlsMemory memory;
    int64_t context_bytes = 0; ///< of memory, what all connections share
    /// Of memory, at the first close of the time when most connections were open: handshakes are
    /// over then, so that a connection's part is what it takes while it is used.
    int64_t bytes_in_use = 0;
    uint64_t connections_in_use = 0;
};

} // namespace ringblast
