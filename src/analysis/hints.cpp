#include "analysis/hints.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <initializer_list>
#include <string_view>

namespace ringblast {

namespace {

/// The first status whose row fits.
struct StatusHint {
    int from, to;
    std::string_view hint;
    std::string_view in_profile{}; ///< where a profile has another cure
};

constexpr std::array<StatusHint, 17> status_hints = {{
    {400, 400, "the target could not read the request; check body, Content-Type and Host header"},
    {401, 401,
     "the target wants credentials; give them with --bearer, --api-key or -H "
     "'Authorization: …'"},
    {403, 403,
     "the credentials were refused or do not allow this; check --bearer or --api-key, and "
     "whether a firewall blocks load tests"},
    {404, 404, "nothing at this path; check the URL and its prefix"},
    {405, 405, "this path does not take the method; choose another with --method",
     "this path does not take the method; give the request another `method`"},
    {408, 408, "the target gave up waiting for the request; it may be out of workers"},
    {411, 411, "the target wants a body with a length; give one with --body",
     "the target wants a body with a length; give the request a `body`"},
    {413, 413, "the body is larger than the target accepts"},
    {415, 415, "the target does not take this Content-Type; set it with -H 'Content-Type: …'",
     "the target does not take this Content-Type; set it in the request's `headers`"},
    {422, 422, "the target understood the request but not its values; check the body"},
    {429, 429,
     "the target limits the rate; lower --rate, raise its limit, or expect it with "
     "--expect-status",
     "the target limits the rate; ask for less (fewer users, longer waits, a lower rate), raise "
     "its "
     "limit, or say in [target] where a 429 counts: rate_limited = \"ok\""},
    {300, 399, "a redirect that was not followed; ask for the new address directly",
     "a redirect that was not followed; ask for the new address directly, or raise "
     "`follow_redirects`"},
    {500, 500, "the target failed inside; its log says why"},
    {502, 502, "the proxy got no good answer from the server behind it; look at that server's log"},
    {503, 503, "the target is overloaded or not ready; lower the load or give it more workers"},
    {504, 504,
     "the server behind the proxy is too slow; lower the load or look at what it waits for"},
    {505, 599, "the target failed inside; its log says why"},
}};

constexpr std::string_view tls_on_plain_port =
    "this port seems to speak TLS; write https:// instead of http://";

bool contains_any(std::string_view message, std::initializer_list<std::string_view> words) {
    return std::ranges::any_of(words, [&](std::string_view word) {
        return !std::ranges::search(message, word, [](char left, char right) {
                    const auto lower = [](char c) {
                        return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
                    };
                    return lower(left) == lower(right);
                }).empty();
    });
}

int status_in(std::string_view message) {
    const size_t at = message.find("status ");
    int status = 0;
    if (at != std::string_view::npos) {
        const std::string_view digits = message.substr(at + 7);
        std::from_chars(digits.data(), digits.data() + digits.size(), status);
    }
    return status;
}

/// `host:port` of the URL, for sentences.
std::string authority_of(std::string_view url) {
    const size_t scheme = url.find("://");
    if (scheme != std::string_view::npos) {
        url.remove_prefix(scheme + 3);
    }
    url = url.substr(0, url.find_first_of("/?#"));
    if (const size_t user = url.rfind('@'); user != std::string_view::npos) {
        url.remove_prefix(user + 1);
    }
    return url.empty() ? "the target" : std::string(url);
}

/// A plain request to a port that is known for TLS.
bool is_plain_to_tls_port(std::string_view url) {
    const std::string authority = authority_of(url);
    return url.starts_with("http://") &&
           (authority.ends_with(":443") || authority.ends_with(":8443"));
}

/// Whether a profile says what is asked for. A blast is named after its URL.
bool is_of_profile(const Result& result) {
    return !result.name.empty() && result.name != result.url;
}

std::string status_hint(const ErrorGroup& group, const Result& result) {
    const int status = group.outcome == Outcome::rate_limited ? 429 : status_in(group.message);
    if (status == 400 && is_plain_to_tls_port(result.url)) {
        return std::string(tls_on_plain_port);
    }
    for (const StatusHint& row : status_hints) {
        if (status >= row.from && status <= row.to) {
            const bool other = !row.in_profile.empty() && is_of_profile(result);
            return std::string(other ? row.in_profile : row.hint);
        }
    }
    return {};
}

std::string connect_hint(std::string_view message, const Result& result) {
    const std::string authority = authority_of(result.url);
    if (contains_any(message, {"refused"})) {
        return "nothing listens at " + authority +
               ", or its queue of connections is full; is the target running, is the port right? "
               "(--wait-for 30s waits for it)";
    }
    if (contains_any(message, {"ports", "cannot assign", "eaddrnotavail"})) {
        return "this machine has no local ports left; keep connections alive, add source addresses "
               "with --local-ips, or widen net.ipv4.ip_local_port_range";
    }
    if (contains_any(message, {"too many open files", "descriptor", "emfile", "enfile"})) {
        return "this machine allows no more open files; raise the limit with ulimit -n, or use "
               "fewer users";
    }
    if (contains_any(message, {"resolve", "name or service", "dns", "nodename"})) {
        return "the host name is not known; check its spelling and the DNS, or give the address "
               "with --resolve";
    }
    if (contains_any(message, {"unreachable", "no route"})) {
        return "there is no way to " + authority + "; check network, firewall and address family";
    }
    if (contains_any(message, {"timed out", "timeout", "time-out"})) {
        return authority + " did not accept within the connect time-out; it is overloaded, or a "
                           "firewall drops packets";
    }
    if (contains_any(message, {"no such file", "permission"})) {
        return "check the path and the rights of --unix-socket";
    }
    return {};
}

std::string protocol_hint(const ErrorGroup& group, const Result& result) {
    if (is_plain_to_tls_port(result.url)) {
        return std::string(tls_on_plain_port);
    }
    if (contains_any(group.message, {"not an HTTP", "not HTTP"})) {
        return "what came back is not HTTP/1.x; does the port speak TLS (https://), HTTP/2 only or "
               "another protocol?";
    }
    return "the target breaks the rules of HTTP/1.1 here; a browser or proxy may not take it "
           "either";
}

std::string tls_hint(std::string_view message) {
    struct Row {
        std::string_view words, hint;
    };
    static constexpr Row rows[] = {
        {"expired", "renew the target's certificate; --insecure goes on without checking it"},
        {"valid from", "compare the clocks of target and generator"},
        {"valid yet", "compare the clocks of target and generator"},
        {"not for", "use a name that the certificate has: in the URL, or with --sni"},
        {"another name", "use a name that the certificate has: in the URL, or with --sni"},
        {"showed no certificate", "the target asks for one; give it with --cert and --key"},
        {"certificate required", "the target asks for one; give it with --cert and --key"},
        {"certificate", "give the CA behind it with --cacert; --insecure checks nothing"},
        {"plain HTTP", "write http:// instead of https://, or use the port of https"},
        {"does not speak TLS", "is the port right?"},
        {"timed out", "the target does not keep up with new connections; handshakes cost it the "
                      "most: keep connections alive, or start fewer at once with --spawn-rate"},
        {"during the TLS handshake", "the target gave up on new connections: it is overloaded, "
                                     "refuses what was offered, or does not speak TLS here; its "
                                     "log says why"},
        {"close_notify", "the target crashed in the middle of a response or does not end TLS in "
                         "order, or something between cut the connection"},
        {"version", "allow more with --tls-min or --tls-max, or update the target"},
        {"in common", "the target's ciphers and groups are not those of this TLS library"},
        {"alert", "the target refused; its log says why"},
    };
    for (const Row& row : rows) {
        if (contains_any(message, {row.words})) {
            return std::string(row.hint);
        }
    }
    return "the target's TLS and ours do not agree; does another client get through?";
}

} // namespace

std::string hint_for(const ErrorGroup& group, const Result& result) {
    switch (group.outcome) {
    case Outcome::http_error:
    case Outcome::rate_limited:
        return status_hint(group, result);
    case Outcome::connect_error:
        return connect_hint(group.message, result);
    case Outcome::timeout:
        return "no whole response within the time-out; the target is overloaded or waits for "
               "something (longer: --timeout)";
    case Outcome::reset:
        return "the target closed the connection before its response was whole; it may have "
               "restarted, be out of workers, or have lost one in a crash: its log says why";
    case Outcome::protocol_error:
        return protocol_hint(group, result);
    case Outcome::tls_error:
        return tls_hint(group.message);
    default:
        return {};
    }
}

void fill_hints(Result& result) {
    for (ErrorGroup& group : result.errors) {
        group.hint = hint_for(group, result);
    }
}

} // namespace ringblast
