// How an HTTP/1.1 connection becomes a WebSocket (RFC 6455 § 4): the request, the proof that the
// other end understood it, and the same from the server's side.
//
//     key ──► Sec-WebSocket-Key ──► SHA-1 with a fixed text, base64 ──► Sec-WebSocket-Accept
//
// The request is rendered once; only the 24 characters of the key differ between connections.
#pragma once

#include "base/random.hpp"
#include "protocol/head_pool.hpp"
#include "protocol/request_head.hpp"
#include "protocol/request_template.hpp"
#include "protocol/response_head.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ringblast {

/// 16 random bytes in base64.
using WebSocketKey = std::array<char, 24>;
/// What proves that the key was read.
using WebSocketAccept = std::array<char, 28>;

/// The key of connection number `counter`: so it need not be stored until the answer comes.
WebSocketKey make_websocket_key(RandomKey key, uint64_t counter);
/// Any key of at most 92 characters; 0.7 µs.
WebSocketAccept websocket_accept(std::string_view key);

struct UpgradeTemplate {
    std::string request; ///< with a key that connections replace by theirs
    size_t key_offset = 0;
    std::vector<std::string> subprotocols{}; ///< offered, most wanted first
};

/// The line of the key in a rendered upgrade, up to its value; no value of another header can
/// hold it.
inline constexpr std::string_view key_line_start = "\r\nSec-WebSocket-Key: ";

/// What makes a request an upgrade: headers to go behind the user's, with a key that connections
/// replace, and all subprotocols that are offered. Errors: see render_upgrade().
struct UpgradeHeaders {
    std::vector<Header> headers;
    std::vector<std::string> subprotocols;
};
Expected<UpgradeHeaders> upgrade_headers(const RequestSpec& spec,
                                         std::vector<std::string> subprotocols);

/// The upgrade request for a URL with user's headers. Subprotocols also come from a header
/// Sec-WebSocket-Protocol of the user's. Errors: those of render_request(), another method than
/// GET, a body, a header that belongs to the upgrade, an extension (none is spoken), a subprotocol
/// that is no token or comes twice.
Expected<UpgradeTemplate> render_upgrade(const RequestSpec& spec,
                                         std::vector<std::string> subprotocols = {});

/// Copies the request with `key` to `to`, which has room for it.
void write_upgrade(char* to, const UpgradeTemplate& upgrade, const WebSocketKey& key);

/// What the answer must hold.
struct UpgradeExpectation {
    WebSocketAccept accept;
    const std::vector<std::string>& subprotocols; ///< that were offered
};

/// Reads the answer wherever it is cut. Bytes behind it are frames. 16 bytes, only needed until
/// complete; a head that has not come whole is in a block of the pool.
class UpgradeReader {
public:
    struct Progress {
        /// complete: status() tells whether it is a WebSocket now (101) or a refusal.
        ParseStatus status = ParseStatus::need_more;
        size_t consumed = 0;      ///< bytes of the answer's head
        const char* problem = ""; ///< with bad: a static text
    };

    /// Interim answers (100, 103) are passed over. After complete or bad it is ready for another.
    Progress feed(std::string_view bytes, const UpgradeExpectation& expected, HeadPool& pool);

    /// Of the final head, 0 before it.
    uint16_t status() const { return status_; }
    /// Index of the subprotocol that the server selected, or -1.
    int subprotocol() const { return subprotocol_; }

    /// Gives a block back to the pool, for a connection that is gone.
    void abandon(HeadPool& pool);

private:
    bool keep(std::string_view bytes, HeadPool& pool);
    Progress judge(std::string_view head, size_t consumed, const UpgradeExpectation& expected);

    char* block_ = nullptr; // with head_size_ > 0; small up to HeadPool::small_size
    uint32_t head_size_ = 0;
    uint16_t status_ = 0;
    int8_t subprotocol_ = -1;
    uint8_t interims_ = 0;
};

static_assert(sizeof(UpgradeReader) == 16, "shares its place with a reader of frames");

/// The server's side: whether a request asks for a WebSocket as it should.
struct UpgradeRequest {
    uint16_t status = 101;    ///< else what to answer: 400, 405, 426
    const char* problem = ""; ///< unless 101: a static text
    std::string_view key{};
    std::string_view subprotocol{}; ///< the first one offered
};
UpgradeRequest read_upgrade_request(const RequestHead& request);

/// The head of a 101. `subprotocol` may be empty.
std::string render_upgrade_response(std::string_view key, std::string_view subprotocol);

} // namespace ringblast
