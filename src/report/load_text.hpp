// The load in words: goals of stages, what a run did, spans of time.
#pragma once

#include "ringblast/result.hpp"

#include <optional>
#include <string>

namespace ringblast {

/// `50 users`, `0 → 50 users`, `100/s → 1,000/s`, `200 at once`. `before`: the stage before, or
/// null.
std::string goal_text(const Stage& stage, const Stage* before);

/// The whole load of a run in one phrase: `64 users at full speed, 10 s`.
std::string load_text(const Result& result);

/// `1.2 s`, or `1.2–9.8 s`: when something was seen, in seconds of the load.
std::string span_text(double first_s, double last_s);

/// Mean latency × rate over the requests that the users keep in flight; only for a closed load at
/// full speed whose number of users stood still, where it must be 1.
std::optional<double> clock_share(const Result& result);

} // namespace ringblast
