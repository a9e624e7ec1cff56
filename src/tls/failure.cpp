#include "tls/failure.hpp"

#include <cstdlib>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace ringblast {

namespace {

int code_of(int result) {
    return std::abs(result) - tls_failure_base;
}

/// RFC 8446, 6 and RFC 5246, 7.2.
const char* alert_name(int number) {
    switch (number) {
    case 0:
        return "close notify";
    case 10:
        return "unexpected message";
    case 20:
        return "bad record MAC";
    case 22:
        return "record overflow";
    case 40:
        return "handshake failure (no cipher, group or certificate in common)";
    case 42:
        return "bad certificate";
    case 43:
        return "unsupported certificate";
    case 44:
        return "certificate revoked";
    case 45:
        return "certificate expired";
    case 46:
        return "certificate unknown";
    case 47:
        return "illegal parameter";
    case 48:
        return "unknown CA: it does not trust our certificate";
    case 49:
        return "access denied";
    case 50:
        return "decode error";
    case 51:
        return "decrypt error";
    case 70:
        return "protocol version";
    case 71:
        return "insufficient security";
    case 80:
        return "internal error";
    case 86:
        return "inappropriate fallback";
    case 90:
        return "user canceled";
    case 100:
        return "no renegotiation";
    case 109:
        return "missing extension";
    case 110:
        return "unsupported extension";
    case 112:
        return "unrecognized name (--sni)";
    case 113:
        return "bad certificate status response";
    case 115:
        return "unknown PSK identity";
    case 116:
        return "certificate required (--cert and --key)";
    case 120:
        return "no application protocol (http/1.1 was offered)";
    default:
        return "unknown alert";
    }
}

} // namespace

TlsFailure tls_failure_of(int result) {
    int code = code_of(result);
    return code >= static_cast<int>(TlsFailure::alert) ? TlsFailure::alert
                                                       : static_cast<TlsFailure>(code);
}

std::string tls_failure_text(int result) {
    switch (tls_failure_of(result)) {
    case TlsFailure::expired:
        return "the certificate has expired";
    case TlsFailure::not_yet_valid:
        return "the certificate is not valid yet";
    case TlsFailure::wrong_name:
        return "the certificate is for another name";
    case TlsFailure::self_signed:
        return "the certificate is self-signed";
    case TlsFailure::unknown_issuer:
        return "the certificate's issuer is not trusted here";
    case TlsFailure::bad_certificate:
        return "the certificate is not acceptable";
    case TlsFailure::no_version:
        return "no TLS version in common";
    case TlsFailure::parameters:
        return "no TLS cipher or key exchange in common";
    case TlsFailure::closed_in_handshake:
        return "connection closed during the TLS handshake";
    case TlsFailure::reset_in_handshake:
        return "connection reset during the TLS handshake";
    case TlsFailure::not_tls:
        return "the target does not speak TLS on this port";
    case TlsFailure::http:
        return "the target speaks plain HTTP on this port: use http://";
    case TlsFailure::timed_out:
        return "the TLS handshake timed out";
    case TlsFailure::truncated:
        return "connection ended without close_notify before the response was whole";
    case TlsFailure::record:
        return "the target broke the TLS protocol";
    case TlsFailure::no_certificate:
        return "the peer showed no certificate";
    case TlsFailure::alert: {
        int number = code_of(result) - static_cast<int>(TlsFailure::alert);
        return fmt::format("TLS alert {} from the target: {}", number, alert_name(number));
    }
    case TlsFailure::none:
        break;
    }
    return "TLS failed";
}

std::string tls_failure_text(int result, const TlsFailureFacts& facts, const std::string& asked) {
    std::string place = facts.depth == 0 ? "" : fmt::format(" {} up in its chain", facts.depth);
    switch (facts.failure) {
    case TlsFailure::expired:
        return fmt::format("the certificate{} expired on {} ({})", place, facts.not_after,
                           facts.subject);
    case TlsFailure::not_yet_valid:
        return fmt::format("the certificate{} is valid from {} only ({})", place, facts.not_before,
                           facts.subject);
    case TlsFailure::wrong_name:
        return fmt::format("the certificate is for {}, not for {}",
                           facts.names.empty() ? facts.subject
                                               : fmt::format("{}", fmt::join(facts.names, ", ")),
                           asked);
    case TlsFailure::self_signed:
        return fmt::format("the certificate{} is self-signed ({}); --cacert FILE trusts it, "
                           "--insecure anything",
                           place, facts.subject);
    case TlsFailure::unknown_issuer:
        return fmt::format("the certificate{} was issued by {}, which is not known here and was "
                           "not sent{}; --cacert FILE trusts it",
                           place, facts.issuer,
                           facts.chain_size <= 1 ? " (an incomplete chain?)" : "");
    case TlsFailure::bad_certificate:
        return fmt::format("the certificate{} is not acceptable ({}, issued by {})", place,
                           facts.subject, facts.issuer);
    default:
        return tls_failure_text(result);
    }
}

} // namespace ringblast
