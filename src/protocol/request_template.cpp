#include "protocol/request_template.hpp"

#include "base/base64.hpp"
#include "base/check.hpp"
#include "protocol/field_lines.hpp"

#include <algorithm>

namespace ringblast {

namespace {

std::string lowered(std::string_view text) {
    std::string result(text);
    for (char& c : result) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    }
    return result;
}

bool same_name(std::string_view a, std::string_view b) {
    return equals_ignoring_case(a, lowered(b));
}

/// Names of any length and content end up in messages: keep them short and printable.
std::string shown(std::string_view text) {
    std::string result(text.substr(0, 60));
    std::ranges::replace_if(
        result, [](char c) { return static_cast<uint8_t>(c) < 0x20 || c == 0x7f; }, '?');
    return std::string("'") + result + (text.size() > 60 ? "...'" : "'");
}

Expected<void> check_spec(const RequestSpec& spec, std::string_view target) {
    if (!is_token(spec.method)) {
        return failure("the method " + shown(spec.method) +
                       " is not one word: write something like GET or POST");
    }
    bool clean = std::ranges::all_of(
        target, [](char c) { return static_cast<uint8_t>(c) > 0x20 && c != 0x7f; });
    if (!clean || target.empty()) {
        return failure("the path " + shown(target) + " holds spaces or control characters");
    }
    for (const Header& header : spec.headers) {
        if (!is_token(header.name)) {
            return failure("the header name " + shown(header.name) +
                           " is not valid: write NAME: VALUE, the name without spaces");
        }
        if (find_control(header.value, 0) != header.value.size()) {
            return failure(
                "the value of the header " + shown(header.name) +
                " holds a line break or another control character; a header is one line");
        }
    }
    return {};
}

/// What we send when the user says nothing.
std::vector<Header> default_headers(const RequestSpec& spec) {
    std::vector<Header> headers{
        {"Host", render_host(spec.url)},
        {"User-Agent", std::string(user_agent())},
        {"Accept", "*/*"},
    };
    if (spec.url.user_info) {
        std::string credentials = *spec.url.user_info;
        if (credentials.find(':') == credentials.npos) {
            credentials += ':'; // RFC 7617: an empty password
        }
        headers.push_back({"Authorization", "Basic " + encode_base64(credentials)});
    }
    if (!spec.keep_alive) {
        headers.push_back({"Connection", "close"});
    }
    return headers;
}

/// One header of the user's on top of those before it.
void apply(std::vector<Header>& headers, const Header& header) {
    auto found = std::ranges::find_if(
        headers, [&](const Header& old) { return same_name(old.name, header.name); });
    std::string value(trimmed(header.value));
    if (value.empty()) {
        if (found != headers.end()) {
            headers.erase(found);
        }
    } else if (found != headers.end()) {
        *found = {header.name, value};
    } else {
        headers.push_back({header.name, value});
    }
}

} // namespace

Expected<std::vector<Header>> merge_headers(const RequestSpec& spec) {
    const std::string& target = spec.target.empty() ? spec.url.target : spec.target;
    if (Expected<void> fine = check_spec(spec, target); !fine) {
        return std::unexpected(fine.error());
    }
    if (header_value(spec.headers, "transfer-encoding")) {
        return failure("the header Transfer-Encoding cannot be set: bodies are sent with their "
                       "Content-Length");
    }
    std::vector<Header> headers = default_headers(spec);
    for (const Header& header : spec.headers) {
        if (!same_name(header.name, "content-length") &&
            !same_name(header.name, "transfer-encoding")) {
            apply(headers, header);
        }
    }
    return headers;
}

Expected<void> check_length(const std::vector<Header>& headers, size_t body_size) {
    std::optional<std::string> length = header_value(headers, "content-length");
    if (length && *length != std::to_string(body_size)) {
        return failure("the header Content-Length says " + shown(*length) + ", but the body has " +
                       std::to_string(body_size) + " bytes: leave the header out, it is computed");
    }
    return {};
}

bool states_length(std::string_view method, bool has_body) {
    return has_body || method == "POST" || method == "PUT" || method == "PATCH";
}

Expected<std::string> render_request(const RequestSpec& spec) {
    Expected<std::vector<Header>> headers = merge_headers(spec);
    if (!headers) {
        return std::unexpected(headers.error());
    }
    if (Expected<void> fine = check_length(spec.headers, spec.body.size()); !fine) {
        return std::unexpected(fine.error());
    }
    if (states_length(spec.method, !spec.body.empty())) {
        headers->push_back({"Content-Length", std::to_string(spec.body.size())});
    }
    const std::string& target = spec.target.empty() ? spec.url.target : spec.target;
    std::string request = spec.method + " " + target + " HTTP/1.1\r\n";
    for (const Header& header : *headers) {
        request += header.name + ": " + header.value + "\r\n";
    }
    request += "\r\n";
    request += spec.body;
    return request;
}

std::string_view user_agent() {
    return "ringblast/" RINGBLAST_VERSION;
}

std::string repeated(std::string_view request, unsigned count) {
    CHECK(count >= 1);
    std::string bytes;
    bytes.reserve(request.size() * count);
    for (unsigned i = 0; i < count; ++i) {
        bytes += request;
    }
    return bytes;
}

std::optional<std::string> header_value(const std::vector<Header>& headers, std::string_view name) {
    for (size_t i = headers.size(); i > 0; --i) {
        if (same_name(headers[i - 1].name, name)) {
            std::string value(trimmed(headers[i - 1].value));
            return value.empty() ? std::nullopt : std::optional(value);
        }
    }
    return std::nullopt;
}

} // namespace ringblast
