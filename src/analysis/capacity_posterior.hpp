// What holds at several rates say of the rate at which half of them pass: probabilistic bisection.
//
// Each hold is a noisy answer to "is the capacity above x?". With c = log of the capacity and w the
// width of the zone in which the answer is by chance, a hold at x passes with
//   P(pass) = 0.02 + 0.96 / (1 + exp(-(c - log x) / (0.6 w)))
// The posterior of c is kept on a grid, with w marginalised over five values: a capacity that is
// sharp gives a narrow interval, one that varies an honest, wide one. The prior comes from the
// coarse search: a normal distribution with a floor, so that a wrong bracket can be overcome.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

namespace ringblast {

/// One trial and whether the conditions held. A shorter one than a hold answers for a capacity that
/// is higher by `shift`, give or take `blur`; both are logarithms.
struct HoldAnswer {
    double rate = 0;
    bool pass = false;
    double shift = 0, blur = 0;
};

class CapacityPosterior {
public:
    /// Requires: centre > 0. `prior_sd` is the standard deviation of the logarithm.
    CapacityPosterior(double centre, double prior_sd) : centre_(centre), prior_sd_(prior_sd) {
        rebuild();
    }

    void add(HoldAnswer answer);

    /// Probability that a hold at the rate passes, as far as is known.
    double pass_probability(double rate) const;
    /// Half of the 95 % interval that is to be expected after a hold at the rate.
    double expected_half_width(double rate) const;

    /// Rate with this share of the posterior below it, 0 < share < 1.
    double quantile(double share) const;
    /// Half of the 95 % interval, relative to the rate.
    double half_width() const;
    /// Highest rate at which a hold passes with this probability, 0.03 < probability < 0.97.
    double rate_with_pass_probability(double probability) const;

private:
    static constexpr size_t grid_size = 600;
    static constexpr std::array<double, 5> widths = {0.005, 0.01, 0.02, 0.04, 0.08};

    void rebuild();
    double log_rate(size_t index) const;

    double centre_, prior_sd_;
    std::vector<HoldAnswer> answers_;
    double low_ = 0, high_ = 0;                                       ///< of the grid, logarithms
    std::array<std::array<double, grid_size>, widths.size()> mass_{}; ///< sums to 1
    std::array<double, grid_size> marginal_{};
};

} // namespace ringblast
