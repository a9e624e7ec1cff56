// Do errors come evenly, or in a few moments? Pure functions of what happened second by second.
//
// Under a constant chance of failing, the errors of a second with n requests vary about their
// share of all errors as a binomial count does. The index of dispersion is how many times as much
// they vary (1: spread evenly; chi-square over its degrees of freedom), with seconds of different
// traffic each measured by its own. The test of Wald and Wolfowitz asks the same of the order: few
// runs of seconds with more and with less than their share mean that errors come in stretches.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ringblast {

struct Occurrences {
    double t_s = 0;
    double span_s = 1;
    uint64_t trials = 0; ///< requests completed
    uint64_t hits = 0;   ///< of them failed
};

struct Clustering {
    double dispersion = 1;   ///< index; 1: spread evenly
    double dispersion_p = 1; ///< of so much or more by chance
    double runs_p = 1;       ///< of so few runs or fewer by chance
    /// The fewest rows with at least 90 % of the hits.
    double dense_share = 0;                  ///< of the hits, in them
    double dense_s = 0;                      ///< their time
    double dense_from_s = 0, dense_to_s = 0; ///< from the first's start to the last's end
    double total_s = 0;
    std::optional<double> period_s; ///< they come back regularly
    bool significant = false;       ///< too uneven for chance: worth a sentence
};

/// Empty without a hit or with fewer than three rows with trials. Rows are in order of time.
std::optional<Clustering> find_clustering(std::span<const Occurrences> rows);

/// The index alone, 1 where nothing can be told.
double dispersion_index(std::span<const Occurrences> rows);

/// `93 % of the errors in 3 of 600 s (41 to 44 s)`; `what` is the plural of the hits.
std::string clustering_words(const Clustering& clustering, const std::string& what);

} // namespace ringblast
