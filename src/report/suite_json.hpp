// The overview of a suite as JSON, schema ringblast-suite/1, and back. docs/suite.md explains the fields,
// docs/suite.schema.json checks them.
#pragma once

#include "ringblast/error.hpp"
#include "ringblast/suite.hpp"

#include <string>
#include <string_view>

namespace ringblast {

/// UTF-8, two blanks of indentation, a newline at the end. Units as in a result's JSON; paths of
/// reports are as seen from `folder`. Requires: a decided suite.
std::string render_suite_json(const SuiteResult& suite, const std::string& folder);

/// Whether a text is of this schema rather than of a run's.
bool is_suite_json(std::string_view text);

/// Reads what render_suite_json wrote, but for the results, whose whole is in the report of kind
/// json of each part: they stay empty, and verdicts with them. Paths of reports are as written. The
/// error names the place.
Expected<SuiteResult> read_suite_json(std::string_view text);

} // namespace ringblast
