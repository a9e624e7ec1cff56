#include "analysis/clustering.hpp"

#include "base/print.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <numeric>

namespace ringblast {

namespace {

constexpr double p_max = 0.001;
constexpr double dense_share_min = 0.9; ///< of the hits
constexpr double dispersion_worth_words = 2;
constexpr double period_correlation_min = 0.5;
constexpr size_t period_rounds_min = 4; ///< a period is seen at least so often
constexpr double period_rows_max = 600; ///< longest lag that is tried

/// Upper tail of the normal distribution.
double upper_tail(double z) {
    return std::erfc(z / std::sqrt(2.0)) / 2;
}

struct Totals {
    double trials = 0, hits = 0;
    size_t rows = 0; ///< with trials
};

Totals totals_of(std::span<const Occurrences> rows) {
    Totals totals;
    for (const Occurrences& row : rows) {
        totals.trials += static_cast<double>(row.trials);
        totals.hits += static_cast<double>(row.hits);
        totals.rows += row.trials > 0;
    }
    return totals;
}

/// Chance of a chi-square that large, by the cube root of Wilson and Hilferty.
double chi_square_tail(double chi_square, double freedom) {
    const double spread = 2 / (9 * freedom);
    return upper_tail((std::cbrt(chi_square / freedom) - (1 - spread)) / std::sqrt(spread));
}

/// Chance of so few runs of rows above and below their share.
double runs_tail(std::span<const Occurrences> rows, double share) {
    double above = 0;
    double below = 0;
    double runs = 0;
    std::optional<bool> last;
    for (const Occurrences& row : rows) {
        if (row.trials == 0) {
            continue;
        }
        const bool is_above =
            static_cast<double>(row.hits) > share * static_cast<double>(row.trials);
        above += is_above;
        below += !is_above;
        runs += last != is_above;
        last = is_above;
    }
    const double n = above + below;
    const double product = 2 * above * below;
    const double variance = product * (product - n) / (n * n * (n - 1));
    return variance > 0 ? upper_tail((product / n + 1 - runs - 0.5) / std::sqrt(variance)) : 1;
}

void find_dense_rows(std::span<const Occurrences> rows, double hits, Clustering& clustering) {
    std::vector<const Occurrences*> order;
    for (const Occurrences& row : rows) {
        order.push_back(&row);
    }
    std::ranges::stable_sort(order, std::ranges::greater{}, &Occurrences::hits);
    double found = 0;
    clustering.dense_from_s = order.front()->t_s;
    for (const Occurrences* row : order) {
        if (found >= dense_share_min * hits) {
            break;
        }
        found += static_cast<double>(row->hits);
        clustering.dense_s += row->span_s;
        clustering.dense_from_s = std::min(clustering.dense_from_s, row->t_s);
        clustering.dense_to_s = std::max(clustering.dense_to_s, row->t_s + row->span_s);
    }
    clustering.dense_share = found / hits;
}

/// The lag at which the hits resemble themselves most, if they do at twice the lag as well.
std::optional<double> find_period(std::span<const Occurrences> rows, double share) {
    std::vector<double> excess;
    for (const Occurrences& row : rows) {
        excess.push_back(static_cast<double>(row.hits) - share * static_cast<double>(row.trials));
    }
    const auto product = [&](size_t lag) {
        double sum = 0;
        for (size_t i = lag; i < excess.size(); ++i) {
            sum += excess[i] * excess[i - lag];
        }
        return sum * static_cast<double>(excess.size()) / static_cast<double>(excess.size() - lag);
    };
    const double own = product(0);
    const auto longest = static_cast<size_t>(
        std::min(period_rows_max, static_cast<double>(excess.size() / period_rounds_min)));
    size_t best = 0;
    double best_correlation = period_correlation_min;
    for (size_t lag = 2; own > 0 && lag <= longest; ++lag) {
        const double correlation = product(lag) / own;
        const bool peak = product(lag - 1) < product(lag) && product(lag + 1) < product(lag);
        if (peak && correlation > best_correlation * (best == 0 ? 1 : 1.1) &&
            product(2 * lag) / own > period_correlation_min / 2) {
            best = lag;
            best_correlation = correlation;
        }
    }
    return best == 0 ? std::nullopt
                     : std::optional(static_cast<double>(best) * rows.front().span_s);
}

} // namespace

double dispersion_index(std::span<const Occurrences> rows) {
    const Totals totals = totals_of(rows);
    const double share = totals.trials > 0 ? totals.hits / totals.trials : 0;
    if (share <= 0 || share >= 1 || totals.rows < 2) {
        return 1; // nothing, or all of it: even
    }
    double chi_square = 0;
    for (const Occurrences& row : rows) {
        const double expected = share * static_cast<double>(row.trials);
        if (expected > 0) {
            const double apart = static_cast<double>(row.hits) - expected;
            chi_square += apart * apart / (expected * (1 - share));
        }
    }
    return chi_square / static_cast<double>(totals.rows - 1);
}

std::optional<Clustering> find_clustering(std::span<const Occurrences> rows) {
    const Totals totals = totals_of(rows);
    if (totals.hits == 0 || totals.rows < 3) {
        return std::nullopt;
    }
    const double share = totals.hits / totals.trials;
    const auto freedom = static_cast<double>(totals.rows - 1);
    Clustering clustering;
    clustering.dispersion = dispersion_index(rows);
    clustering.dispersion_p =
        share < 1 ? chi_square_tail(clustering.dispersion * freedom, freedom) : 1;
    clustering.runs_p = runs_tail(rows, share);
    clustering.total_s =
        std::accumulate(rows.begin(), rows.end(), 0.0,
                        [](double sum, const Occurrences& row) { return sum + row.span_s; });
    find_dense_rows(rows, totals.hits, clustering);
    clustering.significant =
        clustering.dispersion >= dispersion_worth_words && clustering.dispersion_p < p_max;
    if (clustering.significant) {
        clustering.period_s = find_period(rows, share);
    }
    return clustering;
}

std::string clustering_words(const Clustering& clustering, const std::string& what) {
    std::string words =
        fmt::format("{} of the {} in {:.0f} of {:.0f} s", print_share(clustering.dense_share), what,
                    std::max(1.0, clustering.dense_s), clustering.total_s);
    if (clustering.period_s) {
        return words + fmt::format(", every {:.0f} s", *clustering.period_s);
    }
    return words +
           fmt::format(" ({:.0f} to {:.0f} s)", clustering.dense_from_s, clustering.dense_to_s);
}

} // namespace ringblast
