// A certificate made at the start, so that a target speaks TLS without any file. Its alternative
// names are put together as DER by hand: the library only makes those of requests.
#include "base/base64.hpp"
#include "tls/library.hpp"
#include "tls/options.hpp"
#include "tls/wolfssl.hpp"

#include <arpa/inet.h>
#include <cstring>
#include <fmt/format.h>
#include <wolfssl/wolfcrypt/asn_public.h>
#include <wolfssl/wolfcrypt/ecc.h>
#include <wolfssl/wolfcrypt/random.h>

namespace ringblast {

namespace {

constexpr int days_valid = 30;
constexpr size_t der_max = 4096;

// RFC 5280, GeneralName: the tags of its choices.
constexpr char dns_name = '\x82', ip_address = '\x87';

/// Requires: less than 128 bytes, whose length DER writes in one.
std::string tagged(char tag, std::string_view bytes) {
    std::string der{tag, static_cast<char>(bytes.size())};
    der += bytes;
    return der;
}

std::string general_name(const std::string& host) {
    char address[16];
    if (inet_pton(AF_INET, host.c_str(), address) == 1) {
        return tagged(ip_address, {address, 4});
    }
    if (inet_pton(AF_INET6, host.c_str(), address) == 1) {
        return tagged(ip_address, {address, 16});
    }
    return tagged(dns_name, host.substr(0, 40));
}

std::string alternative_names(const std::string& host) {
    std::string names;
    for (const char* usual : {"localhost", "127.0.0.1", "::1"}) {
        if (host != usual) {
            names += general_name(usual);
        }
    }
    names += general_name(host);
    return tagged('\x30', names);
}

struct Key {
    WC_RNG random{};
    ecc_key key{};
    bool made = false;

    Key() {
        made = wc_InitRng_ex(&random, nullptr, tls_device()) == 0;
        made = made && wc_ecc_init(&key) == 0 && wc_ecc_make_key(&random, 32, &key) == 0;
    }
    ~Key() {
        wc_ecc_free(&key);
        wc_FreeRng(&random);
    }
    Key(const Key&) = delete;
    Key& operator=(const Key&) = delete;
};

} // namespace

Expected<TlsIdentity> make_tls_identity(const std::string& host) {
    open_tls_library();
    Key own;
    auto certificate = std::make_unique<Cert>();
    if (!own.made || wc_InitCert(certificate.get()) != 0) {
        return failure("no key could be made for TLS");
    }
    std::string names = alternative_names(host);
    std::memcpy(certificate->altNames, names.data(), names.size());
    certificate->altNamesSz = static_cast<int>(names.size());
    std::string name = host.substr(0, CTC_NAME_SIZE - 1);
    std::memcpy(certificate->subject.commonName, name.c_str(), name.size() + 1);
    certificate->sigType = CTC_SHA256wECDSA;
    certificate->daysValid = days_valid;
    certificate->selfSigned = 1;
    certificate->isCA = 1; // so that it can be trusted as what it is
    auto der = std::make_unique<unsigned char[]>(der_max);
    int size =
        wc_MakeCert_ex(certificate.get(), der.get(), der_max, ECC_TYPE, &own.key, &own.random);
    if (size > 0) {
        size = wc_SignCert_ex(certificate->bodySz, certificate->sigType, der.get(), der_max,
                              ECC_TYPE, &own.key, &own.random);
    }
    auto key_der = std::make_unique<unsigned char[]>(der_max);
    int key_size = wc_EccKeyToDer(&own.key, key_der.get(), der_max);
    if (size <= 0 || key_size <= 0) {
        return failure(fmt::format(
            "no certificate could be made: {}",
            wolfSSL_ERR_reason_error_string(static_cast<unsigned long>(std::min(size, key_size)))));
    }
    return TlsIdentity{
        .certificate{reinterpret_cast<const char*>(der.get()), static_cast<size_t>(size)},
        .key{reinterpret_cast<const char*>(key_der.get()), static_cast<size_t>(key_size)}};
}

std::string certificate_pem(const TlsIdentity& identity) {
    std::string text = encode_base64(identity.certificate);
    std::string pem = "-----BEGIN CERTIFICATE-----\n";
    for (size_t at = 0; at < text.size(); at += 64) {
        pem += text.substr(at, 64) + "\n";
    }
    return pem + "-----END CERTIFICATE-----\n";
}

} // namespace ringblast
