#include "run/http_fetch.hpp"

#include "base/clock.hpp"
#include "io/socket.hpp"
#include "target/server.hpp"

#undef CHECK
#include <atomic>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <string>

using namespace ringblast;

namespace {

constexpr int64_t fetch_limit_ns = 60 * ns_per_second; ///< more than any machine needs

Address loopback(uint16_t port) {
    Address address{.size = sizeof(sockaddr_in)};
    auto* ip = reinterpret_cast<sockaddr_in*>(&address.storage);
    ip->sin_family = AF_INET;
    ip->sin_port = htons(port);
    ip->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

std::unique_ptr<TargetServer> start_target(ServerOptions options = {}) {
    auto server = TargetServer::start(options);
    REQUIRE_MESSAGE(server.has_value(), (server ? "" : server.error().message));
    return std::move(*server);
}

std::unique_ptr<HttpFetch> make(const TargetServer& target, const std::string& path,
                                std::vector<Header> headers = {}) {
    Url url = *parse_url(target.url());
    url.target = path;
    auto fetch = HttpFetch::create({.url = url,
                                    .addresses = {loopback(target.port())},
                                    .headers = std::move(headers),
                                    .tls = {.verify = false},
                                    .connect_timeout_ns = fetch_limit_ns});
    REQUIRE(fetch.has_value());
    return std::move(*fetch);
}

/// The body, or what failed.
std::string get(HttpFetch& fetch, int64_t limit_ns = fetch_limit_ns) {
    std::atomic<bool> stop = false;
    const auto body = fetch.fetch({.until_ns = monotonic_ns() + limit_ns, .stop = &stop});
    return body ? std::string(*body) : "failed: " + body.error().message;
}

std::string get(const TargetServer& target, const std::string& path) {
    return get(*make(target, path));
}

} // namespace

TEST_CASE("bodies of each framing, whole and decoded") {
    const auto target = start_target();
    CHECK(get(*target, "/bytes/5").size() == 5);
    CHECK(get(*target, "/bytes/1000000").size() == 1'000'000);
    CHECK(get(*target, "/chunked/100000").size() == 100'000);
    CHECK(get(*target, "/metrics").contains("ringblast_target_requests_total"));
}

TEST_CASE("one connection serves all, until it is closed") {
    const auto target = start_target();
    const auto fetch = make(*target, "/bytes/5");
    CHECK(get(*fetch).size() == 5);
    CHECK(get(*fetch).size() == 5);
    CHECK(target->counters().connections == 1);
    const auto once = make(*target, "/bytes/5", {{"Connection", "close"}});
    CHECK(get(*once).size() == 5);
    CHECK(get(*once).size() == 5);
    CHECK(target->counters().connections == 3);
}

TEST_CASE("what fails is said, and the next fetch is good") {
    const auto target = start_target();
    CHECK(get(*target, "/status/503") == "failed: status 503");
    CHECK(get(*target, "/status/302") == "failed: status 302");
    CHECK(get(*target, "/fault/reset").starts_with("failed: connection "));
    CHECK(get(*target, "/fault/truncate") ==
          "failed: connection closed before the response was whole");
    CHECK(get(*target, "/fault/garbage").starts_with("failed: "));
    const auto stalled = make(*target, "/fault/stall");
    CHECK(get(*stalled, 20 * ns_per_ms) == "failed: no response within the time-out");
    CHECK(get(*stalled, 20 * ns_per_ms) == "failed: no response within the time-out");
}

TEST_CASE("nobody listens; then someone does") {
    auto target = start_target();
    const auto fetch = make(*target, "/bytes/5");
    CHECK(get(*fetch).size() == 5);
    const uint16_t port = target->port();
    target.reset();
    CHECK(get(*fetch).starts_with("failed: connection "));
    target = start_target({.port = port});
    CHECK(get(*fetch).size() == 5);
}

TEST_CASE("a stop ends a fetch that would wait for long") {
    const auto target = start_target();
    const auto fetch = make(*target, "/fault/stall");
    std::atomic<bool> stop = true;
    CHECK_FALSE(
        fetch->fetch({.until_ns = monotonic_ns() + fetch_limit_ns, .stop = &stop}).has_value());
}

TEST_CASE("no address is a failure of every fetch") {
    auto fetch = HttpFetch::create({.url = *parse_url("http://nowhere.invalid/"),
                                    .addresses = {},
                                    .headers = {},
                                    .tls = {},
                                    .problem = "nowhere.invalid is not known"});
    REQUIRE(fetch.has_value());
    CHECK(get(**fetch) == "failed: nowhere.invalid is not known");
}

TEST_CASE("with TLS") {
    const auto target = start_target({.tls = ServerTls{}});
    const auto fetch = make(*target, "/bytes/100000");
    CHECK(get(*fetch).size() == 100'000);
    CHECK(get(*fetch).size() == 100'000);
    CHECK(target->counters().connections == 1);
    SUBCASE("a certificate that nobody knows") {
        auto strict = HttpFetch::create({.url = *parse_url(target->url()),
                                         .addresses = {loopback(target->port())},
                                         .headers = {},
                                         .tls = {},
                                         .connect_timeout_ns = fetch_limit_ns});
        REQUIRE(strict.has_value());
        CHECK(get(**strict).contains("certificate"));
    }
}

TEST_CASE("a header that would not stay in its line is refused at once") {
    CHECK_FALSE(HttpFetch::create({.url = *parse_url("http://localhost/"),
                                   .addresses = {},
                                   .headers = {{"X", "a\r\nb: c"}},
                                   .tls = {}})
                    .has_value());
}
