// Tasks on WebSockets on the fake clock: what users say and when, what they wait for, how a task
// ends, and that the connection beside it is left alone.
#include "rig.hpp"
#include "socket_peer.hpp"

#include <doctest/doctest.h>

using namespace ringblast;
using namespace ringblast::test;
using namespace std::chrono_literals;

namespace {

using Kind = SocketStep::Kind;
using Said = SocketPeer::Said;

SocketStep say(const std::string& text) { return {.send = text}; }
SocketStep await(const std::string& text) { return {.expect = text}; }
SocketStep ask(const std::string& text, const std::string& answer) {
    return {.send = text, .expect = answer};
}
SocketStep hold(Duration time) { return {.kind = Kind::hold, .hold = time}; }

/// A task `chat` with these steps; a request for each that waits, as the loader has it.
Task chat(std::vector<SocketStep> steps, const std::string& path = "/ws") {
    Task task{.name = "chat", .requests = {{.name = "chat connect", .path = path}}};
    for (SocketStep& step : steps) {
        if (step.expect) {
            step.request = task.requests.size();
            task.requests.push_back({.name = "chat", .method = "WS"});
        }
    }
    task.ws = SocketTask{.subprotocols = {}, .steps = std::move(steps)};
    return task;
}

Profile talking(std::vector<Stage> stages, std::vector<Task> tasks, Wait wait = {}) {
    Profile profile = profile_of(std::move(stages));
    profile.classes = {{.name = "talker", .wait = wait, .tasks = std::move(tasks)}};
    return profile;
}

/// HTTP on the first slots, WebSockets on those behind them.
struct TalkRig : Rig {
    explicit TalkRig(const Profile& profile, const Options& options = {}) : Rig(profile, options) {
        auto users = static_cast<uint32_t>(options.share.of(plan.users_peak));
        io.answer = [this, users](const Asked& asked) {
            if (asked.slot < users) {
                ++http_requests;
                return Answer{.bytes = ok_response};
            }
            if (asked.index == 0) {
                heads.emplace_back(asked.bytes);
            }
            return peer.answer(asked);
        };
        peer.on_message = [this](const std::string& message, uint64_t) {
            said.push_back(message);
            return Said{frame_of("re: " + message)};
        };
    }
    Counts of_leaf(unsigned leaf, unsigned phase = phase_measured) {
        return read().leaf(phase, leaf).counts;
    }
    uint64_t closes(int code) {
        read();
        std::map<int, uint64_t> codes = collector.close_codes();
        return codes.contains(code) ? codes[code] : 0;
    }
    void check_talk_books() {
        for (unsigned leaf = 0; leaf < plan.leaves.size(); ++leaf) {
            CHECK(of_leaf(leaf).started == of_leaf(leaf).ended());
        }
        CHECK(stats.in_flight_area_ns == stats.latency_sum_ns);
        CHECK(peer.violation == "");
        CHECK(io.violation() == "");
    }
    SocketPeer peer;
    std::vector<std::string> said, heads;
    uint64_t http_requests = 0;
};

/// One task of one user.
TalkRig& once(TalkRig& rig) {
    rig.plan.once = true;
    rig.run(60_s);
    rig.check_talk_books();
    return rig;
}
Profile one_talk(std::vector<SocketStep> steps) {
    return talking({users_for(1, 30_s)}, {chat(std::move(steps))});
}

} // namespace

TEST_CASE("steps in their order: what is said, waited for, held and closed") {
    SocketStep repeated = ask("n", "re: n");
    repeated.repeat = 3;
    TalkRig rig(one_talk({ask("hello", "hello"), say("news"), repeated, hold(5s),
                          {.kind = Kind::ping, .send = "p"},
                          {.kind = Kind::close, .close_code = 4001}}));
    once(rig);
    CHECK(rig.said == std::vector<std::string>{"hello", "news", "n", "n", "n"});
    CHECK(rig.of_leaf(0).of(Outcome::ok) == 1); // connect
    CHECK(rig.of_leaf(1).of(Outcome::ok) == 1);
    CHECK(rig.of_leaf(2).of(Outcome::ok) == 3);
    CHECK(rig.stats.ws_sent == 5);
    CHECK(rig.stats.ws_received == 5);
    CHECK(rig.stats.ws_dropped == 0);
    CHECK(rig.peer.controls == std::map<std::string, uint64_t>{{"ping p", 1}, {"close 4001 ", 1}});
    CHECK(rig.elapsed_ns() >= 5_s);
    CHECK(rig.elapsed_ns() < 6_s);
    CHECK(rig.http_requests == 0);
    CHECK(rig.stats.connections_opened == 1); // users that never speak HTTP open nothing for it
}

TEST_CASE("messages in one packet answer one step after the other") {
    for (size_t piece_max : {0, 1, 7}) {
        CAPTURE(piece_max);
        TalkRig rig(one_talk({await("welcome"), ask("a", "first"), await("second"), await("th")}));
        rig.peer.on_upgrade = [&](std::string right_answer) {
            return Said{right_answer + frame_of("noise") + frame_of("you are welcome"),
                        {.piece_max = piece_max}};
        };
        rig.peer.on_message = [&](const std::string&, uint64_t) {
            return Said{frame_of("first") + frame_of("second") + frame_of("third"),
                        {.piece_max = piece_max}};
        };
        once(rig);
        CHECK(rig.of_leaf(1).of(Outcome::ok) == 1);
        CHECK(rig.of_leaf(2).of(Outcome::ok) == 1);
        CHECK(rig.of_leaf(3).of(Outcome::ok) == 1);
        CHECK(rig.of_leaf(4).of(Outcome::ok) == 1);
        CHECK(rig.stats.ws_received == 5);
        CHECK(rig.closes(1000) == 1);
    }
}

TEST_CASE("a message that does not come: check_failed within its time, else a time-out") {
    struct Row {
        const char* why;
        SocketStep step;
        Outcome outcome;
    };
    SocketStep within = ask("x", "never");
    within.within = 2s;
    SocketStep expression{.send = "x", .expect = "^re: [0-9]+$", .expression = true, .within = 1s};
    SocketStep alone = await("never");
    alone.within = 1s;
    const Row rows[] = {
        {"with within", within, Outcome::check_failed},
        {"without, after the time of a request", ask("x", "never"), Outcome::timeout},
        {"an expression that does not match", expression, Outcome::check_failed},
        {"nothing was sent", alone, Outcome::check_failed},
    };
    for (const Row& row : rows) {
        INFO(std::string(row.why));
        TalkRig rig(one_talk({row.step, ask("later", "later")}));
        once(rig);
        CHECK(rig.of_leaf(1).of(row.outcome) == 1);
        CHECK(rig.of_leaf(2).started == 0); // the task is over
        CHECK(rig.closes(1000) == 1);       // said goodbye nevertheless
        CHECK(rig.stats.ws_dropped == 0);
    }
}

TEST_CASE("an expression that matches") {
    TalkRig rig(one_talk({{.send = "42", .expect = "^re: [0-9]+$", .expression = true}}));
    CHECK(once(rig).of_leaf(1).of(Outcome::ok) == 1);
}

TEST_CASE("the peer ends it") {
    struct Row {
        const char* why;
        Said said;
        Outcome outcome;
        int code;
    };
    const Row rows[] = {
        {"a close", {close_of(1011), {.end = PeerEnd::fin}}, Outcome::reset, 1011},
        {"no close", {"", {.end = PeerEnd::fin}}, Outcome::reset, 1006},
        {"a reset", {"", {.end = PeerEnd::reset}}, Outcome::reset, 1006},
        {"a frame that is none", {"\x8f\x01x"}, Outcome::protocol_error, 1002},
    };
    for (const Row& row : rows) {
        INFO(std::string(row.why));
        TalkRig rig(one_talk({ask("x", "never"), ask("later", "later")}));
        rig.peer.on_message = [&](const std::string&, uint64_t) { return row.said; };
        once(rig);
        CHECK(rig.of_leaf(1).of(row.outcome) == 1);
        CHECK(rig.of_leaf(2).started == 0);
        CHECK(rig.stats.ws_dropped == 1);
        CHECK(rig.closes(row.code) == 1);
    }
}

TEST_CASE("a peer that leaves while nothing is waited for costs no request, but the task") {
    Profile profile = talking({users_for(1, 10_s)}, {chat({say("x"), hold(1h)})});
    TalkRig rig(profile);
    rig.peer.on_message = [&](const std::string&, uint64_t) {
        return Said{close_of(1001), {.delay_ns = 100_ms, .end = PeerEnd::fin}};
    };
    rig.run(60_s);
    rig.check_talk_books();
    CHECK(rig.of_leaf(0).of(Outcome::ok) > 50); // it does not sit its hour out
    CHECK(rig.of_leaf(0).failed() == 0);
    CHECK(rig.stats.ws_dropped + 1 >= rig.of_leaf(0).ok());
}

TEST_CASE("an upgrade that is refused ends the task") {
    TalkRig rig(one_talk({ask("x", "x")}));
    rig.peer.on_upgrade = [](std::string) {
        return Said{"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n"};
    };
    once(rig);
    CHECK(rig.of_leaf(0).of(Outcome::http_error) == 1);
    CHECK(rig.of_leaf(1).started == 0);
}

TEST_CASE("variables in the path, in headers, sends and expectations") {
    Profile profile = talking({users_for(2, 1_s)}, {chat({ask("I am {{n}} {{u}}", "am {{n}} {{u}}")},
                                                         "/ws/{{n}}?who={{u}}")});
    profile.classes.front().headers = {{"X-Who", "{{u}}"}};
    profile.variables = {{.name = "n", .kind = Variable::Kind::sequence, .low = 7},
                         {.name = "u",
                          .kind = Variable::Kind::text,
                          .per = DrawnPer::user,
                          .low = 8}};
    TalkRig rig(profile);
    rig.run(60_s);
    rig.check_talk_books();
    REQUIRE(rig.heads.size() > 10);
    // The end of the load may meet each user between its connect and its message.
    CHECK(rig.of_leaf(1).of(Outcome::ok) + 2 >= rig.heads.size());
    CHECK(rig.of_leaf(1).failed() == 0);
    for (size_t i = 0; i < 2; ++i) {
        std::string who = rig.said[i].substr(rig.said[i].rfind(' ') + 1);
        bool found = false;
        for (const std::string& head : rig.heads) {
            found |= head.find("?who=" + who + " HTTP/1.1\r\n") != head.npos &&
                     head.find("X-Who: " + who + "\r\n") != head.npos;
        }
        CHECK(found);
    }
    CHECK(std::ranges::count_if(rig.said, [](const std::string& text) {
              return text.starts_with("I am 7 ");
          }) == 1);
}

TEST_CASE("HTTP and a WebSocket by turns: each user keeps both connections apart") {
    Task plain{.name = "plain", .requests = {{.name = "GET /", .path = "/"}}};
    TalkRig rig(talking({users_for(4, 20_s)}, {chat({ask("x", "x")}), plain},
                        {.kind = Wait::Kind::constant, .a_s = 0.1}));
    rig.run(60_s);
    rig.check_talk_books();
    CHECK(rig.http_requests > 100);
    CHECK(rig.of_leaf(1).ok() > 100);
    CHECK(rig.of_leaf(2).ok() == rig.http_requests);
    // One for HTTP for each user, and one for each task.
    CHECK(rig.stats.connections_opened == 4 + rig.of_leaf(0).ok());
    CHECK(rig.closes(1000) == rig.of_leaf(0).ok());
}

TEST_CASE("a task that is repeated connects anew") {
    Task task = chat({ask("x", "x")});
    task.repeat = 3;
    TalkRig rig(talking({users_for(1, 30_s)}, {task}));
    once(rig);
    CHECK(rig.of_leaf(0).ok() == 3);
    CHECK(rig.of_leaf(1).ok() == 3);
}

TEST_CASE("users that hold are let go by a ramp down and by the end of the load") {
    TalkRig rig(talking({users_for(20, 2_s), users_for(5, 2_s)}, {chat({hold(1h)})}));
    rig.run(10_s);
    rig.check_talk_books();
    CHECK(rig.of_leaf(0).ok() == 20);
    CHECK(rig.closes(1000) == 20);
    CHECK(rig.stats.ws_dropped == 0);
    CHECK(rig.elapsed_ns() < 6_s);
}

TEST_CASE("an open load: an arrival is a whole task, its connect is due with it") {
    Profile profile = talking({rate_for(100, 5_s)}, {chat({ask("x", "x"), hold(200ms)})});
    profile.load.ready_users = 0;
    TalkRig rig(profile);
    rig.run(60_s);
    rig.check_talk_books();
    CHECK(rig.stats.arrivals == 500);
    CHECK(rig.stats.dropped == 0);
    CHECK(rig.of_leaf(0).ok() == 500);
    CHECK(rig.of_leaf(1).ok() == 500);
}

TEST_CASE("on_stop runs over HTTP while WebSockets say goodbye") {
    Profile profile = talking({users_for(3, 1_s)}, {chat({hold(1h)})});
    profile.classes.front().on_stop = {{.name = "bye", .path = "/bye"}};
    TalkRig rig(profile);
    rig.run(10_s);
    rig.check_talk_books();
    CHECK(rig.http_requests == 3);
    CHECK(rig.closes(1000) == 3);
}

TEST_CASE("a connect that fails ends the task, and the user tries the next after a pause") {
    TalkRig rig(talking({users_for(1, 1_s)}, {chat({ask("x", "x")})}));
    rig.io.dial = [] { return Dial{.error = 111}; };
    rig.run(10_s);
    rig.check_talk_books();
    CHECK(rig.of_leaf(0).of(Outcome::connect_error) > 10);
    CHECK(rig.of_leaf(1).started == 0);
}

TEST_CASE("whatever goes wrong, the books agree") {
    for (uint64_t seed = 1; seed <= 20; ++seed) {
        CAPTURE(seed);
        Task plain{.name = "plain", .requests = {{.name = "GET /", .path = "/"}}};
        SocketStep quick = ask("q", "re: q");
        quick.within = 300ms;
        Profile profile = talking({users_for(10, 3_s), users_for(3, 1_s), users_for(12, 2_s)},
                                  {chat({say("a"), quick, hold(50ms), ask("b", "b")}), plain});
        TalkRig rig(profile, {.seed = seed});
        rig.io.faults = {.late_ns_max = 2_ms, .events_while_closing = 200, .stale = 200,
                         .dry = 100, .portions = 300, .reorder = true};
        rig.peer.on_message = [&](const std::string& message, uint64_t) {
            SocketPeer::How how{.piece_max = rig.io.random(3)};
            how.end = rig.io.chance(50) ? PeerEnd::reset
                      : rig.io.chance(50) ? PeerEnd::fin : PeerEnd::none;
            if (rig.io.chance(50)) {
                return Said{close_of(1012), {.end = PeerEnd::fin}};
            }
            return Said{rig.io.chance(50) ? "" : frame_of("re: " + message), how};
        };
        rig.run(60_s);
        for (unsigned leaf = 0; leaf < rig.plan.leaves.size(); ++leaf) {
            CHECK(rig.of_leaf(leaf).started == rig.of_leaf(leaf).ended());
        }
        CHECK(rig.stats.in_flight_area_ns == rig.stats.latency_sum_ns);
        CHECK(rig.of_leaf(2).ok() > 10);
    }
}
