// Why TLS failed, as a small number: it travels in Event::result and in the error tables as the
// detail of an outcome, where it cannot be taken for an errno (those end at 4095).
//
//   Event::result = -(tls_failure_base + failure)         a class of TlsFailure
//                 = -(tls_failure_base + 256 + number)    the peer's alert of that number (RFC
//                 8446, 6)
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ringblast {

inline constexpr int tls_failure_base = 10'000;

/// The values are part of results that were saved: never renumber.
enum class TlsFailure : int {
    none = 0,
    expired = 1,             ///< the certificate's time is over
    not_yet_valid = 2,       ///< its time has not begun
    wrong_name = 3,          ///< it is for another host
    self_signed = 4,         ///< issued by itself, and not known here
    unknown_issuer = 5,      ///< no known CA: private, or the chain is incomplete
    bad_certificate = 6,     ///< signature, usage, size or form
    no_version = 7,          ///< no protocol version in common
    parameters = 8,          ///< no cipher or group in common
    closed_in_handshake = 9, ///< the peer's end
    reset_in_handshake = 10, ///< a reset, or another error of the connection
    not_tls = 11,            ///< what came is no TLS
    http = 12,               ///< what came is plain HTTP
    timed_out = 13,          ///< the handshake did not end in time
    truncated = 14,          ///< the connection ended without close_notify
    record = 15,             ///< a record or message that is wrong or out of order
    no_certificate = 16,     ///< the peer had to show a certificate and did not
    alert = 256,             ///< + its number
};

constexpr int tls_result(TlsFailure failure) {
    return -(tls_failure_base + static_cast<int>(failure));
}
constexpr int tls_alert_result(int number) {
    return tls_result(TlsFailure::alert) - (number & 255);
}
/// Whether a negative Event::result, or a positive detail, is of TLS.
constexpr bool is_tls_result(int result) {
    return result <= -tls_failure_base || result >= tls_failure_base;
}
/// The class of an Event::result or detail; all alerts are one.
TlsFailure tls_failure_of(int result);

/// One line for people, for a result or a detail: "the certificate has expired",
/// "alert 40 from the target: handshake failure".
std::string tls_failure_text(int result);

/// The certificate behind the first failure of a class on a thread.
struct TlsFailureFacts {
    TlsFailure failure = TlsFailure::none;
    std::string subject, issuer;       ///< "/C=DE/CN=example.org"
    std::string not_before, not_after; ///< "Jan  1 00:00:00 2026 GMT"
    std::vector<std::string> names;    ///< it is for
    unsigned depth = 0;                ///< 0: the target's own
    unsigned chain_size = 0;           ///< certificates that were sent
};

/// tls_failure_text and what matters of the certificate: "the certificate is for localhost, not
/// for example.org (subject /CN=localhost)". `asked` is the name that was checked.
std::string tls_failure_text(int result, const TlsFailureFacts& facts, const std::string& asked);

} // namespace ringblast
