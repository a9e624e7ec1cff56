// Writing follows the Java library to the byte (a single empty slot is a 0, more are a negative
// run); reading checks every number that came from outside before it is used.
#include "stats/hdr_codec.hpp"

#include "base/base64.hpp"
#include "base/check.hpp"

#include <bit>
#include <cstring>
#include <limits>
#include <optional>

#include <zlib.h>

namespace ringblast {

namespace {

constexpr uint32_t cookie_plain = 0x1c849313;
constexpr uint32_t cookie_compressed = 0x1c849314;
constexpr size_t header_size = 40;
constexpr size_t count_size_max = 9;

template <class Word>
void put(std::string& bytes, Word word) {
    for (int shift = sizeof(Word) * 8 - 8; shift >= 0; shift -= 8) {
        bytes += static_cast<char>(word >> shift & 255);
    }
}

void put_count(std::string& bytes, int64_t value) {
    uint64_t zigzag = static_cast<uint64_t>(value) << 1 ^ static_cast<uint64_t>(value >> 63);
    for (size_t i = 1; i < count_size_max && zigzag >= 128; ++i) {
        bytes += static_cast<char>(zigzag | 128);
        zigzag >>= 7;
    }
    bytes += static_cast<char>(zigzag);
}

/// Takes numbers off the front of bytes from outside.
class Reader {
public:
    explicit Reader(std::string_view bytes) : bytes_(bytes) {}

    bool empty() const { return bytes_.empty(); }
    std::string_view rest() const { return bytes_; }

    /// Requires: so many bytes are left.
    template <class Word>
    Word take() {
        Word word = 0;
        for (size_t i = 0; i < sizeof(Word); ++i) {
            word = static_cast<Word>(word << 8) | static_cast<uint8_t>(bytes_[i]);
        }
        bytes_.remove_prefix(sizeof(Word));
        return word;
    }

    /// Nothing when the bytes end inside the number.
    std::optional<int64_t> take_count() {
        uint64_t zigzag = 0;
        for (size_t i = 0; i < count_size_max && i < bytes_.size(); ++i) {
            uint64_t byte = static_cast<uint8_t>(bytes_[i]);
            bool last = i + 1 == count_size_max;
            zigzag |= (last ? byte : byte & 127) << (7 * i);
            if (last || byte < 128) {
                bytes_.remove_prefix(i + 1);
                return static_cast<int64_t>(zigzag >> 1 ^ (0 - (zigzag & 1)));
            }
        }
        return std::nullopt;
    }

private:
    std::string_view bytes_;
};

struct Header {
    size_t payload_size;
    HistogramLayout layout;
};

Expected<Header> parse_header(std::string_view bytes) {
    if (bytes.size() < header_size) {
        return failure("not an HdrHistogram: " + std::to_string(bytes.size()) +
                       " bytes are less than a header");
    }
    Reader reader(bytes);
    if (reader.take<uint32_t>() != cookie_plain) {
        return failure("not an HdrHistogram in V2 encoding: wrong first bytes");
    }
    auto payload_size = static_cast<int32_t>(reader.take<uint32_t>());
    auto offset = static_cast<int32_t>(reader.take<uint32_t>());
    auto digits = static_cast<int32_t>(reader.take<uint32_t>());
    auto lowest = static_cast<int64_t>(reader.take<uint64_t>());
    auto highest = static_cast<int64_t>(reader.take<uint64_t>());
    if (payload_size < 0) {
        return failure("HdrHistogram with a negative payload length");
    }
    if (offset != 0) {
        return failure("HdrHistogram with shifted slots (normalizing offset " +
                       std::to_string(offset) + "), which is not supported");
    }
    if (digits < 1 || digits > 5) {
        return failure("HdrHistogram with " + std::to_string(digits) +
                       " digits; 1 to 5 are supported");
    }
    HistogramLayout layout = {.lowest = lowest, .highest = highest, .digits = digits};
    if (lowest < 1 || highest / 2 < lowest ||
        layout.unit_magnitude() + layout.sub_bucket_magnitude() > 62) {
        return failure("HdrHistogram with an impossible range: " + std::to_string(lowest) + " to " +
                       std::to_string(highest));
    }
    return Header{.payload_size = static_cast<size_t>(payload_size), .layout = layout};
}

Expected<Histogram> decode_plain(std::string_view bytes) {
    Expected<Header> header = parse_header(bytes);
    if (!header) {
        return std::unexpected(header.error());
    }
    bytes.remove_prefix(header_size);
    if (bytes.size() < header->payload_size) {
        return failure("HdrHistogram cut off: " + std::to_string(bytes.size()) + " of " +
                       std::to_string(header->payload_size) + " payload bytes");
    }
    Reader reader(bytes.substr(0, header->payload_size));
    Histogram histogram(header->layout);
    const size_t slot_count = header->layout.slot_count();
    for (size_t index = 0; !reader.empty();) {
        std::optional<int64_t> count = reader.take_count();
        if (!count) {
            return failure("HdrHistogram that ends inside a count");
        }
        // The smallest number has no positive counterpart.
        uint64_t slots = *count < 0 ? 0 - static_cast<uint64_t>(*count) : 1;
        if (slots > slot_count - index) {
            return failure("HdrHistogram with more counts than its range has slots (" +
                           std::to_string(slot_count) + ")");
        }
        if (*count > 0) {
            auto samples_max = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
            if (static_cast<uint64_t>(*count) > samples_max - histogram.count()) {
                return failure("HdrHistogram whose counts overflow 63 bits");
            }
            histogram.add_slot(index, static_cast<uint64_t>(*count));
        }
        index += slots;
    }
    return histogram;
}

/// Inflates at most `wanted` further bytes onto `plain`.
bool inflate_to(z_stream& stream, std::string& plain, size_t wanted) {
    size_t start = plain.size();
    plain.resize(start + wanted);
    stream.next_out = reinterpret_cast<Bytef*>(plain.data() + start);
    stream.avail_out = static_cast<uInt>(wanted);
    int status = inflate(&stream, Z_SYNC_FLUSH);
    plain.resize(plain.size() - stream.avail_out);
    // Z_BUF_ERROR: nothing left to read or no room; what is missing is noticed by the decoder.
    return status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR;
}

Expected<Histogram> decode_compressed(std::string_view zipped) {
    z_stream stream{};
    CHECK(inflateInit(&stream) == Z_OK);
    struct End {
        z_stream* stream;
        ~End() { inflateEnd(stream); }
    } end{&stream};
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(zipped.data()));
    stream.avail_in = static_cast<uInt>(zipped.size());
    // The header first: it bounds how much a small stream may unpack to.
    std::string plain;
    if (!inflate_to(stream, plain, header_size)) {
        return failure("HdrHistogram whose zlib stream is damaged");
    }
    Expected<Header> header = parse_header(plain);
    if (!header) {
        return std::unexpected(header.error());
    }
    if (header->payload_size > header->layout.slot_count() * count_size_max) {
        return failure("HdrHistogram whose payload is longer than all its slots");
    }
    if (!inflate_to(stream, plain, header->payload_size)) {
        return failure("HdrHistogram whose zlib stream is damaged");
    }
    return decode_plain(plain);
}

} // namespace

std::string encode_hdr(const Histogram& histogram) {
    const HistogramLayout& layout = histogram.layout();
    std::string payload;
    size_t zeros = histogram.slots_begin();
    auto put_zeros = [&payload, &zeros] {
        if (zeros > 0) {
            put_count(payload, zeros == 1 ? 0 : -static_cast<int64_t>(zeros));
            zeros = 0;
        }
    };
    for (size_t index = histogram.slots_begin(); index < histogram.slots_end(); ++index) {
        uint64_t count = histogram.slot(index);
        if (count == 0) {
            ++zeros;
            continue;
        }
        put_zeros();
        put_count(payload, static_cast<int64_t>(count));
    }
    if (histogram.empty()) {
        put_count(payload, 0); // as the Java library: slot 0 is always there
    }
    std::string bytes;
    bytes.reserve(header_size + payload.size());
    put(bytes, cookie_plain);
    put(bytes, static_cast<uint32_t>(payload.size()));
    put(bytes, uint32_t{0});
    put(bytes, static_cast<uint32_t>(layout.digits));
    put(bytes, static_cast<uint64_t>(layout.lowest));
    put(bytes, static_cast<uint64_t>(layout.highest));
    put(bytes, std::bit_cast<uint64_t>(1.0));
    return bytes + payload;
}

std::string encode_hdr_compressed(const Histogram& histogram) {
    std::string plain = encode_hdr(histogram);
    uLongf zipped_size = compressBound(plain.size());
    std::string zipped(zipped_size, '\0');
    int status = compress2(reinterpret_cast<Bytef*>(zipped.data()), &zipped_size,
                           reinterpret_cast<const Bytef*>(plain.data()), plain.size(), 6);
    CHECK(status == Z_OK);
    zipped.resize(zipped_size);
    std::string bytes;
    put(bytes, cookie_compressed);
    put(bytes, static_cast<uint32_t>(zipped.size()));
    return bytes + zipped;
}

std::string encode_hdr_base64(const Histogram& histogram) {
    return encode_base64(encode_hdr_compressed(histogram));
}

Expected<Histogram> decode_hdr(std::string_view bytes) {
    if (bytes.size() < 8) {
        return failure("not an HdrHistogram: only " + std::to_string(bytes.size()) + " bytes");
    }
    Reader reader(bytes);
    if (reader.take<uint32_t>() != cookie_compressed) {
        return decode_plain(bytes);
    }
    size_t zipped_size = reader.take<uint32_t>();
    if (zipped_size > reader.rest().size()) {
        return failure("HdrHistogram cut off: " + std::to_string(reader.rest().size()) + " of " +
                       std::to_string(zipped_size) + " compressed bytes");
    }
    return decode_compressed(reader.rest().substr(0, zipped_size));
}

Expected<Histogram> decode_hdr_base64(std::string_view text) {
    std::optional<std::string> bytes = decode_base64(text);
    if (!bytes) {
        return failure("HdrHistogram that is not base64");
    }
    return decode_hdr(*bytes);
}

} // namespace ringblast
