// The head of an HTTP/1.x request, for the embedded target: bytes in, meaning out, by RFC 9112.
// Stricter than a server must be: what could be read in two ways is refused. Views point into the
// caller's bytes; nothing is copied or allocated.
#pragma once

#include "protocol/response_head.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ringblast {

struct RequestHead {
    uint32_t size = 0;             ///< bytes of the head with its final empty line
    bool keep_alive = false;       ///< the client means to use the connection again
    bool chunked = false;          ///< the body is chunked; else it has content_length bytes
    bool expects_continue = false; ///< waits for 100 Continue before it sends the body
    bool http_1_0 = false;         ///< knows no chunks, and keep-alive only when told
    uint64_t content_length = 0;
    std::string_view method;
    std::string_view target;      ///< as sent: "/path?query", or an absolute URL
    std::string_view field_lines; ///< for find_field() in field_lines.hpp

    /// The target's path without the query, and the query without '?'.
    std::string_view path() const { return target.substr(0, target.find('?')); }
    std::string_view query() const {
        size_t mark = target.find('?');
        return mark == target.npos ? std::string_view() : target.substr(mark + 1);
    }
};

struct ParsedRequest {
    ParseStatus status = ParseStatus::need_more;
    uint16_t error_status = 0; ///< with bad: what to answer, 400, 414, 431, 501 or 505
    const char* problem = "";  ///< with bad: a static text that names the fault
    RequestHead head{};        ///< with complete
};

/// Parses one request head at the start of `bytes`, of at most head_size_max bytes. `scanned`: as
/// for parse_response_head(). A line break before the request line is part of the head, as
/// § 2.2 asks of servers.
ParsedRequest parse_request_head(std::string_view bytes, size_t scanned = 0);

} // namespace ringblast
