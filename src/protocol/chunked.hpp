// The chunked transfer coding (RFC 9112 § 7.1), decoded wherever the bytes are cut: size lines,
// data, trailers. The data itself is counted, not looked at; extensions are skipped; the length of
// size lines and trailers is bounded. Strict: CRLF only, hexadecimal digits only.
#pragma once

#include "protocol/response_head.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ringblast {

/// The longest size line with its extensions.
inline constexpr uint32_t chunk_line_size_max = 16 * 1024;
/// The longest trailer section.
inline constexpr uint32_t trailers_size_max = 64 * 1024;

class ChunkedDecoder {
public:
    struct Progress {
        ParseStatus status;
        size_t consumed;          ///< bytes of the input that belong to the body
        uint64_t payload;         ///< data bytes among them
        const char* problem = ""; ///< with bad: a static text
    };

    /// Reads from `bytes`, at most to the empty line behind the last chunk. After complete or bad
    /// take a new decoder.
    Progress feed(std::string_view bytes);

    /// The next bytes are data, that many; 0 while framing is expected.
    uint64_t data_left() const { return state_ == State::data ? left_ : 0; }

private:
    enum class State : uint8_t {
        size_first, ///< at least one digit must come
        size,
        size_blank, ///< white space behind the digits
        extension,
        size_lf,
        data,
        data_cr,
        data_lf,
        trailer_start,
        trailer_name,
        trailer_value,
        trailer_lf,
        last_lf, ///< of the empty line
        complete,
    };

    const char* step(char c);
    const char* step_size(char c);
    const char* step_trailer(char c);

    uint64_t left_ = 0;      // data bytes of the chunk still to come
    uint32_t line_size_ = 0; // of this size line, or of all trailers
    State state_ = State::size_first;
    bool any_trailer_ = false;
};

static_assert(sizeof(ChunkedDecoder) == 16, "two of three words of a connection's reader");

} // namespace ringblast
