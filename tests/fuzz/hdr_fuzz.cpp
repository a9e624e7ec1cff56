// HdrHistogram payloads and logs from any bytes: never a crash, and what is read is written and
// read again as the same.
#include "base/check.hpp"
#include "stats/hdr_codec.hpp"
#include "stats/hlog.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

using namespace ringblast;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    std::string_view text(reinterpret_cast<const char*>(data), size);
    Expected<Histogram> histogram = decode_hdr(text);
    if (histogram) {
        std::string encoded = encode_hdr(*histogram);
        Expected<Histogram> again = decode_hdr(encoded);
        CHECK(again && again->count() == histogram->count());
        CHECK(encode_hdr(*again) == encoded);
        CHECK(histogram->percentile(50) <= histogram->max());
    }
    Expected<ParsedHlog> log = parse_hlog(text);
    CHECK(log || log.error().message.starts_with("line "));
    return 0;
}
