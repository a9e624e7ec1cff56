// A day on the fake clock, in a second or two: arrivals and ramps exactly as the stages say to the
// last nanosecond, checked in whole numbers, and not one allocation once the load is under way.
#include "allocation_count.hpp"
#include "rig.hpp"

#include <doctest/doctest.h>

using namespace ringblast;
using namespace ringblast::test;

namespace {

constexpr int64_t day_ns = 24 * 3600_s;

__extension__ using Wide = __int128;

/// A stage that runs from one rate to another, in whole numbers.
struct ExactStage {
    int64_t from, to; ///< per second
    int64_t duration_ns;

    /// Arrivals up to a time since the stage's start, times 2e9 durations.
    Wide scaled(int64_t time_ns) const {
        Wide time = time_ns;
        return 2 * static_cast<Wide>(duration_ns) * from * time + (to - from) * time * time;
    }
    int64_t arrivals() const { return (from + to) * (duration_ns / ns_per_second) / 2; }
    /// Whether the arrival at that position is due within a nanosecond of that time.
    bool due_at(int64_t position, int64_t time_ns) const {
        Wide exact = static_cast<Wide>(position) * 2 * ns_per_second * duration_ns;
        return (time_ns == 0 || scaled(time_ns - 1) <= exact) && exact <= scaled(time_ns + 1);
    }
};

} // namespace

TEST_CASE("a day of arrivals: exactly the integral of the stages, no drift, no memory") {
    const ExactStage stages[] = {{0, 20, day_ns / 3}, {20, 20, day_ns / 3}, {20, 0, day_ns / 3}};
    Profile profile = profile_of(
        {rate_for(20, day_ns / 3, true), rate_for(20, day_ns / 3), rate_for(0, day_ns / 3, true)});
    profile.load.max_users = 64; // a day has 864 000 sweeps over all of them
    Rig rig(profile);
    int64_t stage = 0, position = 0;
    uint64_t wrong = 0;
    rig.io.answer = [&](const Asked& asked) {
        if (position == stages[stage].arrivals()) {
            ++stage;
            position = 0;
        }
        int64_t since_ns = asked.now_ns - rig.zero_ns - stage * (day_ns / 3);
        wrong += !stages[stage].due_at(position++, since_ns);
        return Answer{.bytes = ok_response, .delay_ns = 5_ms};
    };
    rig.run_until(3600_s);
    uint64_t allocations = allocation_count();
    bool over = rig.run_until(2 * day_ns);
    allocations = allocation_count() - allocations;
    CHECK(over);
    CHECK(allocations == 0);
    CHECK(wrong == 0);
    CHECK(stage == 2);
    CHECK(position == 288'000);
    CHECK(rig.stage(0).ok() == 288'000);
    CHECK(rig.stage(1).ok() == 576'000);
    CHECK(rig.stage(2).ok() == 288'000);
    CHECK(rig.stats.dropped == 0);
    CHECK(rig.read().lateness().max() == 0);
    CHECK(rig.latency().max() == 5_ms);
    check_books(rig);
}

TEST_CASE("a day of users that come and go: each runs exactly from its start to its stop") {
    constexpr int64_t delay_ns = 1003_ms;
    Rig rig(profile_of({users_for(20, day_ns / 2, true), users_for(0, day_ns / 2, true)}));
    rig.io.answer = [](const Asked&) { return Answer{.bytes = ok_response, .delay_ns = delay_ns}; };
    rig.run_until(day_ns / 2 + 1_s); // every user has had its first connection
    uint64_t allocations = allocation_count();
    bool over = rig.run_until(2 * day_ns);
    allocations = allocation_count() - allocations;
    CHECK(over);
    CHECK(allocations == 0);
    uint64_t expected = 0;
    for (int64_t user = 0; user < 20; ++user) {
        int64_t start_ns = day_ns / 2 / 20 * user; // and its stop is the mirror image
        expected += static_cast<uint64_t>((day_ns - 2 * start_ns + delay_ns - 1) / delay_ns);
    }
    CHECK(rig.counts().started == expected);
    CHECK(rig.of(Outcome::ok) == expected);
    CHECK(rig.latency().max() == delay_ns);
    CHECK(rig.stats.connections_opened == 20);
    check_books(rig);
}
