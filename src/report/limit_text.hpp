// The answer of `ringblast limit` for a person: the rate with its interval first, then how it
// breaks and what that rests on, then the curve.
#pragma once

#include "report/text.hpp"
#include "ringblast/limit.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace ringblast {

/// UTF-8 lines with a newline at the end.
std::string render_limit_text(const LimitResult& result, const TextOptions& options = {});

/// `18,420 requests/s [17,900, 18,900] at p99 < 200ms, error_rate < 1%, hold 30 s`; of a profile
/// the tasks as well; what is known where there is no answer.
std::string capacity_text(const LimitResult& result);

/// Places in `probes` of the figures that tables of the curve have room for.
std::vector<size_t> probes_of_curve(const LimitResult& result);
/// What one of them was at a point: `85 %`; `–` where nothing was read.
std::string mean_text(const LimitResult& result, const CurvePoint& point, size_t probe);

/// One line of a trial that ended: what was asked, what came of it.
std::string trial_text(const TrialResult& result);

/// A mode in a few words: `rate limited`.
std::string_view mode_words(BreakingMode mode);

} // namespace ringblast
