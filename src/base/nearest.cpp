#include "base/nearest.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

namespace ringblast {

namespace {

char lower(char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

/// Levenshtein's distance, two neighbours that changed places being one slip (optimal string
/// alignment), one row at a time.
size_t edit_distance(std::string_view left, std::string_view right) {
    std::vector<size_t> row(right.size() + 1), before(row), before_that(row);
    std::iota(row.begin(), row.end(), size_t{0});
    const auto equal = [&](size_t i, size_t j) { return lower(left[i]) == lower(right[j]); };
    for (size_t i = 0; i < left.size(); ++i) {
        before_that.swap(before);
        before = row;
        row[0] = i + 1;
        for (size_t j = 0; j < right.size(); ++j) {
            const size_t replaced = before[j] + (equal(i, j) ? 0 : 1);
            row[j + 1] = std::min({row[j] + 1, before[j + 1] + 1, replaced});
            if (i > 0 && j > 0 && equal(i, j - 1) && equal(i - 1, j)) {
                row[j + 1] = std::min(row[j + 1], before_that[j - 1] + 1);
            }
        }
    }
    return row.back();
}

} // namespace

std::string_view nearest_word(std::string_view word, std::span<const std::string_view> known) {
    std::string_view best;
    size_t best_distance = 0;
    for (std::string_view candidate : known) {
        const size_t distance = edit_distance(word, candidate);
        if (best.empty() || distance < best_distance) {
            best = candidate;
            best_distance = distance;
        }
    }
    const size_t allowed = std::max<size_t>(1, std::max(word.size(), best.size()) / 3);
    return best_distance <= allowed ? best : std::string_view{};
}

std::string nearest_hint(std::string_view word, std::span<const std::string_view> known) {
    const std::string_view nearest = nearest_word(word, known);
    return nearest.empty() ? std::string{} : " (nearest: " + std::string(nearest) + ")";
}

} // namespace ringblast
