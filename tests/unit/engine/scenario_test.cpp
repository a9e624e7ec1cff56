// Users with programs on the fake clock: what is sent when, by whom, and what follows from the
// answers. The peer keeps a log of all requests.
#include "rig.hpp"

#include <doctest/doctest.h>
#include <map>

using namespace ringblast;
using namespace ringblast::test;

namespace {

struct Sent {
    int64_t at_ns;
    uint32_t slot;
    std::string line; ///< method and target
    std::string bytes;
};

/// Answers 200 with `ok` after 10 ms, but what `by_target` says for a target.
struct Peer {
    std::vector<Sent> log;
    std::map<std::string, std::vector<std::string>> by_target; ///< in turn, the last one stays
    std::map<std::string, size_t> used;

    void serve(Rig& rig) {
        rig.io.answer = [this, &rig](const Asked& asked) {
            std::string bytes(asked.bytes);
            std::string line = bytes.substr(0, bytes.find(" HTTP/1.1"));
            log.push_back({rig.elapsed_ns(), asked.slot, line, bytes});
            Answer answer{.bytes = ok_response, .delay_ns = 10_ms};
            auto found = by_target.find(line);
            if (found != by_target.end()) {
                size_t turn = std::min(used[line]++, found->second.size() - 1);
                answer.bytes = found->second[turn];
            }
            return answer;
        };
    }
    size_t count(const std::string& line) const {
        return static_cast<size_t>(
            std::ranges::count_if(log, [&](const Sent& sent) { return sent.line == line; }));
    }
    std::string lines() const {
        std::string all;
        for (const Sent& sent : log) {
            all += sent.line + "\n";
        }
        return all;
    }
};

std::string response(int status, const std::string& headers, const std::string& body = "") {
    return "HTTP/1.1 " + std::to_string(status) + " X\r\n" + headers +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

Request get(const std::string& path) { return {.name = path, .path = path}; }

Profile scenario(std::vector<Stage> stages, UserClass users) {
    Profile profile = profile_of(std::move(stages));
    profile.target.follow_redirects = 10;
    profile.classes = {std::move(users)};
    return profile;
}

uint64_t total(Rig& rig, unsigned phase = phase_measured) {
    uint64_t started = 0;
    for (unsigned leaf = 0; leaf < rig.plan.leaves.size(); ++leaf) {
        Counts counts = rig.read().leaf(phase, leaf).counts;
        CHECK(counts.started == counts.ended());
        started += counts.started;
    }
    return started;
}

} // namespace

TEST_CASE("on_start, then tasks with their requests in order, then on_stop") {
    UserClass users{.name = "u", .wait = {.kind = Wait::Kind::constant, .a_s = 0.1}};
    users.on_start = {get("/login")};
    users.on_stop = {get("/logout")};
    users.tasks = {{.name = "t", .requests = {get("/a"), get("/b")}, .repeat = 2}};
    Rig rig(scenario({users_for(1, 300_ms)}, users));
    Peer peer;
    peer.serve(rig);
    rig.run();
    // login 0-10, a b a b 10-50, pause to 150, a b a b to 190, pause to 290, a at 290.
    CHECK(peer.lines() == "GET /login\nGET /a\nGET /b\nGET /a\nGET /b\n"
                          "GET /a\nGET /b\nGET /a\nGET /b\nGET /a\nGET /logout\n");
    CHECK(peer.log[1].at_ns == 10_ms);
    CHECK(peer.log[5].at_ns == 150_ms);
    CHECK(total(rig) == 10);
    CHECK(total(rig, phase_after) == 1);
    CHECK(rig.read().service().count() == 10);
    CHECK(rig.stats.in_flight_area_ns == rig.stats.latency_sum_ns);
}

TEST_CASE("waits: when the next task starts") {
    struct Row {
        const char* why;
        Wait wait;
        std::vector<int64_t> starts_ms;
    };
    const Row rows[] = {
        {"none: at once", {}, {0, 10, 20, 30}},
        {"constant: after the end", {Wait::Kind::constant, 0.02}, {0, 30, 60, 90}},
        {"pacing: from start to start", {Wait::Kind::pacing, 0.04}, {0, 40, 80, 120}},
        {"pacing shorter than the task: at once", {Wait::Kind::pacing, 0.005}, {0, 10, 20, 30}},
        {"throughput is a pacing", {Wait::Kind::throughput, 25}, {0, 40, 80, 120}},
    };
    for (const Row& row : rows) {
        INFO(std::string(row.why));
        UserClass users{.name = "u", .wait = row.wait};
        users.tasks = {{.name = "t", .requests = {get("/")}}};
        Rig rig(scenario({users_for(1, 1_s)}, users));
        Peer peer;
        peer.serve(rig);
        rig.run();
        for (size_t i = 0; i < row.starts_ms.size(); ++i) {
            CHECK(peer.log[i].at_ns == row.starts_ms[i] * ns_per_ms);
        }
    }
}

TEST_CASE("random waits lie where they should, and are the same with the same seed") {
    for (Wait wait : {Wait{Wait::Kind::between, 0.1, 0.3}, Wait{Wait::Kind::exponential, 0.2}}) {
        std::vector<int64_t> before;
        for (int run = 0; run < 2; ++run) {
            UserClass users{.name = "u", .wait = wait};
            users.tasks = {{.name = "t", .requests = {get("/")}}};
            Rig rig(scenario({users_for(1, 400_s)}, users));
            Peer peer;
            peer.serve(rig);
            rig.run();
            std::vector<int64_t> gaps;
            for (size_t i = 1; i < peer.log.size(); ++i) {
                gaps.push_back(peer.log[i].at_ns - peer.log[i - 1].at_ns - 10_ms);
            }
            int64_t sum = std::accumulate(gaps.begin(), gaps.end(), int64_t{0});
            double mean = static_cast<double>(sum) / static_cast<double>(gaps.size());
            CHECK(mean == doctest::Approx(0.2e9).epsilon(0.1));
            if (wait.kind == Wait::Kind::between) {
                CHECK(*std::ranges::min_element(gaps) >= 100_ms);
                CHECK(*std::ranges::max_element(gaps) <= 300_ms);
            }
            CHECK((run == 0 || gaps == before));
            before = gaps;
        }
    }
}

TEST_CASE("classes by weight and count, tasks by weight") {
    Profile profile = profile_of({users_for(10, 10_s)});
    profile.classes = {{.name = "fixed", .count = 1}, {.name = "three", .weight = 3},
                       {.name = "one", .weight = 1.5}};
    for (UserClass& users : profile.classes) {
        users.tasks = {{.name = "often", .weight = 3, .requests = {get("/often/" + users.name)}},
                       {.name = "seldom", .weight = 1, .requests = {get("/seldom/" + users.name)}}};
    }
    Rig rig(profile);
    Peer peer;
    peer.serve(rig);
    rig.run();
    size_t often = peer.count("GET /often/three"), seldom = peer.count("GET /seldom/three");
    CHECK(often + seldom == 6000);
    CHECK(static_cast<double>(often) / 6000 == doctest::Approx(0.75).epsilon(0.03));
    CHECK(peer.count("GET /often/one") + peer.count("GET /seldom/one") == 3000);
    CHECK(peer.count("GET /often/fixed") + peer.count("GET /seldom/fixed") == 1000);
    ClassSequence sequence(rig.plan.classes);
    std::string order;
    for (int i = 0; i < 10; ++i) {
        order += std::to_string(sequence.next());
    }
    CHECK(order == "0121121121"); // every prefix as near to 2 : 1 as it can be
}

TEST_CASE("values from one response go into the next request, each user has its own") {
    UserClass users{.name = "u", .headers = {{"Authorization", "Bearer {{token}}"}}};
    Request login = {.name = "login", .method = "POST", .path = "/login", .body = "x"};
    login.extract = {{.variable = "token", .what = "/t"}};
    users.on_start = {login};
    users.tasks = {{.name = "t", .requests = {get("/me")}}};
    Rig rig(scenario({users_for(2, 50_ms)}, users));
    Peer peer;
    peer.by_target["POST /login"] = {response(200, "", R"({"t":"one"})"),
                                     response(200, "", R"({"t":"two"})")};
    peer.serve(rig);
    rig.run();
    CHECK(peer.log[0].bytes.find("Authorization") == std::string::npos);
    for (const Sent& sent : peer.log) {
        if (sent.line == "GET /me") {
            const char* token = sent.slot == peer.log[0].slot ? "one" : "two";
            CHECK(sent.bytes.find(std::string("Authorization: Bearer ") + token + "\r\n") !=
                  std::string::npos);
        }
    }
    CHECK(peer.count("GET /me") == 8);
}

TEST_CASE("on_start that fails is tried again after a second, and no task before") {
    UserClass users{.name = "u"};
    users.on_start = {get("/login")};
    users.tasks = {{.name = "t", .requests = {get("/")}}};
    Rig rig(scenario({users_for(1, 1050_ms)}, users));
    Peer peer;
    peer.by_target["GET /login"] = {response(503, ""), response(200, "")};
    peer.serve(rig);
    rig.run();
    CHECK(peer.lines() == "GET /login\nGET /login\nGET /\nGET /\nGET /\n");
    CHECK(peer.log[1].at_ns == 1010_ms);
}

TEST_CASE("a task that reads what nobody extracted is passed over and counted") {
    UserClass users{.name = "u", .wait = {.kind = Wait::Kind::constant, .a_s = 0.1}};
    Request make = get("/make");
    make.extract = {{.variable = "id", .kind = Extract::Kind::header, .what = "Id"}};
    users.tasks = {{.name = "read", .requests = {get("/read/{{id}}")}},
                   {.name = "make", .requests = {make, get("/use/{{id}}")}}};
    Rig rig(scenario({users_for(1, 2_s)}, users));
    Peer peer;
    peer.by_target["GET /make"] = {response(200, "")};
    peer.serve(rig);
    rig.run();
    CHECK(peer.count("GET /make") == peer.log.size());
    CHECK(rig.stats.skipped_tasks > 0);
    CHECK(rig.read().leaf(phase_measured, 1).counts.of(Outcome::check_failed) == peer.log.size());
}

TEST_CASE("what the set-up extracted is there until a user extracts it") {
    UserClass users{.name = "u", .wait = {.kind = Wait::Kind::constant, .a_s = 0.1}};
    Request make = get("/make");
    make.extract = {{.variable = "id", .kind = Extract::Kind::header, .what = "Id"}};
    users.tasks = {{.name = "read", .requests = {get("/read/{{id}}")}},
                   {.name = "make", .requests = {make}}};
    Rig rig(scenario({users_for(1, 2_s)}, users), {.values = {{"id", "first"}}});
    Peer peer;
    peer.by_target["GET /make"] = {response(200, "Id: second\r\n")};
    peer.serve(rig);
    rig.run();
    CHECK(rig.stats.skipped_tasks == 0);
    bool made = false;
    for (const Sent& sent : peer.log) {
        made = made || sent.line == "GET /make";
        if (sent.line != "GET /make") {
            CHECK(sent.line == (made ? "GET /read/second" : "GET /read/first"));
        }
    }
    CHECK(peer.count("GET /read/first") > 0);
    CHECK(peer.count("GET /read/second") > 0);
}

TEST_CASE("until: asked again until it holds, or the time is over") {
    Request poll = get("/poll");
    poll.until = Until{.every = std::chrono::milliseconds(100),
                       .within = std::chrono::milliseconds(500)};
    poll.until->condition.json = {{.pointer = "/s", .value = "\"done\""}};
    UserClass users{.name = "u", .wait = {.kind = Wait::Kind::constant, .a_s = 5}};
    users.tasks = {{.name = "t", .requests = {poll, get("/next")}}};
    std::string busy = response(200, "", R"({"s":"busy"})");
    SUBCASE("it holds at the third time") {
        Rig rig(scenario({users_for(1, 2_s)}, users));
        Peer peer;
        peer.by_target["GET /poll"] = {busy, busy, response(200, "", R"({"s":"done"})")};
        peer.serve(rig);
        rig.run();
        CHECK(peer.lines() == "GET /poll\nGET /poll\nGET /poll\nGET /next\n");
        CHECK(peer.log[1].at_ns == 110_ms);
        CHECK(rig.read().leaf(phase_measured, 0).counts.ok() == 3);
    }
    SUBCASE("it never holds") {
        Rig rig(scenario({users_for(1, 2_s)}, users));
        Peer peer;
        peer.by_target["GET /poll"] = {busy};
        peer.serve(rig);
        rig.run();
        CHECK(peer.count("GET /poll") == 5); // at 0, 110, 220, 330 and 440 ms
        CHECK(peer.count("GET /next") == 1);
        Counts counts = rig.read().leaf(phase_measured, 0).counts;
        CHECK(counts.ok() == 4);
        CHECK(counts.of(Outcome::check_failed) == 1);
    }
}

TEST_CASE("redirects are part of their request; another host is not followed") {
    UserClass users{.name = "u", .wait = {.kind = Wait::Kind::constant, .a_s = 5}};
    Request post = {.name = "post", .method = "POST", .path = "/a", .body = "data"};
    users.tasks = {{.name = "t", .requests = {post, get("/away")}}};
    Rig rig(scenario({users_for(1, 2_s)}, users));
    Peer peer;
    peer.by_target["POST /a"] = {response(303, "Location: /b?x=1\r\n")};
    peer.by_target["GET /b?x=1"] = {response(302, "Connection: close\r\nLocation: c\r\n")};
    peer.by_target["GET /away"] = {response(302, "Location: http://elsewhere/\r\n")};
    peer.serve(rig);
    rig.run();
    CHECK(peer.lines() == "POST /a\nGET /b?x=1\nGET /c\nGET /away\n");
    CHECK(peer.log[1].bytes.find("Content-Length") == std::string::npos);
    const CellTotals& cell = rig.read().leaf(phase_measured, 0);
    CHECK(cell.counts.started == 1);
    CHECK(cell.counts.statuses.at(200) == 1);
    CHECK(cell.ok.min() >= 30_ms);
    CHECK(rig.read().leaf(phase_measured, 1).counts.statuses.at(302) == 1);
}

TEST_CASE("cookies are kept and sent, by user; not where the class has none") {
    for (bool cookies : {true, false}) {
        UserClass users{.name = "u", .cookies = cookies};
        users.tasks = {{.name = "t", .requests = {get("/")}}};
        Rig rig(scenario({users_for(1, 25_ms)}, users));
        Peer peer;
        peer.by_target["GET /"] = {response(200, "Set-Cookie: sid=7; Path=/\r\n"),
                                   response(200, "")};
        peer.serve(rig);
        rig.run();
        REQUIRE(peer.log.size() == 3);
        CHECK((peer.log[1].bytes.find("Cookie: sid=7\r\n") != std::string::npos) == cookies);
        CHECK((peer.log[2].bytes.find("Cookie: sid=7\r\n") != std::string::npos) == cookies);
    }
}

TEST_CASE("checks and extraction hold for responses cut anywhere") {
    for (size_t piece = 1; piece < 60; piece += 7) {
        Request request = get("/x");
        request.expect.json = {{.pointer = "/items/0", .value = "1"}};
        request.extract = {{.variable = "v", .what = "/v"}};
        UserClass users{.name = "u"};
        users.tasks = {{.name = "t", .requests = {request, get("/y/{{v}}")}}};
        Rig rig(scenario({users_for(1, 100_ms)}, users), {.seed = piece});
        Peer peer;
        std::string body = R"({"items":[1,2],"v":"a b"})";
        peer.by_target["GET /x"] = {
            "HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n" +
            body.substr(0, 5) + "\r\n14\r\n" + body.substr(5) + "\r\n0\r\n\r\n"};
        peer.serve(rig);
        auto whole = rig.io.answer;
        rig.io.answer = [&](const Asked& asked) {
            Answer answer = whole(asked);
            answer.piece_max = piece;
            return answer;
        };
        rig.run();
        CHECK(rig.read().leaf(phase_measured, 0).counts.of(Outcome::check_failed) == 0);
        CHECK(peer.count("GET /y/a%20b") > 0);
        CHECK(peer.log[1].bytes.find("Cookie: a=b") != std::string::npos);
    }
}

TEST_CASE("a body beyond max_body that something looks at is check_failed") {
    Request request = get("/");
    request.expect.body_contains = "needle";
    UserClass users{.name = "u"};
    users.tasks = {{.name = "t", .requests = {request}}};
    Profile profile = scenario({users_for(1, 100_ms)}, users);
    profile.target.max_body = 100'000;
    for (size_t size : {99'000, 101'000, 300'000}) {
        Rig rig(profile);
        Peer peer;
        peer.by_target["GET /"] = {response(200, "", std::string(size, 'x') + "needle")};
        peer.serve(rig);
        rig.run();
        Counts counts = rig.read().leaf(phase_measured, 0).counts;
        CHECK(counts.of(Outcome::check_failed) == (size < 100'000 ? 0 : counts.started));
    }
}

TEST_CASE("arrivals take users of their class; new users run on_start first") {
    Profile profile = profile_of({rate_for(100, 2_s)});
    profile.classes = {{.name = "a", .weight = 3}, {.name = "b"}};
    for (UserClass& users : profile.classes) {
        users.on_start = {get("/start/" + users.name)};
        users.tasks = {{.name = "t", .requests = {get("/1/" + users.name), get("/2/" + users.name)}}};
    }
    profile.load.max_users = 20;
    profile.load.ready_users = 4;
    Rig rig(profile);
    Peer peer;
    peer.serve(rig);
    rig.run();
    CHECK(rig.stats.arrivals == 200);
    CHECK(rig.stats.tasks_started == 200);
    CHECK(rig.stats.dropped == 0);
    CHECK(peer.count("GET /1/a") == 150);
    CHECK(peer.count("GET /1/b") == 50);
    // An arrival every 10 ms of 20 ms each: three users at a time, and four were ready.
    CHECK(peer.count("GET /start/a") + peer.count("GET /start/b") <= 6);
    CHECK(rig.stats.in_flight_area_ns == rig.stats.latency_sum_ns);
    total(rig);
}

TEST_CASE("arrivals beyond the users wait, then are dropped") {
    Profile profile = profile_of({rate_for(1000, 1_s)});
    profile.classes = {{.name = "a"}};
    profile.classes[0].tasks = {{.name = "t", .requests = {get("/")}}};
    profile.load.max_users = 2;
    profile.load.max_backlog = 10;
    Rig rig(profile);
    Peer peer;
    peer.serve(rig);
    rig.run();
    CHECK(rig.stats.arrivals == 1000);
    CHECK(rig.stats.tasks_started + rig.stats.dropped == 1000);
    CHECK(peer.log.size() == rig.stats.tasks_started);
    CHECK(peer.log.size() > 190);
}

TEST_CASE("same seed, same run, whatever the number of threads") {
    std::map<std::string, size_t> before;
    for (uint32_t threads : {1u, 3u}) {
        std::map<std::string, size_t> seen;
        for (uint32_t index = 0; index < threads; ++index) {
            Profile profile = profile_of({rate_for(90, 10_s)});
            profile.variables = {{.name = "n", .kind = Variable::Kind::integer, .low = 1, .high = 50},
                                 {.name = "s", .kind = Variable::Kind::sequence, .low = 1}};
            UserClass users{.name = "u"};
            users.tasks = {{.name = "a", .weight = 2, .requests = {get("/a/{{n}}/{{s}}")}},
                           {.name = "b", .weight = 1, .requests = {get("/b/{{n}}/{{s}}")}}};
            profile.classes = {users};
            profile.load.max_users = 30;
            Rig rig(profile, {.share = {.index = index, .count = threads}});
            Peer peer;
            peer.serve(rig);
            rig.run();
            for (const Sent& sent : peer.log) {
                ++seen[sent.line];
            }
        }
        CHECK(seen.size() == 900); // sequences are unique
        CHECK((before.empty() || seen == before));
        before = seen;
    }
}

