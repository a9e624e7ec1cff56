#include "target/output_arena.hpp"
#include "target/reply_cache.hpp"

#include <doctest/doctest.h>

using namespace ringblast;

namespace {

constexpr std::string_view get_slash = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
constexpr std::string_view date_1 = "Thu, 01 Jan 1970 00:00:01 GMT";
constexpr std::string_view date_2 = "Thu, 01 Jan 1970 00:00:02 GMT";

} // namespace

TEST_CASE("a request that came before is found, with or without more behind it") {
    ReplyCache cache;
    CHECK(cache.find(get_slash, 1, date_1) == nullptr);
    cache.store(get_slash, route("GET", "/"), {.date = date_1}, 1);
    std::string two = std::string(get_slash) + "GET /other";
    for (std::string_view bytes : {get_slash, std::string_view(two)}) {
        const ReplyCache::Entry* entry = cache.find(bytes, 1, date_1);
        REQUIRE(entry != nullptr);
        CHECK(entry->request_size == get_slash.size());
        std::string reply = render_reply(route("GET", "/"), {.date = date_1}).first;
        CHECK(entry->reply_size == reply.size());
        CHECK(entry->block.size() == 64 * reply.size());
        CHECK(entry->block.substr(63 * reply.size()) == reply);
    }
}

TEST_CASE("a request that differs anywhere or is cut is not found") {
    ReplyCache cache;
    cache.store(get_slash, route("GET", "/"), {.date = date_1}, 1);
    for (size_t i = 0; i < get_slash.size(); ++i) {
        std::string changed(get_slash);
        changed[i] ^= 1;
        CHECK(cache.find(changed, 1, date_1) == nullptr);
        CHECK(cache.find(get_slash.substr(0, i), 1, date_1) == nullptr);
    }
}

TEST_CASE("the date is renewed when its second is over, and old bytes stay a turn") {
    ReplyCache cache;
    cache.store(get_slash, route("GET", "/"), {.date = date_1}, 1);
    cache.start_turn();
    std::string_view old = cache.find(get_slash, 1, date_1)->block;
    const ReplyCache::Entry* entry = cache.find(get_slash, 2, date_2);
    CHECK(entry->block.find(date_2) != std::string::npos);
    CHECK(entry->block.find(date_1) == std::string::npos);
    cache.start_turn();
    CHECK(old.find(date_1) != old.npos); // under the address sanitizer: still there
}

TEST_CASE("what may differ the next time, ends the connection or is huge is not kept") {
    ReplyCache cache;
    cache.store(get_slash, route("GET", "/flaky"), {.date = date_1}, 1);
    CHECK(cache.find(get_slash, 1, date_1) == nullptr);
    cache.store(get_slash, route("GET", "/"), {.persistence = Persistence::ends, .date = date_1},
                1);
    CHECK(cache.find(get_slash, 1, date_1) == nullptr);
    cache.store(get_slash, route("GET", "/bytes/1000000"), {.date = date_1}, 1);
    CHECK(cache.find(get_slash, 1, date_1) == nullptr);
}

TEST_CASE("many different requests push each other out and stay right") {
    ReplyCache cache;
    for (int round = 0; round < 2; ++round) {
        for (int i = 0; i < 200; ++i) {
            std::string target = "/bytes/" + std::to_string(i);
            std::string head = "GET " + target + " HTTP/1.1\r\nHost: x\r\n\r\n";
            if (cache.find(head, 1, date_1) == nullptr) {
                cache.store(head, route("GET", target), {.date = date_1}, 1);
            }
            const ReplyCache::Entry* entry = cache.find(head, 1, date_1);
            REQUIRE(entry != nullptr);
            CHECK(entry->action.size == static_cast<uint64_t>(i));
        }
        cache.start_turn();
    }
}

TEST_CASE("the arena joins what comes piece by piece and what lies elsewhere") {
    OutputArena arena;
    std::string_view first = arena.join({}, "abc");
    std::string_view longer = arena.join(first, "def");
    CHECK(longer == "abcdef");
    CHECK(longer.data() == first.data()); // extended in place
    std::string_view between = arena.join({}, "xyz");
    std::string_view moved = arena.join(longer, "ghi");
    CHECK(moved == "abcdefghi");
    CHECK(between == "xyz");
    CHECK(arena.join("static ", "text") == "static text");
}

TEST_CASE("the arena grows by blocks, keeps its views and is used again") {
    OutputArena arena;
    std::string big(200'000, 'a');
    std::string bigger(700'000, 'b');
    std::string_view one = arena.join({}, big);
    std::string_view two = arena.join({}, big);
    std::string_view three = arena.join({}, bigger);
    std::string_view joined = arena.join(three, big);
    CHECK(one == big);
    CHECK(two == big);
    CHECK(joined == bigger + big);
    arena.reset();
    CHECK(arena.join({}, "again").data() == one.data());
}
