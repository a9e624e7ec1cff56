// What every format of a suite's overview says, line by line: the runs in order, below a run with
// --each its tasks, and below each what was missed or went wrong.
#pragma once

#include "ringblast/suite.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace ringblast {

enum class SuiteState : uint8_t {
    pass,
    marginal,
    fail,
    invalid,     ///< --strict, and the generator cannot be trusted
    interrupted, ///< by a stop signal
    not_made,    ///< the target was never reached, or the set-up failed
    refused,     ///< a problem of the profile that showed when it was to start
    not_run,
};

/// In the order of SuiteState: `pass`, `not made` …
std::string_view state_word(SuiteState state);

/// As what it counts for a reader's eye: pass, marginal, fail or (not run) skipped.
Verdict state_role(SuiteState state);

struct SuiteLine {
    std::string name;
    SuiteState state;
    const SuiteRun* run;
    const SuitePart* part = nullptr; ///< whose figures stand in the line; null: there are none
    bool task = false;               ///< of the run above it
    std::vector<const ThresholdResult*> missed{}; ///< fail or marginal
    std::vector<std::string> reasons{};           ///< what else went wrong, in words
};

/// All lines; they point into the suite.
std::vector<SuiteLine> suite_lines(const SuiteResult& suite);

SuiteState state_of(const SuitePart& part);

/// Runs by how they ended.
struct SuiteCounts {
    uint64_t passed = 0, marginal = 0, failed = 0, interrupted = 0, not_run = 0;
};
SuiteCounts suite_counts(const SuiteResult& suite);

/// `2 of 4 runs passed, 1 failed (load), 1 not run`.
std::string suite_count_text(const SuiteResult& suite);

/// The target, where all runs had the same; else empty.
std::string suite_url(const SuiteResult& suite);

/// `145 ms`, `~145 ms` of too few samples, a dash without any.
std::string suite_percentile(const Histogram& latency, double percentile);

/// `2.57 %`, a dash where nothing was completed.
std::string suite_failed(const Counts& counts);

/// `3 of 4`: thresholds that held; a dash where there were none.
std::string thresholds_held(const Result& result);

/// The path as seen from a folder, `/` between its parts; both absolute, or from one place.
std::string path_from(const std::string& folder, const std::string& path);

} // namespace ringblast
