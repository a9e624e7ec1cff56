#include "protocol/field_lines.hpp"

#include <array>
#include <cstring>
#include <limits>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace ringblast {

namespace {

constexpr std::array<bool, 256> token_chars = [] {
    std::array<bool, 256> table{};
    for (int c = 'a'; c <= 'z'; ++c) {
        table[c] = table[c - 'a' + 'A'] = true;
    }
    for (int c = '0'; c <= '9'; ++c) {
        table[c] = true;
    }
    for (char c : std::string_view("!#$%&'*+-.^_`|~")) {
        table[static_cast<uint8_t>(c)] = true;
    }
    return table;
}();

bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

/// The next element of a comma-separated list, trimmed; `list` keeps the rest.
std::string_view take_element(std::string_view& list) {
    size_t comma = list.find(',');
    std::string_view element = trimmed(list.substr(0, comma));
    list = comma == list.npos ? std::string_view() : list.substr(comma + 1);
    return element;
}

const char* note_content_length(std::string_view value, FieldFacts& facts) {
    // Lists of equal values are accepted, as RFC 9110 § 8.6 allows; they come from proxies that
    // join repeated fields.
    do {
        std::string_view digits = take_element(value);
        if (digits.empty()) {
            return "Content-Length is empty";
        }
        uint64_t number = 0;
        for (char c : digits) {
            if (c < '0' || c > '9') {
                return "Content-Length is not a number";
            }
            // The limit is that of a signed 64-bit size, so that sums with a head stay in range.
            if (number > (std::numeric_limits<int64_t>::max() - (c - '0')) / 10ull) {
                return "Content-Length is too large";
            }
            number = number * 10 + (c - '0');
        }
        if (facts.has_content_length && number != facts.content_length) {
            return "two different Content-Length values";
        }
        facts.has_content_length = true;
        facts.content_length = number;
    } while (!value.empty());
    return nullptr;
}

void note_transfer_encoding(std::string_view value, FieldFacts& facts) {
    facts.has_transfer_encoding = true;
    while (!value.empty()) {
        std::string_view coding = take_element(value);
        if (!coding.empty()) {
            facts.chunked_is_final = equals_ignoring_case(coding, "chunked");
        }
    }
}

void note_connection(std::string_view value, FieldFacts& facts) {
    while (!value.empty()) {
        std::string_view option = take_element(value);
        facts.close |= equals_ignoring_case(option, "close");
        facts.keep_alive |= equals_ignoring_case(option, "keep-alive");
    }
}

/// `name` is a token as long as `lower`, which has letters and '-' only and 8 to 24 characters:
/// then setting the bit of lower case in overlapping words makes nothing equal that is not.
template <size_t size>
bool names_field(std::string_view name, const char (&lower)[size]) {
    constexpr size_t length = size - 1;
    constexpr uint64_t case_bits = 0x2020202020202020u;
    bool equal = (load64(name.data()) | case_bits) == load64(lower) &&
                 (load64(name.data() + length - 8) | case_bits) == load64(lower + length - 8);
    if constexpr (length > 16) {
        equal = equal && (load64(name.data() + 8) | case_bits) == load64(lower + 8);
    }
    return equal;
}

const char* note_short_field(std::string_view bytes, std::string_view name,
                             std::string_view raw_value, FieldFacts& facts) {
    if (equals_ignoring_case(name, "date")) {
        std::string_view value = trimmed(raw_value);
        ++facts.dates;
        facts.date_offset =
            value.size() == date_size ? static_cast<uint32_t>(value.data() - bytes.data()) : 0;
    } else if (equals_ignoring_case(name, "host")) {
        ++facts.hosts;
    } else if (equals_ignoring_case(name, "expect")) {
        facts.expects_continue |= equals_ignoring_case(trimmed(raw_value), "100-continue");
    }
    return nullptr;
}

/// Looks at the few fields that matter; names are told apart by their length first. Returns a
/// problem or nullptr.
const char* note_field(std::string_view bytes, std::string_view name, std::string_view raw_value,
                       FieldFacts& facts) {
    switch (name.size()) {
    case 4:
    case 6:
        return note_short_field(bytes, name, raw_value, facts);
    case 10:
        if (names_field(name, "connection")) {
            note_connection(raw_value, facts);
        } else if (names_field(name, "set-cookie")) {
            facts.sets_cookie = true;
        }
        return nullptr;
    case 11:
        facts.retry_after |= names_field(name, "retry-after");
        return nullptr;
    case 14:
        return names_field(name, "content-length") ? note_content_length(raw_value, facts)
                                                   : nullptr;
    case 17:
        if (names_field(name, "transfer-encoding")) {
            note_transfer_encoding(raw_value, facts);
        }
        return nullptr;
    default:
        return nullptr;
    }
}

ParsedFields bad_fields(const char* problem) {
    return {.status = ParsedFields::Status::bad, .problem = problem};
}

} // namespace

size_t find_control(std::string_view bytes, size_t at) {
    size_t size = bytes.size();
    while (true) {
#if defined(__SSE2__)
        // 16 at a time: as signed bytes, 0x80..0xff are below 0x20 too, so compare unsigned by
        // saturation: max(byte, 0x20) == byte exactly when byte >= 0x20.
        const __m128i space = _mm_set1_epi8(0x20);
        const __m128i del = _mm_set1_epi8(0x7f);
        for (; at + 16 <= size; at += 16) {
            __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes.data() + at));
            int plain = _mm_movemask_epi8(_mm_andnot_si128(
                _mm_cmpeq_epi8(block, del), _mm_cmpeq_epi8(_mm_max_epu8(block, space), block)));
            if (plain != 0xffff) {
                at += static_cast<size_t>(__builtin_ctz(~static_cast<unsigned>(plain)));
                break;
            }
        }
#endif
        while (at < size && static_cast<uint8_t>(bytes[at]) >= 0x20 && bytes[at] != 0x7f) {
            ++at;
        }
        if (at == size || bytes[at] != '\t') {
            return at;
        }
        ++at;
    }
}

ParsedFields parse_field_lines(std::string_view bytes, size_t start) {
    ParsedFields parsed;
    const char* data = bytes.data();
    const size_t size = bytes.size();
    size_t at = start;
    while (at < size) {
        if (data[at] == '\r') {
            if (at + 1 == size) {
                return parsed;
            }
            if (data[at + 1] != '\n') {
                return bad_fields("a CR without LF");
            }
            parsed.status = ParsedFields::Status::complete;
            parsed.end = static_cast<uint32_t>(at + 2);
            if (parsed.facts.dates != 1) {
                parsed.facts.date_offset = 0;
            }
            return parsed;
        }
        size_t name_start = at;
        while (at < size && token_chars[static_cast<uint8_t>(data[at])]) {
            ++at;
        }
        if (at == size) {
            return parsed;
        }
        if (data[at] != ':' || at == name_start) {
            return bad_fields(is_blank(data[at]) ? "white space in or before a field name"
                              : data[at] == '\n' ? "a line ends in LF without CR"
                                                 : "a field line without a valid name and colon");
        }
        std::string_view name = bytes.substr(name_start, at - name_start);
        size_t value_start = ++at;
        size_t value_end;
        do {
            value_end = find_control(bytes, at);
            if (value_end == size) {
                return parsed;
            }
            if (data[value_end] != '\r') {
                return bad_fields("a control character in a field value");
            }
            if (value_end + 1 == size) {
                return parsed;
            }
            if (data[value_end + 1] != '\n') {
                return bad_fields("a CR without LF");
            }
            at = value_end + 2;
        } while (at < size && is_blank(data[at]));
        const char* problem = note_field(
            bytes, name, bytes.substr(value_start, value_end - value_start), parsed.facts);
        if (problem != nullptr) [[unlikely]] {
            return bad_fields(problem);
        }
    }
    return parsed;
}

HeadEnd find_head_end(std::string_view bytes, size_t scanned) {
    size_t at = scanned;
    while (at < bytes.size()) {
        const void* found = std::memchr(bytes.data() + at, '\n', bytes.size() - at);
        if (found == nullptr) {
            break;
        }
        size_t lf = static_cast<size_t>(static_cast<const char*>(found) - bytes.data());
        if (lf == 0 || bytes[lf - 1] != '\r') {
            return {.status = HeadEnd::Status::bare_lf};
        }
        if (lf >= 3 && bytes[lf - 2] == '\n' && bytes[lf - 3] == '\r') {
            return {.status = HeadEnd::Status::found, .size = static_cast<uint32_t>(lf + 1)};
        }
        at = lf + 1;
    }
    return {};
}

bool is_token_char(char c) {
    return token_chars[static_cast<uint8_t>(c)];
}

bool is_token(std::string_view text) {
    for (char c : text) {
        if (!is_token_char(c)) {
            return false;
        }
    }
    return !text.empty();
}

bool equals_ignoring_case(std::string_view text, std::string_view lower) {
    if (text.size() != lower.size()) {
        return false;
    }
    for (size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (c >= 'A' && c <= 'Z') {
            c = static_cast<char>(c | 0x20);
        }
        if (c != lower[i]) {
            return false;
        }
    }
    return true;
}

std::string_view trimmed(std::string_view text) {
    auto blank = [](char c) { return is_blank(c) || c == '\r' || c == '\n'; };
    while (!text.empty() && blank(text.front())) {
        text.remove_prefix(1);
    }
    while (!text.empty() && blank(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

std::string_view find_field(std::string_view field_lines, std::string_view name) {
    size_t at = 0;
    while (at < field_lines.size()) {
        size_t line_end = field_lines.find("\r\n", at);
        while (line_end + 2 < field_lines.size() && is_blank(field_lines[line_end + 2])) {
            line_end = field_lines.find("\r\n", line_end + 2);
        }
        if (line_end == field_lines.npos) {
            break;
        }
        std::string_view line = field_lines.substr(at, line_end - at);
        size_t colon = line.find(':');
        if (colon == name.size() && equals_ignoring_case(line.substr(0, colon), name)) {
            return trimmed(line.substr(colon + 1));
        }
        at = line_end + 2;
    }
    return {};
}

} // namespace ringblast
