// The layout's arithmetic against HdrHistogram's published sizes, and the percentile rule.
#include "ringblast/histogram.hpp"

#include <doctest/doctest.h>

using namespace ringblast;

TEST_CASE("slot counts are HdrHistogram's") {
    struct Row {
        const char* why;
        HistogramLayout layout;
        size_t slots;
    };
    const Row rows[] = {
        {"1 us to 1 h counted in us", {1, 3'600'000'000, 3}, 23552},
        {"1 us to 1 h counted in ns, ours", {}, 24576},
        {"1 us to 60 s counted in us", {1, 60'000'000, 3}, 17408},
        {"two digits need an eighth", {1, 60'000'000, 2}, 2560},
        {"the smallest sensible layout", {1, 2, 1}, 32},
        {"the highest value fills its bucket", {1, 2047, 3}, 2048},
        {"one more needs a bucket", {1, 2048, 3}, 3072},
        {"all 63 bits at five digits",
         {1, std::numeric_limits<int64_t>::max(), 5},
         6029312 + 131072},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CHECK(row.layout.slot_count() == row.slots);
    }
}

TEST_CASE("slots tile the values without gap, and index_of is their inverse") {
    for (HistogramLayout layout :
         {HistogramLayout{}, HistogramLayout{1, 1'000'000, 2}, HistogramLayout{7, 123'456'789, 1},
          HistogramLayout{1, 99'999, 5}}) {
        int64_t next = 0;
        for (size_t index = 0; index < layout.slot_count(); ++index) {
            REQUIRE(layout.value_of(index) == next);
            REQUIRE(layout.index_of(next) == index);
            next += layout.width_of(index);
            REQUIRE(layout.value_max_of(index) == next - 1);
            REQUIRE(layout.index_of(next - 1) == index);
        }
        CHECK(next > layout.highest);
    }
}

TEST_CASE("a slot keeps three digits") {
    constexpr HistogramLayout layout;
    for (int64_t value = 1'000'000; value <= layout.highest; value = value * 21 / 20) {
        int64_t width = layout.width_of(layout.index_of(value));
        REQUIRE(width * 1000 <= value);
    }
    CHECK(layout.width_of(layout.index_of(1000)) == 512);
}

TEST_CASE("an empty histogram answers 0 everywhere") {
    Histogram histogram;
    CHECK(histogram.empty());
    CHECK(histogram.min() == 0);
    CHECK(histogram.max() == 0);
    CHECK(histogram.mean() == 0);
    CHECK(histogram.stddev() == 0);
    CHECK(histogram.percentile(99) == 0);
    CHECK(histogram.slots_begin() == histogram.slots_end());
}

TEST_CASE("what is out of range is refused") {
    Histogram histogram;
    CHECK_FALSE(histogram.record(-1));
    CHECK_FALSE(histogram.record(histogram.layout().highest + 1));
    CHECK(histogram.empty());
    CHECK(histogram.record(histogram.layout().highest));
    CHECK(histogram.record(0));
    CHECK(histogram.count() == 2);
    CHECK(histogram.min() == 0);
    CHECK(histogram.max() == histogram.layout().highest);
}

TEST_CASE("recorded samples keep their exact sum and extremes") {
    Histogram histogram;
    histogram.record(1'234'567);
    CHECK(histogram.percentile(0) == 1'234'567);
    CHECK(histogram.percentile(100) == 1'234'567);
    CHECK(histogram.stddev() == 0);
    histogram.record(2'000'001, 3);
    CHECK(histogram.count() == 4);
    CHECK(histogram.min() == 1'234'567);
    CHECK(histogram.max() == 2'000'001);
    CHECK(histogram.sum() == 1'234'567 + 3 * 2'000'001);
    CHECK(histogram.mean() == histogram.sum() / 4);
    CHECK(histogram.percentile(50) == 2'000'001);
}

TEST_CASE("the percentile rule") {
    HistogramLayout layout{1, 1'000'000, 3}; // exact below 2048
    Histogram ten(layout);
    for (int64_t value = 1; value <= 10; ++value) {
        ten.record(value * 10);
    }
    struct Row {
        double percentile;
        int64_t value;
        const char* why;
    };
    const Row rows[] = {
        {0, 10, "at least the first sample"},
        {-3, 10, "below 0 counts as 0"},
        {10, 10, "exactly one sample of ten"},
        {10.001, 20, "just over one sample"},
        {50, 50, "the fifth of ten, not sixth"},
        {90, 90, "0.9 * 10 does not round past nine"},
        {99.999, 100, "the last"},
        {100, 100, "the last"},
        {250, 100, "above 100 counts as 100"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CHECK(ten.percentile(row.percentile) == row.value);
    }
}

TEST_CASE("the published pair of 10000 x 1 ms and one 100 s") {
    Histogram histogram({1, 3'600'000'000, 3}); // in us, as the source's test
    histogram.record(1000, 10'000);
    histogram.record(100'000'000);
    CHECK(histogram.percentile(99) == 1000);
    CHECK(histogram.percentile(99.99) == 1000);
    CHECK(histogram.percentile(99.999) == 100'000'000);
    CHECK(histogram.mean() == doctest::Approx((10'000 * 1000.0 + 1e8) / 10'001));
}

TEST_CASE("samples added by slot stand for their slot") {
    Histogram histogram;
    size_t index = histogram.layout().index_of(1'000'000);
    histogram.add_slot(index, 2);
    CHECK(histogram.min() == histogram.layout().value_of(index));
    CHECK(histogram.max() == histogram.layout().value_max_of(index));
    CHECK(histogram.percentile(50) == histogram.max());
    CHECK(histogram.mean() == doctest::Approx(1'000'000).epsilon(0.001));
    histogram.set_exact({.sum_ns = 2'000'300, .min_ns = 1'000'000, .max_ns = 1'000'300});
    CHECK(histogram.percentile(50) == 1'000'300);
    CHECK(histogram.min() == 1'000'000);
    CHECK(histogram.mean() == 1'000'150);
}

TEST_CASE("consecutive slots are added at once with what is known of their samples") {
    Histogram histogram({1, 1'000'000, 3}); // exact below 2048
    histogram.record(20, 2);
    const uint32_t counts[] = {1, 0, UINT32_MAX};
    histogram.add_slots(10, counts, {.sum_ns = 500, .min_ns = 10, .max_ns = 12});
    CHECK(histogram.count() == 3 + uint64_t{UINT32_MAX});
    CHECK(histogram.slots_begin() == 10);
    CHECK(histogram.slots_end() == 21);
    CHECK(histogram.slot(10) == 1);
    CHECK(histogram.slot(11) == 0);
    CHECK(histogram.slot(12) == UINT32_MAX);
    CHECK(histogram.slot(20) == 2);
    CHECK(histogram.sum() == 540);
    CHECK(histogram.min() == 10);
    CHECK(histogram.max() == 20);
}

TEST_CASE("merging adds exactly, on both sides of the used range") {
    Histogram middle, wide, empty;
    middle.record(1'000'000, 5);
    wide.record(2'000, 1);
    wide.record(1'000'000, 2);
    wide.record(5'000'000'000, 4);
    Histogram left = middle, right = wide;
    left.merge(wide);
    right.merge(middle);
    for (const Histogram* merged : {&left, &right}) {
        CHECK(merged->count() == 12);
        CHECK(merged->slot(merged->layout().index_of(1'000'000)) == 7);
        CHECK(merged->min() == 2'000);
        CHECK(merged->max() == 5'000'000'000);
        CHECK(merged->sum() == 2'000 + 7 * 1e6 + 4 * 5e9);
        CHECK(merged->slots_begin() == merged->layout().index_of(2'000));
        CHECK(merged->slots_end() == merged->layout().index_of(5'000'000'000) + 1);
    }
    left.merge(empty);
    CHECK(left.count() == 12);
    empty.merge(middle);
    CHECK(empty.min() == 1'000'000);
    CHECK(empty.count() == 5);
    middle.merge(middle);
    CHECK(middle.count() == 10);
}

TEST_CASE("the spread of two values is half their distance") {
    Histogram histogram({1, 1'000'000, 3});
    histogram.record(100, 50);
    histogram.record(200, 50);
    CHECK(histogram.stddev() == doctest::Approx(50));
}
