#include "target/responses.hpp"

#include "protocol/chunked.hpp"
#include "protocol/response_head.hpp"

#include <doctest/doctest.h>

using namespace ringblast;

namespace {

constexpr std::string_view date = "Sun, 06 Nov 1994 08:49:37 GMT";

std::string whole(const Reply& reply) {
    std::string text = reply.first;
    for (uint64_t left = reply.repeated_size; left > 0;) {
        std::string_view piece = reply.repeated.substr(0, left);
        text += piece;
        left -= piece.size();
    }
    return text + reply.tail;
}

/// The answer to `target` with its head taken off.
struct Rendered {
    Reply reply;
    ParsedHead parsed;
    std::string body;
};
Rendered render(std::string_view target, ReplyContext context = {}) {
    context.date = date;
    Rendered rendered{.reply = render_reply(route("GET", target), context)};
    std::string text = whole(rendered.reply);
    rendered.parsed = parse_response_head(text, context.head_only);
    rendered.body = text.substr(rendered.parsed.head.size);
    return rendered;
}

bool follows_pattern(std::string_view body) {
    for (size_t i = 0; i < body.size(); ++i) {
        if (body[i] != payload()[i % 64]) {
            return false;
        }
    }
    return true;
}

} // namespace

TEST_CASE("the tiny answer, byte for byte") {
    CHECK(whole(render("/").reply) == "HTTP/1.1 200 OK\r\n"
                                      "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                                      "Content-Type: text/plain\r\n"
                                      "Content-Length: 3\r\n"
                                      "\r\n"
                                      "ok\n");
}

TEST_CASE("bytes come in their number and in the pattern, whatever the size") {
    for (uint64_t size : {0, 1, 63, 64, 65, 16384, 262143, 262144, 262145, 1 << 20, 3'000'001}) {
        CAPTURE(size);
        Rendered rendered = render("/bytes/" + std::to_string(size));
        REQUIRE(rendered.parsed.status == ParseStatus::complete);
        CHECK(rendered.parsed.head.framing == Framing::length);
        CHECK(rendered.parsed.head.content_length == size);
        CHECK(rendered.parsed.head.keep_alive);
        CHECK(rendered.body.size() == size);
        CHECK(follows_pattern(rendered.body));
    }
}

TEST_CASE("a gigabyte costs no memory") {
    Reply reply = render("/bytes/7").reply;
    reply = render_reply(route("GET", "/bytes/1073741824"), {.date = date});
    CHECK(reply.first.size() < 300'000);
    CHECK(reply.repeated_size == 1073741824 - 262144);
}

TEST_CASE("chunks decode to the same bytes") {
    for (uint64_t size : {0, 1, 8191, 8192, 8193, 262144, 262145, 1 << 20, 3'000'001}) {
        CAPTURE(size);
        Rendered rendered = render("/chunked/" + std::to_string(size));
        REQUIRE(rendered.parsed.status == ParseStatus::complete);
        CHECK(rendered.parsed.head.framing == Framing::chunked);
        ChunkedDecoder decoder;
        ChunkedDecoder::Progress progress = decoder.feed(rendered.body);
        CHECK(progress.status == ParseStatus::complete);
        CHECK(progress.consumed == rendered.body.size());
        CHECK(progress.payload == size);
    }
}

TEST_CASE("HEAD gets the head of GET and no body") {
    for (const char* target : {"/", "/bytes/500000", "/chunked/500000", "/json", "/redirect/1"}) {
        CAPTURE(target);
        std::string get = whole(render(target).reply);
        std::string head = whole(render(target, {.head_only = true}).reply);
        CHECK(get.starts_with(head));
        CHECK(head.ends_with("\r\n\r\n"));
        CHECK(head.find("\r\n\r\n") == head.size() - 4);
    }
}

TEST_CASE("statuses without a body have neither body nor length") {
    for (const char* target : {"/status/204", "/status/304"}) {
        std::string text = whole(render(target).reply);
        CHECK(text.find("Content-Length") == text.npos);
        CHECK(text.ends_with("\r\n\r\n"));
    }
}

TEST_CASE("the connection's future is told to those who need it") {
    CHECK(whole(render("/").reply).find("Connection:") == std::string::npos);
    CHECK(whole(render("/", {.persistence = Persistence::announced}).reply)
              .find("\r\nConnection: keep-alive\r\n") != std::string::npos);
    Reply last = render("/", {.persistence = Persistence::ends}).reply;
    CHECK(last.ends);
    CHECK(whole(last).find("\r\nConnection: close\r\n") != std::string::npos);
}

TEST_CASE("HTTP/1.0 gets no chunks but a body that ends with the connection") {
    Rendered rendered =
        render("/chunked/300000", {.http_1_0 = true, .persistence = Persistence::announced});
    CHECK(rendered.parsed.head.framing == Framing::until_close);
    CHECK(rendered.reply.ends);
    CHECK(rendered.body.size() == 300'000);
    CHECK(follows_pattern(rendered.body));
}

TEST_CASE("redirects count down to a plain answer") {
    CHECK(whole(render("/redirect/2").reply).find("\r\nLocation: /redirect/1\r\n") !=
          std::string::npos);
    CHECK(render("/redirect/2").parsed.head.status == 302);
    CHECK(render("/redirect/0").parsed.head.status == 200);
}

TEST_CASE("faults look as they should") {
    Rendered cut = render("/fault/truncate");
    CHECK(cut.reply.ends);
    CHECK(cut.parsed.head.content_length == 1024);
    CHECK(cut.body.size() == 512);
    CHECK(render("/fault/garbage").parsed.status == ParseStatus::bad);
    CHECK(render("/fault/garbage").reply.ends);
    Reply stalled = render_reply(route("GET", "/fault/stall?ms=5"), {.date = date});
    CHECK(stalled.first.ends_with("\r\n\r\n"));
    CHECK(stalled.tail == "ok\n");
    CHECK(stalled.tail_after_ns == 5'000'000);
    CHECK(render_reply(route("GET", "/fault/slow-drip"), {.date = date}).per_byte_ns == 10'000'000);
}

TEST_CASE("dates of HTTP") {
    CHECK(http_date(784111777) == date);
    CHECK(http_date(0) == "Thu, 01 Jan 1970 00:00:00 GMT");
    CHECK(http_date(1709164800) == "Thu, 29 Feb 2024 00:00:00 GMT");
}
