// URLs of targets: http, https, ws and wss (RFC 3986, as far as HTTP uses it). What a person types
// is taken kindly where its meaning is plain (a space in the path is encoded) and refused with the
// cure where it is not.
#pragma once

#include "ringblast/error.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ringblast {

enum class Scheme : uint8_t { http, https, ws, wss };
enum class HostKind : uint8_t { name, ipv4, ipv6 };

struct Url {
    Scheme scheme = Scheme::http;
    HostKind host_kind = HostKind::name;
    uint16_t port = 80;
    /// In lower case; IPv6 without brackets, with its zone if it has one ("fe80::1%eth0").
    std::string host;
    /// Path and query as they go into a request line: encoded, starts with '/'.
    std::string target = "/";
    /// Decoded "user" or "user:password".
    std::optional<std::string> user_info;

    bool tls() const { return scheme == Scheme::https || scheme == Scheme::wss; }
    bool websocket() const { return scheme == Scheme::ws || scheme == Scheme::wss; }
    bool operator==(const Url&) const = default;
};

enum class Secrets : uint8_t { masked, shown };

std::string_view name_of(Scheme scheme);
uint16_t default_port(Scheme scheme);

/// Errors name the URL (user info masked), what is wrong and what to write instead.
Expected<Url> parse_url(std::string_view text);

/// The URL as text, the default port left out; user info as `***` unless shown.
std::string render_url(const Url& url, Secrets secrets = Secrets::masked);

/// The value of the Host field: brackets for IPv6, no zone, the default port left out.
std::string render_host(const Url& url);

/// A path with query made fit for a request line: the fragment dropped, '/' put in front where it
/// is missing, what URLs may not hold (spaces, controls, quotes, anything but ASCII, a '%' that
/// encodes nothing) percent-encoded.
std::string encode_target(std::string_view path_and_query);

/// A piece from the middle of such a path: encoded the same way, nothing dropped, no '/' in front.
std::string encode_target_part(std::string_view part);

/// The target of `path` (with query) under a base URL, whose own path stays in front. The base's
/// query is dropped.
std::string join_target(const Url& base, std::string_view path);

} // namespace ringblast
