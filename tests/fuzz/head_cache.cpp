// What the head cache says about bytes is what the strict parser says about them. Input: a head,
// and behind "|" bytes that are written over it: pairs of position and byte, then a new Date.
#include "protocol/head_cache.hpp"

#include "fuzz.hpp"

#include <algorithm>
#include <string>

using namespace ringblast;
using namespace ringblast::fuzz;

namespace {

void check(HeadCache& cache, std::string_view bytes) {
    Exact exact(bytes);
    for (bool new_date : {false, true}) {
        const HeadCache::Entry* entry =
            new_date ? cache.find_with_new_date(exact.view()) : cache.find(exact.view());
        if (entry == nullptr) {
            continue;
        }
        ParsedHead parsed = parse_response_head(exact.view(), false);
        require(parsed.status == ParseStatus::complete, "a known head is whole and good");
        require(parsed.head.size == entry->size, "its size");
        require(parsed.head.status == entry->head.status, "its status");
        require(parsed.head.framing == entry->head.framing, "its framing");
        require(parsed.head.content_length == entry->head.content_length, "its length");
        require(parsed.head.keep_alive == entry->head.keep_alive, "its persistence");
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    std::string_view bytes(reinterpret_cast<const char*>(data), size);
    std::string_view first = bytes.substr(0, bytes.find('|'));
    std::string_view changes = bytes.substr(std::min(first.size() + 1, size));
    HeadCache cache;
    ParsedHead parsed = parse_response_head(first, false);
    if (parsed.status != ParseStatus::complete) {
        return 0;
    }
    cache.install(first, parsed.head);
    check(cache, first);
    std::string second(first);
    if (uint32_t date = parsed.head.date_offset; date != 0) {
        std::string_view text = changes.substr(0, 29);
        changes.remove_prefix(text.size());
        second.replace(date, text.size(), text);
        check(cache, second);
    }
    for (; changes.size() >= 3; changes.remove_prefix(3)) {
        size_t at = (static_cast<uint8_t>(changes[0]) << 8 | static_cast<uint8_t>(changes[1])) %
                    second.size();
        second[at] = changes[2];
        check(cache, second);
        check(cache, std::string_view(second).substr(0, at));
    }
    check(cache, first);
    return 0;
}
