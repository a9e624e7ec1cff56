#include "tls/context.hpp"

#include "base/check.hpp"
#include "tls/library.hpp"
#include "tls/wolfssl.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cstdlib>
#include <cstring>
#include <fmt/format.h>
#include <unistd.h>

namespace ringblast {

namespace {

// Where distributions keep all CAs in one file. The folder of Debian holds each twice, so that
// reading the file is a quarter of the work.
constexpr std::array system_ca_files = {
    "/etc/ssl/certs/ca-certificates.crt", // Debian, Ubuntu, Arch
    "/etc/pki/tls/certs/ca-bundle.crt",   // Fedora
    "/etc/ssl/ca-bundle.pem",             // openSUSE
    "/etc/ssl/cert.pem",                  // Alpine
};

// Without AES instructions ChaCha20 is twice as fast as AES-GCM (measured: 1.6 against 3.2 us a
// small exchange). All of them give forward secrecy.
constexpr const char* chacha_13 = "TLS13-CHACHA20-POLY1305-SHA256";
constexpr const char* aes_13 = "TLS13-AES128-GCM-SHA256:TLS13-AES256-GCM-SHA384";
constexpr const char* chacha_12 = "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr const char* aes_12 = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
                               "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384";
constexpr const char* last_12 = "DHE-RSA-CHACHA20-POLY1305:DHE-RSA-AES128-GCM-SHA256:"
                                "DHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-SHA256:"
                                "ECDHE-RSA-AES128-SHA256";

std::string ciphers_in_order() {
    return tls_has_aes_instructions()
               ? fmt::format("{}:{}:{}:{}:{}", aes_13, chacha_13, aes_12, chacha_12, last_12)
               : fmt::format("{}:{}:{}:{}:{}", chacha_13, aes_13, chacha_12, aes_12, last_12);
}

constexpr int record_header_size = 5;

// The fastest first: 2.6 times P-256 here.
constexpr std::array curves = {WOLFSSL_ECC_X25519, WOLFSSL_ECC_SECP256R1, WOLFSSL_ECC_SECP384R1,
                               WOLFSSL_ECC_SECP521R1};

bool is_ip(const std::string& host) {
    in6_addr address;
    return inet_pton(AF_INET, host.c_str(), &address) == 1 ||
           inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

int version_number(TlsVersion version) {
    return version == TlsVersion::tls_1_2 ? TLS1_2_VERSION : TLS1_3_VERSION;
}

std::string system_ca_file() {
    if (const char* named = std::getenv("SSL_CERT_FILE"); named != nullptr && *named != '\0') {
        return named; // as OpenSSL and curl have it
    }
    for (const char* path : system_ca_files) {
        if (access(path, R_OK) == 0) {
            return path;
        }
    }
    return "";
}

/// A name of 16 bytes whose last bit the library uses, two keys, and when each is over: never.
void set_ticket_keys(WOLFSSL_CTX* ctx, const std::string& secret) {
    unsigned char keys[WOLFSSL_TICKET_KEYS_SZ];
    std::memset(keys, 0xFF, sizeof keys);
    constexpr size_t times = 2 * sizeof(uint32_t);
    for (size_t i = 0; i < sizeof keys - times; ++i) {
        keys[i] = static_cast<unsigned char>(secret[i % secret.size()]);
    }
    keys[WOLFSSL_TICKET_NAME_SZ - 1] &= 0xFE;
    wolfSSL_CTX_set_tlsext_ticket_keys(ctx, keys, sizeof keys);
}

Error file_error(const char* option, const std::string& path, const char* what) {
    if (access(path.c_str(), R_OK) != 0) {
        return {fmt::format("{} {}: {}", option, path, std::strerror(errno))};
    }
    return {fmt::format("{} {}: {}", option, path, what)};
}

const unsigned char* bytes_of(const std::string& text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

} // namespace

Expected<std::unique_ptr<TlsContext>> TlsContext::create(const TlsOptions& options) {
    open_tls_library();
    std::unique_ptr<TlsContext> context(new TlsContext(options));
    int64_t bytes_before = tls_memory().bytes;
    if (Expected<void> opened = context->open(); !opened) {
        return std::unexpected(opened.error());
    }
    context->report_.context_bytes = tls_memory().bytes - bytes_before;
    return context;
}

TlsContext::~TlsContext() {
    for (WOLFSSL* ssl : spare_) {
        wolfSSL_free(ssl);
    }
    forget_sessions();
    if (ctx_ != nullptr) {
        wolfSSL_CTX_free(ctx_);
    }
    close_tls_thread();
}

Expected<void> TlsContext::open() {
    bool client = options_.role == TlsRole::client;
    ctx_ = wolfSSL_CTX_new(client ? wolfTLS_client_method() : wolfTLS_server_method());
    if (ctx_ == nullptr) {
        return failure("no memory for TLS");
    }
    host_is_ip_ = is_ip(options_.name());
    report_.library = tls_library_name();
    report_.library_has_aes_instructions = tls_has_aes_instructions();
    report_.verified = options_.tls.verify;
    wolfSSL_CTX_SetDevId(ctx_, tls_device());
    wolfSSL_CTX_SetIORecv(ctx_, on_read);
    wolfSSL_CTX_SetIOSend(ctx_, on_write);
    wolfSSL_CTX_set_group_messages(ctx_); // one send for each flight
    wolfSSL_CTX_set_session_cache_mode(ctx_, WOLFSSL_SESS_CACHE_OFF);
    if (Expected<void> set = set_parameters(); !set) {
        return set;
    }
    if (Expected<void> trusted = load_trust(); !trusted) {
        return trusted;
    }
    if (Expected<void> own = load_identity(); !own) {
        return own;
    }
    if (client && options_.tls.resume) {
        wolfSSL_CTX_UseSessionTicket(ctx_);
        saved_.resize(saved_max);
    }
    if (client && !host_is_ip_ && !options_.name().empty()) {
        const std::string& name = options_.name();
        wolfSSL_CTX_UseSNI(ctx_, WOLFSSL_SNI_HOST_NAME, name.data(),
                           static_cast<word16>(name.size()));
    }
    return {};
}

Expected<void> TlsContext::set_parameters() {
    const Tls& tls = options_.tls;
    if (tls.min > tls.max) {
        return failure("--tls-min 1.3 is above --tls-max 1.2");
    }
    CHECK(wolfSSL_CTX_set_min_proto_version(ctx_, version_number(tls.min)) == WOLFSSL_SUCCESS);
    CHECK(wolfSSL_CTX_set_max_proto_version(ctx_, version_number(tls.max)) == WOLFSSL_SUCCESS);
    std::string ciphers = options_.ciphers.empty() ? ciphers_in_order() : options_.ciphers;
    if (wolfSSL_CTX_set_cipher_list(ctx_, ciphers.c_str()) != WOLFSSL_SUCCESS) {
        return failure(fmt::format("no cipher that {} knows in {}", tls_library_name(), ciphers));
    }
    if (options_.role == TlsRole::client) {
        for (int curve : curves) {
            wolfSSL_CTX_UseSupportedCurve(ctx_, static_cast<word16>(curve));
        }
    } else if (!options_.ticket_secret.empty()) {
        set_ticket_keys(ctx_, options_.ticket_secret);
    }
    return {};
}

Expected<void> TlsContext::load_trust() {
    const Tls& tls = options_.tls;
    bool client = options_.role == TlsRole::client;
    if (!client && tls.ca.empty()) {
        wolfSSL_CTX_set_verify(ctx_, WOLFSSL_VERIFY_NONE, nullptr);
        return {};
    }
    if (!tls.verify) {
        wolfSSL_CTX_set_verify(ctx_, WOLFSSL_VERIFY_NONE, nullptr);
        return {};
    }
    int mode =
        client ? WOLFSSL_VERIFY_PEER : WOLFSSL_VERIFY_PEER | WOLFSSL_VERIFY_FAIL_IF_NO_PEER_CERT;
    wolfSSL_CTX_set_verify(ctx_, mode, on_verify<WOLFSSL_X509_STORE_CTX>);
    std::string path = tls.ca.empty() ? system_ca_file() : tls.ca;
    if (path.empty()) {
        return failure("no CA certificates were found on this system: install ca-certificates, "
                       "name a file with --cacert, or use --insecure");
    }
    // The system's list may hold some that are over; such a one in --cacert is the user's word.
    unsigned flags = WOLFSSL_LOAD_FLAG_DATE_ERR_OKAY |
                     (tls.ca.empty() ? unsigned{WOLFSSL_LOAD_FLAG_IGNORE_ERR} : 0u);
    if (wolfSSL_CTX_load_verify_locations_ex(ctx_, path.c_str(), nullptr, flags) !=
        WOLFSSL_SUCCESS) {
        return std::unexpected(
            file_error("--cacert", path, "no certificates in PEM could be read from it"));
    }
    if (!client) {
        wolfSSL_CTX_set_client_CA_list(ctx_, wolfSSL_load_client_CA_file(path.c_str()));
    }
    return {};
}

Expected<void> TlsContext::load_identity() {
    const Tls& tls = options_.tls;
    if (options_.identity != nullptr) {
        const TlsIdentity& own = *options_.identity;
        bool used = wolfSSL_CTX_use_certificate_buffer(ctx_, bytes_of(own.certificate),
                                                       static_cast<long>(own.certificate.size()),
                                                       WOLFSSL_FILETYPE_ASN1) == WOLFSSL_SUCCESS &&
                    wolfSSL_CTX_use_PrivateKey_buffer(ctx_, bytes_of(own.key),
                                                      static_cast<long>(own.key.size()),
                                                      WOLFSSL_FILETYPE_ASN1) == WOLFSSL_SUCCESS;
        return used ? Expected<void>{} : failure("the certificate that was made is not accepted");
    }
    if (tls.cert.empty()) {
        return tls.key.empty() ? Expected<void>{}
                               : failure("--key needs --cert, the certificate it belongs to");
    }
    if (wolfSSL_CTX_use_certificate_chain_file(ctx_, tls.cert.c_str()) != WOLFSSL_SUCCESS) {
        return std::unexpected(
            file_error("--cert", tls.cert, "no certificate in PEM could be read from it"));
    }
    const std::string& key = tls.key.empty() ? tls.cert : tls.key;
    if (wolfSSL_CTX_use_PrivateKey_file(ctx_, key.c_str(), WOLFSSL_FILETYPE_PEM) !=
        WOLFSSL_SUCCESS) {
        return std::unexpected(file_error(
            "--key", key, "no key in PEM could be read from it; one with a password is not"));
    }
    if (wolfSSL_CTX_check_private_key(ctx_) != WOLFSSL_SUCCESS) {
        return failure(fmt::format("--key {} does not belong to --cert {}", key, tls.cert));
    }
    return {};
}

/// The library asks for the head of a record, then for the rest of it.
int TlsContext::on_read(WOLFSSL*, char* bytes, int size, void* context) {
    Wire& wire = static_cast<TlsContext*>(context)->wire_;
    std::string_view& input = wire.input;
    if (input.empty()) {
        wire.between_records = wire.request_met && size == record_header_size;
        return WOLFSSL_CBIO_ERR_WANT_READ;
    }
    size_t taken = std::min(input.size(), static_cast<size_t>(size));
    wire.request_met = taken == static_cast<size_t>(size);
    std::memcpy(bytes, input.data(), taken);
    input.remove_prefix(taken);
    return static_cast<int>(taken);
}

int TlsContext::on_write(WOLFSSL*, char* bytes, int size, void* context) {
    static_cast<TlsContext*>(context)->wire_.output->append({bytes, static_cast<size_t>(size)});
    return size;
}

WOLFSSL* TlsContext::make() {
    WOLFSSL* ssl = wolfSSL_new(ctx_);
    if (ssl == nullptr) {
        return nullptr;
    }
    wolfSSL_SetIOReadCtx(ssl, this);
    wolfSSL_SetIOWriteCtx(ssl, this);
    wolfSSL_SetCertCbCtx(ssl, this);
    if (options_.role == TlsRole::client && options_.tls.verify && !host_is_ip_) {
        wolfSSL_check_domain_name(ssl, options_.name().c_str());
    }
    return ssl;
}

/// An object for a new connection, or null when memory is short.
WOLFSSL* TlsContext::take() {
    WOLFSSL* ssl = nullptr;
    if (spare_.empty()) {
        ssl = make();
    } else {
        ssl = spare_.back();
        spare_.pop_back();
    }
    if (ssl != nullptr) {
        ++open_;
    }
    return ssl;
}

/// Requires: one is about to be given back.
void TlsContext::note_memory() {
    if (open_ > report_.connections_in_use) {
        report_.connections_in_use = open_;
        report_.bytes_in_use = tls_memory().bytes;
    }
}

/// Objects of TLS 1.2 are not used again: in 5.5.4 a cleared one no longer expects the ticket that
/// its next handshake brings.
void TlsContext::give_back(WOLFSSL* ssl, bool reusable) {
    --open_;
    if (reusable && spare_.size() < spare_max && wolfSSL_version(ssl) == TLS1_3_VERSION &&
        wolfSSL_clear(ssl) == WOLFSSL_SUCCESS) {
        spare_.push_back(ssl);
    } else {
        wolfSSL_free(ssl);
    }
}

void TlsContext::count_handshake(WOLFSSL* ssl, SavedSession* offered) {
    bool resumed = wolfSSL_session_reused(ssl) != 0;
    ++(resumed ? report_.handshakes_resumed : report_.handshakes_full);
    if (offered != nullptr && offered->session != nullptr) {
        single_use_ |= !resumed && offered->offered;
        offered->offered = true;
    }
    if (!report_.version.empty() && (!report_.key_exchange.empty() || resumed)) {
        return;
    }
    int suite = wolfSSL_get_current_cipher_suite(ssl);
    const char* cipher = wolfSSL_get_cipher_name_iana_from_suite(
        static_cast<unsigned char>(suite >> 8), static_cast<unsigned char>(suite));
    const char* exchange = wolfSSL_get_curve_name(ssl);
    report_.version = wolfSSL_get_version(ssl);
    report_.cipher = cipher != nullptr ? cipher : "";
    report_.key_exchange = exchange != nullptr ? exchange : "";
}

/// At the end of a connection that has seen a response, before which the tickets come. A session
/// that serves is kept as long as it does: a copy is 40 KiB.
void TlsContext::save_session(WOLFSSL* ssl, uint32_t slot) {
    if (wolfSSL_session_reused(ssl) != 0 && !single_use_) {
        return;
    }
    SavedSession& kept = saved(slot);
    WOLFSSL_SESSION* session = wolfSSL_SESSION_dup(wolfSSL_get_session(ssl));
    if (session != nullptr) {
        wolfSSL_SESSION_free(kept.session);
        kept = {.session = session};
    }
}

/// In TLS 1.2 a server that no longer knows a session ends in an error of the library (5.5.4),
/// which does not expect the full handshake that follows. The next ones are full.
void TlsContext::forget_sessions() {
    for (SavedSession& kept : saved_) {
        wolfSSL_SESSION_free(kept.session);
        kept = {};
    }
}

TlsReport TlsContext::report() const {
    TlsReport report = report_;
    report.memory = tls_memory();
    return report;
}

} // namespace ringblast
