#include "base/random.hpp"

#include <doctest/doctest.h>

using namespace ringblast;

TEST_CASE("a draw depends on seed, stream and counter only") {
    RandomKey key{.seed = 7, .stream = 3};
    CHECK(random_bits(key, 5) == random_bits(key, 5));
    CHECK(random_bits(key, 5) != random_bits(key, 6));
    CHECK(random_bits(key, 5) != random_bits({.seed = 8, .stream = 3}, 5));
    CHECK(random_bits(key, 5) != random_bits({.seed = 7, .stream = 4}, 5));
}

TEST_CASE("uniform and exponential draws have their means and stay in range") {
    RandomKey key{.seed = 1, .stream = 0};
    double uniform_sum = 0;
    double exponential_sum = 0;
    for (uint64_t i = 0; i < 100'000; ++i) {
        double unit = random_unit(key, i);
        REQUIRE(unit >= 0);
        REQUIRE(unit < 1);
        uniform_sum += unit;
        double gap = random_exponential(key, i);
        REQUIRE(gap >= 0);
        REQUIRE(gap < 50);
        exponential_sum += gap;
    }
    CHECK(uniform_sum / 100'000 == doctest::Approx(0.5).epsilon(0.01));
    CHECK(exponential_sum / 100'000 == doctest::Approx(1).epsilon(0.01));
}
