// The overview of a suite for people at a terminal: a row for each run, what was missed below it,
// and the verdict as the last line.
#pragma once

#include "report/text.hpp"
#include "ringblast/suite.hpp"

#include <string>

namespace ringblast {

/// UTF-8 lines with a newline at the end. Requires: a decided suite (analysis/suite_verdict.hpp).
std::string render_suite_text(const SuiteResult& suite, const TextOptions& options = {});

/// One load in one line, for while the suite goes on: `pass · 1,234 requests · 20.6/s · …`. With
/// the task's name in front where it ran alone.
std::string suite_line_text(const SuitePart& part);

} // namespace ringblast
