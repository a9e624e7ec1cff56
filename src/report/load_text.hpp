// The load in words: goals of stages, what a run did, spans of time.
#pragma once

#include "ringblast/result.hpp"

#include <optional>
#include <string>
#include <vector>

namespace ringblast {

/// Between the parts of a line for people.
inline constexpr const char* separator = " · ";

/// `GET /path`, without the method twice where the name begins with it.
std::string request_label(const std::string& method, const std::string& name);

/// The groups of errors, the largest first; the order of the result among equals.
std::vector<const ErrorGroup*> errors_by_count(const Result& result);

/// Whether a second distribution tells a reader something that the first does not: its mean, p50
/// or p99 is apart by more than 10 %.
bool differs_noticeably(const Histogram& histogram, const Histogram& base);

/// Most users at work in a second of the timeline; the plan's peak when there is no timeline. (An
/// open load plans for more users than it needs.)
uint64_t users_seen(const Result& result);

/// `50 users`, `0 → 50 users`, `100/s → 1,000/s`, `200 at once`. `before`: the stage before, or
/// null.
std::string goal_text(const Stage& stage, const Stage* before);

/// The whole load of a run in one phrase: `64 users at full speed, 10 s, after 2 s of warm-up`.
std::string load_text(const Result& result);

/// `1.2 s`, or `1.2–9.8 s`: when something was seen, in seconds of the load.
std::string span_text(double first_s, double last_s);

/// What was mended or left out on the way: requests sent once more, connections reopened, tasks
/// skipped; empty when there was none of it.
std::string repairs_text(const Result& result);

/// Mean latency × rate over the requests that the users keep in flight; only for a closed load at
/// full speed whose number of users stood still, where it must be 1.
std::optional<double> clock_share(const Result& result);

/// `1,980/s`, or a dash where nothing was completed.
std::string rate_cell(const Counts& counts, double rps);
/// The same of a row; `after` where it ran after the load.
std::string rate_cell(const RequestResult& row);

} // namespace ringblast
