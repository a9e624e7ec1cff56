// Trends and steps: known series exactly, and simulated ones with serial correlation for how often
// the test cries wolf and how much it finds. All random numbers are seeded.
#include "analysis/trend.hpp"

#include "base/random.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <numbers>

using namespace ringblast;

namespace {

constexpr double step_s = 10;

/// Deviates of a normal distribution, two of a pair of uniform ones (Box and Muller).
class Normal {
public:
    explicit Normal(uint64_t seed) : seed_(seed) {}
    double next() {
        const double radius = std::sqrt(-2 * std::log(uniform()));
        return radius * std::cos(2 * std::numbers::pi * uniform());
    }

private:
    double uniform() { return 1 - random_unit({.seed = seed_}, index_++); } // above 0
    uint64_t seed_, index_ = 0;
};

struct Simulated {
    size_t points = 60;
    double correlation = 0.6; ///< of neighbours
    double noise = 0.04;      ///< standard deviation, of the level
    double rise = 0;          ///< over the series, of the level
};

std::vector<SeriesPoint> simulate(const Simulated& what, Normal& normal) {
    std::vector<SeriesPoint> series;
    double deviation = normal.next();
    for (size_t i = 0; i < what.points; ++i) {
        deviation = what.correlation * deviation +
                    std::sqrt(1 - what.correlation * what.correlation) * normal.next();
        const double done = static_cast<double>(i) / static_cast<double>(what.points);
        series.push_back({.t_s = step_s * static_cast<double>(i),
                          .value = 20 * (1 + what.noise * deviation + what.rise * done)});
    }
    return series;
}

/// Of `count` simulated series, the share with a significant trend.
double share_found(const Simulated& what, int count) {
    Normal normal(20261121);
    int found = 0;
    for (int i = 0; i < count; ++i) {
        found += find_trend(simulate(what, normal))->significant;
    }
    return static_cast<double>(found) / count;
}

std::vector<SeriesPoint> series_of(std::initializer_list<double> values) {
    std::vector<SeriesPoint> series;
    for (const double value : values) {
        series.push_back({.t_s = step_s * static_cast<double>(series.size()), .value = value});
    }
    return series;
}

} // namespace

TEST_CASE("flat series with serial correlation: false alarms of at most 2 %") {
    CHECK(share_found({.correlation = 0.6}, 1000) <= 0.02);
    CHECK(share_found({.correlation = 0.3}, 300) <= 0.02);
    CHECK(share_found({.points = 120, .correlation = 0.8}, 200) <= 0.02);
}

TEST_CASE("a rise of 10 % over the run is found in at least 95 %") {
    // Half an hour in windows of 10 s, as a soak is at the least.
    CHECK(share_found({.points = 180, .noise = 0.03, .rise = 0.10}, 150) >= 0.95);
    CHECK(share_found({.points = 180, .noise = 0.03, .rise = -0.10}, 150) >= 0.95);
    CHECK(share_found({.correlation = 0.3, .noise = 0.02, .rise = 0.10}, 300) >= 0.95);
}

TEST_CASE("a leak is found though what is beside its line wanders slowly") {
    CHECK(share_found({.points = 54, .correlation = 0.98, .noise = 0.005, .rise = 0.8}, 200) == 1);
    const Simulated shorter{.points = 20, .correlation = 0.9, .noise = 0.005, .rise = 0.5};
    CHECK(share_found(shorter, 200) >= 0.95);
}

TEST_CASE("the 95 % interval of the slope holds the truth") {
    Normal normal(7);
    int held = 0;
    for (int i = 0; i < 300; ++i) {
        const auto trend = find_trend(simulate({.rise = 0.10}, normal));
        const double truth = 20 * 0.10 / (60 * step_s);
        held += trend->slope_low <= truth && truth <= trend->slope_high;
    }
    CHECK(held >= 300 * 0.90);
}

TEST_CASE("a straight line is itself") {
    std::vector<SeriesPoint> line;
    for (int i = 0; i < 20; ++i) {
        line.push_back({.t_s = step_s * i, .value = 100.0 + i});
    }
    const auto trend = find_trend(line);
    REQUIRE(trend);
    CHECK(trend->median == doctest::Approx(109.5));
    CHECK(trend->slope == doctest::Approx(0.1));
    CHECK(trend->slope_low == doctest::Approx(0.1));
    CHECK(trend->slope_high == doctest::Approx(0.1));
    CHECK(trend->change == doctest::Approx(20 / 109.5)); // twenty steps of ten seconds
    CHECK(trend->significant);
    CHECK(find_steps(line).empty());
}

TEST_CASE("what is no trend") {
    struct Row {
        const char* why;
        std::vector<SeriesPoint> series;
    };
    const Row rows[] = {
        {"all the same", series_of({5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5})},
        {"up and down", series_of({5, 6, 5, 6, 5, 6, 5, 6, 5, 6, 5, 6, 5, 6})},
        {"sure, but 1 % is nobody's trouble",
         series_of({1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008, 1009, 1010, 1011})},
        {"up, and down again", series_of({1, 2, 3, 4, 5, 6, 7, 7, 6, 5, 4, 3, 2, 1})},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const auto trend = find_trend(row.series);
        REQUIRE(trend);
        CHECK_FALSE(trend->significant);
        CHECK(trend->slope_low <= trend->slope);
        CHECK(trend->slope <= trend->slope_high);
    }
    CHECK_FALSE(find_trend(series_of({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}))); // too few
    CHECK_FALSE(find_trend(series_of({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})));
    CHECK_FALSE(find_trend({}));
}

TEST_CASE("steps have their time and their levels") {
    Normal normal(3);
    std::vector<SeriesPoint> series;
    for (int i = 0; i < 60; ++i) {
        const double level = i < 20 ? 10 : i < 40 ? 15 : 12;
        series.push_back({.t_s = step_s * i, .value = level * (1 + 0.02 * normal.next())});
    }
    const std::vector<Step> steps = find_steps(series);
    REQUIRE(steps.size() == 2);
    CHECK(steps[0].t_s == 200);
    CHECK(steps[0].before == doctest::Approx(10).epsilon(0.02));
    CHECK(steps[0].after > 12);
    CHECK(steps[1].t_s == 400);
    CHECK(steps[1].after == doctest::Approx(12).epsilon(0.02));
}

TEST_CASE("steps are not seen in noise") {
    Normal normal(4);
    int seen = 0;
    for (int i = 0; i < 200; ++i) {
        seen += !find_steps(simulate({}, normal)).empty();
    }
    CHECK(seen <= 4);
}

TEST_CASE("a median is the middle, or between the middles") {
    CHECK(median_of({}) == 0);
    CHECK(median_of({3}) == 3);
    CHECK(median_of({4, 1}) == 2.5);
    CHECK(median_of({9, 1, 5}) == 5);
}
