// A result as JSON, schema ringblast-result/1: the file that scripts read and from which every
// other report can be made again. docs/json.md explains each field, docs/result.schema.json
// checks it.
#pragma once

#include "ringblast/result.hpp"

#include <string>

namespace ringblast {

/// UTF-8, two blanks of indentation, a newline at the end. Keys stand in a fixed order. Times are
/// UTC, latencies ms, fractions 0–1; what was not measured is null, and no number is NaN.
/// Bytes that are not UTF-8 become U+FFFD.
std::string render_json(const Result& result);

} // namespace ringblast
