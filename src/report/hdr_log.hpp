// The HdrHistogram log of a saved result, from the histograms of its timeline.
#pragma once

#include "ringblast/result.hpp"

#include <string>

namespace ringblast {

/// An interval per timeline row: what --hdr-log wrote during the run, but for runs of more than an
/// hour, whose rows are longer than a second.
std::string render_hdr_log(const Result& result);

} // namespace ringblast
