// What a thread records, as seen through its own fields; the collector has its own test.
#include "stats/thread_stats.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <thread>
#include <vector>

using namespace ringblast;

TEST_CASE("counters wrap around and gauges only rise where they should") {
    uint64_t counter = UINT64_MAX;
    bump(counter);
    CHECK(counter == 0);
    bump(counter, 5);
    CHECK(read_counter(counter) == 5);
    raise_to(counter, 3);
    CHECK(counter == 5);
    raise_to(counter, 8);
    CHECK(counter == 8);
    set_gauge(counter, 1);
    CHECK(counter == 1);
}

TEST_CASE("slots take every value: what does not fit is clamped and counted") {
    auto slots = std::make_unique<HistogramSlots>();
    constexpr HistogramLayout layout = HistogramSlots::layout;
    struct Row {
        const char* why;
        int64_t value;
        int64_t recorded;
        uint64_t out_of_range;
    };
    const Row rows[] = {
        {"an ordinary latency", 145'000, 145'000, 0},
        {"zero is a value", 0, 0, 0},
        {"a clock that went back counts as zero", -5, 0, 0},
        {"the lowest of all", INT64_MIN, 0, 0},
        {"the highest value still fits", layout.highest, layout.highest, 0},
        {"one more is clamped", layout.highest + 1, layout.highest, 1},
        {"so is the greatest of all", INT64_MAX, layout.highest, 2},
    };
    uint64_t sum = 0, samples = 0;
    for (const Row& row : rows) {
        CAPTURE(row.why);
        uint32_t& slot = slots->slots[layout.index_of(row.recorded)];
        uint32_t before = slot;

        slots->record(row.value);
        sum += static_cast<uint64_t>(row.recorded);
        ++samples;
        CHECK(slot == before + 1);

        CHECK(slots->out_of_range == row.out_of_range);
        CHECK(slots->sum_and_count == sum + samples);
    }
    CHECK(slots->max_ns == static_cast<uint64_t>(layout.highest));
    CHECK(~slots->min_complement == 0);
}

TEST_CASE("slots know their extremes from the first sample on") {
    auto slots = std::make_unique<HistogramSlots>();
    slots->record(5'000);
    CHECK(slots->max_ns == 5'000);
    CHECK(~slots->min_complement == 5'000);
    slots->record(4'000);
    slots->record(6'000);
    CHECK(slots->max_ns == 6'000);
    CHECK(~slots->min_complement == 4'000);
}

TEST_CASE("a cell counts each end once and keeps cancelled latencies out") {
    auto cell = std::make_unique<Cell>();
    struct Row {
        const char* why;
        Outcome outcome;
        int status;
        uint64_t ok, other;
    };
    const Row rows[] = {
        {"a good one", Outcome::ok, 200, 1, 0},
        {"too many", Outcome::rate_limited, 429, 1, 1},
        {"a time-out has no status", Outcome::timeout, 0, 1, 2},
        {"cancelled goes into no histogram", Outcome::cancelled, 0, 1, 2},
        {"a status outside the usual classes", Outcome::http_error, 999, 1, 3},
        {"a status that cannot be is not counted", Outcome::http_error, 1000, 1, 4},
        {"nor a negative one", Outcome::http_error, -1, 1, 5},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        uint64_t before = cell->outcomes[static_cast<size_t>(row.outcome)];
        cell->start();
        cell->end(row.outcome, row.status, 1'000'000);
        CHECK(cell->outcomes[static_cast<size_t>(row.outcome)] == before + 1);
        CHECK(cell->ok.sum_and_count == row.ok * 1'000'001);
        CHECK(cell->other.sum_and_count == row.other * 1'000'001);
    }
    CHECK(cell->started == std::size(rows));
    CHECK(cell->statuses[200] == 1);
    CHECK(cell->statuses[429] == 1);
    CHECK(cell->statuses[999] == 1);
    CHECK(std::count(std::begin(cell->statuses), std::end(cell->statuses), 0u) == 997);
}

TEST_CASE("cells of phases, leaves and stages are apart, aligned and zero") {
    ThreadStats stats(3, 2);
    std::vector<const Cell*> cells;
    for (unsigned phase : {phase_warm_up, phase_measured}) {
        for (unsigned leaf = 0; leaf < 3; ++leaf) {
            cells.push_back(&stats.leaf(phase, leaf));
        }
    }
    cells.push_back(&stats.stage(0));
    cells.push_back(&stats.stage(1));
    for (size_t i = 0; i < cells.size(); ++i) {
        CHECK(reinterpret_cast<uintptr_t>(cells[i]) % alignof(Cell) == 0);
        CHECK(cells[i]->started == 0);
        CHECK(cells[i]->other.sum_and_count == 0);
        CHECK(std::count(cells.begin(), cells.end(), cells[i]) == 1);
    }
    stats.stage(1).end(Outcome::timeout, 0, INT64_MAX);
    stats.service.record(1);
    stats.ttfb.record(2);
    stats.connect.record(3);
    stats.lateness.record(4);
    CHECK(stats.service.sum_and_count == 1 + 1);
    CHECK(stats.ttfb.sum_and_count == 2 + 1);
    CHECK(stats.connect.sum_and_count == 3 + 1);
    CHECK(stats.lateness.sum_and_count == 4 + 1);
    CHECK(stats.errors().read().empty());
    CHECK_FALSE(stats.wants_samples());
}

TEST_CASE("errors are counted by kind with their first and last time") {
    ThreadStats stats(2, 1);
    ErrorKey refused{.leaf = 1, .outcome = Outcome::connect_error, .detail = 111};
    ErrorKey missing{.leaf = 1, .outcome = Outcome::http_error, .detail = 111};
    stats.record_error(refused, 10);
    stats.record_error(missing, 20);
    stats.record_error(refused, 30);
    std::vector<ErrorCount> errors = stats.errors().read();
    std::sort(errors.begin(), errors.end(),
              [](const ErrorCount& a, const ErrorCount& b) { return a.count > b.count; });
    REQUIRE(errors.size() == 2);
    CHECK(errors[0].key == refused);
    CHECK(errors[0].count == 2);
    CHECK(errors[0].first_ns == 10);
    CHECK(errors[0].last_ns == 30);
    CHECK(errors[1].key == missing);
    CHECK(errors[1].count == 1);
}

TEST_CASE("a full error table counts the rest under a catch-all that keeps the outcome") {
    auto table = std::make_unique<ErrorTable>();
    constexpr int kinds = 1000;
    for (int detail = 0; detail < kinds; ++detail) {
        table->record({.leaf = 0, .outcome = Outcome::reset, .detail = detail}, detail);
        table->record({.leaf = 0, .outcome = Outcome::reset, .detail = 0}, detail);
    }
    table->record({.leaf = 7, .outcome = Outcome::timeout, .detail = 3}, 5000);
    std::vector<ErrorCount> errors = table->read();
    CHECK(errors.size() == ErrorTable::keys_max + 2);
    uint64_t total = 0;
    for (const ErrorCount& error : errors) {
        total += error.count;
        if (error.key == ErrorKey{.leaf = 0, .outcome = Outcome::reset, .detail = 0}) {
            CHECK(error.count == kinds + 1);
        }
        if (error.key == ErrorKey{.leaf = any_leaf, .outcome = Outcome::reset, .detail = 0}) {
            CHECK(error.count == kinds - ErrorTable::keys_max);
            CHECK(error.first_ns == ErrorTable::keys_max);
        }
        if (error.key == ErrorKey{.leaf = any_leaf, .outcome = Outcome::timeout, .detail = 0}) {
            CHECK(error.count == 1);
            CHECK(error.first_ns == 5000);
        }
    }
    CHECK(total == 2 * kinds + 1);
}

TEST_CASE("the sample ring keeps order, refuses when full and goes round") {
    ThreadStats stats({.leaf_count = 1, .stage_count = 1, .sample_capacity = 4});
    REQUIRE(stats.wants_samples());
    std::vector<SampleRecord> read(3);
    uint64_t next_written = 0;
    uint64_t next_read = 0;
    for (int round = 0; round < 5; ++round) {
        while (true) {
            uint64_t lost = stats.samples_lost;
            stats.record_sample({.user = next_written});
            if (stats.samples_lost > lost) {
                break;
            }
            ++next_written;
        }
        CHECK(next_written - next_read == 4);
        size_t count = stats.samples().pop(read);
        REQUIRE(count == 3);
        for (size_t i = 0; i < count; ++i) {
            CHECK(read[i].user == next_read++);
        }
    }
    CHECK(stats.samples_lost == 5);
    CHECK(stats.samples().pop(read) == 1);
    CHECK(stats.samples().pop(read) == 0);
}

TEST_CASE("samples cross threads whole") {
    SampleRing ring(64);
    constexpr uint64_t total = 20'000;
    std::jthread writer([&ring] {
        for (uint64_t i = 0; i < total;) {
            if (ring.push({.latency_ns = static_cast<int64_t>(i), .user = i})) {
                ++i;
            } else {
                std::this_thread::yield();
            }
        }
    });
    std::vector<SampleRecord> read(16);
    for (uint64_t next = 0; next < total;) {
        size_t count = ring.pop(read);
        for (size_t i = 0; i < count; ++i, ++next) {
            REQUIRE(read[i].user == next);
            REQUIRE(read[i].latency_ns == static_cast<int64_t>(next));
        }
        if (count == 0) {
            std::this_thread::yield();
        }
    }
}
