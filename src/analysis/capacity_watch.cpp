// When a trial need not go on: its outcome is plain, and every second of an overload more is one
// that the target has to recover from.
#include "analysis/capacity.hpp"

#include <algorithm>
#include <cmath>

namespace ringblast {

namespace {

constexpr double patience_s = 2;
constexpr uint64_t samples_min = 20;
constexpr double hopeless_slow = 0.5;
constexpr double hopeless_bad = 0.2;
constexpr double decided_factor = 5; ///< breaches above the limit that noise does not make

} // namespace

bool TrialWatch::decided(uint64_t breaches, double share_max) const {
    double allowed = share_max * static_cast<double>(completed_);
    // Breaches come in clusters: four standard deviations at three times their variance.
    double chance = 4 * std::sqrt(3 * allowed + 1) + 3;
    auto count = static_cast<double>(breaches);
    return count > allowed + chance && count > decided_factor * allowed;
}

bool TrialWatch::hopeless(const TrialSlice& slice) {
    double end_s = slice.t_s + slice.span_s;
    if (slice.t_s >= trial_.discard_s - 1e-9) {
        completed_ += slice.completed;
        slow_ += slice.slow;
        bad_ += slice.failed + slice.rate_limited;
    }
    last_.push_back(slice);
    std::erase_if(last_, [&](const TrialSlice& old) { return old.t_s < end_s - 1 - 1e-9; });
    uint64_t completed = 0, slow = 0, bad = 0;
    for (const TrialSlice& part : last_) {
        completed += part.completed;
        slow += part.slow;
        bad += part.failed + part.rate_limited;
    }
    if (end_s >= patience_s) {
        auto whole = static_cast<double>(completed);
        bool many = completed > samples_min;
        bool overrun =
            settings_.latency_limit_s > 0 && static_cast<double>(slow) > hopeless_slow * whole;
        if (many && (overrun || static_cast<double>(bad) > hopeless_bad * whole)) {
            return true;
        }
        if (completed == 0 && slice.in_flight > samples_min) {
            return true;
        }
    }
    if (settings_.latency_limit_s > 0 && decided(slow_, settings_.slow_share_max)) {
        return true;
    }
    return decided(bad_, settings_.error_share_max);
}

} // namespace ringblast
