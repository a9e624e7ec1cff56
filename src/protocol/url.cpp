#include "protocol/url.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>

namespace ringblast {

namespace {

constexpr std::array<std::string_view, 4> scheme_names = {"http", "https", "ws", "wss"};

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_letter(char c) {
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}
char lowered(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

/// The value of a hexadecimal digit, or -1.
int hex_value(char c) {
    if (is_digit(c)) {
        return c - '0';
    }
    return lowered(c) >= 'a' && lowered(c) <= 'f' ? lowered(c) - 'a' + 10 : -1;
}

bool is_escape(std::string_view text, size_t at) {
    return at + 2 < text.size() && text[at] == '%' && hex_value(text[at + 1]) >= 0 &&
           hex_value(text[at + 2]) >= 0;
}

std::string decoded(std::string_view text) {
    std::string result;
    for (size_t i = 0; i < text.size(); ++i) {
        if (is_escape(text, i)) {
            result += static_cast<char>(hex_value(text[i + 1]) << 4 | hex_value(text[i + 2]));
            i += 2;
        } else {
            result += text[i];
        }
    }
    return result;
}

void append_encoded(std::string& result, char c) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    uint8_t byte = static_cast<uint8_t>(c);
    result += '%';
    result += digits[byte >> 4];
    result += digits[byte & 15];
}

/// In quotes, controls replaced: fit for a message of one line.
std::string quoted(std::string_view text) {
    std::string result("'");
    for (char c : text) {
        result += static_cast<uint8_t>(c) < 0x20 || c == 0x7f ? '?' : c;
    }
    return result + "'";
}

/// Quoted, and without what may be a password: from the scheme to the last '@'.
std::string shown(std::string_view text) {
    std::string result(text);
    size_t at = result.rfind('@');
    if (at != result.npos) {
        size_t slashes = result.find("://");
        size_t from = slashes != result.npos && slashes < at ? slashes + 3 : 0;
        result.replace(from, at - from, "***");
    }
    return quoted(result);
}

std::optional<Scheme> scheme_of(std::string_view text) {
    std::string lower;
    std::ranges::transform(text, std::back_inserter(lower), lowered);
    auto found = std::ranges::find(scheme_names, lower);
    if (found == scheme_names.end()) {
        return std::nullopt;
    }
    return static_cast<Scheme>(found - scheme_names.begin());
}

/// A text whose front looks like "ftp:", but not like "localhost:8080".
bool has_some_scheme(std::string_view text) {
    size_t colon = text.find(':');
    if (colon == text.npos || colon == 0 || !is_letter(text[0])) {
        return false;
    }
    std::string_view before = text.substr(0, colon);
    bool plain = std::ranges::all_of(before, [](char c) {
        return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
    });
    return plain && text.substr(colon, 3) == "://";
}

std::unexpected<Error> no_scheme(std::string_view text) {
    if (text.empty()) {
        return failure("the URL is empty: write something like http://localhost:8080/");
    }
    if (text.starts_with("://") || text.starts_with("//")) {
        std::string_view rest = text.substr(std::min(text.find_first_not_of(":/"), text.size()));
        return failure(shown(text) + " has no scheme: write " +
                       shown("http://" + std::string(rest.empty() ? "localhost:8080/" : rest)));
    }
    size_t colon = text.find(':');
    if (colon != text.npos) {
        if (std::optional<Scheme> scheme = scheme_of(text.substr(0, colon))) {
            std::string_view rest = text.substr(colon + 1);
            rest.remove_prefix(std::min(rest.find_first_not_of('/'), rest.size()));
            return failure(shown(text) + " lacks '//' behind the scheme: write " +
                           shown(std::string(name_of(*scheme)) + "://" + std::string(rest)));
        }
    }
    if (text.front() == '/') {
        return failure(shown(text) + " has no host: write " +
                       shown("http://localhost:8080" + std::string(text)));
    }
    return failure(shown(text) + " has no scheme: write " + shown("http://" + std::string(text)));
}

struct HostAndPort {
    std::string host;
    HostKind kind = HostKind::name;
    std::optional<std::string_view> port; ///< with a colon in front, maybe empty
};

/// Empty, or '%' and a name of an interface.
bool is_zone(std::string_view zone) {
    return zone.empty() || (zone.size() > 1 && std::ranges::all_of(zone.substr(1), [](char c) {
                                return is_letter(c) || is_digit(c) || c == '-' || c == '.' ||
                                       c == '_';
                            }));
}

Expected<HostAndPort> parse_ipv6_host(std::string_view text, std::string_view authority) {
    size_t close = authority.find(']');
    if (close == authority.npos) {
        return failure("the host of " + shown(text) + " has '[' without ']'");
    }
    std::string_view inside = authority.substr(1, close - 1);
    std::string_view rest = authority.substr(close + 1);
    if (!rest.empty() && rest.front() != ':') {
        return failure(shown(text) + " has text between ']' and the port");
    }
    size_t percent = inside.find('%');
    std::string address(inside.substr(0, percent));
    std::string zone(percent == inside.npos ? std::string_view() : inside.substr(percent));
    if (zone.starts_with("%25")) {
        zone.erase(1, 2); // RFC 6874 writes the '%' of a zone as %25
    }
    in6_addr binary;
    // inet_pton() stops at a NUL.
    bool clean = address.find_first_not_of("0123456789abcdefABCDEF:.") == address.npos;
    if (!clean || inet_pton(AF_INET6, address.c_str(), &binary) != 1 || !is_zone(zone)) {
        return failure(quoted(address) + " in " + shown(text) + " is not an IPv6 address");
    }
    std::ranges::transform(address, address.begin(), lowered);
    HostAndPort result{.host = address + zone, .kind = HostKind::ipv6, .port = std::nullopt};
    if (!rest.empty()) {
        result.port = rest.substr(1);
    }
    return result;
}

Expected<HostAndPort> parse_host(std::string_view text, std::string_view authority) {
    if (authority.starts_with('[')) {
        return parse_ipv6_host(text, authority);
    }
    size_t colon = authority.find(':');
    if (colon != authority.npos && authority.find(':', colon + 1) != authority.npos) {
        return failure("the host of " + shown(text) +
                       " has more than one ':': an IPv6 address needs brackets, as in "
                       "http://[::1]:8080/");
    }
    std::string host(authority.substr(0, colon));
    if (host.empty()) {
        return failure(shown(text) + " has no host: write something like http://localhost:8080/");
    }
    for (char& c : host) {
        if (static_cast<uint8_t>(c) >= 0x80) {
            return failure("the host of " + shown(text) +
                           " is not ASCII: write its punycode form (xn--...)");
        }
        if (!is_letter(c) && !is_digit(c) && c != '-' && c != '.' && c != '_') {
            return failure("the host of " + shown(text) +
                           " may hold letters, digits, '-', '_' and '.' only");
        }
        c = lowered(c);
    }
    HostAndPort result{.host = host, .kind = HostKind::name, .port = std::nullopt};
    // A name that ends in a number can only be meant as an address.
    size_t dot = host.find_last_of('.');
    std::string_view last = std::string_view(host).substr(dot == host.npos ? 0 : dot + 1);
    if (!last.empty() && std::ranges::all_of(last, is_digit)) {
        in_addr binary;
        if (inet_pton(AF_INET, host.c_str(), &binary) != 1) {
            return failure(quoted(host) + " in " + shown(text) + " is not an IPv4 address");
        }
        result.kind = HostKind::ipv4;
    }
    if (colon != authority.npos) {
        result.port = authority.substr(colon + 1);
    }
    return result;
}

Expected<uint16_t> parse_port(std::string_view text, std::string_view port, Scheme scheme) {
    if (port.empty()) {
        return default_port(scheme); // "http://host:/" is legal
    }
    unsigned number = 0;
    auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
    if (error == std::errc() && end == port.data() + port.size() && number >= 1 &&
        number <= 65'535) {
        return static_cast<uint16_t>(number);
    }
    if (text.find('@') != text.npos) {
        // The piece may be of a password that holds a '/': do not print it.
        return failure(shown(text) + " has a bad port; '/', '?', '#' and '@' in a user name or "
                                     "password must be written %2F, %3F, %23 and %40");
    }
    return failure("the port " + quoted(port) + " in " + shown(text) +
                   " is not a number from 1 to 65535");
}

} // namespace

std::string_view name_of(Scheme scheme) {
    return scheme_names[static_cast<size_t>(scheme)];
}

uint16_t default_port(Scheme scheme) {
    return scheme == Scheme::https || scheme == Scheme::wss ? 443 : 80;
}

Expected<Url> parse_url(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n";
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
    text = text.substr(0, text.find_last_not_of(blanks) + 1);
    if (!has_some_scheme(text)) {
        return no_scheme(text);
    }
    size_t colon = text.find(':');
    std::optional<Scheme> scheme = scheme_of(text.substr(0, colon));
    if (!scheme) {
        return failure("the scheme '" + std::string(text.substr(0, colon)) + "' of " + shown(text) +
                       " is not known: use http, https, ws or wss");
    }
    std::string_view rest = text.substr(colon + 3);
    size_t authority_size = std::min(rest.find_first_of("/?#"), rest.size());
    std::string_view authority = rest.substr(0, authority_size);
    Url url{.scheme = *scheme};
    if (size_t at = authority.rfind('@'); at != authority.npos) {
        url.user_info = decoded(authority.substr(0, at));
        authority.remove_prefix(at + 1);
    }
    Expected<HostAndPort> host = parse_host(text, authority);
    if (!host) {
        return std::unexpected(host.error());
    }
    Expected<uint16_t> port = parse_port(text, host->port.value_or(""), *scheme);
    if (!port) {
        return std::unexpected(port.error());
    }
    url.host = std::move(host->host);
    url.host_kind = host->kind;
    url.port = *port;
    url.target = encode_target(rest.substr(authority_size));
    return url;
}

std::string render_host(const Url& url) {
    std::string host = url.host;
    if (url.host_kind == HostKind::ipv6) {
        host = std::string("[") + host.substr(0, host.find('%')) + "]";
    }
    if (url.port != default_port(url.scheme)) {
        host += ':';
        host += std::to_string(url.port);
    }
    return host;
}

std::string render_url(const Url& url, Secrets secrets) {
    std::string text = std::string(name_of(url.scheme)) + "://";
    if (url.user_info) {
        if (secrets == Secrets::masked) {
            text += "***";
        } else {
            // The first colon parts user from password; every other character that could be
            // misread is encoded.
            bool colon_seen = false;
            for (char c : *url.user_info) {
                bool plain = is_letter(c) || is_digit(c) ||
                             std::string_view("-._~!$&'()*+,;=").find(c) != std::string_view::npos;
                if (plain || (c == ':' && !colon_seen)) {
                    text += c;
                } else {
                    append_encoded(text, c);
                }
                colon_seen |= c == ':';
            }
        }
        text += '@';
    }
    if (url.host_kind == HostKind::ipv6) {
        size_t percent = url.host.find('%');
        text += std::string("[") + url.host.substr(0, percent);
        if (percent != url.host.npos) {
            text += "%25" + url.host.substr(percent + 1);
        }
        text += "]";
        if (url.port != default_port(url.scheme)) {
            text += ':';
            text += std::to_string(url.port);
        }
    } else {
        text += render_host(url);
    }
    return text + url.target;
}

std::string encode_target_part(std::string_view part) {
    std::string target;
    target.reserve(part.size() + 1);
    for (size_t i = 0; i < part.size(); ++i) {
        char c = part[i];
        uint8_t byte = static_cast<uint8_t>(c);
        bool unfit = byte <= 0x20 || byte >= 0x7f ||
                     std::string_view("\"<>\\^`{|}").find(c) != std::string_view::npos ||
                     (c == '%' && !is_escape(part, i));
        if (unfit) {
            append_encoded(target, c);
        } else {
            target += c;
        }
    }
    return target;
}

std::string encode_target(std::string_view path_and_query) {
    std::string target = encode_target_part(path_and_query.substr(0, path_and_query.find('#')));
    if (!target.starts_with('/')) {
        target.insert(target.begin(), '/');
    }
    return target;
}

std::string join_target(const Url& base, std::string_view path) {
    std::string prefix = base.target.substr(0, base.target.find('?'));
    while (prefix.ends_with('/')) {
        prefix.pop_back();
    }
    if (path.starts_with('?')) {
        return encode_target((prefix.empty() ? "/" : prefix) + std::string(path));
    }
    return prefix + encode_target(path);
}

} // namespace ringblast
