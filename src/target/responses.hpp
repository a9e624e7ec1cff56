// The bytes of the target's answers. An answer is rendered text, then perhaps a long stretch of a
// shared static block, then a tail: a gigabyte costs no memory. The body of /bytes/N repeats 64
// characters, so any part of it can be checked by its position.
#pragma once

#include "protocol/request_head.hpp"
#include "target/routes.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace ringblast {

/// How the answer speaks of the connection's future.
enum class Persistence : uint8_t {
    implied,   ///< HTTP/1.1 goes on without saying so
    announced, ///< HTTP/1.0 needs to be told
    ends,
};

/// What an answer depends on beside its action.
struct ReplyContext {
    bool head_only = false; ///< the request was HEAD
    bool http_1_0 = false;
    Persistence persistence = Persistence::implied;
    std::string_view date; ///< from http_date()
};

/// `first`, then `repeated_size` bytes of `repeated` over and over, then `tail`.
struct Reply {
    std::string first;
    std::string_view repeated; ///< static
    uint64_t repeated_size = 0;
    std::string tail;
    bool ends = false;         ///< the connection ends behind it
    int64_t tail_after_ns = 0; ///< a pause before the tail
    int64_t per_byte_ns = 0;   ///< `first` goes byte by byte, this far apart
};

ReplyContext reply_context(const RequestHead& request, std::string_view date);

/// Renders an action that needs nothing but its parameters. Texts of the others too, which are
/// what they answer when all is well.
Reply render_reply(const Action& action, const ReplyContext& context);

/// An answer with a body made on the spot. `fields`: more field lines, each with its CR LF.
struct Text {
    uint16_t status = 200;
    std::string_view content_type = "text/plain";
    std::string_view fields = "";
    std::string_view body = "";
};
Reply render_text(const Text& text, const ReplyContext& context);

/// "Sun, 06 Nov 1994 08:49:37 GMT", 29 characters whatever the locale.
std::string http_date(int64_t unix_s);

/// "Not Found"; "Unknown" for a code without a name.
std::string_view reason_phrase(uint16_t status);

/// 1 MiB of the pattern of all bodies.
std::string_view payload();

/// Bytes in each chunk of /chunked/N but the last.
inline constexpr uint32_t chunk_size = 8192;

} // namespace ringblast
