// Nothing is allocated once a load is under way: on the fake Io, where faults can be had as well,
// and on the real ones against the embedded target.
#include "allocation_count.hpp"
#include "io/epoll_io.hpp"
#include "io/uring_io.hpp"
#include "rig.hpp"
#include "socket_peer.hpp"
#include "target/server.hpp"

#include <doctest/doctest.h>
#include <memory>
#include <thread>

using namespace ringblast;
using namespace ringblast::test;

TEST_CASE("the count sees what it should") {
    uint64_t before = allocation_count();
    auto number = std::make_unique<int>(1);
    std::string text(1000, 'x');
    CHECK((number && !text.empty()));
    CHECK((allocation_count() - before == 2 || !allocations_counted));
}

TEST_CASE("a steady exchange on the fake Io") {
    struct Row {
        const char* why;
        Profile profile;
    };
    Row rows[] = {
        {"closed load", profile_of({users_for(64, 1_s)})},
        {"pipelined", profile_of({users_for(64, 1_s)})},
        {"open load", profile_of({rate_for(10'000, 1_s)})},
        {"poisson", profile_of({rate_for(10'000, 1_s)})},
        {"a connection per request", profile_of({users_for(8, 1_s)})},
    };
    rows[1].profile.load.pipeline = 16;
    rows[3].profile.load.arrival = Arrival::poisson;
    rows[4].profile.target.keepalive = false;
    for (const Row& row : rows) {
        INFO(std::string(row.why));
        Rig rig(row.profile);
        rig.run_until(200_ms);
        uint64_t requests = rig.counts().started;
        uint64_t allocations = allocation_count();
        bool over = rig.run_until(20_s);
        allocations = allocation_count() - allocations;
        CHECK(over);
        CHECK(allocations == 0);
        CHECK(rig.counts().started > 3 * requests);
    }
}

TEST_CASE("a steady round trip allocates nothing") {
    const std::string small = "hello", large(20'000, 'x');
    for (const std::string& message : {small, large}) {
        Profile profile = profile_of({users_for(32, 1_s)});
        profile.target.base_url = "ws://localhost/";
        profile.classes.front().tasks.front().requests.front().body = message;
        Rig rig(profile);
        SocketPeer peer;
        const std::string echo = frame_of("?", 9) + frame_of(message);
        rig.io.answer = [&](const Asked& asked) {
            bool pong = asked.index > 0 && asked.bytes.size() < 10;
            return asked.index == 0 ? peer.answer(asked)
                                    : Answer{.bytes = pong ? std::string_view() : echo};
        };
        rig.run_until(200_ms);
        uint64_t trips = rig.read().leaf(phase_measured, 1).counts.ok();
        uint64_t allocations = allocation_count();
        bool over = rig.run_until(20_s);
        allocations = allocation_count() - allocations;
        CHECK(over);
        CHECK(allocations == 0);
        CHECK(rig.read().leaf(phase_measured, 1).counts.ok() > 3 * trips);
    }
}

TEST_CASE("a steady talk of a ws task allocates nothing") {
    SocketStep step{.send = "number {{n}}", .expect = "{{n}}", .repeat = 1'000'000, .request = 1};
    Profile profile = profile_of({users_for(4, 100_s)});
    profile.variables = {{.name = "n",
                          .kind = Variable::Kind::integer,
                          .per = DrawnPer::request,
                          .low = 1,
                          .high = 9}};
    profile.classes.front().tasks = {{.name = "talk",
                                      .requests = {{.name = "talk connect", .path = "/"},
                                                   {.name = "talk", .method = "WS"}},
                                      .ws = SocketTask{.subprotocols = {}, .steps = {step}}}};
    Rig rig(profile);
    SocketPeer peer;
    const std::string all = frame_of("?", 9) + frame_of("1 2 3 4 5 6 7 8 9");
    rig.io.answer = [&](const Asked& asked) {
        bool pong = asked.index > 0 && asked.bytes.size() < 10;
        return asked.index == 0 ? peer.answer(asked)
                                : Answer{.bytes = pong ? std::string_view() : all};
    };
    rig.run_until(1_s);
    uint64_t talked = rig.stats.ws_sent;
    uint64_t allocations = allocation_count();
    rig.run_until(3_s);
    CHECK(allocation_count() == allocations);
    CHECK(rig.stats.ws_sent > 2 * talked);
    CHECK(rig.read().leaf(phase_measured, 1).counts.failed() == 0);
}

TEST_CASE("failing exchanges give everything back") {
    Profile profile = profile_of({users_for(32, 100_s)});
    profile.target.timeout = Duration(30_ms);
    Rig rig(profile);
    rig.io.faults = {.late_ns_max = 100'000, .stale = 100, .dry = 100, .portions = 300};
    rig.io.dial = [&] { return Dial{.error = rig.io.chance(100) ? ECONNREFUSED : 0}; };
    rig.io.answer = [&](const Asked&) {
        Answer answer{.bytes = ok_response, .piece_max = 10, .gap_ns_max = 1000};
        if (rig.io.chance(300)) {
            answer.cut = static_cast<size_t>(rig.io.random(ok_response.size()));
            answer.end = rig.io.chance(500) ? PeerEnd::reset : PeerEnd::none;
        }
        return answer;
    };
    rig.run_until(50_s);
    uint64_t allocations = allocation_count();
    bool over = rig.run_until(110_s);
    allocations = allocation_count() - allocations;
    CHECK(over);
    CHECK(allocations == 0);
    CHECK(rig.of(Outcome::reset) > 1000);
    CHECK(rig.of(Outcome::timeout) > 1000);
}

namespace {

struct LiveRun {
    uint64_t ok = 0;
    uint64_t allocations = 0; ///< after the first connections
    std::string refused;
};

/// Twenty thousand exchanges with the target on this port, on a thread of its own.
template <class Io>
LiveRun run_live(uint16_t port) {
    Profile profile = profile_of({users_for(32, open_ended.count())});
    profile.load.requests = 20'000;
    Plan plan = plan_of(profile, port);
    LiveRun run;
    std::thread thread([&] {
        auto io = Io::create(32);
        if (!io) {
            run.refused = io.error().message;
            return;
        }
        auto board = board_of(plan);
        ThreadStats stats(1, 1);
        Control control;
        Worker<Io> worker(**io, {.plan = plan,
                                 .board = *board,
                                 .stats = stats,
                                 .control = control,
                                 .share = {},
                                 .request_quota = plan.request_limit});
        worker.open_ready_users();
        control.zero_ns = (*io)->now_ns();
        worker.await_zero();
        uint64_t before = allocation_count();
        while (worker.turn()) {
        }
        run.allocations = allocation_count() - before;
        run.ok = stats.leaf(phase_measured, 0).outcomes[0];
    });
    thread.join();
    return run;
}

void check_live(const LiveRun& run) {
    if (!run.refused.empty()) {
        MESSAGE("skipped: ", run.refused);
        return;
    }
    CHECK(run.ok == 20'000);
    CHECK(run.allocations == 0);
}

} // namespace

TEST_CASE("a steady exchange on io_uring and on epoll") {
    auto server = TargetServer::start({});
    if (!server) {
        MESSAGE("skipped: ", server.error().message);
        return;
    }
    check_live(run_live<UringIo>((*server)->port()));
    check_live(run_live<EpollIo>((*server)->port()));
}
