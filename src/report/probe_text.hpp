// Figures of probes as people read them: in the unit that the probe gives them.
#pragma once

#include "ringblast/result.hpp"

#include <string>
#include <vector>

namespace ringblast {

/// Rounded to that many significant digits, without an exponent or zeros at the end.
std::string significant_text(double value, int digits);

/// `120 MiB`, `85 %`, `1.5 ms`, `1,234`, `12 jobs`: bytes are scaled, as are times; percent and
/// fractions read `%`; any other unit stands behind the number.
std::string measured_text(double value, const std::string& unit, int digits = 3);

/// What a probe reads, and where: `rate of http_requests_total{code=~"5.."}` and `/metrics`. User
/// info in URLs is masked.
struct ProbeWords {
    std::string reads, from;
};
ProbeWords probe_words(const Probe& probe);

/// `+1.2 MiB/min`; `per_second` is in the unit of the probe.
std::string slope_text(double per_second, const std::string& unit, int digits = 3);

/// The slope with its interval, `none` where the interval has 0 in it, `–` where there is none.
std::string trend_text(const ProbeResult& probe);

/// `3 readings failed, at last: connection refused`; empty where none did.
std::string failures_text(const ProbeResult& probe);

/// The cells of a row of a table: name, last, min, average, max, trend.
std::vector<std::string> probe_cells(const ProbeResult& probe);
inline const std::vector<std::string> probe_heads = {"last", "min", "average", "max", "trend"};

} // namespace ringblast
