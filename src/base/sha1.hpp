// SHA-1 (FIPS 180-4), for the one place that still asks for it and where it protects nothing: the
// answer to a WebSocket key (RFC 6455 § 4.2.2).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace ringblast {

/// The digest of `bytes`.
std::array<uint8_t, 20> sha1(std::string_view bytes);

} // namespace ringblast
