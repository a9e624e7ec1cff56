// Errors spread evenly, in bursts, with the traffic and regularly; and the words for them.
#include "analysis/clustering.hpp"

#include "base/random.hpp"

#include <doctest/doctest.h>

using namespace ringblast;

namespace {

template <class Trials, class Hits>
std::vector<Occurrences> seconds(int count, Trials trials, Hits hits) {
    std::vector<Occurrences> rows;
    for (int t = 0; t < count; ++t) {
        rows.push_back({.t_s = static_cast<double>(t),
                        .trials = static_cast<uint64_t>(trials(t)),
                        .hits = static_cast<uint64_t>(hits(t))});
    }
    return rows;
}

/// So many of `trials` that each fails with this chance.
int draw(int t, int trials, double chance) {
    int hits = 0;
    for (int i = 0; i < trials; ++i) {
        hits += random_unit({.seed = 5, .stream = static_cast<uint64_t>(t)},
                            static_cast<uint64_t>(i)) < chance;
    }
    return hits;
}

} // namespace

TEST_CASE("errors at a constant chance are spread evenly") {
    const auto even = find_clustering(seconds(
        600, [](int) { return 200; }, [](int t) { return draw(t, 200, 0.05); }));
    REQUIRE(even);
    CHECK(even->dispersion == doctest::Approx(1).epsilon(0.15));
    CHECK(even->dispersion_p > 0.001);
    CHECK(even->runs_p > 0.001);
    CHECK_FALSE(even->significant);
}

TEST_CASE("more errors where there is more traffic are spread evenly as well") {
    const auto traffic = [](int t) { return t < 300 ? 20 : 400; };
    const auto ramp =
        find_clustering(seconds(600, traffic, [&](int t) { return draw(t, traffic(t), 0.05); }));
    REQUIRE(ramp);
    CHECK(ramp->dispersion == doctest::Approx(1).epsilon(0.15));
    CHECK_FALSE(ramp->significant);
}

TEST_CASE("a burst is named by its seconds") {
    const auto burst = find_clustering(seconds(
        600, [](int) { return 100; },
        [](int t) { return t >= 41 && t <= 43        ? 31
                           : t % 100 == 0 && t < 700 ? 1
                                                     : 0; }));
    REQUIRE(burst);
    CHECK(burst->significant);
    CHECK(burst->dispersion > 20);
    CHECK(burst->dense_s == 3);
    CHECK(burst->dense_share == doctest::Approx(93.0 / 99));
    CHECK_FALSE(burst->period_s);
    CHECK(clustering_words(*burst, "errors") == "93.94 % of the errors in 3 of 600 s (41 to 44 s)");
}

TEST_CASE("errors that come back have a period") {
    const auto limiter = find_clustering(seconds(
        300, [](int) { return 100; }, [](int t) { return t % 10 >= 8 ? 40 : 0; }));
    REQUIRE(limiter);
    CHECK(limiter->significant);
    CHECK(limiter->runs_p < 0.001);
    REQUIRE(limiter->period_s);
    CHECK(*limiter->period_s == 10);
    CHECK(clustering_words(*limiter, "errors").ends_with(", every 10 s"));
}

TEST_CASE("where nothing can be told") {
    const auto hundred = [](int) { return 100; };
    CHECK_FALSE(find_clustering({}));
    CHECK_FALSE(find_clustering(seconds(60, hundred, [](int) { return 0; })));
    CHECK_FALSE(find_clustering(seconds(2, hundred, [](int t) { return t; })));
    const auto all = find_clustering(seconds(60, hundred, hundred));
    REQUIRE(all); // every request failed: even
    CHECK(all->dispersion == 1);
    CHECK_FALSE(all->significant);
    const auto one = find_clustering(seconds(60, hundred, [](int t) { return t == 7; }));
    REQUIRE(one); // a single error is no cluster
    CHECK(one->dispersion == doctest::Approx(1).epsilon(0.01));
    CHECK_FALSE(one->significant);
}
