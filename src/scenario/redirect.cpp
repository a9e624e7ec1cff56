#include "scenario/redirect.hpp"

#include "protocol/field_lines.hpp"

#include <algorithm>

namespace ringblast {

namespace {

/// RFC 3986 § 5.2.4 for a path that starts with '/'.
std::string without_dot_segments(std::string_view path) {
    std::string result;
    while (!path.empty()) {
        size_t end = std::min(path.find('/', 1), path.size());
        std::string_view segment = path.substr(0, end);
        path.remove_prefix(end);
        if (segment == "/." || segment == "/..") {
            if (segment == "/..") {
                result.erase(std::min(result.rfind('/'), result.size()));
            }
            if (path.empty()) {
                result += '/';
            }
        } else {
            result += segment;
        }
    }
    return result;
}

/// `target`: path and query; its path without dot segments, all fit for a request line.
std::string cleaned(std::string_view target) {
    std::string encoded = encode_target(target);
    size_t query = std::min(encoded.find('?'), encoded.size());
    return without_dot_segments(std::string_view(encoded).substr(0, query)) + encoded.substr(query);
}

bool has_scheme(std::string_view text) {
    size_t end = text.find_first_of(":/?#");
    return end != text.npos && end > 0 && text[end] == ':';
}

} // namespace

bool is_redirect(int status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

bool redirects_to_get(int status, std::string_view method) {
    return (status == 303 && method != "HEAD") ||
           ((status == 301 || status == 302) && method == "POST");
}

std::optional<std::string> redirect_target(const Url& base, std::string_view request_target,
                                           std::string_view location) {
    location = trimmed(location);
    location = location.substr(0, location.find('#'));
    if (location.empty() || find_control(location, 0) != location.size()) {
        return std::nullopt;
    }
    if (has_scheme(location) || location.starts_with("//")) {
        std::string whole(location);
        if (location.starts_with("//")) {
            whole.insert(0, std::string(name_of(base.scheme)) + ":");
        }
        Expected<Url> url = parse_url(whole);
        if (!url || url->scheme != base.scheme || url->host != base.host ||
            url->port != base.port) {
            return std::nullopt;
        }
        return cleaned(url->target);
    }
    std::string_view path = request_target.substr(0, request_target.find('?'));
    std::string result;
    if (location.starts_with('?')) {
        result = path;
    } else if (!location.starts_with('/')) {
        result = path.substr(0, path.rfind('/') + 1);
    }
    result += location;
    return cleaned(result);
}

} // namespace ringblast
