#include "analysis/capacity_posterior.hpp"

#include <doctest/doctest.h>

using ringblast::CapacityPosterior;

TEST_CASE("before any hold the posterior is the prior: centred, wider than its deviation") {
    CapacityPosterior posterior(1000, 0.07);
    CHECK(posterior.quantile(0.5) == doctest::Approx(1000).epsilon(0.005));
    CHECK(posterior.half_width() > 0.12);
    CHECK(posterior.quantile(0.025) < posterior.quantile(0.5));
    CHECK(posterior.quantile(0.5) < posterior.quantile(0.975));
}

TEST_CASE("a hold moves the posterior to its side, and both sides narrow it") {
    CapacityPosterior posterior(1000, 0.07);
    posterior.add({1000, true});
    CHECK(posterior.quantile(0.5) > 1020);
    double once = posterior.half_width();
    posterior.add({1060, false});
    posterior.add({1010, true});
    posterior.add({1045, false});
    CHECK(posterior.quantile(0.5) == doctest::Approx(1027).epsilon(0.02));
    CHECK(posterior.half_width() < once / 2);
}

TEST_CASE("contradictions keep the interval wide") {
    CapacityPosterior sharp(1000, 0.07), torn(1000, 0.07);
    for (double rate : {960.0, 980.0}) {
        sharp.add({rate, true});
        torn.add({rate, false});
    }
    for (double rate : {1020.0, 1040.0}) {
        sharp.add({rate, false});
        torn.add({rate, true});
    }
    CHECK(torn.half_width() > 2 * sharp.half_width());
}

TEST_CASE("a wrong bracket is overcome by holds far from it") {
    CapacityPosterior posterior(1000, 0.07);
    for (double rate : {1100.0, 1200.0, 1300.0, 1400.0}) {
        posterior.add({rate, true});
    }
    posterior.add({1500, false});
    CHECK(posterior.quantile(0.5) == doctest::Approx(1450).epsilon(0.03));
}

TEST_CASE("nine of ten holds pass below the median, never above it") {
    CapacityPosterior posterior(1000, 0.07);
    posterior.add({980, true});
    posterior.add({1020, false});
    double median = posterior.quantile(0.5);
    CHECK(posterior.rate_with_pass_probability(0.9) < 0.99 * median);
    CHECK(posterior.rate_with_pass_probability(0.5) == doctest::Approx(median).epsilon(0.01));
    CHECK(posterior.rate_with_pass_probability(0.1) > 1.01 * median);
}
