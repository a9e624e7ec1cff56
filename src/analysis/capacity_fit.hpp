// Curves through the trials: throughput against users (Universal Scalability Law), and the knee of
// latency against rate. They describe; the answer of a search does not depend on them.
#pragma once

#include "ringblast/limit.hpp"

#include <span>

namespace ringblast {

struct ThroughputPoint {
    double users = 0;
    double rps = 0;
};

/// Least squares on n / X(n), which is linear in 1/lambda, sigma/lambda and kappa/lambda, with
/// relative weights; terms that come out negative are left out. Nothing below three points with
/// throughput or where no fit has a positive lambda.
std::optional<UslFit> fit_usl(std::span<const ThroughputPoint> points);

/// Where latency begins to rise faster than the rate: the point farthest below the chord of the
/// normalised curve (Satopaa et al. 2011, "Kneedle", with one candidate). `curve` is sorted by
/// rate. Nothing below four points with a p99, or on a line.
std::optional<double> find_knee(std::span<const CurvePoint> curve);

} // namespace ringblast
