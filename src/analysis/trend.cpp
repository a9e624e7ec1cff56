#include "analysis/trend.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace ringblast {

namespace {

constexpr double p_trend_max = 0.01;
constexpr double change_min = 0.05;
constexpr double half_against_max = 0.25; ///< of the whole's slope
constexpr double in_order_min = 0.95;     ///< of the pairs of points: ranks are exhausted
constexpr double step_deviates_min = 5;   ///< standard errors; many places are tried
constexpr size_t steps_tried_max = 4;
constexpr double step_change_min = 0.10; ///< of the median
constexpr size_t step_points_min = 5;    ///< on each side
constexpr double fits_better = 0.85;     ///< of the other's residuals: clearly the better picture

std::vector<double> values_of(std::span<const SeriesPoint> series) {
    std::vector<double> values;
    for (const SeriesPoint& point : series) {
        values.push_back(point.value);
    }
    return values;
}

double sum_of_signs(std::span<const double> values) {
    int64_t sum = 0;
    for (size_t i = 0; i < values.size(); ++i) {
        for (size_t j = i + 1; j < values.size(); ++j) {
            sum += (values[j] > values[i]) - (values[j] < values[i]);
        }
    }
    return static_cast<double>(sum);
}

/// Of the sum of signs without serial correlation; equal values make it smaller.
double plain_variance(std::vector<double> values) {
    const auto term = [](double n) { return n * (n - 1) * (2 * n + 5); };
    std::ranges::sort(values);
    double variance = term(static_cast<double>(values.size()));
    for (size_t i = 0; i < values.size();) {
        size_t end = i;
        while (end < values.size() && values[end] == values[i]) {
            ++end;
        }
        variance -= term(static_cast<double>(end - i));
        i = end;
    }
    return variance / 18;
}

/// Ranks from 1; equal values share the mean of theirs.
std::vector<double> ranks_of(std::span<const double> values) {
    std::vector<size_t> order(values.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::ranges::sort(order, {}, [&](size_t i) { return values[i]; });
    std::vector<double> ranks(values.size());
    for (size_t i = 0; i < order.size();) {
        size_t end = i;
        while (end < order.size() && values[order[end]] == values[order[i]]) {
            ++end;
        }
        for (size_t k = i; k < end; ++k) {
            ranks[order[k]] = static_cast<double>(i + end + 1) / 2;
        }
        i = end;
    }
    return ranks;
}

double autocorrelation(std::span<const double> values, size_t lag) {
    const double mean =
        std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
    double with_lag = 0;
    double own = 0;
    for (size_t i = 0; i < values.size(); ++i) {
        own += (values[i] - mean) * (values[i] - mean);
        with_lag += i >= lag ? (values[i] - mean) * (values[i - lag] - mean) : 0;
    }
    return own > 0 ? with_lag / own : 0;
}

/// How many times the variance grows by the correlation `at(lag)` of the ranks.
template <class Correlation>
double variance_growth(size_t size, size_t lags, Correlation at) {
    const auto n = static_cast<double>(size);
    double sum = 0;
    for (size_t lag = 1; lag <= lags; ++lag) {
        const double rest = n - static_cast<double>(lag);
        sum += rest * (rest - 1) * (rest - 2) * at(lag);
    }
    return 1 + 2 * sum / (n * (n - 1) * (n - 2));
}

/// Hamed and Rao's correction, from the residuals. Autocorrelations of a short series whose trend
/// was taken out read low, the first one by about (2 + 4 r) / n; the growth that it gives when it
/// is mended, at all lags, is the least that counts.
double correction(std::span<const double> residuals) {
    const std::vector<double> ranks = ranks_of(residuals);
    const size_t n = ranks.size();
    const double noise = z_95 / std::sqrt(static_cast<double>(n));
    const double listed = variance_growth(n, n - 1, [&](size_t lag) {
        const double r = autocorrelation(ranks, lag);
        return std::abs(r) > noise ? r : 0;
    });
    const double first = autocorrelation(ranks, 1);
    const double mended = std::clamp(first + (2 + 4 * first) / static_cast<double>(n), 0.0, 0.98);
    const double geometric = variance_growth(
        n, n - 3, [&](size_t lag) { return std::pow(mended, static_cast<double>(lag)); });
    return std::max({1.0, listed, geometric});
}

/// Slopes between all pairs, sorted.
std::vector<double> pair_slopes(std::span<const SeriesPoint> series) {
    std::vector<double> slopes;
    slopes.reserve(series.size() * series.size() / 2);
    for (size_t i = 0; i < series.size(); ++i) {
        for (size_t j = i + 1; j < series.size(); ++j) {
            const double length = series[j].t_s - series[i].t_s;
            if (length > 0) {
                slopes.push_back((series[j].value - series[i].value) / length);
            }
        }
    }
    std::ranges::sort(slopes);
    return slopes;
}

double middle_of(std::span<const double> sorted) {
    const size_t n = sorted.size();
    return n == 0 ? 0 : (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
}

double sen_slope(std::span<const SeriesPoint> series) {
    return middle_of(pair_slopes(series));
}

/// What is left of the series when a line of that slope through its middle is taken away.
std::vector<double> residuals_of(std::span<const SeriesPoint> series, double slope) {
    std::vector<double> residuals;
    for (const SeriesPoint& point : series) {
        residuals.push_back(point.value - slope * point.t_s);
    }
    const double middle = median_of(residuals);
    for (double& residual : residuals) {
        residual -= middle;
    }
    return residuals;
}

double size_of(std::span<const double> residuals) {
    return std::accumulate(residuals.begin(), residuals.end(), 0.0,
                           [](double sum, double residual) { return sum + std::abs(residual); });
}

/// As many independent points would tell as much; less two for the line.
double degrees_of_freedom(size_t points, double growth) {
    return std::max(3.0, static_cast<double>(points) / growth - 2);
}

/// Two-sided p of a figure with that many degrees of freedom behind its variance (the normal
/// deviate that stands for Student's t, by Wallace's approximation).
double p_of(double deviate, double freedom) {
    const double z = (8 * freedom + 1) / (8 * freedom + 3) *
                     std::sqrt(freedom * std::log1p(deviate * deviate / freedom));
    return std::erfc(z / std::sqrt(2.0));
}

/// Student's t of a 95 % interval, by the first terms of its expansion about the normal deviate.
double t_95(double freedom) {
    const double cube = z_95 * z_95 * z_95;
    return z_95 + (cube + z_95) / (4 * freedom) +
           (5 * cube * z_95 * z_95 + 16 * cube + 3 * z_95) / (96 * freedom * freedom);
}

/// Neither half goes against the whole, but for a little noise.
bool halves_agree(std::span<const SeriesPoint> series, double slope) {
    const size_t half = series.size() / 2;
    const double least = -half_against_max * slope * slope;
    return sen_slope(series.first(half)) * slope > least &&
           sen_slope(series.subspan(series.size() - half)) * slope > least;
}

double length_of(std::span<const SeriesPoint> series) {
    // The last point stands for as long as each of the others.
    const auto n = static_cast<double>(series.size());
    return (series.back().t_s - series.front().t_s) * n / (n - 1);
}

/// The rank series cut into levels: the cuts that leave the least squares, by dynamic programming.
/// Ranks, so that one wild point is no more than the largest.
class LevelFit {
public:
    LevelFit(std::span<const double> values, size_t steps_max) : size_(values.size()) {
        sums_.push_back({});
        for (const double rank : ranks_of(values)) {
            sums_.push_back({sums_.back().plain + rank, sums_.back().squares + rank * rank});
        }
        std::vector<double> cost(size_ + 1);
        for (size_t end = 1; end <= size_; ++end) {
            cost[end] = cost_of(0, end);
        }
        cuts_.emplace_back(size_ + 1, 0);
        for (size_t steps = 1; steps <= steps_max; ++steps) {
            cost = add_level(cost);
        }
    }
    /// First points of the levels after the first. Requires: steps <= steps_max.
    std::vector<size_t> cuts(size_t steps) const {
        std::vector<size_t> cuts;
        size_t end = size_;
        for (; steps > 0; --steps) {
            end = cuts_[steps][end];
            cuts.insert(cuts.begin(), end);
        }
        return cuts;
    }

private:
    struct Sums {
        double plain = 0, squares = 0;
    };
    double cost_of(size_t begin, size_t end) const {
        if (end < begin + step_points_min) {
            return std::numeric_limits<double>::infinity();
        }
        const double sum = sums_[end].plain - sums_[begin].plain;
        return sums_[end].squares - sums_[begin].squares -
               sum * sum / static_cast<double>(end - begin);
    }
    std::vector<double> add_level(std::span<const double> before) {
        std::vector<double> cost(size_ + 1, std::numeric_limits<double>::infinity());
        std::vector<size_t>& cuts = cuts_.emplace_back(size_ + 1, 0);
        for (size_t end = 1; end <= size_; ++end) {
            for (size_t cut = 1; cut < end; ++cut) {
                const double sum = before[cut] + cost_of(cut, end);
                if (sum < cost[end]) {
                    cost[end] = sum;
                    cuts[end] = cut;
                }
            }
        }
        return cost;
    }

    size_t size_;
    std::vector<Sums> sums_;
    std::vector<std::vector<size_t>> cuts_; ///< by number of steps and end
};

struct Levels {
    std::vector<Step> steps;
    std::vector<double> residuals;
};

/// The medians of the levels between the cuts, and what they leave.
Levels levels_of(std::span<const SeriesPoint> series, std::span<const size_t> cuts) {
    Levels levels;
    const std::vector<double> values = values_of(series);
    double before = 0;
    for (size_t i = 0; i <= cuts.size(); ++i) {
        const auto part = std::span(values).subspan(i == 0 ? 0 : cuts[i - 1],
                                                    (i == cuts.size() ? values.size() : cuts[i]) -
                                                        (i == 0 ? 0 : cuts[i - 1]));
        const double level = median_of({part.begin(), part.end()});
        for (const double value : part) {
            levels.residuals.push_back(value - level);
        }
        if (i > 0) {
            levels.steps.push_back(
                {.t_s = series[cuts[i - 1]].t_s, .before = before, .after = level});
        }
        before = level;
    }
    return levels;
}

/// Whether every step is far beyond what the noise within the levels makes of two medians.
bool all_clear(const Levels& levels, std::span<const size_t> cuts, double median) {
    const size_t n = levels.residuals.size();
    double squares = 0;
    for (const double residual : levels.residuals) {
        squares += residual * residual;
    }
    const double noise = std::sqrt(squares / static_cast<double>(n) * correction(levels.residuals));
    for (size_t i = 0; i < cuts.size(); ++i) {
        const auto left = static_cast<double>(cuts[i] - (i == 0 ? 0 : cuts[i - 1]));
        const auto right = static_cast<double>((i + 1 == cuts.size() ? n : cuts[i + 1]) - cuts[i]);
        const double size = std::abs(levels.steps[i].after - levels.steps[i].before);
        if (size < step_change_min * median ||
            size < step_deviates_min * noise * std::sqrt(1 / left + 1 / right)) {
            return false;
        }
    }
    return true;
}

/// Where nearly all pairs of points are in order, ranks can say no more, and under a strong
/// correlation that is never enough: then the slope stands against the standard error of a line
/// through as many independent points as the correction leaves.
void judge_as_line(std::span<const SeriesPoint> series, double growth, Trend& trend) {
    double squares = 0;
    for (const double residual : residuals_of(series, trend.slope)) {
        squares += residual * residual;
    }
    const auto n = static_cast<double>(series.size());
    const double freedom = degrees_of_freedom(series.size(), growth);
    const double error = std::sqrt(squares / n * 12 * growth / n) / length_of(series);
    const double reach = t_95(freedom) * error;
    trend.slope_low = trend.slope - reach;
    trend.slope_high = trend.slope + reach;
    if (error > 0) {
        trend.p_value = std::min(trend.p_value, p_of(std::abs(trend.slope) / error, freedom));
    } else {
        trend.p_value = 0;
    }
}

} // namespace

double median_of(std::vector<double> values) {
    std::ranges::sort(values);
    return middle_of(values);
}

std::optional<Trend> find_trend(std::span<const SeriesPoint> series) {
    const double median = median_of(values_of(series));
    if (series.size() < trend_points_min || median <= 0) {
        return std::nullopt;
    }
    const std::vector<double> slopes = pair_slopes(series);
    const double slope = middle_of(slopes);
    const std::vector<double> values = values_of(series);
    const double growth = correction(residuals_of(series, slope));
    const double freedom = degrees_of_freedom(values.size(), growth);
    const double variance = plain_variance(values) * growth;
    const double signs = sum_of_signs(values);
    const double z = variance > 0 ? (std::abs(signs) - 1) / std::sqrt(variance) : 0;

    const auto pairs = static_cast<double>(slopes.size());
    const double reach = t_95(freedom) * std::sqrt(variance);
    const auto slope_at = [&](double rank) {
        return slopes[static_cast<size_t>(std::clamp(rank, 0.0, pairs - 1))];
    };
    const double scale = length_of(series) / median;
    Trend trend{.median = median,
                .slope = slope,
                .slope_low = slope_at(std::floor((pairs - reach) / 2) - 1),
                .slope_high = slope_at(std::ceil((pairs + reach) / 2)),
                .p_value = signs == 0 ? 1 : p_of(z, freedom)};
    if (std::abs(signs) >= in_order_min * pairs) {
        judge_as_line(series, growth, trend);
    }
    trend.change = trend.slope * scale;
    trend.change_low = trend.slope_low * scale;
    trend.change_high = trend.slope_high * scale;
    trend.significant = trend.p_value < p_trend_max && std::abs(trend.change) >= change_min &&
                        halves_agree(series, slope);
    return trend;
}

std::vector<Step> find_steps(std::span<const SeriesPoint> series) {
    const std::vector<double> values = values_of(series);
    const double median = median_of(values);
    if (series.size() < trend_points_min || median <= 0) {
        return {};
    }
    const double line = size_of(residuals_of(series, sen_slope(series)));
    const size_t steps_max = std::min(steps_tried_max, series.size() / step_points_min - 1);
    const LevelFit fit(values, steps_max);
    std::vector<Step> found;
    for (size_t steps = 1; steps <= steps_max; ++steps) {
        const std::vector<size_t> cuts = fit.cuts(steps);
        Levels levels = levels_of(series, cuts);
        if (size_of(levels.residuals) <= fits_better * line && all_clear(levels, cuts, median)) {
            found = std::move(levels.steps);
        }
    }
    return found;
}

} // namespace ringblast
