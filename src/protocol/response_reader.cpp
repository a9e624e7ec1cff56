#include "protocol/response_reader.hpp"

#include <algorithm>
#include <cstring>
#include <memory>

namespace ringblast {

namespace {

/// More interim responses to one request are taken for an endless stream.
constexpr unsigned interims_max = 15;

} // namespace

ResponseReader::Progress ResponseReader::feed_slowly(std::string_view bytes, HeadPool& pool,
                                                     HeadCache& cache) {
    size_t consumed = 0;
    while (phase_ <= Phase::unfinished_head) {
        std::string_view rest = bytes.substr(consumed);
        Progress progress = phase_ == Phase::unfinished_head
                                ? feed_unfinished_head(rest, pool, cache)
                                : feed_head(rest, pool, cache);
        consumed += progress.consumed;
        if (progress.status != ParseStatus::complete) {
            return {progress.status, consumed};
        }
    }
    // Entered even when no bytes are left: the body may be empty.
    Progress progress = feed_body(bytes.substr(consumed));
    return {progress.status, consumed + progress.consumed};
}

/// A head whose first byte is bytes[0]; complete: accepted, the phase is the next.
ResponseReader::Progress ResponseReader::feed_head(std::string_view bytes, HeadPool& pool,
                                                   HeadCache& cache) {
    if (!head_request_) {
        const HeadCache::Entry* known = cache.find(bytes);
        if (known == nullptr) {
            known = cache.find_with_new_date(bytes);
        }
        if (known != nullptr) {
            accept(known->head);
            return {ParseStatus::complete, known->size};
        }
    }
    ParsedHead parsed = parse_response_head(bytes, head_request_);
    switch (parsed.status) {
    case ParseStatus::complete:
        if (!accept(parsed.head)) {
            return fail(problem_);
        }
        if (!head_request_) {
            cache.install(bytes, parsed.head);
        }
        return {ParseStatus::complete, parsed.head.size};
    case ParseStatus::bad:
        return fail(parsed.problem);
    case ParseStatus::need_more:
        break;
    }
    if (bytes.empty()) {
        return {ParseStatus::need_more, 0};
    }
    head_size_ = 0;
    return feed_unfinished_head(bytes, pool, cache);
}

/// Gathers a head in a block and parses it there, as often as bytes come.
ResponseReader::Progress ResponseReader::feed_unfinished_head(std::string_view bytes,
                                                              HeadPool& pool, HeadCache& cache) {
    size_t consumed = 0;
    while (consumed < bytes.size()) {
        if (!make_room(pool)) {
            return fail("no memory left for unfinished heads");
        }
        uint32_t before = head_size_;
        size_t room =
            (before < HeadPool::small_size ? HeadPool::small_size : head_size_max) - before;
        size_t size = std::min(room, bytes.size() - consumed);
        std::memcpy(block_ + before, bytes.data() + consumed, size);
        head_size_ += static_cast<uint32_t>(size);
        std::string_view head_bytes(block_, head_size_);
        ParsedHead parsed = parse_response_head(head_bytes, head_request_, before);
        if (parsed.status == ParseStatus::need_more) {
            consumed += size;
            continue;
        }
        if (parsed.status == ParseStatus::complete) {
            if (!head_request_) {
                cache.install(head_bytes, parsed.head);
            }
            consumed += parsed.head.size - before;
        }
        abandon(pool);
        if (parsed.status == ParseStatus::bad) {
            return fail(parsed.problem);
        }
        return accept(parsed.head) ? Progress{ParseStatus::complete, consumed} : fail(problem_);
    }
    return {ParseStatus::need_more, consumed};
}

/// Makes sure that the block has room for a byte; false when the pool is exhausted.
bool ResponseReader::make_room(HeadPool& pool) {
    if (phase_ != Phase::unfinished_head) {
        char* block = pool.take_small();
        if (block == nullptr) {
            return false;
        }
        block_ = block;
        head_size_ = 0;
        phase_ = Phase::unfinished_head;
    } else if (head_size_ == HeadPool::small_size) {
        // Exactly full and about to get more: from here on the block is a large one. A block whose
        // head is exactly that long is small still, so ask with head_size_ before the copy.
        char* block = pool.take_large();
        if (block == nullptr) {
            abandon(pool);
            return false;
        }
        std::memcpy(block, block_, head_size_);
        pool.give_small(block_);
        block_ = block;
    }
    return true;
}

void ResponseReader::abandon(HeadPool& pool) {
    if (phase_ != Phase::unfinished_head) {
        return;
    }
    if (head_size_ <= HeadPool::small_size) {
        pool.give_small(block_);
    } else {
        pool.give_large(block_);
    }
    phase_ = Phase::head;
}

/// Enters the phase that follows the head; false with problem_ set when there is none.
bool ResponseReader::accept(const ResponseHead& head) {
    if (head.status < 200) {
        if (head.status == 101) {
            problem_ = "101 Switching Protocols that was not asked for";
            return false;
        }
        if (interims_ == interims_max) {
            problem_ = "too many interim responses";
            return false;
        }
        ++interims_;
        phase_ = Phase::head;
        return true;
    }
    status_ = head.status;
    keep_alive_ = head.keep_alive;
    sets_cookie_ = head.sets_cookie;
    retry_after_ = head.refuses_for_now();
    switch (head.framing) {
    case Framing::none:
        left_ = 0;
        phase_ = Phase::body_of_length;
        break;
    case Framing::length:
        left_ = head.content_length;
        phase_ = Phase::body_of_length;
        break;
    case Framing::chunked:
        std::construct_at(&chunked_);
        phase_ = Phase::body_chunked;
        break;
    case Framing::until_close:
        phase_ = Phase::body_until_close;
        break;
    }
    return true;
}

ResponseReader::Progress ResponseReader::feed_body(std::string_view bytes) {
    CHECK(phase_ < Phase::complete);
    if (phase_ == Phase::body_of_length) {
        uint64_t size = std::min<uint64_t>(left_, bytes.size());
        return {skip(size), static_cast<size_t>(size)};
    }
    if (phase_ == Phase::body_until_close) {
        body_size_ += bytes.size();
        return {ParseStatus::need_more, bytes.size()};
    }
    ChunkedDecoder::Progress progress = chunked_.feed(bytes);
    body_size_ += progress.payload;
    if (progress.status == ParseStatus::bad) {
        return fail(progress.problem);
    }
    if (progress.status == ParseStatus::complete) {
        phase_ = Phase::complete;
    }
    return {progress.status, progress.consumed};
}

ParseStatus ResponseReader::skip(uint64_t size) {
    CHECK(phase_ == Phase::body_of_length && size <= left_);
    left_ -= size;
    body_size_ += size;
    if (left_ > 0) {
        return ParseStatus::need_more;
    }
    phase_ = Phase::complete;
    return ParseStatus::complete;
}

/// Requires: no block is held.
ResponseReader::Progress ResponseReader::fail(const char* problem) {
    phase_ = Phase::bad;
    keep_alive_ = false;
    problem_ = problem;
    return {ParseStatus::bad, 0};
}

} // namespace ringblast
