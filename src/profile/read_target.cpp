// [target]: where requests go.
#include "profile/read_parts.hpp"
#include "profile/values.hpp"
#include "protocol/url.hpp"

#include <array>

namespace ringblast {

namespace {

constexpr unsigned redirects_default = 10; ///< of a profile; a URL has 0

OptionalText read_base_url(Reading& reading, std::string_view label, const TomlNode& node) {
    OptionalText text = read_text(reading, label, node);
    if (!text) {
        return text;
    }
    const Expected<Url> url = parse_url(*text);
    if (!url) {
        reading.problem(node, std::string(label) + ": " + url.error().message);
        return std::nullopt;
    }
    return text;
}

std::optional<RateLimitedAs> read_rate_limited(Reading& reading, std::string_view label,
                                               const TomlNode& node) {
    static constexpr std::array<std::string_view, 3> words = {"separate", "error", "ok"};
    const auto word = read_word(reading, label, node, words);
    return word ? std::optional(static_cast<RateLimitedAs>(*word)) : std::nullopt;
}

std::optional<TlsVersion> read_tls_version(Reading& reading, std::string_view label,
                                           const TomlNode& node) {
    static constexpr std::array<std::string_view, 2> words = {"1.2", "1.3"};
    const auto word = read_word(reading, label, node, words);
    return word ? std::optional(static_cast<TlsVersion>(*word)) : std::nullopt;
}

Tls read_tls_table(Reading& reading, const TomlNode& node) {
    Tls tls;
    if (!expect_table(reading, "tls", node, "[target.tls] with verify = false")) {
        return tls;
    }
    const TableReader table(reading, node, Table::tls);
    table.take("verify", tls.verify, read_boolean);
    table.take("ca", tls.ca, read_path);
    table.take("cert", tls.cert, read_path);
    table.take("key", tls.key, read_path);
    table.take("sni", tls.sni, read_name);
    table.take("min", tls.min, read_tls_version);
    table.take("max", tls.max, read_tls_version);
    table.take("resume", tls.resume, read_boolean);
    return tls;
}

std::vector<Header> read_target_headers(Reading& reading, const TableReader& table) {
    const TomlNode* node = table.find("headers");
    return node == nullptr ? std::vector<Header>{} : read_headers(reading, "headers", *node);
}

} // namespace

Target read_target(Reading& reading, const TomlNode& node) {
    Target target;
    target.follow_redirects = redirects_default;
    const TableReader table(reading, node, Table::target);
    table.take("base_url", target.base_url, read_base_url);
    target.headers = read_target_headers(reading, table);
    table.take("timeout", target.timeout, read_duration_above_0);
    table.take("connect_timeout", target.connect_timeout, read_duration_above_0);
    table.take("follow_redirects", target.follow_redirects, read_redirects);
    table.take("keepalive", target.keepalive, read_boolean);
    table.take("requests_per_connection", target.requests_per_connection, read_count);
    table.take("connect_to", target.connect_to, read_name);
    table.take("resolve", target.resolve, read_texts);
    table.take("local_ips", target.local_ips, read_texts);
    table.take("unix_socket", target.unix_socket, read_path);
    table.take("wait_for", target.wait_for, read_duration);
    table.take("rate_limited", target.rate_limited, read_rate_limited);
    table.take("max_body", target.max_body, read_size);
    if (const TomlNode* tls = table.find("tls")) {
        target.tls = read_tls_table(reading, *tls);
    }
    return target;
}

} // namespace ringblast
