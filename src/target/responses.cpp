#include "target/responses.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <fmt/format.h>
#include <iterator>

namespace ringblast {

namespace {

constexpr std::string_view pattern =
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-\n";
static_assert(pattern.size() == 64);

/// Up to here a body is rendered behind its head and goes with it in one send.
constexpr uint64_t rendered_body_size_max = 256 * 1024;
static_assert(rendered_body_size_max % chunk_size == 0 && chunk_size % pattern.size() == 0);

std::string repeated_pattern(size_t size) {
    std::string block;
    block.reserve(size);
    while (block.size() < size) {
        block.append(pattern.substr(0, std::min(pattern.size(), size - block.size())));
    }
    return block;
}

void append_chunk(std::string& out, uint64_t size) {
    fmt::format_to(std::back_inserter(out), "{:x}\r\n", size);
    out.append(payload().substr(0, size)).append("\r\n");
}

/// 128 whole chunks with their framing.
std::string_view chunked_payload() {
    static const std::string block = [] {
        std::string chunks;
        for (int i = 0; i < 128; ++i) {
            append_chunk(chunks, chunk_size);
        }
        return chunks;
    }();
    return block;
}

/// The part of the head before the framing of the body.
std::string start_head(uint16_t status, std::string_view content_type,
                       const ReplyContext& context) {
    std::string_view connection = context.persistence == Persistence::implied ? ""
                                  : context.persistence == Persistence::announced
                                      ? "Connection: keep-alive\r\n"
                                      : "Connection: close\r\n";
    return fmt::format("HTTP/1.1 {} {}\r\nDate: {}\r\n{}Content-Type: {}\r\n", status,
                       reason_phrase(status), context.date, connection, content_type);
}

void append_pattern(std::string& out, uint64_t size) {
    out.append(payload().substr(0, size));
}

Reply render_bytes(const Action& action, const ReplyContext& context) {
    Reply reply{.ends = context.persistence == Persistence::ends};
    reply.first = start_head(200, action.content_type, context);
    fmt::format_to(std::back_inserter(reply.first), "Content-Length: {}\r\n\r\n", action.size);
    if (context.head_only) {
        return reply;
    }
    uint64_t rendered = std::min(action.size, rendered_body_size_max);
    append_pattern(reply.first, rendered);
    reply.repeated = payload();
    reply.repeated_size = action.size - rendered;
    return reply;
}

/// HTTP/1.0 knows no chunks: there the body ends with the connection.
Reply render_until_close(const Action& action, ReplyContext context) {
    context.persistence = Persistence::ends;
    Reply reply{.ends = true};
    reply.first = start_head(200, action.content_type, context) + "\r\n";
    if (!context.head_only) {
        reply.repeated = payload();
        reply.repeated_size = action.size;
    }
    return reply;
}

Reply render_chunked(const Action& action, const ReplyContext& context) {
    if (context.http_1_0) {
        return render_until_close(action, context);
    }
    Reply reply{.ends = context.persistence == Persistence::ends};
    reply.first =
        start_head(200, action.content_type, context) + "Transfer-Encoding: chunked\r\n\r\n";
    if (context.head_only) {
        return reply;
    }
    uint64_t chunks = action.size / chunk_size;
    uint64_t rendered_chunks = std::min(chunks, rendered_body_size_max / chunk_size);
    for (uint64_t i = 0; i < rendered_chunks; ++i) {
        append_chunk(reply.first, chunk_size);
    }
    std::string end;
    if (action.size % chunk_size != 0) {
        append_chunk(end, action.size % chunk_size);
    }
    end += "0\r\n\r\n";
    if (rendered_chunks == chunks) {
        reply.first += end;
        return reply;
    }
    reply.repeated = chunked_payload();
    reply.repeated_size = (chunks - rendered_chunks) * (chunked_payload().size() / 128);
    reply.tail = std::move(end);
    return reply;
}

/// The head promises twice what comes.
Reply render_truncated(const ReplyContext& context) {
    Reply reply{.ends = true};
    reply.first = start_head(200, "text/plain", context) + "Content-Length: 1024\r\n\r\n";
    append_pattern(reply.first, context.head_only ? 0 : 512);
    if (context.head_only) {
        reply.first.resize(reply.first.size() / 2); // a HEAD is only cut within the head
    }
    return reply;
}

Reply render_stall(const Action& action, const ReplyContext& context) {
    Reply reply = render_text({.body = action.body}, context);
    size_t head_size = reply.first.find("\r\n\r\n") + 4;
    reply.tail = reply.first.substr(head_size);
    reply.first.resize(head_size);
    reply.tail_after_ns = action.time_ns;
    return reply;
}

} // namespace

ReplyContext reply_context(const RequestHead& request, std::string_view date) {
    Persistence persistence = !request.keep_alive ? Persistence::ends
                              : request.http_1_0  ? Persistence::announced
                                                  : Persistence::implied;
    return {.head_only = request.method == "HEAD",
            .http_1_0 = request.http_1_0,
            .persistence = persistence,
            .date = date};
}

Reply render_reply(const Action& action, const ReplyContext& context) {
    switch (action.kind) {
    case ActionKind::bytes:
        return render_bytes(action, context);
    case ActionKind::chunked:
        return render_chunked(action, context);
    case ActionKind::truncate:
        return render_truncated(context);
    case ActionKind::garbage:
        return {.first = "\x16\x03garbage \x80\xff\r\n no HTTP at all\r\n\r\n", .ends = true};
    case ActionKind::stall:
        return render_stall(action, context);
    case ActionKind::slow_drip: {
        Reply reply = render_text({.body = action.body}, context);
        reply.per_byte_ns = action.time_ns;
        return reply;
    }
    case ActionKind::redirect:
        if (action.size > 0) {
            std::string location = fmt::format("Location: /redirect/{}\r\n", action.size - 1);
            return render_text({.status = 302, .fields = location}, context);
        }
        [[fallthrough]];
    default:
        return render_text(
            {.status = action.status, .content_type = action.content_type, .body = action.body},
            context);
    }
}

Reply render_text(const Text& text, const ReplyContext& context) {
    Reply reply{.ends = context.persistence == Persistence::ends};
    reply.first = start_head(text.status, text.content_type, context);
    reply.first += text.fields;
    bool bodiless = text.status == 204 || text.status == 304;
    if (!bodiless) { // RFC 9110 § 8.6: a 204 must not have it
        fmt::format_to(std::back_inserter(reply.first), "Content-Length: {}\r\n", text.body.size());
    }
    reply.first += "\r\n";
    if (!context.head_only && !bodiless) {
        reply.first += text.body;
    }
    return reply;
}

std::string http_date(int64_t unix_s) {
    constexpr std::array<const char*, 7> days = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array<const char*, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t seconds = unix_s;
    tm utc{};
    gmtime_r(&seconds, &utc);
    return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", days[utc.tm_wday], utc.tm_mday,
                       months[utc.tm_mon], utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
}

std::string_view reason_phrase(uint16_t status) {
    switch (status) {
    case 200:
        return "OK";
    case 201:
        return "Created";
    case 202:
        return "Accepted";
    case 204:
        return "No Content";
    case 206:
        return "Partial Content";
    case 301:
        return "Moved Permanently";
    case 302:
        return "Found";
    case 304:
        return "Not Modified";
    case 307:
        return "Temporary Redirect";
    case 400:
        return "Bad Request";
    case 401:
        return "Unauthorized";
    case 403:
        return "Forbidden";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 408:
        return "Request Timeout";
    case 413:
        return "Content Too Large";
    case 414:
        return "URI Too Long";
    case 426:
        return "Upgrade Required";
    case 429:
        return "Too Many Requests";
    case 431:
        return "Request Header Fields Too Large";
    case 500:
        return "Internal Server Error";
    case 501:
        return "Not Implemented";
    case 502:
        return "Bad Gateway";
    case 503:
        return "Service Unavailable";
    case 504:
        return "Gateway Timeout";
    case 505:
        return "HTTP Version Not Supported";
    default:
        return "Unknown";
    }
}

std::string_view payload() {
    static const std::string block = repeated_pattern(1 << 20);
    return block;
}

} // namespace ringblast
