// The collector's totals against histograms that recorded the same samples directly.
#include "stats/collect.hpp"

#include "base/random.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <cmath>
#include <memory>
#include <numeric>
#include <thread>

using namespace ringblast;

namespace {

void check_equal(const Histogram& read, const Histogram& expected) {
    REQUIRE(read.count() == expected.count());
    CHECK(read.min() == expected.min());
    CHECK(read.max() == expected.max());
    CHECK(read.sum() == expected.sum());
    for (size_t index = expected.slots_begin(); index < expected.slots_end(); ++index) {
        REQUIRE(read.slot(index) == expected.slot(index));
    }
}

/// Latencies over six decades, the same for the same counter.
int64_t latency_of(uint64_t counter) {
    double decades = 6 * random_unit({.seed = 11}, counter);
    return static_cast<int64_t>(1e4 * std::pow(10, decades));
}

} // namespace

TEST_CASE("intervals add up to the total, whatever grows in between") {
    auto slots = std::make_unique<HistogramSlots>();
    HistogramReader reader(*slots);
    Histogram total, expected, sum_of_intervals;
    Histogram nothing;
    reader.read(total, nothing);
    CHECK(nothing.empty());
    uint64_t counter = 0;
    for (int samples : {1, 0, 1, 1000, 3, 0, 5000}) {
        Histogram interval, expected_interval;
        for (int i = 0; i < samples; ++i) {
            int64_t latency = latency_of(counter++);
            slots->record(latency);
            expected.record(latency);
            expected_interval.record(latency);
        }
        reader.read(total, interval);
        CHECK(interval.count() == expected_interval.count());
        CHECK(interval.sum() == expected_interval.sum());
        // Within a slot, and never beyond what the run has seen.
        CHECK(interval.percentile(50) >= expected_interval.percentile(50));
        CHECK(interval.percentile(50) <= expected_interval.percentile(50) * 1.001);
        CHECK(interval.max() >= expected_interval.max());
        CHECK(interval.max() <= expected.max());
        CHECK(interval.max() <= expected_interval.max() * 1.001);
        CHECK(interval.min() <= expected_interval.min());
        sum_of_intervals.merge(interval);
        check_equal(total, expected);
    }
    check_equal(sum_of_intervals, expected);
}

TEST_CASE("a slot may wrap around between two reads") {
    auto slots = std::make_unique<HistogramSlots>();
    constexpr int64_t latency = 1'000'000;
    slots->record(latency);
    uint32_t& slot = slots->slots[HistogramSlots::layout.index_of(latency)];
    slot = UINT32_MAX;
    HistogramReader reader(*slots);
    Histogram total, first, second;
    reader.read(total, first);
    CHECK(first.count() == UINT32_MAX);
    for (int i = 0; i < 5; ++i) {
        slots->record(latency);
    }
    CHECK(slot == 4);
    reader.read(total, second);
    CHECK(second.count() == 5);
    CHECK(total.count() == uint64_t{UINT32_MAX} + 5);
}

TEST_CASE("the collector adds threads per leaf, stage and phase") {
    ThreadStats one(2, 1), two(2, 1);
    ThreadStats* threads[] = {&one, &two};
    Collector collector(threads);
    Histogram expected_ok, expected_other, expected_warm_up;
    for (ThreadStats* thread : threads) {
        for (uint64_t i = 0; i < 100; ++i) {
            int64_t latency = latency_of(i);
            Cell& leaf = thread->leaf(phase_measured, 1);
            leaf.start();
            leaf.end(i % 4 == 0 ? Outcome::http_error : Outcome::ok, i % 4 == 0 ? 503 : 200,
                     latency);
            (i % 4 == 0 ? expected_other : expected_ok).record(latency);
            thread->stage(0).start();
            thread->service.record(latency / 2);
        }
        thread->leaf(phase_measured, 1).start();
        thread->leaf(phase_measured, 1).end(Outcome::cancelled, 0, 1);
    }
    two.leaf(phase_warm_up, 0).start();
    two.leaf(phase_warm_up, 0).end(Outcome::ok, 204, INT64_MAX);
    expected_warm_up.record(HistogramSlots::layout.highest);

    Interval interval = collector.read();
    const CellTotals& leaf = collector.leaf(phase_measured, 1);
    check_equal(leaf.ok, expected_ok);
    check_equal(leaf.other, expected_other);
    CHECK(leaf.latency().count() == 200);
    CHECK(leaf.counts.started == 202);
    CHECK(leaf.counts.of(Outcome::ok) == 150);
    CHECK(leaf.counts.of(Outcome::cancelled) == 2);
    CHECK(leaf.counts.completed() == 200);
    CHECK(leaf.counts.statuses == std::map<int, uint64_t>{{200, 150}, {503, 50}});
    CHECK(collector.leaf(phase_measured, 0).counts.started == 0);
    CHECK(collector.stage(0).counts.started == 200);
    CHECK(collector.service().count() == 200);
    CHECK(collector.ttfb().empty());
    check_equal(collector.leaf(phase_warm_up, 0).ok, expected_warm_up);
    CHECK(collector.leaf(phase_warm_up, 0).latency_out_of_range == 1);
    CHECK(interval.phases[phase_measured].counts.started == 202);
    CHECK(interval.phases[phase_measured].latency.count() == 200);
    CHECK(interval.phases[phase_warm_up].counts.statuses == std::map<int, uint64_t>{{204, 1}});

    one.leaf(phase_measured, 1).start();
    interval = collector.read();
    CHECK(interval.phases[phase_measured].counts.started == 1);
    CHECK(interval.phases[phase_measured].counts.ended() == 0);
    CHECK(interval.phases[phase_measured].latency.empty());
    CHECK(collector.leaf(phase_measured, 1).counts.started == 203);
}

TEST_CASE("counters add over threads; gauges are as they are now") {
    ThreadStats one(1, 1), two(1, 1);
    ThreadStats* threads[] = {&one, &two};
    Collector collector(threads);
    bump(one.bytes_sent, 100);
    bump(two.bytes_sent, 20);
    set_gauge(one.users_active, 5);
    set_gauge(two.users_active, 6);
    raise_to(one.stall_ns_max, 70);
    raise_to(two.stall_ns_max, 90);
    bump(one.in_flight_area_ns, 0u - uint64_t{1000}); // a start at 1000 …
    Interval interval = collector.read();
    CHECK(interval.counters.bytes_sent == 120);
    CHECK(interval.counters.users_active == 11);
    CHECK(interval.counters.stall_ns_max == 90);
    bump(one.bytes_sent, 1);
    set_gauge(one.users_active, 0);
    bump(one.in_flight_area_ns, 1250); // … and its end at 1250
    interval = collector.read();
    CHECK(interval.counters.bytes_sent == 1);
    CHECK(interval.counters.users_active == 6);
    CHECK(interval.counters.stall_ns_max == 90);
    CHECK(collector.counters().bytes_sent == 121);
    CHECK(collector.counters().in_flight_area_ns == 250);
}

TEST_CASE("errors of all threads merge by kind, most frequent first") {
    ThreadStats one(1, 1), two(1, 1);
    ThreadStats* threads[] = {&one, &two};
    Collector collector(threads);
    ErrorKey reset{.leaf = 0, .outcome = Outcome::reset, .detail = 104};
    ErrorKey late{.leaf = 0, .outcome = Outcome::timeout, .detail = 0};
    one.record_error(late, 50);
    one.record_error(reset, 30);
    two.record_error(reset, 10);
    std::vector<ErrorCount> errors = collector.errors();
    REQUIRE(errors.size() == 2);
    CHECK(errors[0].key == reset);
    CHECK(errors[0].count == 2);
    CHECK(errors[0].first_ns == 10);
    CHECK(errors[0].last_ns == 30);
    CHECK(errors[1].key == late);
}

TEST_CASE("reading while threads record loses nothing") {
    ThreadStats one(1, 1), two(1, 1);
    ThreadStats* threads[] = {&one, &two};
    Collector collector(threads);
    constexpr uint64_t samples = 30'000;
    std::atomic<int> running = 2;
    auto record = [&running](ThreadStats& stats, uint64_t first) {
        Cell& leaf = stats.leaf(phase_measured, 0);
        for (uint64_t i = first; i < first + samples; ++i) {
            leaf.start();
            leaf.end(i % 7 == 0 ? Outcome::timeout : Outcome::ok, 200, latency_of(i));
            bump(stats.bytes_body, 3);
            stats.record_error({.detail = static_cast<int32_t>(i % 500)}, static_cast<int64_t>(i));
        }
        running.fetch_sub(1);
    };
    Histogram intervals;
    uint64_t body = 0;
    auto read = [&] {
        Interval interval = collector.read();
        const Interval::PhaseFigures& figures = interval.phases[phase_measured];
        if (!figures.latency.empty()) {
            CHECK(figures.latency.mean() >= static_cast<double>(figures.latency.min()));
            CHECK(figures.latency.mean() <= static_cast<double>(figures.latency.max()));
        }
        const Counts& counts = collector.leaf(phase_measured, 0).counts;
        CHECK(counts.ended() <= counts.started);
        intervals.merge(figures.latency);
        body += interval.counters.bytes_body;
        collector.errors();
    };
    {
        std::jthread first(record, std::ref(one), 0);
        std::jthread second(record, std::ref(two), samples);
        while (running.load() > 0) {
            read();
        }
    }
    read();
    Histogram ok, other;
    for (uint64_t i = 0; i < 2 * samples; ++i) {
        (i % 7 == 0 ? other : ok).record(latency_of(i));
    }
    const CellTotals& leaf = collector.leaf(phase_measured, 0);
    check_equal(leaf.ok, ok);
    check_equal(leaf.other, other);
    CHECK(leaf.counts.started == 2 * samples);
    CHECK(leaf.counts.ended() == 2 * samples);
    CHECK(leaf.counts.statuses.at(200) == 2 * samples);
    CHECK(intervals.count() == 2 * samples);
    CHECK(body == 6 * samples);
    std::vector<ErrorCount> errors = collector.errors();
    uint64_t error_total =
        std::accumulate(errors.begin(), errors.end(), uint64_t{0},
                        [](uint64_t sum, const ErrorCount& error) { return sum + error.count; });
    CHECK(error_total == 2 * samples);
}
