#include "scenario/response_parts.hpp"

#include "base/check.hpp"
#include "protocol/chunked.hpp"

#include <algorithm>
#include <cstring>
#include <zlib.h>

namespace ringblast {

namespace {

/// Behind the line that starts at `at`.
size_t line_end(std::string_view bytes, size_t at) {
    const void* found = std::memchr(bytes.data() + at, '\n', bytes.size() - at);
    return found == nullptr
               ? bytes.size()
               : static_cast<size_t>(static_cast<const char*>(found) - bytes.data()) + 1;
}

bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

/// The first head and all behind it, with the two fields that matter to the body: told apart by
/// where the colon stands, since most lines have it elsewhere.
SplitResponse split_first(std::string_view bytes) {
    SplitResponse parts{};
    size_t at = bytes.empty() ? 0 : line_end(bytes, 0);
    while (at < bytes.size()) {
        size_t next = line_end(bytes, at);
        std::string_view line = bytes.substr(at, next - at);
        at = next;
        if (line == "\r\n" || line == "\n") {
            break;
        }
        if (line.size() > 17 && line[17] == ':' &&
            equals_ignoring_case(line.substr(0, 17), "transfer-encoding")) {
            parts.transfer_encoding = trimmed(line.substr(18));
        } else if (line.size() > 16 && line[16] == ':' &&
                   equals_ignoring_case(line.substr(0, 16), "content-encoding")) {
            parts.content_encoding = trimmed(line.substr(17));
        }
    }
    parts.head = bytes.substr(0, at);
    parts.body = bytes.substr(at);
    return parts;
}

/// 1xx but 101, which is final.
bool is_interim(std::string_view head) {
    return head.size() >= 12 && head.starts_with("HTTP/1.") && head[9] == '1' &&
           head.substr(9, 3) != "101";
}

} // namespace

SplitResponse split_response(std::string_view bytes) {
    SplitResponse parts = split_first(bytes);
    while (is_interim(parts.head)) {
        parts = split_first(parts.body);
    }
    return parts;
}

HeadField field_at(std::string_view head, size_t at) {
    if (at == 0 && !head.empty()) {
        at = line_end(head, 0);
    }
    if (at >= head.size()) {
        return {};
    }
    size_t end = line_end(head, at);
    while (end < head.size() && is_blank(head[end])) {
        end = line_end(head, end); // a folded line
    }
    std::string_view line = head.substr(at, end - at);
    size_t colon = line.find(':');
    if (colon == line.npos) {
        return {};
    }
    return {line.substr(0, colon), trimmed(line.substr(colon + 1)), end};
}

bool same_name(std::string_view a, std::string_view b) {
    auto lowered = [](char c) { return c >= 'A' && c <= 'Z' ? c | 0x20 : c; };
    return a.size() == b.size() && std::ranges::equal(a, b, {}, lowered, lowered);
}

/// zlib's state and the memory that it inflates to.
struct BodyDecoder::Inflater {
    z_stream stream{};
    std::string memory{}; ///< its whole size is room
    bool ready = false;

    ~Inflater() {
        if (ready) {
            inflateEnd(&stream);
        }
    }
    bool start(int window_bits) {
        int code = ready ? inflateReset2(&stream, window_bits) : inflateInit2(&stream, window_bits);
        ready = ready || code == Z_OK;
        return code == Z_OK;
    }
    std::optional<std::string_view> run(std::string_view body, uint64_t size_max, bool members);
};

/// `members`: of gzip there may be several, one behind the other.
std::optional<std::string_view> BodyDecoder::Inflater::run(std::string_view body, uint64_t size_max,
                                                           bool members) {
    constexpr size_t room_min = 4096;
    if (body.size() > UINT32_MAX) {
        return std::nullopt;
    }
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));
    stream.avail_in = static_cast<uInt>(body.size());
    size_t size = 0;
    while (true) {
        if (size > size_max) {
            return std::nullopt;
        }
        if (size == memory.size()) {
            // One byte more than is allowed, to see that there is more.
            uint64_t room = std::min<uint64_t>(std::max(room_min, size * 2), size_max + 1);
            memory.resize(room);
        }
        size_t room = std::min<size_t>(memory.size() - size, UINT32_MAX);
        stream.next_out = reinterpret_cast<Bytef*>(memory.data() + size);
        stream.avail_out = static_cast<uInt>(room);
        int code = ::inflate(&stream, Z_NO_FLUSH);
        size += room - stream.avail_out;
        if (code == Z_STREAM_END) {
            if (size > size_max) {
                return std::nullopt;
            }
            if (!members || stream.avail_in == 0) {
                return std::string_view(memory).substr(0, size);
            }
            if (inflateReset(&stream) != Z_OK) {
                return std::nullopt;
            }
        } else if (code != Z_OK || (stream.avail_in == 0 && stream.avail_out > 0)) {
            return std::nullopt; // damaged, or cut off
        }
    }
}

BodyDecoder::BodyDecoder() = default;
BodyDecoder::~BodyDecoder() = default;

std::optional<std::string_view> BodyDecoder::unchunk(std::string_view body, uint64_t size_max) {
    chunks_.clear();
    ChunkedDecoder decoder;
    while (true) {
        // Framing byte by byte, so that the decoder says where data starts; data in one piece.
        size_t data = static_cast<size_t>(std::min<uint64_t>(decoder.data_left(), body.size()));
        if (chunks_.size() + data > size_max || body.empty()) {
            return std::nullopt;
        }
        chunks_.append(body.substr(0, data));
        size_t size = std::max<size_t>(data, 1);
        ChunkedDecoder::Progress progress = decoder.feed(body.substr(0, size));
        if (progress.status != ParseStatus::need_more) {
            return progress.status == ParseStatus::complete
                       ? std::optional<std::string_view>(chunks_)
                       : std::nullopt;
        }
        body.remove_prefix(size);
    }
}

std::optional<std::string_view> BodyDecoder::inflate(std::string_view body, uint64_t size_max,
                                                     bool gzip) {
    // zlib's window bits: 15, plus 16 for a gzip frame; negative for none.
    constexpr int window = 15, gzip_frame = 16;
    if (inflater_ == nullptr) {
        inflater_ = std::make_unique<Inflater>();
    }
    std::optional<std::string_view> result;
    if (inflater_->start(gzip ? window + gzip_frame : window)) {
        result = inflater_->run(body, size_max, gzip);
    }
    // Some servers send "deflate" without the frame of RFC 1950 that it stands for.
    if (!result && !gzip && inflater_->start(-window)) {
        result = inflater_->run(body, size_max, false);
    }
    return result;
}

std::optional<std::string_view> BodyDecoder::decode(const SplitResponse& response,
                                                    uint64_t size_max) {
    std::string_view body = response.body;
    if (body.empty()) {
        return body;
    }
    if (!response.transfer_encoding.empty()) {
        if (!equals_ignoring_case(response.transfer_encoding, "chunked")) {
            return std::nullopt;
        }
        std::optional<std::string_view> whole = unchunk(body, size_max);
        if (!whole) {
            return std::nullopt;
        }
        body = *whole;
    }
    if (body.size() > size_max) {
        return std::nullopt;
    }
    std::string_view coding = response.content_encoding;
    if (coding.empty() || equals_ignoring_case(coding, "identity") || body.empty()) {
        return body;
    }
    bool gzip = equals_ignoring_case(coding, "gzip") || equals_ignoring_case(coding, "x-gzip");
    if (!gzip && !equals_ignoring_case(coding, "deflate")) {
        return std::nullopt;
    }
    return inflate(body, size_max, gzip);
}

} // namespace ringblast
