// The findings in the words that text, HTML and Markdown share: plain sentences, not yet painted,
// escaped or broken into lines.
#pragma once

#include "ringblast/result.hpp"

#include <string>
#include <vector>

namespace ringblast {

/// `p50 1.20 ms to 1.24 ms · p95 3.1 ms to 3.3 ms`, `n/a` where a percentile of the tables has too
/// few samples for both bounds; empty without any interval.
std::string intervals_text(const Result& result);

/// What changed while the run went on: trends, where the errors lie, the end of the warm-up.
std::vector<std::string> course_sentences(const Result& result);

/// The stage that broke first and how bursts went.
std::vector<std::string> stage_sentences(const Result& result);

} // namespace ringblast
