// HdrHistogram logs (.hlog): one line per interval, so that the distribution of any stretch of a
// run can be put together later by the usual viewers. Lines stand alone: a log that ends in the
// middle of one is still good up to there.
#pragma once

#include "ringblast/error.hpp"
#include "ringblast/histogram.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringblast {

/// One line of a log.
struct HlogInterval {
    std::string tag;    ///< may be empty; without comma, blank and line break
    double start_s = 0; ///< since the log's base time
    double length_s = 0;
    double max_ms = 0;   ///< read only: the writer takes it from the histogram
    Histogram histogram; ///< nanoseconds
};

/// The lines before the first interval; interval times count from `started_at_unix_ns`,
/// which is cut off at the millisecond.
std::string render_hlog_header(int64_t started_at_unix_ns);

/// A line with its line break. Requires: the tag's letters are allowed.
std::string render_hlog_interval(const HlogInterval& interval);

struct ParsedHlog {
    std::optional<double> start_time_s; ///< Unix time of the StartTime comment
    std::optional<double> base_time_s;  ///< Unix time of the BaseTime comment
    std::vector<HlogInterval> intervals;
    bool torn = false; ///< the last line was cut off and is left out
};

/// Reads a whole log. A line that is wrong is an error that names it, except for a last line
/// without line break: its writer was stopped in the middle.
Expected<ParsedHlog> parse_hlog(std::string_view text);

} // namespace ringblast
