// Users with variables and extraction at 1,000 requests/s on the fake clock, with the timeline that a
// run keeps: minutes by default, a day with RINGBLAST_SLOW=1. What is kept must not grow with the
// requests.
#include "allocation_count.hpp"
#include "rig.hpp"
#include "run/machine.hpp"
#include "run/timeline.hpp"

#include <cstdlib>
#include <doctest/doctest.h>

using namespace ringblast;
using namespace ringblast::test;

namespace {

Profile thousand_a_second(int64_t seconds) {
    Profile profile = profile_of({rate_for(1000, seconds * ns_per_second)});
    profile.load.max_users = 64;
    profile.variables = {{.name = "page", .kind = Variable::Kind::integer, .low = 1, .high = 50},
                         {.name = "id", .kind = Variable::Kind::uuid}};
    Request request{.name = "create",
                    .method = "POST",
                    .path = "/runs?page={{page}}",
                    .body = R"({"id":"{{id}}"})",
                    .body_kind = BodyKind::json};
    request.extract = {{.variable = "made", .what = "/id"}};
    profile.classes = {{.name = "user", .tasks = {{.name = "task", .requests = {request}}}}};
    return profile;
}

size_t size_of(const std::vector<TimelineRow>& rows) {
    size_t size = rows.size() * sizeof(TimelineRow);
    for (const TimelineRow& row : rows) {
        size += row.histogram.size();
    }
    return size;
}

} // namespace

TEST_CASE("a day of users at 1,000 requests/s: memory stays flat") {
    const bool slow = std::getenv("RINGBLAST_SLOW") != nullptr && repeats_divisor == 1;
    const int64_t seconds = slow ? 86'400 : 240 / repeats_divisor;
    Rig rig(thousand_a_second(seconds));
    const std::string body = R"({"id":42,"name":"a run"})";
    const std::string response = "HTTP/1.1 201 X\r\nContent-Length: " +
                                 std::to_string(body.size()) + "\r\n\r\n" + body;
    rig.io.answer = [&response](const Asked&) {
        return Answer{.bytes = response, .delay_ns = 10_ms};
    };
    std::array<ThreadStats*, 1> threads = {&rig.stats};
    Collector collector(threads);
    Timeline timeline;
    uint64_t allocations = 0;
    uint64_t rss_bytes = 0;
    for (int64_t second = 1; second <= seconds; ++second) {
        uint64_t before = allocation_count();
        rig.run_until(second * ns_per_second);
        if (second > seconds / 8) {
            allocations += allocation_count() - before;
        }
        auto now_s = static_cast<double>(second);
        timeline.add({.from_s = now_s - 1, .to_s = now_s, .warm_up = false, .after = false},
                     collector.read());
        if (second == seconds / 4) { // the rows have been merged before then, in a day
            rss_bytes = peak_rss_bytes();
        }
    }
    rig.run_until((seconds + 10) * ns_per_second);
    collector.read();
    CHECK(collector.leaf(phase_measured, 0).counts.ok() ==
          static_cast<uint64_t>(seconds) * 1000);
    CHECK(allocations == 0);
    CHECK(timeline.rows().size() <= Timeline::rows_max);
    CHECK(size_of(timeline.rows()) < 4 * 1024 * 1024);
    if (slow) {
        CHECK(peak_rss_bytes() < rss_bytes + 2 * 1024 * 1024);
    }
}
