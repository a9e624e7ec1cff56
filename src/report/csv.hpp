// The result as the CSV files that Locust writes, so that scripts written for them read ours:
// docs/csv.md has the columns. Rows end with CRLF; quotes only where they must be.
#pragma once

#include "ringblast/result.hpp"

#include <string>

namespace ringblast {

/// PREFIX_stats.csv: a row per request, then one for the whole run.
std::string render_csv_stats(const Result& result);

/// PREFIX_stats_history.csv: a row of the whole run per row of the timeline.
std::string render_csv_history(const Result& result);

/// PREFIX_failures.csv: a row per way in which requests failed.
std::string render_csv_failures(const Result& result);

} // namespace ringblast
