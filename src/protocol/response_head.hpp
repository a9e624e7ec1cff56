// The head of an HTTP/1.x response: bytes in, framing out, by RFC 9112. Strict and stateless:
// the truth that the fast path (head_cache.hpp) is compared with. Views and offsets point into
// the caller's bytes; nothing is copied or allocated.
#pragma once

#include <cstdint>
#include <string_view>

namespace ringblast {

/// Heads longer than this are a protocol error.
inline constexpr uint32_t head_size_max = 64 * 1024;

/// How the end of the body is found (RFC 9112 § 6.3).
enum class Framing : uint8_t {
    none,        ///< no body: HEAD, 1xx, 204, 304
    length,      ///< Content-Length
    chunked,     ///< Transfer-Encoding with final chunked
    until_close, ///< ends with the connection
};

struct ResponseHead {
    uint32_t size = 0;   ///< bytes of the head with its final empty line
    uint16_t status = 0; ///< 100..999
    Framing framing = Framing::none;
    bool keep_alive = false;     ///< the connection may be used again after a whole response
    bool sets_cookie = false;    ///< has a Set-Cookie field
    bool retry_after = false;    ///< has a Retry-After field
    uint64_t content_length = 0; ///< with Framing::length
    /// Offset of the 29 characters of the one Date field's value, 0 when there is not exactly
    /// one Date field of exactly that length.
    uint32_t date_offset = 0;

    /// A 503 with Retry-After: a limiter that does not know 429.
    bool refuses_for_now() const { return status == 503 && retry_after; }
};

enum class ParseStatus : uint8_t { complete, need_more, bad };

struct ParsedHead {
    ParseStatus status = ParseStatus::need_more;
    ResponseHead head;        ///< with complete
    const char* problem = ""; ///< with bad: a static text that names the fault
};

/// Parses one response head at the start of `bytes`. `head_request`: the request was HEAD.
/// `scanned`: that many first bytes were seen by an earlier call that said need_more and hold no
/// end of head; only saves time. An early fault ("garbage") is found without waiting for a whole
/// head. 1xx heads are returned like any other, with Framing::none; 101 too: what follows is the
/// caller's business.
ParsedHead parse_response_head(std::string_view bytes, bool head_request, size_t scanned = 0);

} // namespace ringblast
