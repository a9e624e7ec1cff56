// The running target, from the other side of the socket: faults, limits, and nothing left behind.
#include "target/server.hpp"

#include "base/clock.hpp"
#include "client.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <filesystem>
#include <thread>
#include <vector>

using namespace ringblast;

namespace {

std::string request(std::string_view target) {
    return "GET " + std::string(target) + " HTTP/1.1\r\nHost: x\r\n\r\n";
}

size_t open_descriptors() {
    std::filesystem::directory_iterator entries("/proc/self/fd");
    return static_cast<size_t>(std::distance(begin(entries), end(entries)));
}

/// Waits until as many descriptors are open: a loop counts a connection out before it closes it.
bool descriptors_become(size_t count) {
    int64_t until_ns = monotonic_ns() + 5 * ns_per_second;
    while (open_descriptors() != count && monotonic_ns() < until_ns) {
        std::this_thread::yield();
    }
    return open_descriptors() == count;
}

/// Waits for the server to notice that clients are gone.
bool all_closed(const TargetServer& server) {
    int64_t until_ns = monotonic_ns() + 5 * ns_per_second;
    while (server.counters().connections_open > 0 && monotonic_ns() < until_ns) {
        std::this_thread::yield();
    }
    return server.counters().connections_open == 0;
}

} // namespace

TEST_CASE("each fault fails in its own way") {
    auto server = start();
    {
        Client client(server->port());
        REQUIRE(client.send(request("/fault/reset")));
        CHECK(client.take_all().empty());
        CHECK(client.error == ECONNRESET);
    }
    {
        Client client(server->port());
        REQUIRE(client.send(request("/fault/truncate")));
        CHECK(client.take_head().find("Content-Length: 1024") != std::string::npos);
        CHECK(client.take_all().size() == 512);
        CHECK(client.error == 0);
    }
    {
        Client client(server->port());
        REQUIRE(client.send(request("/fault/garbage")));
        std::string bytes = client.take_all();
        CHECK_FALSE(bytes.empty());
        CHECK_FALSE(bytes.starts_with("HTTP/"));
    }
    {
        Client client(server->port());
        int64_t start_ns = monotonic_ns();
        CHECK(client.get("/fault/stall?ms=30").body == "ok\n");
        CHECK(monotonic_ns() - start_ns >= 30 * ns_per_ms);
        CHECK(client.get("/fault/slow-drip?ms=0.1").body == "ok\n");
        CHECK(client.get("/").status == 200); // the connection is good for more
    }
    CHECK(all_closed(*server));
}

TEST_CASE("a stalled exchange holds nobody else up and ends with its client") {
    auto server = start();
    {
        Client stalled(server->port());
        REQUIRE(stalled.send(request("/fault/stall") + request("/")));
        CHECK(Client(server->port()).get("/").status == 200);
    }
    CHECK(all_closed(*server));
}

TEST_CASE("a pause stops the thread for everyone, then all goes on") {
    auto server = start();
    Client one(server->port());
    Client other(server->port());
    CHECK(other.get("/").status == 200);
    int64_t start_ns = monotonic_ns();
    REQUIRE(one.send(request("/pause?ms=120")));
    CHECK(one.take_answer().status == 200);
    CHECK(monotonic_ns() - start_ns >= 120 * ns_per_ms);
    CHECK(other.get("/").status == 200);
}

TEST_CASE("beyond the rate there is 429 with a time to wait") {
    auto server = start();
    Client client(server->port());
    CHECK(client.get("/ratelimit?rps=0.01").status == 200);
    Client::Answer answer = client.get("/ratelimit?rps=0.01");
    CHECK(answer.status == 429);
    CHECK(answer.head.find("\r\nRetry-After: 100\r\n") != std::string::npos);
}

TEST_CASE("a bounded queue serves whom it has room for and turns the rest away") {
    auto server = start();
    std::vector<Client> clients;
    for (int i = 0; i < 4; ++i) {
        clients.emplace_back(server->port());
        REQUIRE(clients.back().get("/").status == 200);
    }
    const char* slow = "/queue?workers=1&service_ms=60000&limit=2"; // nobody leaves it in time
    for (Client& client : clients) {
        REQUIRE(client.send(request(slow)));
        REQUIRE(Client(server->port()).get("/").status == 200); // this one has arrived
    }
    CHECK(clients[3].take_answer().status == 503);
    for (int i = 0; i < 3; ++i) {
        Client client(server->port());
        CHECK(client.get("/queue?workers=1&service_ms=1&limit=2").status == 200);
    }
}

TEST_CASE("flaky fails for its share, by the seed") {
    auto server = start({.seed = 5});
    Client client(server->port());
    int failures = 0;
    for (int i = 0; i < 400; ++i) {
        failures += client.get("/flaky?rate=0.25").status == 500;
    }
    CHECK(failures > 60);
    CHECK(failures < 140);
}

TEST_CASE("metrics count") {
    auto server = start();
    Client client(server->port());
    client.get("/");
    std::string text = client.get("/metrics").body;
    CHECK(text.find("\nringblast_target_requests_total 2\n") != std::string::npos);
    CHECK(text.find("\nringblast_target_connections_open 1\n") != std::string::npos);
}

TEST_CASE("more connections than there is room for are closed at once") {
    auto server = start({.connections_max = 3});
    std::vector<Client> clients;
    for (int i = 0; i < 3; ++i) {
        clients.emplace_back(server->port());
        REQUIRE(clients.back().get("/").status == 200);
    }
    Client refused(server->port());
    CHECK(refused.take_all().empty());
    CHECK(server->counters().connections_refused == 1);
    clients.pop_back();
    while (server->counters().connections_open == 3) {
    }
    CHECK(Client(server->port()).get("/").status == 200);
}

TEST_CASE("a thousand connections at once, and nothing is left of them") {
    size_t before = open_descriptors();
    for (int round = 0; round < 2; ++round) {
        auto server = start();
        std::vector<Client> clients;
        clients.reserve(1000);
        for (int i = 0; i < 1000; ++i) {
            clients.emplace_back(server->port());
            REQUIRE(clients.back().connected());
        }
        for (Client& client : clients) {
            REQUIRE(client.send(request("/")));
        }
        for (Client& client : clients) {
            REQUIRE(client.take_answer().status == 200);
        }
        CHECK(server->counters().connections_open == 1000);
        if (round == 0) { // the clients go first, else the server
            clients.clear();
            CHECK(all_closed(*server));
        }
    }
    CHECK(descriptors_become(before));
}

TEST_CASE("clients that vanish in the middle of anything leave nothing") {
    auto server = start();
    size_t before = open_descriptors();
    for (std::string_view sent :
         {"", "GET / HT", "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf",
          "GET /bytes/1000000000 HTTP/1.1\r\nHost: x\r\n\r\n",
          "GET /fault/slow-drip HTTP/1.1\r\nHost: x\r\n\r\n",
          "GET /delay/1000 HTTP/1.1\r\nHost: x\r\n\r\n"}) {
        for (bool reset : {false, true}) {
            Client client(server->port());
            REQUIRE(client.send(sent));
            REQUIRE(Client(server->port()).get("/").status == 200);
            if (reset) {
                linger now{.l_onoff = 1, .l_linger = 0};
                setsockopt(client.fd(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
            }
        }
    }
    CHECK(all_closed(*server));
    CHECK(descriptors_become(before));
}

TEST_CASE("a stop is prompt, whatever is going on, and counters stay") {
    auto server = start();
    Client busy(server->port());
    REQUIRE(busy.send(request("/bytes/1000000000")));
    Client stalled(server->port());
    REQUIRE(stalled.send(request("/fault/stall")));
    REQUIRE(Client(server->port()).get("/").status == 200);
    Client paused(server->port());
    REQUIRE(paused.send(request("/pause?ms=60000")));
    int64_t start_ns = monotonic_ns();
    server->stop();
    CHECK(monotonic_ns() - start_ns < 30 * ns_per_second); // does not wait for the pause
    CHECK(server->counters().requests >= 3);
    CHECK(server->counters().connections_open == 0);
    server->stop(); // once more does no harm
}
