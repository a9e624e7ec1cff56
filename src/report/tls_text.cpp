#include "report/tls_text.hpp"

#include "base/print.hpp"
#include "report/load_text.hpp"

namespace ringblast {

std::string tls_text(const TlsFacts& tls) {
    std::string text;
    for (const std::string* part : {&tls.version, &tls.cipher, &tls.key_exchange}) {
        text += part->empty() ? "" : *part + separator;
    }
    return text + tls.library + (tls.aes_instructions ? "" : " without AES instructions");
}

std::string handshake_text(const TlsFacts& tls) {
    std::string text = print_count(tls.handshakes_full) + " full" + separator +
                       print_count(tls.handshakes_resumed) + " resumed";
    if (!tls.resume) {
        text += " (--tls-resume off)";
    }
    if (tls.handshakes_failed > 0) {
        text += separator + print_count(tls.handshakes_failed) + " failed";
    }
    if (tls.truncations > 0) {
        text += separator + print_count(tls.truncations) + " ended without close_notify";
    }
    if (tls.memory_bytes_per_connection > 0) {
        text += separator + print_bytes(static_cast<double>(tls.memory_bytes_per_connection)) +
                " of memory a connection";
    }
    return text;
}

} // namespace ringblast
