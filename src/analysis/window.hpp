// Thresholds over sliding windows, and those that end a run. A window of W seconds slides by one;
// the worst one decides, windows without samples don't count. The watch sees the figures of the
// measured load once a second, keeps as many of them as the longest window needs, and decides on
// their differences.
#pragma once

#include "analysis/threshold.hpp"

#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ringblast {

/// What was counted and measured between two looks at the same run; `now` is the later one. Only
/// what thresholds read.
Result difference(const Result& now, const Result& before);

class WindowWatch {
public:
    /// `thresholds` are borrowed. `stages` tell when a load is first held.
    WindowWatch(std::span<const Threshold> thresholds, const std::vector<Stage>& stages);

    /// Whether any threshold has a window or aborts: else nothing needs to be seen.
    bool wanted() const { return longest_s_ > 0; }
    /// Whether one of them looks at a probe.
    bool wants_probes() const { return wants_probes_; }
    /// The figures of the measured load up to `t_s` seconds of the load. In order of time.
    void see(const Result& so_far, double t_s);
    /// The threshold with `abort` that the last window broke, in words; empty: none.
    const std::string& broken() const { return broken_; }
    /// The worst window of a threshold with one, for each of its scopes; nothing without.
    std::optional<std::vector<ThresholdResult>> worst(const Threshold& threshold) const;

    static constexpr double abort_window_s = 10; ///< where the threshold has none
    static constexpr uint64_t abort_samples_min = 20;
    static constexpr uint64_t abort_readings_min = 3; ///< of a probe

private:
    struct Look {
        double t_s;
        Result result;
    };
    void judge(size_t index, const Result& window, double t_s);

    std::span<const Threshold> thresholds_;
    double longest_s_ = 0;
    bool wants_probes_ = false;
    double held_from_s_ = 0; ///< start of the first stage that is held
    std::deque<Look> looks_;
    std::vector<std::map<std::string, ThresholdResult>> worst_; ///< by threshold and scope
    std::string broken_;
};

} // namespace ringblast
