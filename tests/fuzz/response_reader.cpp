// The proof that the fast path equals the full parser: a stream of responses read whole without
// cache, against the same stream in pieces with a cache that has seen it and its like. Input: the
// stream, and behind "|" bytes that are written over it, as in head_cache.cpp.
#include "protocol/response_reader.hpp"

#include "fuzz.hpp"

#include <algorithm>
#include <string>
#include <vector>

using namespace ringblast;
using namespace ringblast::fuzz;

namespace {

struct Reading {
    ParseStatus status;
    int code;
    bool keep_alive;
    uint64_t body_size;
    uint64_t consumed;
    bool operator==(const Reading&) const = default;
};

struct Style {
    bool head_request;
    bool cut;
    bool close;
    uint64_t round;
};

/// All responses of a stream, up to the first that is not complete.
std::vector<Reading> read_all(std::string_view bytes, Style style, HeadPool& pool,
                              HeadCache& cache) {
    std::vector<Reading> readings;
    Cuts cuts(bytes, style.round);
    size_t at = 0;
    bool goes_on = true;
    while (goes_on && readings.size() < 64) {
        ResponseReader reader;
        reader.start(style.head_request && readings.size() % 2 == 0);
        ResponseReader::Progress progress{ParseStatus::need_more, 0};
        uint64_t consumed = 0;
        while (at < bytes.size() && progress.status == ParseStatus::need_more) {
            size_t piece = style.cut ? cuts.next(bytes.size() - at) : bytes.size() - at;
            progress = reader.feed(Exact(bytes.substr(at, piece)).view(), pool, cache);
            require(progress.consumed <= piece, "consumed is within the input");
            require(progress.status != ParseStatus::need_more || progress.consumed == piece,
                    "need_more takes all");
            require(reader.anything_received(), "something was received");
            at += progress.consumed;
            consumed += progress.consumed;
            if (style.round == 2 && progress.status == ParseStatus::need_more &&
                reader.discardable() > 0 && at < bytes.size()) {
                uint64_t size = std::min<uint64_t>(reader.discardable(), bytes.size() - at);
                progress.status = reader.skip(size);
                at += size;
                consumed += size;
            }
        }
        if (progress.status == ParseStatus::need_more && style.close) {
            progress.status = reader.finish();
        }
        if (progress.status == ParseStatus::bad) {
            require(reader.problem()[0] != 0, "a problem has a name");
            readings.push_back({ParseStatus::bad, 0, false, 0, 0});
        } else {
            readings.push_back({progress.status, reader.status(),
                                progress.status == ParseStatus::complete && reader.keep_alive(),
                                reader.body_size(), consumed});
        }
        goes_on = progress.status == ParseStatus::complete && at < bytes.size();
        reader.abandon(pool);
    }
    return readings;
}

/// Reads in all ways with a cache that may know the heads.
void check(std::string_view bytes, bool head_request, HeadPool& pool, HeadCache& cache) {
    HeadCache disabled(false);
    for (bool close : {false, true}) {
        std::vector<Reading> expected =
            read_all(bytes, {head_request, false, close, 0}, pool, disabled);
        for (uint64_t round = 0; round < 4; ++round) {
            bool cut = round != 0;
            require(read_all(bytes, {head_request, cut, close, round}, pool, cache) == expected,
                    "neither cuts nor cache change the reading");
        }
    }
    require(pool.blocks_taken() == 0, "every block came back");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    std::string_view bytes(reinterpret_cast<const char*>(data), size);
    static HeadPool pool;
    std::string_view first = bytes.substr(0, bytes.find('|'));
    std::string_view changes = bytes.substr(std::min(first.size() + 1, size));
    HeadCache cache;
    check(first, false, pool, cache);
    check(first, true, pool, cache);
    std::string second(first);
    ParsedHead parsed = parse_response_head(first, false);
    if (parsed.status == ParseStatus::complete && parsed.head.date_offset != 0) {
        std::string_view text = changes.substr(0, 29);
        changes.remove_prefix(text.size());
        second.replace(parsed.head.date_offset, text.size(), text);
        check(second, false, pool, cache);
    }
    for (int count = 0; changes.size() >= 3 && !second.empty() && count < 4; ++count) {
        size_t at = (static_cast<uint8_t>(changes[0]) << 8 | static_cast<uint8_t>(changes[1])) %
                    second.size();
        second[at] = changes[2];
        check(second, false, pool, cache);
        changes.remove_prefix(3);
    }
    return 0;
}
