// The way back from a saved result, so that every report can be made again, and results of several
// machines can be put together. The inverse of render_json: what one writes the other reads.
#pragma once

#include "ringblast/error.hpp"
#include "ringblast/result.hpp"

#include <string_view>

namespace ringblast {

/// Reads schema ringblast-result/1. Every report of the Result read equals the one of the Result
/// that was written. Keys it does not know are passed over: a newer version may have written them.
/// The error names the place and what is wrong there: `requests[2].ok: a whole number is missing`.
Expected<Result> read_result(std::string_view json_text);

} // namespace ringblast
