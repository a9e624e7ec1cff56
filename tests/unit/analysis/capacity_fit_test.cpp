#include "analysis/capacity_fit.hpp"

#include <cmath>
#include <doctest/doctest.h>

using namespace ringblast;

namespace {

std::vector<ThroughputPoint> law(const UslFit& fit, double wobble = 0) {
    std::vector<ThroughputPoint> points;
    double sign = 1;
    for (double users = 1; users <= 256; users *= 2) {
        double rps =
            fit.lambda * users / (1 + fit.sigma * (users - 1) + fit.kappa * users * (users - 1));
        points.push_back({users, rps * (1 + sign * wobble)});
        sign = -sign;
    }
    return points;
}

CurvePoint point(double offered, double p99_ms) {
    return {.offered = offered, .p99_ms = p99_ms};
}

} // namespace

TEST_CASE("a curve that follows the law gives its parameters back") {
    for (UslFit law_of : {UslFit{1000, 0.05, 0.0002}, UslFit{250, 0.3, 0}, UslFit{10, 0, 0},
                          UslFit{900, 0, 0.001}}) {
        CAPTURE(law_of.lambda);
        std::optional<UslFit> fit = fit_usl(law(law_of));
        REQUIRE(fit);
        CHECK(fit->lambda == doctest::Approx(law_of.lambda).epsilon(1e-6));
        CHECK(std::abs(fit->sigma - law_of.sigma) < 1e-6);
        CHECK(std::abs(fit->kappa - law_of.kappa) < 1e-6);
    }
}

TEST_CASE("noise does not make a parameter negative; the peak is where throughput turns") {
    std::optional<UslFit> fit = fit_usl(law({1000, 0.02, 0.0005}, 0.03));
    REQUIRE(fit);
    CHECK(fit->sigma >= 0);
    CHECK(fit->kappa >= 0);
    REQUIRE(fit->users_at_peak);
    CHECK(*fit->users_at_peak == doctest::Approx(std::sqrt(0.98 / 0.0005)).epsilon(0.15));
}

TEST_CASE("too few points, or none with throughput, have no fit") {
    CHECK_FALSE(fit_usl({}));
    CHECK_FALSE(fit_usl(std::vector<ThroughputPoint>{{1, 100}, {2, 190}}));
    CHECK_FALSE(fit_usl(std::vector<ThroughputPoint>{{1, 0}, {2, 0}, {4, 0}, {8, 0}}));
}

TEST_CASE("the knee is where latency begins to rise") {
    std::vector<CurvePoint> curve = {point(100, 2), point(500, 2.2), point(800, 3),
                                     point(900, 5), point(950, 40),  point(1000, 400)};
    REQUIRE(find_knee(curve));
    CHECK(*find_knee(curve) == 900);
}

TEST_CASE("a flat curve, a line and few points have no knee") {
    CHECK_FALSE(
        find_knee(std::vector<CurvePoint>{point(1, 5), point(2, 5), point(3, 5), point(4, 5)}));
    CHECK_FALSE(
        find_knee(std::vector<CurvePoint>{point(1, 1), point(2, 2), point(3, 3), point(4, 4)}));
    CHECK_FALSE(find_knee(std::vector<CurvePoint>{point(1, 1), point(2, 2), point(3, 30)}));
    CHECK_FALSE(find_knee({}));
}
