// Part of TlsContext: what is wrong with a certificate, and its facts for the message. Runs only
// where a check has failed.
#include "tls/context.hpp"
#include "tls/wolfssl.hpp"

#include <algorithm>
#include <arpa/inet.h>

namespace ringblast {

namespace {

constexpr size_t names_max = 8;                // for a message
constexpr int name_is_dns = 2, name_is_ip = 7; // RFC 5280, GeneralName

// Some builds of the library translate its errors into OpenSSL's (X509_V_ERR_...).
enum : int {
    openssl_not_yet_valid = 9,
    openssl_expired = 10,
    openssl_not_before_field = 13, // of a time that is not within its bounds, too
    openssl_not_after_field = 14,
    openssl_self_signed = 18,
    openssl_self_signed_above = 19,
    openssl_no_issuer = 20,
    openssl_no_issuer_of_leaf = 21,
};

std::string name_text(WOLFSSL_X509_NAME* name) {
    char text[512];
    return name != nullptr && wolfSSL_X509_NAME_oneline(name, text, sizeof text) != nullptr ? text
                                                                                            : "";
}

std::string time_text(const WOLFSSL_ASN1_TIME* time) {
    char text[64];
    return time != nullptr && wolfSSL_ASN1_TIME_to_string(const_cast<WOLFSSL_ASN1_TIME*>(time),
                                                          text, sizeof text) != nullptr
               ? text
               : "an unknown time";
}

TlsFailure failure_of(int error, bool issued_by_itself) {
    switch (error) {
    case ASN_AFTER_DATE_E:
    case openssl_expired:
    case openssl_not_after_field:
        return TlsFailure::expired;
    case ASN_BEFORE_DATE_E:
    case openssl_not_yet_valid:
    case openssl_not_before_field:
        return TlsFailure::not_yet_valid;
    case DOMAIN_NAME_MISMATCH:
    case IPADDR_MISMATCH:
        return TlsFailure::wrong_name;
    case ASN_NO_SIGNER_E:
    case ASN_SELF_SIGNED_E:
    case openssl_no_issuer:
    case openssl_no_issuer_of_leaf:
    case openssl_self_signed:
    case openssl_self_signed_above:
        return issued_by_itself ? TlsFailure::self_signed : TlsFailure::unknown_issuer;
    default:
        return TlsFailure::bad_certificate;
    }
}

/// Requires: 4 or 16 bytes.
std::string ip_text(const unsigned char* bytes, int size) {
    char text[INET6_ADDRSTRLEN] = "";
    inet_ntop(size == 4 ? AF_INET : AF_INET6, bytes, text, sizeof text);
    return text;
}

std::vector<std::string> names_of(WOLFSSL_X509* certificate, size_t count_max) {
    std::vector<std::string> names;
    auto* list = static_cast<WOLFSSL_STACK*>(
        wolfSSL_X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
    int count = list != nullptr ? wolfSSL_sk_num(list) : 0;
    for (int i = 0; i < count && names.size() < count_max; ++i) {
        const auto* name = static_cast<WOLFSSL_GENERAL_NAME*>(wolfSSL_sk_value(list, i));
        if (name == nullptr || (name->type != name_is_dns && name->type != name_is_ip)) {
            continue;
        }
        const unsigned char* bytes = wolfSSL_ASN1_STRING_get0_data(name->d.ia5);
        int size = wolfSSL_ASN1_STRING_length(name->d.ia5);
        if (name->type == name_is_ip && size != 4 && size != 16) {
            continue;
        }
        names.push_back(
            name->type == name_is_dns
                ? std::string(reinterpret_cast<const char*>(bytes), static_cast<size_t>(size))
                : ip_text(bytes, size));
    }
    if (list != nullptr) {
        wolfSSL_sk_GENERAL_NAME_pop_free(list, wolfSSL_GENERAL_NAME_free);
    }
    return names;
}

bool issued_by_itself(WOLFSSL_X509* certificate) {
    return name_text(wolfSSL_X509_get_subject_name(certificate)) ==
           name_text(wolfSSL_X509_get_issuer_name(certificate));
}

WOLFSSL_X509* parse_der(const unsigned char* der, int size) {
    return wolfSSL_X509_load_certificate_buffer(der, size, WOLFSSL_FILETYPE_ASN1);
}

} // namespace

/// The library's question about each certificate of a chain. Remembers what was wrong and agrees
/// with the library.
template <class Store>
int TlsContext::on_verify(int good, Store* store) {
    if (good != 0) {
        return good;
    }
    auto& context = *static_cast<TlsContext*>(store->userCtx);
    int depth = std::clamp(store->error_depth, 0, std::max(store->totalCerts - 1, 0));
    WOLFSSL_X509* certificate =
        store->totalCerts > 0
            ? parse_der(store->certs[depth].buffer, static_cast<int>(store->certs[depth].length))
            : nullptr;
    TlsFailure failure =
        failure_of(store->error, certificate != nullptr && issued_by_itself(certificate));
    context.wire_.bad_certificate = static_cast<int>(failure);
    if (certificate != nullptr) {
        context.note_certificate({.failure = failure,
                                  .depth = static_cast<unsigned>(depth),
                                  .chain_size = static_cast<unsigned>(store->totalCerts)},
                                 certificate);
        wolfSSL_X509_free(certificate);
    }
    return good;
}

template int TlsContext::on_verify(int, WOLFSSL_X509_STORE_CTX*);

/// Whether the certificate names the address that stands in the URL, where it is one: the library
/// only compares names (5.5.4, also with X509_VERIFY_PARAM_set1_ip_asc). A session that is resumed
/// was checked when it was made.
bool TlsContext::is_for_address(WOLFSSL* ssl) {
    bool matters = options_.role == TlsRole::client && options_.tls.verify && host_is_ip_;
    if (!matters || wolfSSL_session_reused(ssl) != 0) {
        return true;
    }
    WOLFSSL_X509* certificate = wolfSSL_get_peer_certificate(ssl);
    if (certificate == nullptr) {
        wire_.bad_certificate = static_cast<int>(TlsFailure::no_certificate);
        return false;
    }
    char address[16];
    bool v4 = inet_pton(AF_INET, options_.name().c_str(), address) == 1;
    if (!v4) {
        inet_pton(AF_INET6, options_.name().c_str(), address);
    }
    std::string wanted = ip_text(reinterpret_cast<unsigned char*>(address), v4 ? 4 : 16);
    bool found = std::ranges::count(names_of(certificate, SIZE_MAX), wanted) > 0;
    if (!found) {
        wire_.bad_certificate = static_cast<int>(TlsFailure::wrong_name);
        note_certificate({.failure = TlsFailure::wrong_name, .chain_size = 1}, certificate);
    }
    wolfSSL_X509_free(certificate);
    return found;
}

/// Keeps the first of each class.
void TlsContext::note_certificate(TlsFailureFacts facts, WOLFSSL_X509* certificate) {
    auto known = std::ranges::find(report_.failures, facts.failure, &TlsFailureFacts::failure);
    if (known != report_.failures.end()) {
        return;
    }
    facts.subject = name_text(wolfSSL_X509_get_subject_name(certificate));
    facts.issuer = name_text(wolfSSL_X509_get_issuer_name(certificate));
    facts.not_before = time_text(wolfSSL_X509_get_notBefore(certificate));
    facts.not_after = time_text(wolfSSL_X509_get_notAfter(certificate));
    facts.names = names_of(certificate, names_max);
    report_.failures.push_back(std::move(facts));
}

} // namespace ringblast
