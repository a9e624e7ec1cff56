#include "protocol/request_head.hpp"

#include "protocol/field_lines.hpp"

namespace ringblast {

namespace {

/// Longer methods are no methods; tells rubbish (TLS, for one) from requests early.
constexpr size_t method_size_max = 32;

ParsedRequest bad_request(const char* problem, uint16_t error_status = 400) {
    return {.status = ParseStatus::bad, .error_status = error_status, .problem = problem};
}

ParsedRequest ran_out(size_t size) {
    return size < head_size_max ? ParsedRequest{}
                                : bad_request("the head is longer than 64 KiB", 431);
}

/// As in response_head.cpp: a verdict only when the head is whole.
[[gnu::noinline, gnu::cold]] ParsedRequest settle_fault(std::string_view bytes,
                                                        const ParsedRequest& fault) {
    HeadEnd end = find_head_end(bytes, 0);
    if (end.status == HeadEnd::Status::ran_out && bytes.size() < head_size_max) {
        return {};
    }
    return fault;
}

/// RFC 9112 § 3, § 6.1 and § 6.3 for requests.
ParsedRequest judge_fields(const FieldFacts& facts, bool http_1_0) {
    ParsedRequest fine{.status = ParseStatus::complete};
    if (!http_1_0 && facts.hosts != 1) {
        return bad_request("not exactly one Host field");
    }
    if (facts.has_transfer_encoding) {
        if (facts.has_content_length) {
            return bad_request("both Transfer-Encoding and Content-Length");
        }
        if (!facts.chunked_is_final || http_1_0) {
            return bad_request("a Transfer-Encoding that is not chunked at the end", 501);
        }
    }
    return fine;
}

struct RequestLine {
    ParsedRequest parsed; ///< complete: method and target are set
    size_t end = 0;
    bool http_1_0 = false;
};

/// The request line that starts at `start`: method, space, target, space, version, CRLF.
RequestLine parse_request_line(std::string_view bytes, size_t start) {
    size_t at = start;
    while (at < bytes.size() && is_token_char(bytes[at])) {
        ++at;
    }
    if (at - start > method_size_max || (at < bytes.size() && (at == start || bytes[at] != ' '))) {
        return {.parsed = bad_request("not an HTTP request")};
    }
    if (at == bytes.size()) {
        return {};
    }
    std::string_view method = bytes.substr(start, at - start);
    size_t target_start = ++at;
    while (at < bytes.size() && static_cast<uint8_t>(bytes[at]) > 0x20 && bytes[at] != 0x7f) {
        ++at;
    }
    std::string_view target = bytes.substr(target_start, at - target_start);
    constexpr std::string_view version = " HTTP/1.1\r\n";
    std::string_view rest = bytes.substr(at, version.size());
    bool http_1_0 = rest == " HTTP/1.0\r\n";
    if ((rest == version || http_1_0) && !target.empty()) [[likely]] {
        ParsedRequest parsed{.status = ParseStatus::complete};
        parsed.head.method = method;
        parsed.head.target = target;
        return {.parsed = parsed, .end = at + version.size(), .http_1_0 = http_1_0};
    }
    bool whole_line = bytes.find('\n', at) != bytes.npos;
    if (!whole_line) {
        return {.parsed = ran_out(bytes.size())};
    }
    bool other_version = rest.starts_with(" HTTP/") && rest.ends_with("\r\n");
    return {.parsed = settle_fault(bytes, other_version ? bad_request("not HTTP/1.0 or 1.1", 505)
                                                        : bad_request("a bad request line"))};
}

} // namespace

ParsedRequest parse_request_head(std::string_view bytes, size_t scanned) {
    bytes = bytes.substr(0, head_size_max);
    if (bytes == "\r") {
        return {};
    }
    size_t start = bytes.starts_with("\r\n") ? 2 : 0;
    if (scanned > start + method_size_max) {
        // As in response_head.cpp: no second parse of what is known to be unfinished.
        HeadEnd end = find_head_end(bytes, scanned);
        if (end.status == HeadEnd::Status::bare_lf) {
            return bad_request("a line ends in LF without CR");
        }
        if (end.status == HeadEnd::Status::ran_out) {
            return ran_out(bytes.size());
        }
    }
    RequestLine line = parse_request_line(bytes, start);
    if (line.parsed.status != ParseStatus::complete) [[unlikely]] {
        return line.parsed;
    }
    ParsedFields fields = parse_field_lines(bytes, line.end);
    if (fields.status != ParsedFields::Status::complete) [[unlikely]] {
        return fields.status == ParsedFields::Status::bad
                   ? settle_fault(bytes, bad_request(fields.problem))
                   : ran_out(bytes.size());
    }
    const FieldFacts& facts = fields.facts;
    ParsedRequest judged = judge_fields(facts, line.http_1_0);
    if (judged.status == ParseStatus::bad) [[unlikely]] {
        return judged;
    }
    RequestHead& head = line.parsed.head;
    head.size = fields.end;
    head.field_lines = bytes.substr(line.end, fields.end - 2 - line.end);
    head.keep_alive = !facts.close && (!line.http_1_0 || facts.keep_alive);
    head.http_1_0 = line.http_1_0;
    head.chunked = facts.has_transfer_encoding;
    head.content_length = facts.content_length;
    head.expects_continue = facts.expects_continue && !line.http_1_0;
    return line.parsed;
}

} // namespace ringblast
