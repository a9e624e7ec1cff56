// The overview of a suite as JSON, schema ringblast-suite/1. docs/suite.md explains the fields,
// docs/suite.schema.json checks them.
#pragma once

#include "ringblast/suite.hpp"

#include <string>

namespace ringblast {

/// UTF-8, two blanks of indentation, a newline at the end. Units as in a result's JSON; paths of
/// reports are as seen from `folder`. Requires: a decided suite.
std::string render_suite_json(const SuiteResult& suite, const std::string& folder);

} // namespace ringblast
