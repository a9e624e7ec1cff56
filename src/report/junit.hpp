// The verdict as JUnit XML, which CI servers show beside other tests: a test case per threshold.
#pragma once

#include "ringblast/result.hpp"

#include <string>

namespace ringblast {

/// UTF-8. A threshold that failed is a failure, one that was skipped is skipped, a marginal one
/// passes and says so. Without thresholds there is one case, that at least one request was ok.
/// A run that could not be made is an error. Requires: a decided result.
std::string render_junit(const Result& result);

} // namespace ringblast
