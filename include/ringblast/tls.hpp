// How https and wss are spoken, as a person says it: [target.tls] of a profile, the options of the
// command line.
#pragma once

#include <cstdint>
#include <string>

namespace ringblast {

enum class TlsVersion : uint8_t { tls_1_2, tls_1_3 };

/// How https and wss are spoken. Files are PEM.
struct Tls {
    bool verify = true;   ///< the certificate's chain, time and name
    std::string ca;       ///< file of CAs to trust instead of the system's; empty: those
    std::string cert;     ///< own certificate with its chain; empty: none
    std::string key;      ///< of `cert`; empty: in the same file
    std::string sni;      ///< name to send and to check instead of the URL's host
    TlsVersion min = TlsVersion::tls_1_2;
    TlsVersion max = TlsVersion::tls_1_3;
    bool resume = true;   ///< a reopened connection takes up its session
    bool operator==(const Tls&) const = default;
};

} // namespace ringblast
