// Follows one response after the other on a connection, whatever way its bytes are cut: head
// (through the head cache's fast path or the strict parser), interim 1xx, body by its framing,
// trailers. No I/O; the state of a connection is the 40 bytes of ResponseReader, and a block of the
// HeadPool while a head is unfinished.
#pragma once

#include "base/check.hpp"
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

    ResponseReader() {}

    /// Gets ready for the next response. `head_request`: its request was HEAD. Requires: no
    /// unfinished head (abandon() it first).
    void start(bool head_request) {
        CHECK(phase_ != Phase::unfinished_head);
        body_size_ = 0;
        head_size_ = 0;
        status_ = 0;
        phase_ = Phase::fresh;
        head_request_ = head_request;
        keep_alive_ = false;
        sets_cookie_ = false;
        retry_after_ = false;
        interims_ = 0;
    }

    /// Reads from `bytes`, at most to the end of the response. After complete or bad call start()
    /// before the next feed(). Never allocates but in `pool` (cold).
    Progress feed(std::string_view bytes, HeadPool& pool, HeadCache& cache) {
        if (phase_ == Phase::fresh && !head_request_) [[likely]] {
            const HeadCache::Entry* known = cache.find_whole(bytes);
            if (known != nullptr) [[likely]] {
                status_ = known->head.status;
                body_size_ = known->total_size - known->size;
                keep_alive_ = true;
                phase_ = Phase::complete;
                return {ParseStatus::complete, static_cast<size_t>(known->total_size)};
            }
        }
        return feed_slowly(bytes, pool, cache);
    }

    /// The connection ended: complete for a body that ends with it, else need_more (truncated).
    ParseStatus finish() const {
        return phase_ == Phase::body_until_close ? ParseStatus::complete : ParseStatus::need_more;
    }

    /// Counts body bytes that were discarded elsewhere (MSG_TRUNC). Requires: size <=
    /// discardable(). Complete when that was the rest.
    ParseStatus skip(uint64_t size);

    /// Bytes of a Content-Length body still to come that nobody needs to see; else 0.
    uint64_t discardable() const { return phase_ == Phase::body_of_length ? left_ : 0; }

    /// Gives a block back to the pool, for a connection that dies in the middle of a head. Then
    /// start() may be called.
    void abandon(HeadPool& pool);

    /// At least one byte since start().
    bool anything_received() const { return phase_ != Phase::fresh; }
    /// Of the final head; 0 before it.
    uint16_t status() const { return status_; }
    /// With complete: the connection may be used again.
    bool keep_alive() const { return keep_alive_; }
    /// The final head has a Set-Cookie field.
    bool sets_cookie() const { return sets_cookie_; }
    /// It is a 503 that says when to come again (Retry-After).
    bool retry_after() const { return retry_after_; }
    /// Payload bytes so far, without chunk framing.
    uint64_t body_size() const { return body_size_; }
    /// With bad: what was wrong, a static text.
    const char* problem() const { return phase_ == Phase::bad ? problem_ : ""; }

private:
    enum class Phase : uint8_t {
        fresh,           ///< nothing received
        head,            ///< between an interim head and the next
        unfinished_head, ///< head_size_ bytes of it are in block_
        body_of_length,
        body_chunked,
        body_until_close,
        complete,
        bad,
    };

    Progress feed_slowly(std::string_view bytes, HeadPool& pool, HeadCache& cache);
    Progress feed_head(std::string_view bytes, HeadPool& pool, HeadCache& cache);
    Progress feed_unfinished_head(std::string_view bytes, HeadPool& pool, HeadCache& cache);
    Progress feed_body(std::string_view bytes);
    bool make_room(HeadPool& pool);
    bool accept(const ResponseHead& head);
    Progress fail(const char* problem);

    union {
        uint64_t left_ = 0;      // with body_of_length
        ChunkedDecoder chunked_; // with body_chunked
    };
    uint64_t body_size_ = 0;
    union {
        char* block_ = nullptr; // with unfinished_head; small up to HeadPool::small_size
        const char* problem_;   // with bad
    };
    uint32_t head_size_ = 0; // bytes of the unfinished head in block_
    uint16_t status_ = 0;
    Phase phase_ = Phase::fresh;
    bool head_request_ : 1 = false;
    bool keep_alive_ : 1 = false;
    bool sets_cookie_ : 1 = false;
    bool retry_after_ : 1 = false;
    uint8_t interims_ : 4 = 0;
};

static_assert(sizeof(ResponseReader) == 40, "part of every connection");

} // namespace ringblast
