// https through the library: both engines, users with programs, several threads, and why not.
#include "ringblast/ringblast.hpp"

#include "base/unique_fd.hpp"
#include "target/server.hpp"

#undef CHECK
#include <doctest/doctest.h>

#include <unistd.h>

using namespace ringblast;
using namespace std::chrono_literals;

namespace {

/// A target and a file with its certificate.
struct TlsTarget {
    std::unique_ptr<TargetServer> server;
    std::string ca = "/tmp/ringblast_ca_XXXXXX";

    TlsTarget() {
        auto started = TargetServer::start({.threads = 2, .tls = ServerTls{}});
        REQUIRE_MESSAGE(started.has_value(), (started ? "" : started.error().message));
        server = std::move(*started);
        std::string pem = server->certificate();
        UniqueFd file(mkstemp(ca.data()));
        REQUIRE(write(file.get(), pem.data(), pem.size()) == static_cast<ssize_t>(pem.size()));
    }
    ~TlsTarget() { unlink(ca.c_str()); }
    TlsTarget(const TlsTarget&) = delete;
    TlsTarget& operator=(const TlsTarget&) = delete;

    Profile profile(const std::string& path, uint64_t requests) const {
        Profile made = blast_profile(server->url() + path);
        made.target.tls.ca = ca;
        made.load.stages = {{.users = 6, .duration = open_ended}};
        made.load.requests = requests;
        return made;
    }
};

} // namespace

TEST_CASE("an exact number of requests on both engines and several threads") {
    TlsTarget target;
    for (EngineChoice engine : {EngineChoice::automatic, EngineChoice::epoll}) {
        for (uint64_t per_connection : {0u, 1u, 7u}) {
            Profile profile = target.profile("bytes/1000", 300);
            profile.target.requests_per_connection = per_connection;
            auto result = run(profile, {.threads = 2, .engine = engine});
            REQUIRE(result.has_value());
            CHECK(result->counts.ok() == 300);
            CHECK(result->bytes.body == 300'000);
            REQUIRE(result->tls.has_value());
            const TlsFacts& tls = *result->tls;
            CHECK(tls.verified);
            CHECK(tls.version == "TLSv1.3");
            CHECK(tls.handshakes_full == 6);
            CHECK(tls.handshakes_full + tls.handshakes_resumed == result->connections_opened);
            CHECK(tls.handshakes_failed == 0);
            CHECK(result->handshake.count() == result->connections_opened);
            CHECK(result->connect.count() == result->connections_opened);
            CHECK(result->self_check.started == result->self_check.ended);
        }
    }
}

TEST_CASE("users with programs look into what was encrypted") {
    TlsTarget target;
    Profile profile = target.profile("", 60);
    Request json{.name = "json", .path = "/json", .expect = {.status = {200}}};
    json.expect.body_contains = "ringblast";
    json.extract = {{.variable = "id", .kind = Extract::Kind::json, .what = "/id"}};
    Request echo{.name = "echo", .method = "POST", .path = "/echo", .body = "it is {{id}}"};
    echo.expect.body_contains = "it is 42";
    profile.classes = {{.name = "user", .tasks = {{.name = "both", .requests = {json, echo}}}}};
    auto result = run(profile);
    REQUIRE_MESSAGE(result.has_value(), (result ? "" : result.error().front().message));
    CHECK(result->counts.ok() == 60);
}

TEST_CASE("a target that is not trusted was never reached") {
    TlsTarget target;
    Profile profile = target.profile("", 10);
    profile.target.tls.sni = "elsewhere.example";
    auto result = run(profile);
    REQUIRE(result.has_value());
    REQUIRE(result->not_made.has_value());
    CHECK_MESSAGE(result->not_made->contains("not for elsewhere.example"), *result->not_made);
    CHECK(result->counts.completed() == 0);
    profile.target.tls.verify = false;
    result = run(profile);
    REQUIRE(result.has_value());
    CHECK(result->counts.ok() == 10);
    CHECK_FALSE(result->tls->verified);
}

TEST_CASE("a file that is not there is an error of usage") {
    TlsTarget target;
    Profile profile = target.profile("", 10);
    profile.target.tls.cert = "/nowhere/own.pem";
    auto result = run(profile);
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().front().message.contains("/nowhere/own.pem"));
}
