#include "protocol/response_reader.hpp"

#include "delivery.hpp"

#include <doctest/doctest.h>
#include <string>

using namespace ringblast;
using namespace ringblast::test;

namespace {

const std::string small =
    "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 5\r\n\r\nhello";

struct Row {
    std::string what;
    std::string bytes;
    Reading expected;
    bool head_request = false;
    bool close = false;
};

Reading complete(int code, uint64_t body_size, uint64_t consumed, bool keep_alive = true) {
    return {ParseStatus::complete, code, body_size, consumed, keep_alive};
}

/// Whole, at every split and byte by byte; with a cache that may know the head and without.
void check_all(const Row& row) {
    CAPTURE(row.what);
    HeadPool pool;
    HeadCache warm;
    HeadCache disabled(false);
    std::string_view bytes = row.bytes;
    for (HeadCache* cache : {&disabled, &warm, &warm}) {
        CHECK(read_response({bytes}, row.head_request, row.close, pool, *cache) == row.expected);
        CHECK(read_response(byte_by_byte(bytes), row.head_request, row.close, pool, *cache) ==
              row.expected);
        for (size_t cut = 0; cut <= bytes.size(); ++cut) {
            CAPTURE(cut);
            CHECK(read_response({bytes.substr(0, cut), bytes.substr(cut)}, row.head_request,
                                row.close, pool, *cache) == row.expected);
        }
    }
    CHECK(pool.blocks_taken() == 0);
}

} // namespace

TEST_CASE("responses in every delivery") {
    const std::string interim = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
    const std::string chunked =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nA: b\r\n\r\n";
    const std::string endless = "HTTP/1.1 200 OK\r\n\r\nto the end";
    const Row rows[] = {
        {"a small one", small, complete(200, 5, small.size())},
        {"the next one's bytes are left alone", small + small, complete(200, 5, small.size())},
        {"an empty body", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP", complete(200, 0, 38)},
        {"no body", "HTTP/1.1 204 No Content\r\n\r\nHTTP", complete(204, 0, 27)},
        {"HEAD", small, complete(200, 0, small.size() - 5), true},
        {"chunked with a trailer", chunked + "HTTP", complete(200, 5, chunked.size())},
        {"interim ones are skipped", interim + interim + small,
         complete(200, 5, 2 * interim.size() + small.size())},
        {"until close", endless, complete(200, 10, endless.size(), false), false, true},
        {"until close, still open",
         endless,
         {ParseStatus::need_more, 200, 10, endless.size(), false}},
        {"nothing", "", {}, false, true},
        {"cut in the head",
         small.substr(0, 40),
         {ParseStatus::need_more, 0, 0, 40, false},
         false,
         true},
        {"cut in the body",
         small.substr(0, small.size() - 1),
         {ParseStatus::need_more, 200, 4, small.size() - 1, false},
         false,
         true},
        {"cut in the trailers",
         chunked.substr(0, chunked.size() - 2),
         {ParseStatus::need_more, 200, 5, chunked.size() - 2, false},
         false,
         true},
        {"only an interim one",
         interim,
         {ParseStatus::need_more, 0, 0, interim.size(), false},
         false,
         true},
        {"101 was not asked for", "HTTP/1.1 101 Switching Protocols\r\n\r\n", {ParseStatus::bad}},
        {"rubbish", "rubbish", {ParseStatus::bad}},
        {"rubbish behind an interim one", interim + "rubbish", {ParseStatus::bad}},
        {"a bad chunk", chunked.substr(0, 47) + "x\r\n", {ParseStatus::bad}},
        {"a bad field", "HTTP/1.1 200 OK\r\nA b\r\n\r\n", {ParseStatus::bad}},
    };
    for (const Row& row : rows) {
        check_all(row);
    }
}

TEST_CASE("pipelined replies follow one another, known or not") {
    HeadPool pool;
    HeadCache cache;
    ResponseReader reader;
    std::string all;
    for (int i = 0; i < 16; ++i) {
        all += small;
    }
    std::string_view rest = all;
    for (int i = 0; i < 16; ++i) {
        reader.start(false);
        CHECK(!reader.anything_received());
        ResponseReader::Progress progress = reader.feed(rest, pool, cache);
        REQUIRE(progress.status == ParseStatus::complete);
        REQUIRE(progress.consumed == small.size());
        CHECK(reader.body_size() == 5);
        rest.remove_prefix(progress.consumed);
    }
    CHECK(cache.hits() == 15);
}

TEST_CASE("a Content-Length body can be discarded elsewhere") {
    HeadPool pool;
    HeadCache cache;
    const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n";
    for (int round = 0; round < 2; ++round) { // parsed, then known
        ResponseReader reader;
        reader.start(false);
        CHECK(reader.discardable() == 0);
        CHECK(reader.feed(head + "0123456789", pool, cache).status == ParseStatus::need_more);
        CHECK(reader.discardable() == 99'990);
        CHECK(reader.skip(90'000) == ParseStatus::need_more);
        CHECK(reader.feed("0123456789", pool, cache).status == ParseStatus::need_more);
        CHECK(reader.discardable() == 9'980);
        CHECK(reader.skip(9'980) == ParseStatus::complete);
        CHECK(reader.discardable() == 0);
        CHECK(reader.body_size() == 100'000);
        CHECK(reader.keep_alive());
    }
}

TEST_CASE("what is not a Content-Length body is never discardable") {
    HeadPool pool;
    HeadCache cache;
    for (const char* bytes : {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n50\r\nab",
                              "HTTP/1.1 200 OK\r\n\r\nab", "HTTP/1.1 200 OK\r\nContent-Le"}) {
        ResponseReader reader;
        reader.start(false);
        CHECK(reader.feed(bytes, pool, cache).status == ParseStatus::need_more);
        CHECK(reader.discardable() == 0);
        CHECK(reader.anything_received());
        reader.abandon(pool);
    }
    CHECK(pool.blocks_taken() == 0);
}

TEST_CASE("a known head is not believed for HEAD") {
    HeadPool pool;
    HeadCache cache;
    std::string_view bytes = small;
    CHECK(read_response({bytes}, false, false, pool, cache).body_size == 5);
    CHECK(read_response({bytes}, true, false, pool, cache).body_size == 0);
    CHECK(read_response({bytes}, true, false, pool, cache).consumed == small.size() - 5);
    CHECK(read_response({bytes}, false, false, pool, cache).body_size == 5);
}

TEST_CASE("heads around the block sizes, in pieces") {
    const std::string start = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nA: ";
    for (size_t size : {4095u, 4096u, 4097u, 8000u, 65'535u, 65'536u, 65'537u}) {
        std::string bytes = start + std::string(size - start.size() - 4, 'a') + "\r\n\r\nok";
        Reading expected =
            size > head_size_max ? Reading{ParseStatus::bad} : complete(200, 2, size + 2);
        for (size_t piece : {size_t(1), size_t(100), size_t(4095), size_t(4096), bytes.size()}) {
            CAPTURE(size);
            CAPTURE(piece);
            std::vector<std::string_view> pieces;
            for (size_t at = 0; at < bytes.size(); at += piece) {
                pieces.push_back(std::string_view(bytes).substr(at, piece));
            }
            HeadPool pool;
            HeadCache cache;
            CHECK(read_response(pieces, false, false, pool, cache) == expected);
            CHECK(pool.blocks_taken() == 0);
        }
    }
}

TEST_CASE("an exhausted pool fails the response, not the program") {
    HeadPool pool(0);
    HeadCache cache;
    ResponseReader reader;
    reader.start(false);
    CHECK(reader.feed("HTTP/1.1 200", pool, cache).status == ParseStatus::bad);
    CHECK(reader.problem() == doctest::String("no memory left for unfinished heads"));
    HeadPool only_small(HeadPool::large_size);
    reader.start(false);
    std::string long_head = "HTTP/1.1 200 OK\r\nA: " + std::string(5000, 'a');
    CHECK(reader.feed(long_head, only_small, cache).status == ParseStatus::bad);
    CHECK(only_small.blocks_taken() == 0);
    CHECK(only_small.exhaustions() == 1);
}

TEST_CASE("interim responses are bounded in number") {
    HeadPool pool;
    HeadCache cache;
    std::string interim = "HTTP/1.1 100 Continue\r\n\r\n";
    std::string bytes;
    for (int i = 0; i < 15; ++i) {
        bytes += interim;
    }
    CHECK(read_response({bytes + small}, false, false, pool, cache).status ==
          ParseStatus::complete);
    CHECK(read_response({bytes + interim + small}, false, false, pool, cache).status ==
          ParseStatus::bad);
}

TEST_CASE("problems are named") {
    HeadPool pool;
    HeadCache cache;
    ResponseReader reader;
    reader.start(false);
    CHECK(reader.feed("SSH-2.0", pool, cache).status == ParseStatus::bad);
    CHECK(reader.problem() == doctest::String("not an HTTP response"));
    CHECK(!reader.keep_alive());
    reader.start(false);
    CHECK(reader.problem() == doctest::String(""));
}
