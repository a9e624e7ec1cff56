// The answer of `ringblast limit` as one self-contained page: cards, the saturation curve, every
// trial. The page, its style and its script are those of a run's report.
#pragma once

#include "ringblast/limit.hpp"

#include <string>

namespace ringblast {

std::string render_limit_html(const LimitResult& result);

} // namespace ringblast
