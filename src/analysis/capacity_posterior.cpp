#include "analysis/capacity_posterior.hpp"

#include "base/check.hpp"

#include <algorithm>
#include <cmath>

namespace ringblast {

namespace {

constexpr double margin = 0.35;       ///< of the grid beyond the centre and all holds, logarithmic
constexpr double prior_floor = 0.015; ///< beside the normal distribution's 1 at its centre
constexpr double lapse = 0.02;        ///< share of holds that say the wrong thing at any rate
constexpr double scale = 0.6;         ///< of the logistic curve, in widths
/// Of the widths before any hold: targets are seldom sharper than one percent.
constexpr std::array width_priors = {0.5, 0.8, 1.0, 1.3, 0.5};

double pass_at(double log_capacity, double log_of_rate, double width) {
    double distance = (log_capacity - log_of_rate) / (scale * width);
    return lapse + (1 - 2 * lapse) / (1 + std::exp(-distance));
}

double pass_of(const HoldAnswer& answer, double log_capacity, double width) {
    double wide = std::hypot(width, answer.blur / scale);
    return pass_at(log_capacity + answer.shift, std::log(answer.rate), wide);
}

/// Half of the 95 % interval, in steps of the grid.
template <size_t size>
double half_width_of(const std::array<double, size>& masses, double sum) {
    double below = 0, low = 0, high = size;
    for (size_t i = 0; i < size; ++i) {
        double mass = masses[i] / sum;
        auto at = static_cast<double>(i);
        if (below < 0.025 && below + mass >= 0.025) {
            low = at + (0.025 - below) / mass;
        }
        if (below < 0.975 && below + mass >= 0.975) {
            high = at + (0.975 - below) / mass;
        }
        below += mass;
    }
    return (high - low) / 2;
}

} // namespace

double CapacityPosterior::log_rate(size_t index) const {
    return low_ + (high_ - low_) * (static_cast<double>(index) + 0.5) / grid_size;
}

void CapacityPosterior::add(HoldAnswer answer) {
    CHECK(answer.rate > 0);
    answers_.push_back(answer);
    rebuild();
}

// From scratch each time: there are tens of holds at most, and the grid follows them.
void CapacityPosterior::rebuild() {
    low_ = high_ = std::log(centre_);
    for (const HoldAnswer& answer : answers_) {
        low_ = std::min(low_, std::log(answer.rate));
        high_ = std::max(high_, std::log(answer.rate));
    }
    low_ -= margin;
    high_ += margin;
    double sum = 0;
    for (size_t width = 0; width < widths.size(); ++width) {
        for (size_t i = 0; i < grid_size; ++i) {
            double log_capacity = log_rate(i);
            double deviation = (log_capacity - std::log(centre_)) / prior_sd_;
            double mass =
                width_priors[width] * (std::exp(-deviation * deviation / 2) + prior_floor);
            for (const HoldAnswer& answer : answers_) {
                double pass = pass_of(answer, log_capacity, widths[width]);
                mass *= answer.pass ? pass : 1 - pass;
            }
            mass_[width][i] = mass;
            sum += mass;
        }
    }
    marginal_.fill(0);
    for (auto& of_width : mass_) {
        for (size_t i = 0; i < grid_size; ++i) {
            of_width[i] /= sum;
            marginal_[i] += of_width[i];
        }
    }
}

double CapacityPosterior::quantile(double share) const {
    double below = 0;
    for (size_t i = 0; i < grid_size; ++i) {
        if (below + marginal_[i] >= share) {
            double part = marginal_[i] > 0 ? (share - below) / marginal_[i] : 0.5;
            double step = (high_ - low_) / grid_size;
            return std::exp(log_rate(i) + (part - 0.5) * step);
        }
        below += marginal_[i];
    }
    return std::exp(high_);
}

double CapacityPosterior::half_width() const {
    return std::log(quantile(0.975) / quantile(0.025)) / 2;
}

double CapacityPosterior::pass_probability(double rate) const {
    double sum = 0;
    for (size_t width = 0; width < widths.size(); ++width) {
        for (size_t i = 0; i < grid_size; ++i) {
            sum += mass_[width][i] * pass_at(log_rate(i), std::log(rate), widths[width]);
        }
    }
    return sum;
}

double CapacityPosterior::expected_half_width(double rate) const {
    double log_of_rate = std::log(rate);
    std::array<double, grid_size> passed{}, failed{};
    double pass = 0;
    for (size_t width = 0; width < widths.size(); ++width) {
        for (size_t i = 0; i < grid_size; ++i) {
            double mass = mass_[width][i];
            double of_pass = mass * pass_at(log_rate(i), log_of_rate, widths[width]);
            passed[i] += of_pass;
            failed[i] += mass - of_pass;
            pass += of_pass;
        }
    }
    double step = (high_ - low_) / grid_size;
    return step *
           (pass * half_width_of(passed, pass) + (1 - pass) * half_width_of(failed, 1 - pass));
}

double CapacityPosterior::rate_with_pass_probability(double probability) const {
    double below = low_ - margin; // passes there, as far as any hold does
    double above = high_ + margin;
    for (int step = 0; step < 40; ++step) {
        double middle = (below + above) / 2;
        (pass_probability(std::exp(middle)) >= probability ? below : above) = middle;
    }
    return std::exp(below);
}

} // namespace ringblast
