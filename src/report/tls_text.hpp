// What a run tells of its TLS, in words.
#pragma once

#include "ringblast/result.hpp"

#include <string>

namespace ringblast {

constexpr const char* certificates_unchecked = "certificates were not checked (--insecure)";

/// "TLS 1.3 · ChaCha20 … · X25519 · wolfSSL 5.5.4 (without AES instructions)"
std::string tls_text(const TlsFacts& tls);
/// "64 full · 936 resumed · 2 failed · 78 kB of memory a connection"
std::string handshake_text(const TlsFacts& tls);

} // namespace ringblast
