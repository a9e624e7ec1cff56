#include "protocol/utf8.hpp"

#include <cstring>

namespace ringblast {

namespace {

/// How many of the first bytes are surely ASCII, looked at in words of eight, then one by one.
size_t ascii_size(std::string_view bytes) {
    size_t at = 0;
    for (; at + 8 <= bytes.size(); at += 8) {
        uint64_t word;
        std::memcpy(&word, bytes.data() + at, sizeof word);
        if ((word & 0x8080808080808080u) != 0) {
            break;
        }
    }
    while (at < bytes.size() && static_cast<uint8_t>(bytes[at]) < 0x80) {
        ++at;
    }
    return at;
}

} // namespace

bool Utf8Checker::feed(std::string_view bytes) {
    size_t at = 0;
    while (true) {
        if (left_ == 0) {
            at += ascii_size(bytes.substr(at));
        }
        if (at == bytes.size()) {
            return true;
        }
        uint8_t byte = static_cast<uint8_t>(bytes[at++]);
        if (left_ > 0) {
            if (byte < low_ || byte > high_) {
                return false;
            }
            --left_;
            low_ = 0x80;
            high_ = 0xbf;
            continue;
        }
        if (byte < 0xc2 || byte > 0xf4) {
            return false; // a continuation, a too long form, or over U+10FFFF
        }
        left_ = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
        low_ = byte == 0xe0 ? 0xa0 : byte == 0xf0 ? 0x90 : 0x80;  // else a too long form
        high_ = byte == 0xed ? 0x9f : byte == 0xf4 ? 0x8f : 0xbf; // else surrogate, over U+10FFFF
    }
}

} // namespace ringblast
