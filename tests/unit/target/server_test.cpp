// The running target, from the other side of the socket: HTTP as it should be.
#include "target/server.hpp"

#include "client.hpp"
#include "protocol/chunked.hpp"

#include <doctest/doctest.h>
#include <filesystem>

using namespace ringblast;

namespace {

std::string repeated(std::string_view text, size_t count) {
    std::string all;
    for (size_t i = 0; i < count; ++i) {
        all += text;
    }
    return all;
}

constexpr std::string_view get_root = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

} // namespace

TEST_CASE("one connection serves one request after the other") {
    auto server = start();
    Client client(server->port());
    for (int i = 0; i < 5; ++i) {
        Client::Answer answer = client.get("/");
        CHECK(answer.status == 200);
        CHECK(answer.body == "ok\n");
    }
    CHECK(client.get("/nothing").status == 404);
    CHECK(client.get("/status/503").status == 503);
    CHECK(client.get("/delay/1").body == "ok\n");
    CHECK(client.get("/bytes/100").body.size() == 100);
    CHECK(client.get("/json").body.starts_with("{"));
    CHECK(client.received.empty());
    CHECK(server->counters().requests == 10);
    CHECK(server->counters().connections == 1);
}

TEST_CASE("a thousand pipelined requests get a thousand answers in order") {
    auto server = start();
    Client client(server->port());
    std::string requests;
    for (int i = 0; i < 1000; ++i) { // known and unknown ones in turn
        requests += i % 3 == 0 ? "GET /bytes/" + std::to_string(i) + " HTTP/1.1\r\nHost: x\r\n\r\n"
                               : std::string(get_root);
    }
    REQUIRE(client.send(requests));
    for (int i = 0; i < 1000; ++i) {
        Client::Answer answer = client.take_answer();
        REQUIRE(answer.status == 200);
        REQUIRE(answer.body.size() == (i % 3 == 0 ? static_cast<size_t>(i) : 3));
    }
    CHECK(client.received.empty());
}

TEST_CASE("a peer that does not read loses nothing and gets everything in order") {
    auto server = start();
    Client client(server->port());
    constexpr int count = 300;
    std::string requests;
    for (int i = 0; i < count; ++i) {
        requests += "GET /bytes/" + std::to_string(100'000 + i) + " HTTP/1.1\r\nHost: x\r\n\r\n";
    }
    REQUIRE(client.send(requests)); // 30 MB of answers, more than any socket buffer
    REQUIRE(Client(server->port()).get("/").status == 200); // others are served meanwhile
    for (int i = 0; i < count; ++i) {
        REQUIRE(client.take_answer().body.size() == static_cast<size_t>(100'000 + i));
    }
    CHECK(client.get("/").body == "ok\n");
}

TEST_CASE("small answers that do not fit the socket wait their turn") {
    auto server = start();
    Client client(server->port());
    constexpr int count = 50'000; // 5 MB of answers to 1.4 MB of requests
    REQUIRE(client.send(repeated(get_root, count)));
    for (int i = 0; i < count; ++i) {
        REQUIRE(client.take_answer().body == "ok\n");
    }
    CHECK(client.received.empty());
    CHECK(server->counters().requests == count);
}

TEST_CASE("a request may be cut at any byte") {
    auto server = start();
    const std::string request = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello";
    const std::string chunked = "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
                                "\r\n3;a=b\r\nhel\r\n2\r\nlo\r\n0\r\nTrailer: x\r\n\r\n";
    Client client(server->port());
    for (const std::string& whole : {request, chunked, std::string(get_root)}) {
        for (size_t cut = 1; cut < whole.size(); ++cut) {
            REQUIRE(client.send(whole.substr(0, cut)));
            // Another exchange in between, so that the first part is surely seen alone.
            REQUIRE(Client(server->port()).get("/").status == 200);
            REQUIRE(client.send(whole.substr(cut)));
            REQUIRE(client.take_answer().body == (whole == get_root ? "ok\n" : "hello"));
        }
        for (char c : whole) {
            REQUIRE(client.send({&c, 1}));
        }
        REQUIRE(client.take_answer().status == 200);
    }
}

TEST_CASE("bodies come back whole, also large ones and to routes that ignore them") {
    auto server = start();
    Client client(server->port());
    std::string body = repeated("0123456789abcdef", 60'000);
    std::string length = "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
    REQUIRE(client.send("POST /echo HTTP/1.1\r\nHost: x\r\n" + length + body));
    CHECK(client.take_answer().body == body);
    REQUIRE(client.send("POST / HTTP/1.1\r\nHost: x\r\n" + length + body));
    CHECK(client.take_answer().body == "ok\n");
    CHECK(client.get("/echo").body.empty());
}

TEST_CASE("who asks whether to go on is told so before sending the body") {
    auto server = start();
    Client client(server->port());
    REQUIRE(client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n"
                        "Expect: 100-continue\r\n\r\n"));
    CHECK(client.take_head() == "HTTP/1.1 100 Continue\r\n\r\n");
    REQUIRE(client.send("hi"));
    CHECK(client.take_answer().body == "hi");
}

TEST_CASE("long bodies are streamed whole, with a length and in chunks") {
    auto server = start();
    Client client(server->port());
    CHECK(client.get("/bytes/5000000").body.size() == 5'000'000);
    REQUIRE(client.send("GET /chunked/5000000 HTTP/1.1\r\nHost: x\r\n\r\n"));
    CHECK(client.take_head().find("chunked") != std::string::npos);
    ChunkedDecoder decoder;
    uint64_t payload = 0;
    ParseStatus status = ParseStatus::need_more;
    while (status == ParseStatus::need_more && (!client.received.empty() || client.read_more())) {
        ChunkedDecoder::Progress progress = decoder.feed(client.received);
        client.received.erase(0, progress.consumed);
        payload += progress.payload;
        status = progress.status;
    }
    CHECK(status == ParseStatus::complete);
    CHECK(payload == 5'000'000);
    CHECK(client.get("/").status == 200);
}

TEST_CASE("the connection ends when the client wants it or speaks HTTP/1.0") {
    auto server = start();
    struct Row {
        const char* what;
        std::string request;
        bool ends;
    };
    const Row rows[] = {
        {"close", "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", true},
        {"1.0", "GET / HTTP/1.0\r\n\r\n", true},
        {"1.0 with keep-alive", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", false},
        {"1.0 and chunks", "GET /chunked/3 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true},
        {"close and a long body",
         "GET /bytes/3000000 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", true},
        {"close after a delay", "GET /delay/2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
         true},
    };
    for (const Row& row : rows) {
        CAPTURE(row.what);
        Client client(server->port());
        REQUIRE(client.send(row.request));
        if (row.ends) {
            CHECK(client.take_all().starts_with("HTTP/1.1 200 OK\r\n"));
            CHECK(client.error == 0);
        } else {
            CHECK(client.take_answer().head.find("Connection: keep-alive") != std::string::npos);
            REQUIRE(client.send(row.request));
            CHECK(client.take_answer().status == 200);
        }
    }
}

TEST_CASE("a client that only ends its own direction still gets its answers") {
    auto server = start();
    for (const char* target : {"/", "/delay/5", "/bytes/3000000"}) {
        CAPTURE(target);
        Client client(server->port());
        std::string request = "GET " + std::string(target) + " HTTP/1.1\r\nHost: x\r\n\r\n";
        REQUIRE(client.send(request + request));
        shutdown(client.fd(), SHUT_WR);
        CHECK(client.take_answer().status == 200);
        CHECK(client.take_answer().status == 200);
        CHECK(client.take_all().empty());
        CHECK(client.error == 0);
    }
}

TEST_CASE("bad requests are told so and end the connection") {
    auto server = start();
    struct Row {
        const char* what;
        std::string request;
        int status;
    };
    const Row rows[] = {
        {"no HTTP", "hello world this is no http\r\n\r\n", 400},
        {"no Host", "GET / HTTP/1.1\r\n\r\n", 400},
        {"another version", "GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505},
        {"a bad length", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n", 400},
        {"bad chunks", "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
         400},
        {"after good ones", std::string(get_root) + "x\r\n\r\n", 400},
    };
    for (const Row& row : rows) {
        CAPTURE(row.what);
        Client client(server->port());
        REQUIRE(client.send(row.request));
        Client::Answer answer = client.take_answer();
        if (row.what == std::string_view("after good ones")) {
            CHECK(answer.status == 200);
            answer = client.take_answer();
        }
        CHECK(answer.status == row.status);
        CHECK(answer.head.find("Connection: close") != std::string::npos);
        CHECK(client.take_all().empty());
    }
    CHECK(server->counters().bad_requests == std::size(rows));
}

TEST_CASE("a token opens what needs one") {
    auto server = start();
    Client client(server->port());
    CHECK(client.get("/me").status == 401);
    REQUIRE(client.send("POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"));
    std::string body = client.take_answer().body;
    constexpr std::string_view before = "{\"token\":\"";
    REQUIRE(body.starts_with(before));
    std::string token = body.substr(before.size(), body.rfind('"') - before.size());
    REQUIRE(
        client.send("GET /me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token + "\r\n\r\n"));
    CHECK(client.take_answer().status == 200);
}

TEST_CASE("IPv6, a Unix socket and several threads serve as well") {
    {
        auto server = start({.address = "::1"});
        CHECK(server->url() == "http://[::1]:" + std::to_string(server->port()) + "/");
        CHECK(Client(server->port(), AF_INET6).get("/").status == 200);
    }
    std::string path = (std::filesystem::temp_directory_path() /
                        ("ringblast_target_" + std::to_string(getpid()) + ".sock"))
                           .string();
    {
        auto server = start({.unix_path = path, .threads = 2});
        CHECK(Client(path).get("/").status == 200);
    }
    CHECK_FALSE(std::filesystem::exists(path));
    {
        auto server = start({.threads = 2});
        for (int i = 0; i < 40; ++i) {
            CHECK(Client(server->port()).get("/").status == 200);
        }
        CHECK(server->counters().connections == 40);
    }
}

TEST_CASE("what cannot be listened on is said") {
    CHECK(TargetServer::start({.address = "somewhere"}).error().message ==
          "not an IPv4 or IPv6 address to listen on: somewhere");
    auto server = start();
    auto second = TargetServer::start({.port = server->port()});
    REQUIRE_FALSE(second.has_value());
    CHECK(second.error().message.find("Address already in use") != std::string::npos);
    CHECK(TargetServer::start({.unix_path = std::string(200, 'a')}).has_value() == false);
}
