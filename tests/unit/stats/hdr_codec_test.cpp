// Round trips, bytes worked out by hand from the format, and rubbish.
#include "stats/hdr_codec.hpp"

#include "base/base64.hpp"
#include "base/random.hpp"

#include <doctest/doctest.h>

#include <zlib.h>

using namespace ringblast;

namespace {

std::string unhex(std::string_view digits) {
    std::string bytes;
    int high = -1;
    for (char digit : digits) {
        if (digit == ' ') {
            continue;
        }
        int value = digit <= '9' ? digit - '0' : digit - 'a' + 10;
        if (high < 0) {
            high = value;
        } else {
            bytes += static_cast<char>(high << 4 | value);
            high = -1;
        }
    }
    return bytes;
}

std::string zip(const std::string& plain) {
    std::string zipped(compressBound(plain.size()), '\0');
    uLongf size = zipped.size();
    compress(reinterpret_cast<Bytef*>(zipped.data()), &size,
             reinterpret_cast<const Bytef*>(plain.data()), plain.size());
    zipped.resize(size);
    std::string bytes = unhex("1c849314 0000");
    bytes += static_cast<char>(size >> 8);
    bytes += static_cast<char>(size);
    return bytes + zipped;
}

// digits 3, lowest 1, highest 1 000 000, ratio 1.0
const std::string layout_hex = "00000003 0000000000000001 00000000000f4240 3ff0000000000000 ";

void check_same(const Histogram& decoded, const Histogram& original) {
    CHECK(decoded.layout() == original.layout());
    REQUIRE(decoded.count() == original.count());
    CHECK(decoded.slots_begin() == original.slots_begin());
    CHECK(decoded.slots_end() == original.slots_end());
    for (size_t index = original.slots_begin(); index < original.slots_end(); ++index) {
        REQUIRE(decoded.slot(index) == original.slot(index));
    }
}

} // namespace

TEST_CASE("the encoded bytes are those of the format") {
    struct Row {
        const char* why;
        std::vector<std::pair<int64_t, uint64_t>> samples;
        std::string counts;
    };
    const Row rows[] = {
        {"an empty histogram has its first slot", {}, "00"},
        {"one sample in slot 0", {{0, 1}}, "02"},
        {"a single empty slot is a 0", {{1, 1}}, "00 02"},
        {"two are a run", {{2, 1}}, "03 02"},
        {"runs within, of one and of three", {{0, 1}, {2, 3}, {6, 5}}, "02 00 06 05 0a"},
        {"64 needs two bytes, 63 one", {{0, 64}, {1, 63}}, "8001 7e"},
        {"a long run", {{2000, 1}}, "9f1f 02"},
        {"the largest count takes nine bytes, the ninth with eight bits",
         {{0, INT64_MAX}},
         "fe ff ff ff ff ff ff ff ff"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Histogram histogram({1, 1'000'000, 3});
        for (auto [value, count] : row.samples) {
            histogram.record(value, count);
        }
        std::string counts = unhex(row.counts);
        std::string size = std::string(3, '\0') + static_cast<char>(counts.size());
        std::string expected = unhex("1c849313") + size + unhex("00000000" + layout_hex) + counts;
        CHECK(encode_hdr(histogram) == expected);
        Expected<Histogram> decoded = decode_hdr(expected);
        REQUIRE(decoded);
        check_same(*decoded, histogram);
    }
}

TEST_CASE("all forms decode to what was encoded") {
    Histogram histogram;
    for (uint64_t i = 0; i < 5000; ++i) {
        uint64_t bits = random_bits({.seed = 3}, i);
        histogram.record(static_cast<int64_t>(bits >> (22 + bits % 40)), 1 + (bits & 0xffff));
    }
    for (const Histogram& original : {histogram, Histogram{}}) {
        std::string text = encode_hdr_base64(original);
        CHECK(text.starts_with("HISTFAAA"));
        CHECK(decode_base64(text) == encode_hdr_compressed(original));
        for (const Expected<Histogram>& decoded :
             {decode_hdr(encode_hdr(original)), decode_hdr(encode_hdr_compressed(original)),
              decode_hdr_base64(text)}) {
            REQUIRE(decoded);
            check_same(*decoded, original);
        }
    }
}

TEST_CASE("rubbish is an error with a reason") {
    const std::string cookie = "1c849313 ";
    const std::string tail = layout_hex;
    struct Row {
        const char* reason;
        std::string bytes;
    };
    const Row rows[] = {
        {"only 0 bytes", ""},
        {"only 7 bytes", "1c849313000000"},
        {"less than a header", cookie + "00000001 00000000"},
        {"wrong first bytes", "1c849303 00000001 00000000" + tail + "02"},
        {"negative payload", cookie + "ffffffff 00000000" + tail + "02"},
        {"0 of 1 payload", cookie + "00000001 00000000" + tail},
        {"normalizing offset 5", cookie + "00000001 00000005" + tail + "02"},
        {"0 digits", cookie + "00000001 00000000 00000000" + tail.substr(9) + "02"},
        {"6 digits", cookie + "00000001 00000000 00000006" + tail.substr(9) + "02"},
        {"range: 0 to",
         cookie + "00000001 00000000 00000003 0000000000000000" + tail.substr(26) + "02"},
        {"range: 1 to 1", cookie + "00000001 00000000 00000003 0000000000000001"
                                   "0000000000000001 3ff0000000000000 02"},
        {"range: 1 to -1", cookie + "00000001 00000000 00000003 0000000000000001"
                                    "ffffffffffffffff 3ff0000000000000 02"},
        {"impossible range", cookie + "00000001 00000000 00000003 0010000000000000"
                                      "7fffffffffffffff 3ff0000000000000 02"},
        {"inside a count", cookie + "00000001 00000000" + tail + "80"},
        {"more counts than", cookie + "00000004 00000000" + tail + "ffffff0f"},
        {"more counts than", cookie + "00000009 00000000" + tail + "ffffffffffffffffff"},
        {"overflow 63 bits", cookie + "0000000a 00000000" + tail + "feffffffffffffffff 02"},
        {"0 of 5 compressed", "1c849314 00000005"},
        {"zlib stream is damaged", "1c849314 00000005 0011223344"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.bytes);
        Expected<Histogram> decoded = decode_hdr(unhex(row.bytes));
        REQUIRE_FALSE(decoded);
        CAPTURE(decoded.error().message);
        CHECK(decoded.error().message.find(row.reason) != std::string::npos);
    }
    CHECK_FALSE(decode_hdr_base64("HISTFAAA*"));
    CHECK_FALSE(decode_hdr_base64("HISTFAAAA==="));
}

TEST_CASE("rubbish inside a good zlib stream is refused as well") {
    std::string header = unhex("1c849313 00000002 00000000" + layout_hex);
    CHECK(decode_hdr(zip(header + unhex("0202"))));
    CHECK_FALSE(decode_hdr(zip(header + unhex("02"))));
    CHECK_FALSE(decode_hdr(zip(header.substr(0, 30))));
    CHECK_FALSE(decode_hdr(zip("")));
    std::string too_long = unhex("1c849313 7fffffff 00000000" + layout_hex);
    Expected<Histogram> decoded = decode_hdr(zip(too_long));
    REQUIRE_FALSE(decoded);
    CHECK(decoded.error().message.find("longer than all its slots") != std::string::npos);
}

TEST_CASE("a good payload cut anywhere or with any bit turned never does harm") {
    Histogram histogram;
    for (int64_t value : {1'000L, 2'000'000L, 3'000'000'000L}) {
        histogram.record(value, 1000);
    }
    for (const std::string& whole : {encode_hdr(histogram), encode_hdr_compressed(histogram)}) {
        for (size_t size = 0; size < whole.size(); ++size) {
            CHECK_FALSE(decode_hdr(whole.substr(0, size)));
        }
        for (size_t bit = 0; bit < whole.size() * 8; ++bit) {
            std::string turned = whole;
            turned[bit / 8] = static_cast<char>(turned[bit / 8] ^ 1 << bit % 8);
            Expected<Histogram> decoded = decode_hdr(turned);
            if (decoded) {
                CHECK(decoded->slots_end() <= decoded->layout().slot_count());
            }
        }
    }
}
