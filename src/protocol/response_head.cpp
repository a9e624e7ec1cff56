#include "protocol/response_head.hpp"

#include "protocol/field_lines.hpp"

#include <cstring>

namespace ringblast {

namespace {

/// "HTTP/1.1 200": up to here a response can be judged before its first line is whole.
constexpr size_t start_size = 12;

ParsedHead bad_response(const char* problem) {
    return {.status = ParseStatus::bad, .problem = problem};
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// "HTTP/1.x SSS" and what may follow. Requires: more than start_size bytes.
bool starts_well(std::string_view bytes) {
    return std::memcmp(bytes.data(), "HTTP/1.", 7) == 0 && is_digit(bytes[7]) && bytes[8] == ' ' &&
           bytes[9] >= '1' && bytes[9] <= '9' && is_digit(bytes[10]) && is_digit(bytes[11]) &&
           (bytes[12] == ' ' || bytes[12] == '\r');
}

/// What is wrong with the first bytes of a status line, of which there may be few; or nullptr.
[[gnu::noinline, gnu::cold]] const char* fault_of_start(std::string_view bytes) {
    constexpr std::string_view pattern = "HTTP/1.d ddd";
    for (size_t i = 0; i < bytes.size() && i < start_size; ++i) {
        if (pattern[i] == 'd' ? !is_digit(bytes[i]) : bytes[i] != pattern[i]) {
            return i < 5    ? "not an HTTP response"
                   : i < 8  ? "not HTTP/1.x"
                   : i == 8 ? "a bad HTTP version"
                            : "the status is not three digits";
        }
    }
    if (bytes.size() >= start_size && bytes[9] == '0') {
        return "a status below 100";
    }
    if (bytes.size() > start_size && bytes[start_size] != ' ' && bytes[start_size] != '\r') {
        return "the status is not three digits";
    }
    return nullptr;
}

/// RFC 9112 § 6.3, in its order of precedence.
void decide_framing(ResponseHead& head, const FieldFacts& facts, bool head_request) {
    if (head_request || head.status < 200 || head.status == 204 || head.status == 304) {
        head.framing = Framing::none;
        return;
    }
    if (facts.has_transfer_encoding) {
        head.framing = facts.chunked_is_final ? Framing::chunked : Framing::until_close;
        // § 6.1: beside a Content-Length, or from HTTP/1.0, the message is suspect: read it by
        // its chunks, then close.
        head.keep_alive &= facts.chunked_is_final && !facts.has_content_length;
        return;
    }
    if (facts.has_content_length) {
        head.framing = Framing::length;
        head.content_length = facts.content_length;
        return;
    }
    head.framing = Framing::until_close;
    head.keep_alive = false;
}

/// A fault somewhere in the head: only a verdict when the head is whole, so that the answer does
/// not depend on how much has arrived.
[[gnu::noinline, gnu::cold]] ParsedHead settle_response_fault(std::string_view bytes,
                                                              const char* problem) {
    HeadEnd end = find_head_end(bytes, 0);
    if (end.status == HeadEnd::Status::ran_out && bytes.size() < head_size_max) {
        return {};
    }
    return bad_response(end.status == HeadEnd::Status::bare_lf ? "a line ends in LF without CR"
                                                               : problem);
}

ParsedHead response_ran_out(size_t size) {
    return size < head_size_max ? ParsedHead{} : bad_response("the head is longer than 64 KiB");
}

} // namespace

ParsedHead parse_response_head(std::string_view bytes, bool head_request, size_t scanned) {
    bytes = bytes.substr(0, head_size_max);
    if (scanned > start_size) {
        // Look for the end first: parsing again what is known to be unfinished would make a head
        // that trickles in quadratic.
        HeadEnd end = find_head_end(bytes, scanned);
        if (end.status == HeadEnd::Status::bare_lf) {
            return bad_response("a line ends in LF without CR");
        }
        if (end.status == HeadEnd::Status::ran_out) {
            return response_ran_out(bytes.size());
        }
    }
    if (bytes.size() <= start_size || !starts_well(bytes)) [[unlikely]] {
        const char* fault = fault_of_start(bytes);
        return fault != nullptr ? bad_response(fault) : ParsedHead{};
    }
    size_t line_end = find_control(bytes, start_size);
    if (line_end + 1 >= bytes.size()) {
        return line_end < bytes.size() && bytes[line_end] != '\r'
                   ? settle_response_fault(bytes, "a control character in the status line")
                   : response_ran_out(bytes.size());
    }
    if (bytes[line_end] != '\r' || bytes[line_end + 1] != '\n') {
        return settle_response_fault(bytes, "a control character in the status line");
    }
    ParsedFields fields = parse_field_lines(bytes, line_end + 2);
    if (fields.status != ParsedFields::Status::complete) [[unlikely]] {
        return fields.status == ParsedFields::Status::bad
                   ? settle_response_fault(bytes, fields.problem)
                   : response_ran_out(bytes.size());
    }
    ParsedHead parsed{.status = ParseStatus::complete};
    ResponseHead& head = parsed.head;
    head.size = fields.end;
    head.status =
        static_cast<uint16_t>((bytes[9] - '0') * 100 + (bytes[10] - '0') * 10 + (bytes[11] - '0'));
    bool http_1_0 = bytes[7] == '0';
    head.keep_alive =
        !fields.facts.close &&
        (!http_1_0 || (fields.facts.keep_alive && !fields.facts.has_transfer_encoding));
    head.sets_cookie = fields.facts.sets_cookie;
    head.retry_after = fields.facts.retry_after;
    head.date_offset = fields.facts.date_offset;
    decide_framing(head, fields.facts, head_request);
    return parsed;
}

} // namespace ringblast
