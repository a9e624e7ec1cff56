#include "protocol/head_cache.hpp"

#include "guarded.hpp"

#include <doctest/doctest.h>
#include <string>

using namespace ringblast;
using namespace ringblast::test;

namespace {

std::string head_with(const std::string& fields) {
    return "HTTP/1.1 200 OK\r\n" + fields + "\r\n";
}

std::string dated(const std::string& date) {
    return head_with("Date: " + date + "\r\nContent-Length: 5\r\n");
}

ResponseHead parsed(const std::string& bytes) {
    ParsedHead result = parse_response_head(bytes, false);
    REQUIRE(result.status == ParseStatus::complete);
    return result.head;
}

void install(HeadCache& cache, const std::string& bytes) {
    cache.install(bytes, parsed(bytes));
}

} // namespace

TEST_CASE("an equal head is known, with what follows it or without") {
    HeadCache cache;
    GuardedBytes guarded;
    std::string bytes = dated("Sun, 06 Nov 1994 08:49:37 GMT");
    CHECK(cache.find(guarded.put(bytes)) == nullptr);
    install(cache, bytes);
    const HeadCache::Entry* entry = cache.find(guarded.put(bytes + "hello"));
    REQUIRE(entry != nullptr);
    CHECK(entry->size == bytes.size());
    CHECK(entry->total_size == bytes.size() + 5);
    CHECK(cache.find(guarded.put(bytes)) == entry);
    CHECK(cache.hits() == 2);
    for (size_t size = 0; size < bytes.size(); ++size) {
        CHECK(cache.find(guarded.put(bytes.substr(0, size))) == nullptr);
        CHECK(cache.find_with_new_date(guarded.put(bytes.substr(0, size))) == nullptr);
    }
}

TEST_CASE("any changed byte outside of the Date is another head") {
    HeadCache cache;
    std::string bytes = dated("Sun, 06 Nov 1994 08:49:37 GMT");
    install(cache, bytes);
    size_t date = parsed(bytes).date_offset;
    for (size_t i = 0; i < bytes.size(); ++i) {
        std::string changed = bytes;
        changed[i] = changed[i] == '1' ? '2' : '1';
        bool in_date = i >= date && i < date + 29;
        CAPTURE(i);
        CHECK(cache.find(changed) == nullptr);
        CHECK((cache.find_with_new_date(changed) != nullptr) == in_date);
        CHECK((cache.find(changed) != nullptr) == in_date); // renewed
    }
}

TEST_CASE("a new Date must be visible ASCII") {
    for (int c = 0; c < 256; ++c) {
        for (size_t i : {0u, 13u, 28u}) {
            HeadCache cache;
            install(cache, dated("Sun, 06 Nov 1994 08:49:37 GMT"));
            std::string date = "Mon, 07 Nov 1994 08:49:38 GMT";
            date[i] = static_cast<char>(c);
            CAPTURE(c);
            CHECK((cache.find_with_new_date(dated(date)) != nullptr) == (c >= 0x20 && c < 0x7f));
        }
    }
    HeadCache cache;
    install(cache, dated("Sun, 06 Nov 1994 08:49:37 GMT"));
    CHECK(cache.find_with_new_date(dated("Sun\r\nContent-Length: 7\r\nA: 37")) == nullptr);
}

TEST_CASE("two heads that alternate are both known, a third replaces the older") {
    HeadCache cache;
    std::string first = head_with("Content-Length: 1\r\n");
    std::string second = head_with("Content-Length: 22\r\n");
    std::string third = head_with("Content-Length: 333\r\n");
    install(cache, first);
    install(cache, second);
    CHECK(cache.find(first)->head.content_length == 1);
    CHECK(cache.find(second)->head.content_length == 22);
    install(cache, third);
    CHECK(cache.find(first) == nullptr);
    CHECK(cache.find(second) != nullptr);
    CHECK(cache.find(third) != nullptr);
}

TEST_CASE("only final heads of connections that go on are kept") {
    struct Row {
        std::string what;
        std::string bytes;
        bool kept;
    };
    const Row rows[] = {
        {"Content-Length", head_with("Content-Length: 5\r\n"), true},
        {"chunked", head_with("Transfer-Encoding: chunked\r\n"), true},
        {"204", "HTTP/1.1 204 No Content\r\n\r\n", true},
        {"interim", "HTTP/1.1 103 Early Hints\r\n\r\n", false},
        {"close", head_with("Content-Length: 5\r\nConnection: close\r\n"), false},
        {"until close", head_with(""), false},
        {"200 with Retry-After", head_with("Content-Length: 5\r\nRetry-After: 1\r\n"), true},
        {"503 with Retry-After, which is counted",
         "HTTP/1.1 503 No\r\nContent-Length: 5\r\nretry-after: 1\r\n\r\n", false},
        {"the longest",
         head_with("Content-Length: 5\r\nA: " + std::string(HeadCache::kept_size_max - 43, 'a') +
                   "\r\n"),
         true},
        {"too long",
         head_with("Content-Length: 5\r\nA: " + std::string(HeadCache::kept_size_max - 42, 'a') +
                   "\r\n"),
         false},
    };
    for (const Row& row : rows) {
        CAPTURE(row.what);
        HeadCache cache;
        install(cache, row.bytes);
        CHECK((cache.find(row.bytes) != nullptr) == row.kept);
        HeadCache disabled(false);
        install(disabled, row.bytes);
        CHECK(disabled.find(row.bytes) == nullptr);
    }
}

TEST_CASE("heads that always change let the cache rest, and it wakes again") {
    HeadCache cache;
    std::string same = head_with("Content-Length: 5\r\n");
    for (int id = 0; id < 255; ++id) {
        install(cache, head_with("Content-Length: 5\r\nId: " + std::to_string(id) + "\r\n"));
    }
    install(cache, same);
    CHECK(cache.find(same) == nullptr);
    ResponseHead head = parsed(same);
    for (int i = 0; i < 65'536; ++i) {
        cache.install(same, head);
    }
    CHECK(cache.find(same) == nullptr);
    cache.install(same, head);
    CHECK(cache.find(same) != nullptr);
}

TEST_CASE("a cache that is hit between changes does not rest") {
    HeadCache cache;
    std::string same = head_with("Content-Length: 5\r\n");
    for (int i = 0; i < 1000; ++i) {
        install(cache, same);
        REQUIRE(cache.find(same) != nullptr);
    }
}
