// The running target's WebSockets, from the other side of the socket.
#include "../protocol/websocket_listener.hpp"
#include "client.hpp"
#include "protocol/websocket_upgrade.hpp"

#include <doctest/doctest.h>

using namespace ringblast;
using namespace ringblast::test;

namespace {

using Heard = std::vector<std::string>;
using std::string;

const string upgrade_lines = "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                             "Sec-WebSocket-Version: 13\r\n"
                             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

string upgrade_request(const string& target) {
    return "GET " + target + " HTTP/1.1\r\nHost: x\r\n" + upgrade_lines + "\r\n";
}

/// A masked message as a client sends it.
string message(std::string_view payload, size_t fragment_size = 0, Opcode opcode = Opcode::text) {
    MessageSpec spec{.opcode = opcode, .fragment_size = fragment_size, .mask = RandomKey{}};
    string bytes(message_size(spec, payload.size()), '?');
    write_message(bytes.data(), spec, payload);
    return bytes;
}

/// A client's frame, right or wrong.
string masked(RawFrame frame) {
    frame.masked = true;
    return raw(frame);
}

class Socket {
public:
    Socket(uint16_t port, const string& target, std::string_view behind = "") : client(port) {
        listener_.rules.message_size_max = uint64_t{1} << 30;
        REQUIRE(client.send(upgrade_request(target) + string(behind)));
        CHECK(client.take_head() ==
              "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
              "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
    }

    /// The next `count` things that the server says; fewer when it ends.
    Heard take(size_t count) {
        while (true) {
            listener_.hear(client.received);
            client.received.clear();
            if (listener_.heard.size() >= count || !client.read_more()) {
                break;
            }
        }
        auto end = listener_.heard.begin() +
                   static_cast<ptrdiff_t>(std::min(count, listener_.heard.size()));
        Heard taken(listener_.heard.begin(), end);
        listener_.heard.erase(listener_.heard.begin(), end);
        return taken;
    }
    /// All up to the end of the connection.
    Heard take_all() {
        Heard heard = take(1000);
        CHECK(client.error == 0);
        return heard;
    }

    Client client;

private:
    Listener listener_;
};

} // namespace

TEST_CASE("messages of all sizes come back as they were") {
    auto server = start();
    Socket socket(server->port(), "/ws/echo");
    uint64_t count = 0;
    for (size_t size : {0, 1, 125, 126, 16'383, 16'384, 65'535, 65'536, 5'000'000}) {
        CAPTURE(size);
        string payload(size, 'x');
        for (size_t fragment_size : {size_t{0}, size_t{3000}}) {
            REQUIRE(socket.client.send(message(payload, fragment_size)));
            REQUIRE(socket.take(1) == Heard{"text " + payload});
            REQUIRE(socket.client.send(message(payload, fragment_size, Opcode::binary)));
            REQUIRE(socket.take(1) == Heard{"binary " + payload});
            count += 2;
        }
    }
    CHECK(server->counters().messages == count);
    CHECK(server->counters().requests == 1);
}

TEST_CASE("frames may be cut anywhere, also within the upgrade") {
    auto server = start();
    const string hello = message("Hello", 2) + masked({.opcode = 9, .payload = "ping"});
    const Heard answers = {"text Hello", "pong ping"};
    Socket with_request(server->port(), "/ws/echo", hello + hello.substr(0, 7));
    CHECK(with_request.take(2) == answers);
    REQUIRE(with_request.client.send(hello.substr(7)));
    CHECK(with_request.take(2) == answers);
    for (size_t cut = 1; cut < hello.size(); ++cut) {
        REQUIRE(with_request.client.send(hello.substr(0, cut)));
        // Another exchange in between, so that the first part is surely seen alone.
        REQUIRE(Client(server->port()).get("/").status == 200);
        REQUIRE(with_request.client.send(hello.substr(cut)));
        REQUIRE(with_request.take(2) == answers);
    }
    Client in_bytes(server->port());
    for (char c : upgrade_request("/ws/echo") + hello) {
        REQUIRE(in_bytes.send({&c, 1}));
    }
    CHECK(in_bytes.take_head().starts_with("HTTP/1.1 101 "));
    CHECK(in_bytes.take(13) == "\x81\x05Hello\x8a\x04ping");
}

TEST_CASE("many small messages come back in order") {
    auto server = start();
    Socket socket(server->port(), "/ws/echo");
    string messages;
    Heard expected;
    for (int i = 0; i < 1000; ++i) {
        messages += message("message " + std::to_string(i));
        expected.push_back("text message " + std::to_string(i));
    }
    for (int round = 0; round < 5; ++round) {
        REQUIRE(socket.client.send(messages));
        REQUIRE(socket.take(1000) == expected);
    }
}

TEST_CASE("a peer that does not read loses nothing and gets everything in order") {
    auto server = start();
    Socket socket(server->port(), "/ws/echo");
    string messages;
    constexpr int count = 200;
    for (int i = 0; i < count; ++i) {
        messages += message(string(100'000, static_cast<char>('a' + i % 26)));
    }
    REQUIRE(socket.client.send(messages)); // 20 MB, more than any socket buffer
    REQUIRE(Client(server->port()).get("/").status == 200);
    for (int i = 0; i < count; ++i) {
        CAPTURE(i);
        Heard heard = socket.take(1);
        CAPTURE(socket.client.error);
        REQUIRE(heard.size() == 1);
        CAPTURE(heard[0].substr(0, 20));
        REQUIRE(heard[0] == "text " + string(100'000, static_cast<char>('a' + i % 26)));
    }
}

TEST_CASE("closes are answered and the server ends the connection") {
    auto server = start();
    struct Row {
        string what, bytes;
        Heard heard;
    };
    const Row rows[] = {
        {"a close", masked({.opcode = 8, .payload = close_payload(1000, "bye")}), {"close 1000 "}},
        {"one without a code", masked({.opcode = 8}), {"close 1005 "}},
        {"behind a message",
         message("a") + masked({.opcode = 8, .payload = close_payload(4000)}),
         {"text a", "close 4000 "}},
        {"twice", masked({.opcode = 8}) + masked({.opcode = 8}), {"close 1005 "}},
        {"an unmasked frame", raw({.payload = "a"}), {"close 1002 a client's frame unmasked"}},
        {"a reserved opcode", masked({.opcode = 3}), {"close 1002 a reserved opcode"}},
        {"no UTF-8", masked({.payload = "\xff"}), {"close 1007 text that is not UTF-8"}},
        {"more than 64 MiB",
         string("\x82\xff\0\0\0\0\x04\0\0\x01", 10) + "keys",
         {"close 1009 a message longer than the limit"}},
    };
    for (const Row& row : rows) {
        CAPTURE(row.what);
        Socket socket(server->port(), "/ws/echo");
        REQUIRE(socket.client.send(row.bytes));
        CHECK(socket.take_all() == row.heard);
    }
    CHECK(server->counters().bad_frames == 4);
    Socket leaves(server->port(), "/ws/echo");
    REQUIRE(leaves.client.send(message("last words")));
    shutdown(leaves.client.fd(), SHUT_WR);
    CHECK(leaves.take_all() == Heard{"text last words"});
}

TEST_CASE("what is no upgrade is told what is missing, and may go on") {
    auto server = start();
    Client client(server->port());
    Client::Answer answer = client.get("/ws/echo");
    CHECK(answer.status == 426);
    CHECK(answer.head.find("\r\nUpgrade: websocket\r\n") != string::npos);
    CHECK(answer.head.find("\r\nSec-WebSocket-Version: 13\r\n") != string::npos);
    REQUIRE(client.send("GET /ws/echo HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
                        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\r\n"));
    CHECK(client.take_answer().status == 400);
    REQUIRE(client.send("DELETE /ws/echo HTTP/1.1\r\nHost: x\r\n\r\n"));
    CHECK(client.take_answer().status == 405);
    CHECK(client.get("/").status == 200);
    CHECK(client.get("/ws/other").status == 404);
    REQUIRE(client.send("GET /ws/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n" +
                        upgrade_lines + "\r\nx"));
    CHECK(client.take_answer().status == 400);
    CHECK(client.take_all().empty());
    Client with_subprotocol(server->port());
    REQUIRE(with_subprotocol.send("GET /ws/echo HTTP/1.1\r\nHost: x\r\n" + upgrade_lines +
                                  "Sec-WebSocket-Protocol: chat, soap\r\n\r\n"));
    CHECK(with_subprotocol.take_head().find("\r\nSec-WebSocket-Protocol: chat\r\n") !=
          string::npos);
}

TEST_CASE("a request before the upgrade is answered before it") {
    auto server = start();
    Client client(server->port());
    REQUIRE(client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n" + upgrade_request("/ws/echo") +
                        message("a")));
    CHECK(client.take_answer().body == "ok\n");
    CHECK(client.take_head().starts_with("HTTP/1.1 101 "));
    CHECK(client.take(3) == "\x81\x01"
                            "a");
}

TEST_CASE("a broadcast reaches everyone who is there, and nobody else") {
    auto server = start();
    Socket first(server->port(), "/ws/broadcast");
    Socket second(server->port(), "/ws/broadcast");
    Socket elsewhere(server->port(), "/ws/echo");
    REQUIRE(first.client.send(message("one", 2)));
    CHECK(first.take(1) == Heard{"text one"});
    CHECK(second.take(1) == Heard{"text one"});
    {
        Socket third(server->port(), "/ws/broadcast");
        REQUIRE(third.client.send(message("two") + message("three", 0, Opcode::binary)));
        for (Socket* socket : {&first, &second, &third}) {
            CHECK(socket->take(2) == Heard{"text two", "binary three"});
        }
        REQUIRE(third.client.send(masked({.opcode = 8})));
        CHECK(third.take_all() == Heard{"close 1005 "});
    }
    REQUIRE(second.client.send(masked({.opcode = 9, .payload = "mine"}) + message("four")));
    CHECK(first.take(1) == Heard{"text four"});
    CHECK(second.take(2) == Heard{"pong mine", "text four"});
    REQUIRE(elsewhere.client.send(message("echo")));
    CHECK(elsewhere.take(1) == Heard{"text echo"});
    // Its length alone is refused: what came behind might meet a closed connection.
    REQUIRE(first.client.send(message(string((1 << 20) + 1, 'x')).substr(0, 64)));
    CHECK(first.take(1) == Heard{"close 1009 a message longer than the limit"});
}

TEST_CASE("thousands of messages at once reach a whole room in order") {
    auto server = start();
    constexpr int members = 20, count = 2000;
    std::vector<std::unique_ptr<Socket>> sockets;
    for (int i = 0; i < members; ++i) {
        sockets.push_back(std::make_unique<Socket>(server->port(), "/ws/broadcast"));
    }
    string messages;
    Heard expected;
    for (int i = 0; i < count; ++i) {
        messages += message(std::to_string(i));
        expected.push_back("text " + std::to_string(i));
    }
    REQUIRE(sockets[0]->client.send(messages));
    for (auto& socket : sockets) {
        REQUIRE(socket->take(count) == expected);
    }
    for (int i = 0; i < members; i += 2) {
        sockets[static_cast<size_t>(i)].reset();
    }
    REQUIRE(sockets[1]->client.send(message("left")));
    for (int i = 1; i < members; i += 2) {
        REQUIRE(sockets[static_cast<size_t>(i)]->take(1) == Heard{"text left"});
    }
}

TEST_CASE("a member that does not read is dropped, the others hear everything") {
    auto server = start();
    Socket sleeper(server->port(), "/ws/broadcast");
    Socket speaker(server->port(), "/ws/broadcast");
    const string payload(500'000, 'x');
    for (int i = 0; i < 60; ++i) { // 30 MB
        REQUIRE(speaker.client.send(message(payload)));
        REQUIRE(speaker.take(1) == Heard{"text " + payload});
    }
    while (sleeper.client.read_more()) {
    }
    CHECK(sleeper.client.error == ECONNRESET);
    CHECK(server->counters().connections_open == 1);
}
