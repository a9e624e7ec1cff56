// The field lines of an HTTP/1.x head ("Name: value" up to the empty line) and what they say about
// framing. Shared by the response and the request parser; strict by RFC 9112 § 5: CRLF only, no
// white space before the colon, no control characters. A folded line (obs-fold) belongs to the
// value before it: its CR LF counts as white space, as § 5.2 asks of a user agent.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace ringblast {

/// What the fields say, before anyone decides what it means.
struct FieldFacts {
    uint64_t content_length = 0; ///< with has_content_length
    uint32_t date_offset = 0;    ///< of the last Date value of exactly date_size characters
    uint32_t dates = 0;          ///< Date fields
    uint32_t hosts = 0;          ///< Host fields
    bool has_content_length = false;
    bool has_transfer_encoding = false;
    bool chunked_is_final = false; ///< the last transfer coding is chunked
    bool close = false;            ///< Connection: close
    bool keep_alive = false;       ///< Connection: keep-alive
    bool sets_cookie = false;      ///< a Set-Cookie field
    bool retry_after = false;      ///< a Retry-After field
    bool expects_continue = false; ///< Expect: 100-continue
};

/// Eight bytes at once, in the machine's order; `at` has as many.
inline uint64_t load64(const char* at) {
    uint64_t word;
    std::memcpy(&word, at, sizeof word);
    return word;
}

/// An IMF-fixdate: "Sun, 06 Nov 1994 08:49:37 GMT".
inline constexpr uint32_t date_size = 29;

struct ParsedFields {
    enum class Status : uint8_t { complete, ran_out, bad };
    Status status = Status::ran_out;
    uint32_t end = 0;         ///< with complete: offset behind the empty line
    const char* problem = ""; ///< with bad
    FieldFacts facts{};
};

/// Parses field lines from `start`, which is the first character of a line, to the empty line.
/// ran_out: the bytes end before it. Offsets count from the start of `bytes`.
ParsedFields parse_field_lines(std::string_view bytes, size_t start);

/// Where a head that starts at bytes[0] ends, looking only at line ends. `scanned`: no head ends
/// in that many first bytes, by an earlier call. This (and not the full parse) decides whether a
/// head is unfinished, so the answer does not depend on how the bytes were cut.
struct HeadEnd {
    enum class Status : uint8_t { found, ran_out, bare_lf };
    Status status = Status::ran_out;
    uint32_t size = 0; ///< with found: bytes of the head with its empty line
};
HeadEnd find_head_end(std::string_view bytes, size_t scanned);

/// The first character from `at` on that is no visible character, space, tab or 0x80..0xff;
/// bytes.size() when there is none.
size_t find_control(std::string_view bytes, size_t at);

/// The characters of field names, methods and other tokens (RFC 9110 § 5.6.2).
bool is_token_char(char c);
bool is_token(std::string_view text);

/// Equal but for the case of ASCII letters; `lower` is in lower case.
bool equals_ignoring_case(std::string_view text, std::string_view lower);

/// Without spaces, tabs and the line breaks of folds at both ends.
std::string_view trimmed(std::string_view text);

/// The value of the first field `name` (lower case) among field lines that were parsed as good,
/// trimmed; nullptr data when there is none.
std::string_view find_field(std::string_view field_lines, std::string_view name);

} // namespace ringblast
