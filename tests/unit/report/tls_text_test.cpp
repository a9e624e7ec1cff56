// The two lines about TLS.
#include "report/tls_text.hpp"

#include <doctest/doctest.h>

using namespace ringblast;

TEST_CASE("what was agreed") {
    TlsFacts tls{.library = "wolfSSL 5.5.4",
                 .version = "TLSv1.3",
                 .cipher = "TLS_AES_128_GCM_SHA256",
                 .key_exchange = "X25519"};
    CHECK(tls_text(tls) == "TLSv1.3 · TLS_AES_128_GCM_SHA256 · X25519 · wolfSSL 5.5.4 without AES "
                           "instructions");
    tls.aes_instructions = true;
    tls.key_exchange.clear(); // resumed in TLS 1.2
    CHECK(tls_text(tls) == "TLSv1.3 · TLS_AES_128_GCM_SHA256 · wolfSSL 5.5.4");
    CHECK(tls_text({.library = "wolfSSL 5.5.4", .aes_instructions = true}) == "wolfSSL 5.5.4");
}

TEST_CASE("how handshakes went") {
    TlsFacts tls{.handshakes_full = 64, .handshakes_resumed = 12'000};
    CHECK(handshake_text(tls) == "64 full · 12,000 resumed");
    tls.resume = false;
    tls.handshakes_failed = 3;
    tls.truncations = 2;
    tls.memory_bytes_per_connection = 87'300;
    CHECK(handshake_text(tls) == "64 full · 12,000 resumed (--tls-resume off) · 3 failed · 2 ended "
                                 "without close_notify · 87.3 kB of memory a connection");
}
