#include "scenario/cookie_jar.hpp"

#include "protocol/field_lines.hpp"

#include <algorithm>
#include <optional>

namespace ringblast {

namespace {

constexpr size_t attribute_size_max = 1024; // as browsers have it

/// All that a Set-Cookie field says.
struct ParsedCookie {
    std::string_view name, value;
    std::string_view path{}; ///< empty: the default
    std::string_view domain{};
    bool secure = false;
    bool gone = false; ///< expired: to be deleted
};

std::string_view cut(std::string_view& rest, char at) {
    size_t end = rest.find(at);
    std::string_view part = rest.substr(0, end);
    rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
    return part;
}

/// The sign of a Max-Age; nothing when it is no number.
std::optional<bool> is_positive(std::string_view number) {
    bool negative = number.starts_with('-');
    number.remove_prefix(negative ? 1 : 0);
    if (number.empty() || number.find_first_not_of("0123456789") != number.npos) {
        return std::nullopt;
    }
    return !negative && number.find_first_not_of('0') != number.npos;
}

/// Name and value; nothing for rubbish.
std::optional<ParsedCookie> parse_pair(std::string_view pair) {
    size_t equals = pair.find('=');
    if (equals == pair.npos) {
        return std::nullopt;
    }
    ParsedCookie cookie{.name = trimmed(pair.substr(0, equals)),
                        .value = trimmed(pair.substr(equals + 1))};
    if (cookie.name.empty() ||
        cookie.name.size() + cookie.value.size() > CookieJar::cookie_size_max) {
        return std::nullopt;
    }
    return cookie;
}

std::optional<ParsedCookie> parse(std::string_view text, int64_t unix_now_s) {
    // Also keeps out what folded lines leave behind: nothing here may end a header line.
    if (find_control(text, 0) != text.size()) {
        return std::nullopt;
    }
    std::optional<ParsedCookie> parsed = parse_pair(cut(text, ';'));
    if (!parsed) {
        return std::nullopt;
    }
    ParsedCookie& cookie = *parsed;
    std::optional<bool> lives; // by Max-Age, which goes before Expires
    bool expired = false;
    while (!text.empty()) {
        std::string_view value = cut(text, ';');
        std::string_view name = trimmed(cut(value, '='));
        value = trimmed(value);
        if (equals_ignoring_case(name, "path")) {
            bool fine = value.starts_with('/') && value.size() <= attribute_size_max;
            cookie.path = fine ? value : std::string_view();
        } else if (equals_ignoring_case(name, "domain") && !value.empty()) {
            cookie.domain = value.substr(value.starts_with('.') ? 1 : 0);
        } else if (equals_ignoring_case(name, "secure")) {
            cookie.secure = true;
        } else if (equals_ignoring_case(name, "max-age")) {
            std::optional<bool> positive = is_positive(value);
            lives = positive ? positive : lives;
        } else if (equals_ignoring_case(name, "expires")) {
            std::optional<int64_t> date = parse_cookie_date(value);
            expired = date ? *date <= unix_now_s : expired;
        }
    }
    cookie.gone = lives ? !*lives : expired;
    return parsed;
}

bool same_text(std::string_view a, std::string_view b) {
    auto lowered = [](char c) { return c >= 'A' && c <= 'Z' ? c | 0x20 : c; };
    return std::ranges::equal(a, b, {}, lowered, lowered);
}

bool is_address(std::string_view host) {
    return host.find(':') != host.npos || host.find_first_not_of("0123456789.") == host.npos;
}

/// RFC 6265 § 5.1.3.
bool fits_domain(std::string_view host, std::string_view domain) {
    if (domain.empty() || same_text(host, domain)) {
        return true;
    }
    return host.size() > domain.size() && !is_address(host) &&
           host[host.size() - domain.size() - 1] == '.' &&
           same_text(host.substr(host.size() - domain.size()), domain);
}

/// RFC 6265 § 5.1.4: the directory of the request.
std::string_view default_path(std::string_view request_path) {
    size_t slash = request_path.rfind('/');
    return request_path.starts_with('/') && slash > 0 ? request_path.substr(0, slash) : "/";
}

bool fits_path(std::string_view request_path, std::string_view path) {
    return request_path.starts_with(path) &&
           (request_path.size() == path.size() || path.ends_with('/') ||
            request_path[path.size()] == '/');
}

} // namespace

void CookieJar::take(std::string_view set_cookie, std::string_view request_path,
                     std::string_view host, bool secure, int64_t unix_now_s) {
    std::optional<ParsedCookie> parsed = parse(set_cookie, unix_now_s);
    if (!parsed || (parsed->secure && !secure) || !fits_domain(host, parsed->domain)) {
        return;
    }
    std::string_view path = parsed->path.empty() ? default_path(request_path) : parsed->path;
    auto known = std::ranges::find_if(cookies_, [&](const Cookie& cookie) {
        return cookie.name == parsed->name && cookie.path == path;
    });
    if (parsed->gone) {
        if (known != cookies_.end()) {
            cookies_.erase(known);
        }
    } else if (known != cookies_.end()) {
        known->value.assign(parsed->value);
    } else {
        keep({std::string(parsed->name), std::string(parsed->value), std::string(path),
              next_number_++});
    }
}

void CookieJar::keep(Cookie cookie) {
    if (cookies_.size() == cookies_max) {
        cookies_.erase(std::ranges::min_element(cookies_, {}, &Cookie::number));
    }
    auto place = std::ranges::find_if(
        cookies_, [&](const Cookie& other) { return other.path.size() < cookie.path.size(); });
    cookies_.insert(place, std::move(cookie));
}

/// A bit for each cookie that goes with a request for that path.
uint64_t CookieJar::fitting(std::string_view request_path) const {
    static_assert(cookies_max <= 64);
    uint64_t fits = 0;
    for (size_t i = 0; i < cookies_.size(); ++i) {
        fits |= uint64_t{fits_path(request_path, cookies_[i].path)} << i;
    }
    return fits;
}

void CookieJar::append_fitting(std::string& out, uint64_t fits, bool first) const {
    for (size_t i = 0; i < cookies_.size(); ++i) {
        if ((fits >> i & 1) == 0) {
            continue;
        }
        out.append(first ? "" : "; ");
        first = false;
        out.append(cookies_[i].name).push_back('=');
        out.append(cookies_[i].value);
    }
}

void CookieJar::append_pairs(std::string& out, std::string_view request_path, bool first) const {
    // All is matched before the first byte goes out, which may move what the path views.
    append_fitting(out, fitting(request_path), first);
}

void CookieJar::append_header(std::string& out, std::string_view request_path) const {
    if (uint64_t fits = fitting(request_path); fits != 0) {
        out.append("Cookie: ");
        append_fitting(out, fits, true);
        out.append("\r\n");
    }
}

std::string_view set_cookie_value(std::string_view set_cookie, std::string_view name) {
    std::optional<ParsedCookie> parsed = parse_pair(cut(set_cookie, ';'));
    return parsed && parsed->name == name ? parsed->value : std::string_view();
}

std::string_view CookieJar::find(std::string_view name) const {
    auto found = std::ranges::find(cookies_, name, &Cookie::name);
    return found == cookies_.end() ? std::string_view() : std::string_view(found->value);
}

} // namespace ringblast
