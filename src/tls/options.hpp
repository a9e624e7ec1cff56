// What TLS is to be, as one thread's context takes it. Plain data: made by the coordinator, copied
// or shared by the threads, which never change it.
#pragma once

#include "ringblast/error.hpp"
#include "ringblast/profile.hpp"

#include <memory>
#include <string>

namespace ringblast {

enum class TlsRole : uint8_t { client, server };

/// A certificate and its key, as DER.
struct TlsIdentity {
    std::string certificate;
    std::string key;
};

/// Makes a key on P-256 and a certificate signed by itself, valid for 30 days: for localhost,
/// 127.0.0.1, ::1 and `host`, a name or an address.
Expected<TlsIdentity> make_tls_identity(const std::string& host);

/// The certificate as PEM, for who wants to trust it.
std::string certificate_pem(const TlsIdentity& identity);

struct TlsOptions {
    TlsRole role = TlsRole::client;
    Tls tls;          ///< what the user said
    std::string host; ///< client: of the URL, without brackets; sent as SNI and checked, unless
                      ///< tls.sni says otherwise
    std::shared_ptr<const TlsIdentity> identity; ///< server: instead of the files in `tls`
    std::string ticket_secret; ///< server: makes the tickets of all threads good on each; any text
    std::string ciphers;       ///< instead of our order; wolfSSL's names with colons

    /// The name that is sent and checked.
    const std::string& name() const { return tls.sni.empty() ? host : tls.sni; }
};

} // namespace ringblast
