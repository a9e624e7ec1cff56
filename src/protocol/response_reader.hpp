// Follows one response after the other on a connection, whatever way its bytes are cut: head
// (through the head cache's fast path or the strict parser), interim 1xx, body by its framing,
// trailers. No I/O; the state of a connection is the 40 bytes of ResponseReader, and a block of the
// HeadPool while a head is unfinished.
#pragma once

#include "protocol/chunked.hpp"
#include "protocol/head_cache.hpp"
#include "protocol/head_pool.hpp"
#include "protocol/response_head.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ringblast {

class ResponseReader {
public:
    struct Progress {
        ParseStatus status;
        size_t consumed; ///< bytes of the input that belong to this response
    };

    /// Gets ready for the next response. `head_request`: its request was HEAD.
    void start(bool head_request);
    /// Reads from `bytes`, at most to the end of the response. After complete or bad call start()
    /// before the next feed(). Never allocates but in `pool` (cold).
    Progress feed(std::string_view bytes, HeadPool& pool, HeadCache& cache);
    /// The connection ended: complete for a body that ends with it, else need_more (truncated).
    ParseStatus finish() const;
    /// Counts body bytes that were discarded elsewhere (MSG_TRUNC). Requires: size <=
    /// discardable(). Complete when that was the rest.
    ParseStatus skip(uint64_t size);
    /// Bytes of a Content-Length body still to come that nobody needs to see; else 0.
    uint64_t discardable() const;
    /// Gives a block back to the pool, for a connection that dies in the middle of a head.
    void abandon(HeadPool& pool);

    bool anything_received() const; ///< at least one byte since start()
    uint16_t status() const;        ///< of the final head; 0 before it
    bool keep_alive() const;        ///< with complete: the connection may be used again
    uint64_t body_size() const;     ///< payload bytes so far, without chunk framing
    const char* problem() const;    ///< with bad: what was wrong, a static text
};

} // namespace ringblast
