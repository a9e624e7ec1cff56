#include "target/routes.hpp"

#include <doctest/doctest.h>

using namespace ringblast;

TEST_CASE("a request line leads to its action") {
    struct Row {
        const char* what;
        const char* target;
        ActionKind kind;
        uint16_t status = 200;
        uint64_t size = 0;
        int64_t time_ns = 0;
    };
    const Row rows[] = {
        {"the root", "/", ActionKind::text},
        {"the root with a query", "/?a=1", ActionKind::text},
        {"an absolute URL", "http://127.0.0.1:80/bytes/7?x", ActionKind::bytes, 200, 7},
        {"an absolute URL without a path", "http://host", ActionKind::text},
        {"health", "/health", ActionKind::text},
        {"no bytes", "/bytes/0", ActionKind::bytes},
        {"the most bytes", "/bytes/1073741824", ActionKind::bytes, 200, 1073741824},
        {"too many bytes", "/bytes/1073741825", ActionKind::text, 400},
        {"negative bytes", "/bytes/-1", ActionKind::text, 400},
        {"no number", "/bytes/", ActionKind::text, 400},
        {"a number and more", "/bytes/1x", ActionKind::text, 400},
        {"a number that overflows", "/bytes/99999999999999999999", ActionKind::text, 400},
        {"chunks", "/chunked/5", ActionKind::chunked, 200, 5},
        {"a delay", "/delay/20", ActionKind::delay, 200, 0, 20'000'000},
        {"a delay in parts of a millisecond", "/delay/0.5", ActionKind::delay, 200, 0, 500'000},
        {"a negative delay", "/delay/-1", ActionKind::text, 400},
        {"a delay that is no number", "/delay/nan", ActionKind::text, 400},
        {"a delay over an hour", "/delay/3600001", ActionKind::text, 400},
        {"a status", "/status/503", ActionKind::text, 503},
        {"an interim status", "/status/101", ActionKind::text, 400},
        {"a status that is none", "/status/600", ActionKind::text, 400},
        {"redirects", "/redirect/2", ActionKind::redirect, 302, 2},
        {"the end of redirects", "/redirect/0", ActionKind::redirect, 200, 0},
        {"echo", "/echo", ActionKind::echo},
        {"a queue", "/queue", ActionKind::queue},
        {"a queue that only pauses", "/queue?pause_ms=9&every_ms=9", ActionKind::text, 400},
        {"a queue with a bad parameter", "/queue?slower=-1", ActionKind::text, 400},
        {"a leak", "/leak", ActionKind::leak, 200, 10'240},
        {"a leak of half a KiB", "/leak?kib=0.5", ActionKind::leak, 200, 512},
        {"a leak that is too large", "/leak?kib=1025", ActionKind::text, 400},
        {"a queue without workers", "/queue?workers=0", ActionKind::text, 400},
        {"a pause", "/pause?ms=30", ActionKind::pause, 200, 0, 30'000'000},
        {"me", "/me", ActionKind::me},
        {"metrics", "/metrics", ActionKind::metrics},
        {"a stall for ever", "/fault/stall", ActionKind::stall},
        {"a stall that ends", "/fault/stall?ms=3", ActionKind::stall, 200, 0, 3'000'000},
        {"a drip", "/fault/slow-drip", ActionKind::slow_drip, 200, 0, 10'000'000},
        {"a reset", "/fault/reset", ActionKind::reset},
        {"a cut", "/fault/truncate", ActionKind::truncate},
        {"garbage", "/fault/garbage", ActionKind::garbage},
        {"no such fault", "/fault/other", ActionKind::text, 404},
        {"an echo of messages", "/ws/echo?x=1", ActionKind::ws_echo},
        {"a broadcast", "/ws/broadcast", ActionKind::ws_broadcast},
        {"no such WebSocket", "/ws/other", ActionKind::text, 404},
        {"no such route", "/other", ActionKind::text, 404},
        {"no such route with two parts", "/other/1", ActionKind::text, 404},
        {"an asterisk", "*", ActionKind::text, 404},
        {"an empty target", "", ActionKind::text, 404},
    };
    for (const Row& row : rows) {
        CAPTURE(row.what);
        Action action = route("GET", row.target);
        CHECK(action.kind == row.kind);
        CHECK(action.status == row.status);
        CHECK(action.size == row.size);
        CHECK(action.time_ns == row.time_ns);
    }
}

TEST_CASE("rates and workers come from the query") {
    CHECK(route("GET", "/flaky").rate == 0.1);
    CHECK(route("GET", "/flaky?rate=0.25").rate == 0.25);
    CHECK(route("GET", "/flaky?rate=1.5").status == 400);
    CHECK(route("GET", "/ratelimit?rps=50").rate == 50);
    CHECK(route("GET", "/ratelimit?rps=0").status == 400);
    CHECK(route("GET", "/ratelimit?rps=50&burst=7").burst == 7);
    CHECK(route("GET", "/ratelimit?burst=-1").status == 400);
    CHECK(route("GET", "/queue?xworkers=3").queue ==
          FifoQueue::Shape{.workers = 4, .service_ns = 5'000'000});
    CHECK(route("GET", "/queue?service_ms=0.25&workers=3&limit=9&slower=0.5&random=1").queue ==
          FifoQueue::Shape{.workers = 3,
                           .service_ns = 250'000,
                           .waiting_max = 9,
                           .slower = 0.5,
                           .random = true});
    CHECK(route("GET", "/queue?pause_ms=150").queue ==
          FifoQueue::Shape{.workers = 4,
                           .service_ns = 5'000'000,
                           .pause_ns = 150'000'000,
                           .pause_every_ns = 2'000'000'000});
}

TEST_CASE("a login must be posted") {
    CHECK(route("POST", "/login").kind == ActionKind::login);
    CHECK(route("GET", "/login").status == 405);
}

TEST_CASE("only answers without memory or time are repeatable") {
    for (const char* target :
         {"/", "/json", "/bytes/9", "/chunked/9", "/status/404", "/redirect/1", "/nothing"}) {
        CAPTURE(target);
        CHECK(route("GET", target).repeatable());
    }
    for (const char* target : {"/delay/1", "/echo", "/flaky", "/ratelimit", "/queue", "/leak", "/me",
                               "/metrics", "/pause", "/fault/reset", "/fault/truncate",
                               "/fault/garbage", "/fault/stall", "/fault/slow-drip"}) {
        CAPTURE(target);
        CHECK_FALSE(route("GET", target).repeatable());
    }
}
