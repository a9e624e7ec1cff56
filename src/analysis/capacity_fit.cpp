#include "analysis/capacity_fit.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace ringblast {

namespace {

constexpr size_t term_count = 3;
using Vector = std::array<double, term_count>;
using Terms = std::array<bool, term_count>;

/// Solves a symmetric system for the terms that take part; the others are 0. Gaussian elimination
/// with pivots. Nothing when it is singular.
std::optional<Vector> solve(std::array<Vector, term_count> matrix, Vector right, Terms used) {
    std::array<size_t, term_count> order{};
    size_t count = 0;
    for (size_t i = 0; i < term_count; ++i) {
        if (used[i]) {
            order[count++] = i;
        }
    }
    for (size_t column = 0; column < count; ++column) {
        size_t pivot = column;
        for (size_t row = column + 1; row < count; ++row) {
            if (std::abs(matrix[order[row]][order[column]]) >
                std::abs(matrix[order[pivot]][order[column]])) {
                pivot = row;
            }
        }
        std::swap(matrix[order[pivot]], matrix[order[column]]);
        std::swap(right[order[pivot]], right[order[column]]);
        double head = matrix[order[column]][order[column]];
        if (std::abs(head) < 1e-300) {
            return std::nullopt;
        }
        for (size_t row = column + 1; row < count; ++row) {
            double factor = matrix[order[row]][order[column]] / head;
            for (size_t k = column; k < count; ++k) {
                matrix[order[row]][order[k]] -= factor * matrix[order[column]][order[k]];
            }
            right[order[row]] -= factor * right[order[column]];
        }
    }
    Vector solution{};
    for (size_t row = count; row-- > 0;) {
        double rest = right[order[row]];
        for (size_t k = row + 1; k < count; ++k) {
            rest -= matrix[order[row]][order[k]] * solution[order[k]];
        }
        solution[order[row]] = rest / matrix[order[row]][order[row]];
    }
    return solution;
}

/// The smallest squared error over fits without negative terms.
struct BestFit {
    std::optional<Vector> terms;
    double error = 0;
};

} // namespace

std::optional<UslFit> fit_usl(std::span<const ThroughputPoint> points) {
    std::array<Vector, term_count> matrix{};
    Vector right{};
    size_t count = 0;
    auto row_of = [](const ThroughputPoint& point) { // n / X, divided by itself
        double weight = point.rps / point.users;
        return Vector{weight, weight * (point.users - 1), weight * point.users * (point.users - 1)};
    };
    for (const ThroughputPoint& point : points) {
        if (point.rps <= 0 || point.users < 1) {
            continue;
        }
        ++count;
        Vector row = row_of(point);
        for (size_t i = 0; i < term_count; ++i) {
            for (size_t k = 0; k < term_count; ++k) {
                matrix[i][k] += row[i] * row[k];
            }
            right[i] += row[i];
        }
    }
    if (count < term_count) {
        return std::nullopt;
    }
    BestFit best;
    for (Terms used : {Terms{true, true, true},
                       {true, true, false},
                       {true, false, true},
                       {true, false, false}}) {
        std::optional<Vector> terms = solve(matrix, right, used);
        if (!terms || (*terms)[0] <= 0 || (*terms)[1] < 0 || (*terms)[2] < 0) {
            continue;
        }
        double error = 0;
        for (const ThroughputPoint& point : points) {
            if (point.rps > 0 && point.users >= 1) {
                Vector row = row_of(point);
                double value = row[0] * (*terms)[0] + row[1] * (*terms)[1] + row[2] * (*terms)[2];
                error += (value - 1) * (value - 1);
            }
        }
        if (!best.terms || error < best.error) {
            best = {terms, error};
        }
    }
    if (!best.terms) {
        return std::nullopt;
    }
    const auto& [free, shared, crossed] = *best.terms;
    UslFit fit{.lambda = 1 / free, .sigma = shared / free, .kappa = crossed / free};
    if (fit.kappa > 0 && fit.sigma < 1) {
        fit.users_at_peak = std::sqrt((1 - fit.sigma) / fit.kappa);
    }
    return fit;
}

std::optional<double> find_knee(std::span<const CurvePoint> curve) {
    std::vector<std::pair<double, double>> points;
    for (const CurvePoint& point : curve) {
        if (point.p99_ms) {
            points.emplace_back(point.offered, *point.p99_ms);
        }
    }
    if (points.size() < 4) {
        return std::nullopt;
    }
    auto [first_x, last_x] = std::pair(points.front().first, points.back().first);
    auto [low, high] = std::ranges::minmax(points, {}, &std::pair<double, double>::second);
    if (last_x <= first_x || high.second <= low.second) {
        return std::nullopt;
    }
    double best = 0.05; // flatter than that is a line
    std::optional<double> knee;
    for (const auto& [x, y] : points) {
        double difference =
            (x - first_x) / (last_x - first_x) - (y - low.second) / (high.second - low.second);
        if (difference > best) {
            best = difference;
            knee = x;
        }
    }
    return knee;
}

} // namespace ringblast
