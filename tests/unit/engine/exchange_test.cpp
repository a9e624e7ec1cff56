// One request's life through all that can happen to it and its connection: which outcome, how many
// connections, and that its user goes on.
#include "rig.hpp"

#include <doctest/doctest.h>

using namespace ringblast;
using namespace ringblast::test;

namespace {

/// A load of one user that ends after that many requests.
Profile requests_of(uint64_t count, const std::string& method = "GET") {
    Profile profile = profile_of({users_for(1, open_ended.count())}, method);
    profile.load.requests = count;
    return profile;
}

std::string response_of(size_t body_size, std::string_view more = "") {
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body_size) + "\r\n" +
           std::string(more) + "\r\n" + std::string(body_size, 'x');
}

} // namespace

TEST_CASE("every way in which one exchange can end") {
    struct Row {
        const char* why;
        Answer answer;
        Outcome outcome;
        uint64_t connections; ///< opened in a load of three such requests
    };
    const std::string closing = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    const std::string until_close = "HTTP/1.1 200 OK\r\n\r\nall of it";
    const std::string limited = "HTTP/1.1 429 Slow\r\nContent-Length: 0\r\n\r\n";
    const std::string broken = "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n";
    const std::string chunked =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\nT: v\r\n\r\n";
    const std::string interim = "HTTP/1.1 103 Early Hints\r\n\r\n" + std::string(ok_response);
    const std::string surplus = std::string(ok_response) + "more";
    const PeerEnd fin = PeerEnd::fin, reset = PeerEnd::reset;
    const Row rows[] = {
        {"whole", {.bytes = ok_response}, Outcome::ok, 1},
        {"byte by byte",
         {.bytes = ok_response, .piece_max = 1, .gap_ns_max = 1000},
         Outcome::ok,
         1},
        {"chunked, byte by byte",
         {.bytes = chunked, .piece_max = 1, .gap_ns_max = 1000},
         Outcome::ok,
         1},
        {"an interim response before it", {.bytes = interim, .piece_max = 3}, Outcome::ok, 1},
        {"Connection: close is obeyed", {.bytes = closing}, Outcome::ok, 3},
        {"a body that ends with the connection",
         {.bytes = until_close, .piece_max = 4, .gap_ns_max = 1000, .end = fin},
         Outcome::ok,
         3},
        {"such a body that ends with a reset is not whole",
         {.bytes = until_close, .end = reset},
         Outcome::reset,
         3},
        {"429", {.bytes = limited}, Outcome::rate_limited, 1},
        {"500", {.bytes = broken}, Outcome::http_error, 1},
        {"closed before the first byte", {.bytes = "", .end = fin}, Outcome::reset, 3},
        {"reset before the first byte", {.bytes = "", .end = reset}, Outcome::reset, 3},
        {"reset while we send",
         {.bytes = "", .end = reset, .send_error = EPIPE},
         Outcome::reset,
         3},
        {"closed within the head",
         {.bytes = ok_response, .cut = 20, .end = fin},
         Outcome::reset,
         3},
        {"reset within the head",
         {.bytes = ok_response, .cut = 20, .end = reset},
         Outcome::reset,
         3},
        {"closed a byte before the end",
         {.bytes = ok_response, .cut = ok_response.size() - 1, .end = fin},
         Outcome::reset,
         3},
        {"no HTTP at all", {.bytes = "SSH-2.0-OpenSSH\r\n\r\n"}, Outcome::protocol_error, 3},
        {"more bytes than announced", {.bytes = surplus}, Outcome::ok, 3},
        {"silence", {.bytes = ""}, Outcome::timeout, 3},
        {"silence within the body",
         {.bytes = ok_response, .cut = ok_response.size() - 1},
         Outcome::timeout,
         3},
    };
    for (const Row& row : rows) {
        INFO(std::string(row.why));
        Rig rig(requests_of(3));
        rig.io.answer = [&](const Asked&) { return row.answer; };
        rig.run(60_s);
        CHECK(rig.counts().started == 3);
        CHECK(rig.of(row.outcome) == 3);
        CHECK(rig.stats.connections_opened == row.connections);
        CHECK(rig.stats.retries == 0);
        CHECK(rig.stats.reconnects == 0);
        CHECK(rig.io.requests() == 3);
        check_books(rig);
    }
}

TEST_CASE("a 503 that says when to come again is told apart, also behind one that does not") {
    struct Row {
        const char* head;
        uint64_t refused;
    };
    const Row rows[] = {
        {"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n", 0},
        {"HTTP/1.1 503 No\r\nRetry-After: 120\r\nContent-Length: 0\r\n\r\n", 3},
        {"HTTP/1.1 503 No\r\nContent-Length: 0\r\nRETRY-AFTER: soon\r\n\r\n", 3},
        {"HTTP/1.1 503 No\r\nRetry-Afterw: 1\r\nContent-Length: 0\r\n\r\n", 0},
        {"HTTP/1.1 429 No\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n", 0},
        {"HTTP/1.1 200 OK\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n", 0},
    };
    for (const Row& row : rows) {
        INFO(std::string(row.head));
        Rig rig(requests_of(3));
        rig.io.answer = [&](const Asked&) { return Answer{.bytes = row.head}; };
        rig.run(60_s);
        CHECK(rig.counts().ended() == 3);
        CHECK(rig.stats.refused_for_now == row.refused);
    }
}

TEST_CASE("an idempotent request is sent once more when a reused connection was closed") {
    struct Row {
        const char* why;
        const char* method;
        PeerEnd end;
        bool again_too; ///< the second try fails as well
        uint64_t ok, retries, asked;
    };
    // The first request of a connection is answered, the second one is not.
    const Row rows[] = {
        {"GET, closed", "GET", PeerEnd::fin, false, 5, 4, 9},
        {"GET, reset", "GET", PeerEnd::reset, false, 5, 4, 9},
        {"DELETE", "DELETE", PeerEnd::reset, false, 5, 4, 9},
        {"never twice", "GET", PeerEnd::fin, true, 1, 1, 6},
        {"POST is not", "POST", PeerEnd::fin, false, 3, 0, 5},
        {"PATCH is not", "PATCH", PeerEnd::reset, false, 3, 0, 5},
    };
    for (const Row& row : rows) {
        INFO(std::string(row.why));
        Rig rig(requests_of(5, row.method));
        rig.io.answer = [&](const Asked& asked) {
            bool fails = asked.index == 1 || (row.again_too && rig.io.connects() > 1);
            return fails ? Answer{.bytes = "", .end = row.end} : ok_after(1_ms);
        };
        rig.run(60_s);
        CHECK(rig.counts().started == 5);
        CHECK(rig.of(Outcome::ok) == row.ok);
        CHECK(rig.of(Outcome::reset) == 5 - row.ok);
        CHECK(rig.stats.retries == row.retries);
        CHECK(rig.stats.reconnects == 0);
        CHECK(rig.io.requests() == row.asked);
        check_books(rig);
    }
}

TEST_CASE("a request that is sent once more keeps its due time") {
    Rig rig(requests_of(2));
    rig.io.answer = [](const Asked& asked) {
        return asked.index == 1 ? Answer{.bytes = "", .delay_ns = 30_ms, .end = PeerEnd::fin}
                                : ok_after(10_ms);
    };
    rig.run(60_s);
    CHECK(rig.latency().min() == 10_ms);
    CHECK(rig.latency().max() == 40_ms);
    CHECK(rig.read().service().max() == 10_ms);
}

TEST_CASE("not sent once more when a byte of the response had come") {
    Rig rig(requests_of(2));
    rig.io.answer = [](const Asked& asked) {
        return asked.index == 1 ? Answer{.bytes = "H", .end = PeerEnd::reset} : ok_after(1_ms);
    };
    rig.run(60_s);
    CHECK(rig.of(Outcome::ok) == 1);
    CHECK(rig.of(Outcome::reset) == 1);
    CHECK(rig.stats.retries == 0);
}

TEST_CASE("a connection closed while idle is opened again unseen") {
    // Open load: a request a second, the peer closes after half a second.
    Rig rig(profile_of({rate_for(1, 10_s)}));
    rig.io.answer = [](const Asked&) {
        return Answer{.bytes = ok_response, .end = PeerEnd::fin, .end_delay_ns = 500_ms};
    };
    rig.run();
    CHECK(rig.of(Outcome::ok) == 10);
    CHECK(rig.counts().started == 10);
    CHECK(rig.stats.reconnects == 9);
    CHECK(rig.stats.retries == 0);
    CHECK(rig.latency().max() == 1_ms);
    check_books(rig);
}

TEST_CASE("bytes that nobody asked for end an idle connection") {
    Rig rig(profile_of({rate_for(1, 3_s)}));
    const std::string late = std::string(ok_response) + "surplus";
    rig.io.answer = [&](const Asked&) { // the surplus in a piece of its own
        return Answer{.bytes = late, .piece_max = 1, .gap_ns_max = 1000};
    };
    rig.run();
    CHECK(rig.of(Outcome::ok) == 3);
    CHECK(rig.io.aborts() == 3);
    CHECK(rig.stats.reconnects == 2);
}

TEST_CASE("a limit of requests per connection is exact") {
    for (unsigned pipeline : {1u, 4u, 16u}) {
        CAPTURE(pipeline);
        Profile profile = requests_of(25);
        profile.target.requests_per_connection = 10;
        profile.load.pipeline = pipeline;
        Rig rig(profile);
        uint64_t index_max = 0;
        rig.io.answer = [&](const Asked& asked) {
            index_max = std::max(index_max, asked.index);
            return ok_after(1_ms);
        };
        rig.run(60_s);
        CHECK(rig.of(Outcome::ok) == 25);
        CHECK(index_max == 9);
        CHECK(rig.stats.connections_opened == 3);
        CHECK(rig.stats.reconnects == 0);
    }
}

TEST_CASE("a connection per request") {
    for (unsigned pipeline : {1u, 4u}) {
        for (bool keepalive : {false, true}) {
            CAPTURE(pipeline);
            CAPTURE(keepalive);
            Profile profile = requests_of(6);
            profile.target.keepalive = keepalive;
            profile.target.requests_per_connection = 1;
            profile.load.pipeline = pipeline;
            Rig rig(profile);
            rig.io.answer = [](const Asked&) {
                return Answer{.bytes = ok_response, .piece_max = 10, .gap_ns_max = 1000};
            };
            rig.run(60_s);
            CHECK(rig.of(Outcome::ok) == 6);
            CHECK(rig.stats.connections_opened == 6);
            check_books(rig);
        }
    }
}

TEST_CASE("pipelined requests are due together and end one by one") {
    Profile profile = requests_of(32);
    profile.load.pipeline = 16;
    Rig rig(profile);
    rig.io.answer = [](const Asked& asked) {
        return ok_after(static_cast<int64_t>(asked.index % 16 + 1) * 1_ms);
    };
    rig.run(60_s);
    CHECK(rig.of(Outcome::ok) == 32);
    CHECK(rig.latency().min() == 1_ms);
    CHECK(rig.latency().max() == 16_ms);
    CHECK(rig.stats.latency_sum_ns == 2 * 16 * 17 / 2 * 1'000'000);
    CHECK(rig.stats.connections_opened == 1);
}

TEST_CASE("what is pipelined behind the end of a connection") {
    const std::string closing = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    struct Row {
        const char* why;
        const char* method;
        Answer fifth; ///< of each connection
        uint64_t ok, retries;
    };
    const Row rows[] = {
        {"announced: the rest is sent once more", "GET", {.bytes = closing}, 8, 3},
        {"announced, with its end", "GET", {.bytes = closing, .end = PeerEnd::fin}, 8, 3},
        {"the end alone", "GET", {.bytes = "", .end = PeerEnd::fin}, 8, 4},
        {"a reset", "GET", {.bytes = "", .end = PeerEnd::reset}, 8, 4},
        {"a truncated response ends them all",
         "GET",
         {.bytes = ok_response, .cut = 5, .end = PeerEnd::fin},
         4,
         0},
        {"announced, not idempotent", "POST", {.bytes = closing}, 5, 0},
        {"the end alone, not idempotent", "POST", {.bytes = "", .end = PeerEnd::fin}, 4, 0},
        {"rubbish", "GET", {.bytes = "rubbish\r\n\r\n"}, 4, 0},
    };
    for (const Row& row : rows) {
        INFO(std::string(row.why));
        Profile profile = requests_of(8, row.method);
        profile.load.pipeline = 8;
        Rig rig(profile);
        rig.io.answer = [&](const Asked& asked) {
            return asked.index == 4 ? row.fifth : ok_after(1_ms);
        };
        rig.run(60_s);
        CHECK(rig.of(Outcome::ok) == row.ok);
        CHECK(rig.counts().ended() == 8);
        CHECK(rig.stats.retries == row.retries);
        check_books(rig);
    }
}

TEST_CASE("connects that fail, in all ways, and the pause after them") {
    struct Row {
        const char* why;
        Dial dial;
        int error;
        int64_t round_ns; ///< how long one try takes, its pause included
    };
    const Row rows[] = {
        {"refused", {.error = ECONNREFUSED, .delay_ns = 1_ms}, ECONNREFUSED, 11_ms},
        {"no socket could be had", {.refused_at_once = EMFILE}, EMFILE, 10_ms},
        {"no port", {.refused_at_once = EADDRNOTAVAIL}, EADDRNOTAVAIL, 10_ms},
        {"a handshake", {.error = -tls_result(TlsFailure::expired), .delay_ns = 1_ms},
         -tls_result(TlsFailure::expired), 11_ms},
    };
    for (const Row& row : rows) {
        INFO(std::string(row.why));
        Profile profile = profile_of({users_for(4, 1_s)});
        Rig rig(profile);
        rig.io.dial = [&] { return row.dial; };
        rig.run(60_s);
        auto rounds = static_cast<uint64_t>((1_s + row.round_ns - 1) / row.round_ns);
        CHECK(rig.counts().started == 4 * rounds);
        CHECK(rig.of(is_tls_result(row.error) ? Outcome::tls_error : Outcome::connect_error) ==
              4 * rounds);
        CHECK(rig.stats.connections_opened == 0);
        CHECK(rig.stats.connect_error == static_cast<uint64_t>(row.error));
        CHECK(rig.stats.out_of_files == (row.error == EMFILE ? 4 * rounds + 4 : 0));
        CHECK(rig.stats.out_of_ports == (row.error == EADDRNOTAVAIL ? 4 * rounds + 4 : 0));
        REQUIRE(rig.stats.errors().read().size() == 1);
        CHECK(rig.stats.errors().read().front().key.detail == row.error);
        check_books(rig);
    }
}

TEST_CASE("a user that is stopped and started within its pause has one pause, not two") {
    Rig rig(profile_of({users_for(1, 1_s), users_for(0, 50_us), users_for(1, 1_s)}));
    rig.io.dial = [] { return Dial{.error = ECONNREFUSED, .delay_ns = 1_us}; };
    rig.run(60_s);
    CHECK(rig.stage(0).started == 100); // every 10.001 ms
    CHECK(rig.stage(2).started == 100);
    check_books(rig);
}

TEST_CASE("a target that comes back is used again") {
    Rig rig(profile_of({users_for(3, 1_s)}));
    rig.io.dial = [&] {
        bool away = rig.started && rig.elapsed_ns() < 500_ms;
        return away ? Dial{.error = ECONNREFUSED, .delay_ns = 1_us} : Dial{};
    };
    rig.io.answer = [](const Asked& asked) {
        return asked.now_ns < FakeIo::start_ns + 100_ms ? Answer{.bytes = "", .end = PeerEnd::reset}
                                                        : ok_after(1_ms);
    };
    rig.run(60_s);
    CHECK(rig.of(Outcome::connect_error) > 100);
    CHECK(rig.of(Outcome::ok) > 3 * 480);
    CHECK(rig.io.open_connections() == 0);
    check_books(rig);
}

TEST_CASE("connects that nobody answers end with the connect time-out") {
    Profile profile = profile_of({users_for(2, 1_s)});
    profile.target.connect_timeout = Duration(200_ms);
    profile.target.keepalive = false;
    Rig rig(profile);
    rig.io.dial = [&] { return Dial{.silent = rig.started}; };
    rig.io.answer = [](const Asked&) { return ok_after(10_ms); };
    rig.run(60_s);
    // The first ones use the connections from before time zero, then each try takes 200 ms, the
    // sweep's period (12.5 ms) at most, and a pause.
    CHECK(rig.of(Outcome::ok) == 2);
    CHECK(rig.of(Outcome::connect_error) >= 2 * 4);
    CHECK(rig.of(Outcome::connect_error) <= 2 * 5);
    CHECK(rig.stats.errors().read().front().key.detail == ETIMEDOUT);
    CHECK(rig.latency().percentile(50) >= 200_ms);
    CHECK(rig.latency().max() <= 215_ms);
    check_books(rig);
}

TEST_CASE("a request time-out counts from the send and is met by the sweep") {
    Profile profile = requests_of(4);
    profile.target.timeout = Duration(800_ms);
    Rig rig(profile);
    rig.io.answer = [](const Asked&) { return Answer{.bytes = ok_response, .cut = 8}; };
    rig.run(60_s);
    CHECK(rig.of(Outcome::timeout) == 4);
    CHECK(rig.latency().min() >= 800_ms);
    CHECK(rig.latency().max() <= 852_ms); // a sweep's period is a sixteenth
    CHECK(rig.io.aborts() == 4);
    check_books(rig);
}

TEST_CASE("bodies of every size, received or discarded") {
    for (size_t size : {0u, 100u, 2048u, 16'384u, 16'385u, 40'000u, 65'536u, 65'537u, 300'000u}) {
        CAPTURE(size);
        const std::string response = response_of(size);
        for (size_t piece_max : {0u, 5000u}) {
            CAPTURE(piece_max);
            Rig rig(requests_of(20));
            rig.io.answer = [&](const Asked&) {
                return Answer{.bytes = response, .piece_max = piece_max, .gap_ns_max = 1000};
            };
            rig.run(60_s);
            CHECK(rig.of(Outcome::ok) == 20);
            CHECK(rig.stats.bytes_body == 20 * size);
            CHECK(rig.stats.bytes_received == 20 * response.size());
            CHECK(rig.stats.connections_opened == 1);
            CHECK((rig.io.discarded_bytes() > 17 * (size - 5000)) == (size > 65'536));
            check_books(rig);
        }
    }
}

TEST_CASE("sizes that change from response to response change the way of receiving") {
    const std::string bodies[] = {response_of(10), response_of(30'000), response_of(200'000),
                                  response_of(0), response_of(70'000, "Connection: close\r\n")};
    for (uint64_t seed = 1; seed <= 200; ++seed) {
        CAPTURE(seed);
        Rig rig(requests_of(60), {.seed = seed});
        rig.io.faults = {.late_ns_max = 200'000, .portions = 300};
        uint64_t body_bytes = 0;
        rig.io.answer = [&](const Asked&) {
            const std::string& response = bodies[rig.io.random(std::size(bodies))];
            body_bytes += response.size() - response.find("\r\n\r\n") - 4;
            return Answer{.bytes = response, .delay_ns = 100'000};
        };
        rig.run(60_s);
        CHECK(rig.of(Outcome::ok) == 60);
        CHECK(rig.stats.bytes_body == body_bytes);
        check_books(rig);
    }
}

TEST_CASE("a large request whose answer comes before it is out closes its connection") {
    Profile profile = requests_of(5, "POST");
    profile.classes[0].tasks[0].requests[0].body = std::string(100'000, 'b');
    const Answer answers[] = {{.bytes = ok_response, .delay_ns = 1_us},
                              {.bytes = ok_response, .delay_ns = 1_us, .send_error = EPIPE},
                              {.bytes = ok_response, .delay_ns = 50_ms}};
    const uint64_t connections[] = {5, 5, 1};
    for (size_t i = 0; i < std::size(answers); ++i) {
        CAPTURE(i);
        Rig rig(profile);
        rig.io.faults.late_ns_max = 20_ms; // the notice of the send
        rig.io.answer = [&](const Asked&) { return answers[i]; };
        rig.run(60_s);
        CHECK(rig.of(Outcome::ok) == 5);
        CHECK(rig.stats.connections_opened <= connections[i]);
        CHECK((rig.stats.connections_opened > 1) == (connections[i] > 1));
        check_books(rig);
    }
}

TEST_CASE("HEAD has no body whatever its head says") {
    Rig rig(requests_of(3, "HEAD"));
    rig.io.answer = [](const Asked&) {
        return Answer{.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"};
    };
    rig.run(60_s);
    CHECK(rig.of(Outcome::ok) == 3);
    CHECK(rig.stats.connections_opened == 1);
}

TEST_CASE("events of a generation before touch nothing") {
    Profile profile = requests_of(200);
    profile.target.requests_per_connection = 2;
    Rig rig(profile);
    rig.io.faults = {.late_ns_max = 900'000, .stale = 1000};
    rig.run(60_s);
    CHECK(rig.of(Outcome::ok) == 200);
    CHECK(rig.stats.stale_completions > 50);
    CHECK(rig.stats.retries == 0);
    check_books(rig);
}
