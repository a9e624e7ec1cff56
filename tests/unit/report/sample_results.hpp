// Hand-made results that the golden files are rendered from: a blast that went well, a profile in
// stages where much went wrong, a run that could not be made, and one that has everything.
#pragma once

#include "ringblast/result.hpp"

namespace ringblast::samples {

/// 64 users at full speed, ten seconds, everything ok.
Result blast();
/// Open load in three stages, two requests, errors of many kinds, thresholds of every verdict.
Result stages();
/// The target refused every connection.
Result not_made();
/// Twelve requests in all, at once: too few for percentiles.
Result few();

/// A profile with all that a result can hold: classes, tags, steps, windows, odd names, numbers
/// with all their digits.
Result everything();

} // namespace ringblast::samples
