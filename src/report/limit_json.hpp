// The result of `ringblast limit` as JSON, schema ringblast-limit/1, and back. docs/limit.md
// explains each field, docs/limit.schema.json checks it.
#pragma once

#include "ringblast/limit.hpp"

#include <string>
#include <string_view>

namespace ringblast {

/// UTF-8, two blanks of indentation, a newline at the end. Rates per second, latencies ms,
/// fractions 0–1, times UTC; what is not known is null.
std::string render_limit_json(const LimitResult& result);

/// Whether a text is of this schema rather than of a run's.
bool is_limit_json(std::string_view text);

/// Reads what render_limit_json wrote. The error names the place.
Expected<LimitResult> read_limit_json(std::string_view text);

} // namespace ringblast
