// UTF-8 checked as it arrives (RFC 3629): wherever the text is cut, and with the first byte that
// cannot be part of any text refused at once. ASCII goes eight bytes at a time.
//
// A sequence is a first byte and up to three continuations. Too long forms, surrogates and what is
// over U+10FFFF show in the second byte: so the state is how many bytes are to come and the range
// of the next one.
#pragma once

#include <cstdint>
#include <string_view>

namespace ringblast {

class Utf8Checker {
public:
    /// Reads the next part of the text. False: it is not UTF-8, whatever follows; take a new one.
    bool feed(std::string_view bytes);

    /// The text may end here.
    bool at_boundary() const { return left_ == 0; }

private:
    uint8_t left_ = 0;                 // continuation bytes to come
    uint8_t low_ = 0x80, high_ = 0xbf; // range of the next one
};

/// Whether all of `bytes` is UTF-8.
inline bool is_utf8(std::string_view bytes) {
    Utf8Checker checker;
    return checker.feed(bytes) && checker.at_boundary();
}

} // namespace ringblast
