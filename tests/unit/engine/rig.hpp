// A worker on a FakeIo with everything it borrows, and the few lines that a test needs to describe
// a load, drive it to its end in fake time and read what came out.
#pragma once

#include "engine/worker.hpp"
#include "fake_io.hpp"
#include "stats/collect.hpp"

#include <array>
#include <doctest/doctest.h>
#include <memory>
#include <netinet/in.h>
#include <string>
#include <vector>

namespace ringblast::test {

/// A sanitizer slows everything down tenfold: tests that repeat much repeat less.
#ifdef RINGBLAST_SANITIZED
inline constexpr int64_t repeats_divisor = 20;
#else
inline constexpr int64_t repeats_divisor = 1;
#endif

constexpr int64_t operator""_s(unsigned long long value) {
    return static_cast<int64_t>(value) * ns_per_second;
}
constexpr int64_t operator""_ms(unsigned long long value) {
    return static_cast<int64_t>(value) * ns_per_ms;
}
constexpr int64_t operator""_us(unsigned long long value) {
    return static_cast<int64_t>(value) * 1000;
}

inline Address loopback_address(uint16_t port) {
    Address address;
    sockaddr_in to{.sin_family = AF_INET, .sin_port = htons(port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    *reinterpret_cast<sockaddr_in*>(&address.storage) = to;
    address.size = sizeof to;
    return address;
}

inline Stage users_for(double users, int64_t duration_ns, bool ramp = false) {
    return {.users = users, .duration = Duration(duration_ns), .ramp = ramp};
}
inline Stage rate_for(double rate, int64_t duration_ns, bool ramp = false) {
    return {.rate = rate, .duration = Duration(duration_ns), .ramp = ramp};
}
inline Stage at_once_for(uint64_t count, int64_t duration_ns) {
    return {.at_once = count, .duration = Duration(duration_ns)};
}

inline Profile profile_of(std::vector<Stage> stages, const std::string& method = "GET") {
    Profile profile{.name = "test"};
    profile.target.base_url = "http://localhost/";
    profile.load.stages = std::move(stages);
    profile.classes = {
        {.name = "user",
         .cookies = false,
         .tasks = {{.name = "task", .requests = {{.method = method, .literal = true}}}}}};
    return profile;
}

using Values = std::vector<std::pair<std::string, std::string>>; // what a set-up extracted

inline Plan plan_of(const Profile& profile, uint16_t port = 80, const Values& values = {}) {
    ExpectedAll<Plan> plan =
        compile_plan(profile, {.addresses = {loopback_address(port)}, .values = values});
    if (!plan) {
        FAIL(plan.error().front().message);
    }
    return std::move(*plan);
}

/// Boards cannot be moved, so this is one to be made in place.
inline std::unique_ptr<SegmentBoard> board_of(const Plan& plan) {
    auto board = std::make_unique<SegmentBoard>(plan.segments.size());
    for (const Segment& segment : plan.segments) {
        board->publish(segment);
    }
    return board;
}

/// One thread of an engine. `profile` is compiled; script `io` before start().
class Rig {
public:
    struct Options {
        uint64_t seed = 1;
        ThreadShare share{};
        bool spin = false;
        uint64_t quota = 0; ///< closed load; 0: the profile's number of requests
        Values values{};
    };
    explicit Rig(const Profile& profile) : Rig(profile, Options{}) {}
    Rig(const Profile& profile, const Options& options)
        : plan(plan_of(profile, 80, options.values)), board(board_of(plan)),
          stats(static_cast<unsigned>(plan.leaves.size()),
                static_cast<unsigned>(plan.stages.size())),
          io(options.seed, static_cast<uint32_t>(options.share.of(plan.users_peak)) *
                             plan.connections_per_user()),
          worker(io, {.plan = plan,
                      .board = *board,
                      .stats = stats,
                      .control = control,
                      .share = options.share,
                      .spin = options.spin,
                      .request_quota = options.quota != 0 ? options.quota : plan.request_limit}) {
        io.request_size = plan.scenario || plan.socket ? FakeIo::one_per_send : plan.requests.front().size;
    }

    /// Opens the first connections; time zero is now.
    void start() {
        worker.open_ready_users();
        control.zero_ns.store(io.now_ns());
        zero_ns = io.now_ns();
        started = worker.await_zero();
        REQUIRE(started);
    }
    /// Goes on until the clock shows that much since time zero or the load is over.
    bool run_until(int64_t time_ns) {
        if (!started) {
            start();
        }
        while (!over && elapsed_ns() < time_ns) {
            over = !worker.turn();
        }
        return over;
    }
    /// To the end, which must come within that time.
    Rig& run(int64_t limit_ns = 1'000'000_s) {
        bool ended = run_until(limit_ns);
        REQUIRE(ended);
        REQUIRE(io.violation() == "");
        return *this;
    }
    int64_t elapsed_ns() const { return io.now_ns() - zero_ns; }

    Counts counts(unsigned phase = phase_measured) { return read().leaf(phase, 0).counts; }
    Counts stage(unsigned index) { return read().stage(index).counts; }
    uint64_t of(Outcome outcome) { return counts().of(outcome); }
    Histogram latency() { return read().leaf(phase_measured, 0).latency(); }
    /// All figures so far; the same collector each time.
    const Collector& read() {
        collector.read();
        return collector;
    }

    Plan plan;
    std::unique_ptr<SegmentBoard> board;
    ThreadStats stats;
    std::array<ThreadStats*, 1> threads{&stats};
    Collector collector{threads};
    Control control;
    FakeIo io;
    Worker<FakeIo> worker;
    int64_t zero_ns = 0;
    bool started = false;
    bool over = false;
};

/// What holds after every run, whatever happened in it.
inline void check_books(Rig& rig) {
    uint64_t started = 0;
    for (unsigned phase = 0; phase < phase_count; ++phase) {
        Counts counts = rig.counts(phase);
        CHECK(counts.started == counts.ended());
        started += counts.started;
    }
    if (rig.plan.open_load) {
        CHECK(rig.stats.tasks_started == started);
    }
    CHECK(rig.stats.in_flight_area_ns == rig.stats.latency_sum_ns);
}

} // namespace ringblast::test
