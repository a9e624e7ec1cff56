// Blasts of WebSockets: round trips and connects, how each can end, what the peer hears of us, and
// that the books agree.
#include "rig.hpp"
#include "socket_peer.hpp"

#include <doctest/doctest.h>

using namespace ringblast;
using namespace ringblast::test;

namespace {

using Said = SocketPeer::Said;

Profile socket_profile(std::vector<Stage> stages, const std::string& message = "hello") {
    Profile profile = profile_of(std::move(stages));
    profile.target.base_url = "ws://localhost/echo";
    profile.classes.front().tasks.front().requests.front().body = message;
    return profile;
}
Profile trips_of(uint64_t count, double users = 1, const std::string& message = "hello") {
    Profile profile = socket_profile({users_for(users, open_ended.count())}, message);
    profile.load.requests = count;
    return profile;
}

struct SocketRig : Rig {
    explicit SocketRig(const Profile& profile, const Options& options = {})
        : Rig(profile, options) {
        io.answer = [this](const Asked& asked) { return peer.answer(asked); };
    }
    Counts trips(unsigned phase = phase_measured) { return read().leaf(phase, 1).counts; }
    Counts connects(unsigned phase = phase_measured) { return read().leaf(phase, 0).counts; }
    uint64_t closes(int code) {
        std::map<int, uint64_t> codes = collector.close_codes();
        return codes.contains(code) ? codes[code] : 0;
    }
    uint64_t closes() {
        uint64_t sum = 0;
        for (auto [code, count] : collector.close_codes()) {
            sum += count;
        }
        return sum;
    }
    void check_socket_books() {
        for (unsigned phase = 0; phase < phase_count; ++phase) {
            CHECK(trips(phase).started == trips(phase).ended());
            CHECK(connects(phase).started == connects(phase).ended());
        }
        CHECK(stats.in_flight_area_ns == stats.latency_sum_ns);
        CHECK(stats.arrivals == stats.tasks_started + stats.dropped);
        CHECK(peer.violation == "");
        CHECK(io.violation() == "");
        CHECK(peer.messages <= stats.ws_sent); // what was sent at the end of all may be unheard
    }
    SocketPeer peer;
};

} // namespace

TEST_CASE("users on warm connections do nothing but round trips, and say goodbye") {
    for (size_t piece_max : {0, 1, 3}) {
        CAPTURE(piece_max);
        SocketRig rig(trips_of(1000, 10));
        rig.peer.on_message = [&](const std::string& message, uint64_t) {
            return Said{frame_of(message), {.piece_max = piece_max, .gap_ns_max = 1000}};
        };
        rig.run(60_s);
        CHECK(rig.trips().of(Outcome::ok) == 1000);
        CHECK(rig.trips().started == 1000);
        CHECK(rig.connects().started == 0);
        CHECK(rig.stats.connections_opened == 10);
        CHECK(rig.stats.ws_connections == 10);
        CHECK(rig.stats.ws_sent == 1000);
        CHECK(rig.stats.ws_received == 1000);
        CHECK(rig.stats.ws_dropped == 0);
        CHECK(rig.stats.bytes_body == 5000);
        CHECK(rig.peer.messages == 1000);
        CHECK(rig.peer.controls == std::map<std::string, uint64_t>{{"close 1000 ", 10}});
        CHECK(rig.closes(1000) == 10);
        CHECK(rig.closes() == 10);
        CHECK(rig.read().ws_connect().count() == 10);
        rig.check_socket_books();
    }
}

TEST_CASE("latency runs from the due time to the last byte of the echo") {
    SocketRig rig(trips_of(10));
    rig.peer.on_message = [](const std::string& message, uint64_t) {
        return Said{frame_of(message), {.delay_ns = 3_ms}};
    };
    rig.run(60_s);
    Histogram latency = rig.read().leaf(phase_measured, 1).latency();
    CHECK(latency.min() == 3_ms);
    CHECK(latency.max() == 3_ms);
}

TEST_CASE("every way in which a round trip can end") {
    struct Row {
        const char* why;
        Said said;
        Outcome outcome;
        int code;         ///< with which the connection is counted
        uint64_t dropped; ///< of three
        const char* heard = "";
    };
    const PeerEnd fin = PeerEnd::fin, reset = PeerEnd::reset;
    const std::string echo = frame_of("hello");
    const std::string fragments = raw({.payload = "he", .final = false}) + frame_of("p", 9) +
                                  raw({.opcode = 0, .payload = "ll", .final = false}) +
                                  frame_of("o", 0);
    const Row rows[] = {
        {"the echo", {echo}, Outcome::ok, 1000, 0},
        {"in fragments, with a ping between them", {fragments}, Outcome::ok, 1000, 0, "pong p"},
        {"such fragments byte by byte",
         {fragments, {.piece_max = 1, .gap_ns_max = 1000}},
         Outcome::ok,
         1000,
         0,
         "pong p"},
        {"behind other messages",
         {frame_of("hell") + frame_of("hello!") + frame_of("") + frame_of("hello", 2) + echo},
         Outcome::ok,
         1000,
         0},
        {"with more messages behind it", {echo + frame_of("news")}, Outcome::ok, 1000, 0},
        {"a pong that nobody asked for, then the echo",
         {frame_of("x", 10) + echo},
         Outcome::ok,
         1000,
         0},
        {"something else", {frame_of("HELLO")}, Outcome::timeout, 1006, 0},
        {"silence", {""}, Outcome::timeout, 1006, 0},
        {"half of it", {echo, {.cut = 4}}, Outcome::timeout, 1006, 0},
        {"the end of the connection", {"", {.end = fin}}, Outcome::reset, 1006, 3},
        {"a reset", {"", {.end = reset}}, Outcome::reset, 1006, 3},
        {"the end in the middle of the echo",
         {echo, {.cut = 4, .end = fin}},
         Outcome::reset,
         1006,
         3},
        {"a close instead of it", {close_of(1011, "no")}, Outcome::reset, 1011, 3, "close 1011 "},
        {"a close without code, and the connection stays",
         {frame_of("", 8)},
         Outcome::reset,
         1005,
         3,
         "close 1005 "},
        {"a masked frame",
         {raw({.payload = "hello", .masked = true})},
         Outcome::protocol_error,
         1002,
         3,
         "close 1002 a server's frame masked"},
        {"no UTF-8",
         {frame_of("\xff")},
         Outcome::protocol_error,
         1007,
         3,
         "close 1007 text that is not UTF-8"},
    };
    for (const Row& row : rows) {
        INFO(std::string(row.why));
        SocketRig rig(trips_of(3));
        rig.peer.on_message = [&](const std::string&, uint64_t) { return row.said; };
        rig.run(120_s);
        CHECK(rig.trips().started == 3);
        CHECK(rig.trips().of(row.outcome) == 3);
        bool ok = row.outcome == Outcome::ok;
        CHECK(rig.connects().of(Outcome::ok) == (ok ? 0 : 2));
        CHECK(rig.stats.ws_connections == (ok ? 1 : 3));
        CHECK(rig.stats.ws_dropped == row.dropped);
        CHECK(rig.closes(row.code) == (ok ? 1 : 3));
        CHECK(rig.closes() == (ok ? 1 : 3));
        if (*row.heard != '\0') {
            CHECK(rig.peer.controls[row.heard] == 3);
        }
        rig.check_socket_books();
    }
}

TEST_CASE("every way in which a connect can end") {
    struct Row {
        const char* why;
        std::function<Said(std::string)> answer;
        Outcome outcome;
    };
    auto with = [](const char* text) { return [text](const std::string&) { return Said{text}; }; };
    const Row rows[] = {
        {"404", with("HTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\nno"), Outcome::http_error},
        {"200", with("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), Outcome::http_error},
        {"429", with("HTTP/1.1 429 No\r\nContent-Length: 0\r\n\r\n"), Outcome::rate_limited},
        {"a proof that is wrong",
         with("HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
              "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"),
         Outcome::protocol_error},
        {"no HTTP", with("SSH-2.0\r\n\r\n"), Outcome::protocol_error},
        {"silence", with(""), Outcome::timeout},
        {"half an answer",
         [](const std::string& right) {
             return Said{right, {.cut = 30}};
         },
         Outcome::timeout},
        {"the end",
         [](const std::string& right) {
             return Said{right, {.cut = 30, .end = PeerEnd::fin}};
         },
         Outcome::reset},
        {"a reset",
         [](const std::string&) {
             return Said{"", {.end = PeerEnd::reset}};
         },
         Outcome::reset},
    };
    for (const Row& row : rows) {
        INFO(std::string(row.why));
        SocketRig rig(socket_profile({users_for(2, 2_s)}));
        rig.plan.timeout_ns = 100_ms;
        uint64_t upgrades = 0;
        rig.peer.on_upgrade = [&](std::string right) { // two ahead of the load, three of it
            return ++upgrades <= 5 ? row.answer(right) : Said{right};
        };
        rig.run(60_s);
        CHECK(rig.connects().of(row.outcome) == 3);
        CHECK(rig.connects().of(Outcome::ok) == 2);
        CHECK(rig.connects().started == 5);
        CHECK(rig.trips().ok() > 1000);
        CHECK(rig.trips().failed() == 0);
        CHECK(rig.closes(1000) == 2);
        rig.check_socket_books();
    }
    SUBCASE("no connection at all") {
        SocketRig rig(socket_profile({users_for(2, 1_s)}));
        int dials = 0;
        rig.io.dial = [&] { return Dial{.error = ++dials <= 5 ? ECONNREFUSED : 0}; };
        rig.run(60_s);
        CHECK(rig.connects().of(Outcome::connect_error) == 3);
        CHECK(rig.connects().of(Outcome::ok) == 2);
        CHECK(rig.trips().ok() > 500);
        rig.check_socket_books();
    }
}

TEST_CASE("the answer to the upgrade may come in pieces and with frames behind it") {
    for (size_t piece_max : {0, 1, 7}) {
        SocketRig rig(trips_of(10, 2));
        rig.peer.on_upgrade = [&](const std::string& right) {
            return Said{"HTTP/1.1 103 Early\r\n\r\n" + right + frame_of("welcome") +
                            frame_of("there?", 9),
                        {.piece_max = piece_max, .gap_ns_max = 1000}};
        };
        rig.run(60_s);
        CHECK(rig.trips().ok() == 10);
        CHECK(rig.stats.ws_received == 12);
        CHECK(rig.peer.controls["pong there?"] == 2);
        rig.check_socket_books();
    }
}

TEST_CASE("a large message is sent whole before anything else is") {
    const std::string message(100'000, 'x');
    SocketRig rig(trips_of(20, 1, message));
    rig.io.faults.late_ns_max = 3_ms; // of the news that a send has ended
    rig.peer.on_message = [](const std::string& text, uint64_t count) {
        return Said{frame_of(std::to_string(count), 9) + frame_of(text),
                    {.piece_max = 30'000, .gap_ns_max = 100'000}};
    };
    rig.run(60_s);
    CHECK(rig.trips().ok() == 20);
    CHECK(rig.peer.messages == 20);
    CHECK(rig.peer.controls.size() >= 2);
    rig.check_socket_books();
}

TEST_CASE("a message that is no UTF-8 goes as a binary one") {
    SocketRig rig(trips_of(3, 1, "\xff\xfe"));
    rig.peer.on_message = [](const std::string& message, uint64_t) {
        return Said{frame_of(message, 2)};
    };
    rig.run(10_s);
    CHECK(rig.trips().ok() == 3);
}

TEST_CASE("a limit of round trips per connection, with exact numbers") {
    Profile profile = trips_of(100, 4);
    profile.target.requests_per_connection = 5;
    SocketRig rig(profile);
    rig.run(60_s);
    CHECK(rig.trips().ok() == 100);
    CHECK(rig.closes(1000) == rig.stats.ws_connections);
    CHECK(rig.stats.ws_connections >= 20);
    CHECK(rig.stats.ws_dropped == 0);
    rig.check_socket_books();
}

TEST_CASE("a connection that the server closes between two round trips is made anew") {
    Profile profile = socket_profile({rate_for(10, 10_s)});
    profile.load.ready_users = 1;
    SocketRig rig(profile);
    rig.peer.on_message = [](const std::string& message, uint64_t count) {
        return count == 2 ? Said{frame_of(message) + close_of(1001), {.end = PeerEnd::fin}}
                          : Said{frame_of(message)};
    };
    rig.run(60_s);
    CHECK(rig.trips().ok() == 100);
    CHECK(rig.stats.arrivals == 100);
    CHECK(rig.stats.ws_dropped == 33);
    CHECK(rig.connects().ok() == 33);
    CHECK(rig.closes(1001) == 33);
    CHECK(rig.closes(1000) == 1);
    rig.check_socket_books();
}

TEST_CASE("an open load makes the connections that it needs") {
    Profile profile = socket_profile({rate_for(1000, 5_s)});
    profile.load.ready_users = 2;
    SocketRig rig(profile);
    rig.peer.on_message = [](const std::string& message, uint64_t) {
        return Said{frame_of(message), {.delay_ns = 50_ms}};
    };
    rig.run(60_s);
    CHECK(rig.trips().ok() == 5000);
    CHECK(rig.stats.tasks_started == 5000);
    CHECK(rig.connects().ok() + 2 == rig.stats.ws_connections);
    CHECK(rig.connects().ok() > 40);
    CHECK(rig.closes(1000) == rig.stats.ws_connections);
    rig.check_socket_books();
}

TEST_CASE("users who leave a ramp say goodbye") {
    SocketRig rig(socket_profile({users_for(10, 1_s), users_for(0, 5_s, true)}));
    rig.run(60_s);
    CHECK(rig.closes(1000) == 10);
    CHECK(rig.trips().failed() == 0);
    CHECK(rig.io.open_connections() == 0);
    rig.check_socket_books();
}

TEST_CASE("a peer that never answers our close does not hold up the end for long") {
    SocketRig rig(trips_of(10, 2));
    rig.peer.on_close = [](uint64_t) { return Said{}; };
    rig.run(60_s);
    CHECK(rig.trips().ok() == 10);
    CHECK(rig.elapsed_ns() < 2_s);
    CHECK(rig.peer.controls["close 1000 "] == 2);
    rig.check_socket_books();
}

TEST_CASE("whatever peers and door do, every request ends once and the run is over") {
    constexpr uint64_t runs = 600 / repeats_divisor;
    for (uint64_t seed = 1; seed <= runs; ++seed) {
        CAPTURE(seed);
        bool open = seed % 2 == 0;
        Profile profile =
            open ? socket_profile({rate_for(400, 500_ms)}) : socket_profile({users_for(6, 500_ms)});
        profile.load.max_users = 20;
        profile.load.graceful_stop = std::chrono::milliseconds(seed % 3 * 100);
        profile.target.timeout = std::chrono::milliseconds(50);
        profile.target.connect_timeout = std::chrono::milliseconds(20);
        profile.target.requests_per_connection = seed % 5 == 0 ? 3 : 0;
        if (seed % 4 == 0) {
            profile.classes.front().tasks.front().requests.front().body = std::string(20'000, 'm');
        }
        SocketRig rig(profile, {.seed = seed});
        rig.io.faults = {.late_ns_max = static_cast<int64_t>(seed % 3 * 100'000),
                         .events_while_closing = 300,
                         .stale = 300,
                         .dry = 20,
                         .portions = 200,
                         .reorder = true};
        auto rude = [&](Said said) {
            FakeIo& io = rig.io;
            said.how.delay_ns = static_cast<int64_t>(io.random(3'000'000));
            said.how.piece_max = io.chance(200) ? 1 + io.random(8) * io.random(500) : 0;
            said.how.gap_ns_max = 10'000;
            said.how.cut = io.chance(20) ? io.random(said.bytes.size() + 1) : SIZE_MAX;
            said.how.end =
                io.chance(20) ? (io.chance(500) ? PeerEnd::fin : PeerEnd::reset) : said.how.end;
            return said;
        };
        rig.io.dial = [&] {
            Dial how{.delay_ns = static_cast<int64_t>(rig.io.random(300'000))};
            how.error = rig.io.chance(30) ? ECONNREFUSED : 0;
            how.silent = rig.io.chance(10);
            how.refused_at_once = rig.io.chance(10) ? EMFILE : 0;
            return how;
        };
        rig.peer.on_upgrade = [&](std::string right) {
            return rude({rig.io.chance(20) ? "HTTP/1.1 503 No\r\n\r\n" : std::move(right)});
        };
        rig.peer.on_message = [&](const std::string& message, uint64_t) {
            std::string bytes = frame_of(message);
            switch (rig.io.random(30)) {
            case 0:
                bytes = close_of(1001) + bytes;
                break;
            case 1:
                bytes = frame_of("?", 9) + bytes + frame_of("!", 9);
                break;
            case 2:
                bytes = "\xff\xff";
                break;
            case 3:
                bytes += close_of(4000);
                break;
            case 4:
                bytes = raw({.payload = message.substr(0, 2), .final = false}) +
                        frame_of(message.substr(2), 0);
                break;
            default:
                break;
            }
            return rude({std::move(bytes)});
        };
        rig.peer.on_close = [&](uint64_t) {
            return rig.io.chance(100) ? Said{} : Said{close_of(1000), {.end = PeerEnd::fin}};
        };
        rig.run(20_s);
        REQUIRE(rig.trips().ok() > 0);
        rig.check_socket_books();
        CHECK(rig.closes() <= rig.stats.ws_connections);
    }
}
