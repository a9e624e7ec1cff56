// Whether the target held a load back that the generator could have made.
//
// An open load says it itself: what was asked for is not answered, and the queue grows. A blast at
// full speed asks for whatever it can get. Users with pauses are between the two: N users who
// pause for Z between answers that take R ask for N / (Z + R), so a slow target thins its own load
// and every latency figure of such a run is one of a smaller load than was meant. How much smaller
// can be told without knowing Z: of the users, the share W waits for an answer at any time, and
// W = R / (Z + R). Had the answers taken R0, as they did with few users, the same users would have
// made N / (Z + R0) requests; the shortfall 1 - (Z + R0) / (Z + R) is W (1 - R0 / R).
#pragma once

#include "ringblast/result.hpp"

#include <optional>
#include <span>
#include <string>

namespace ringblast {

inline constexpr double full_core_percent = 95; ///< of a process on it: no more to have

/// An open load that sends faster than the target answers.
struct GrowingQueue {
    double p50_first_ns = 0, p50_last_ns = 0; ///< of the first and the last fifth of the load
    double goodput_first = 0, goodput_last = 0;
    uint64_t asked = 0;    ///< requests, dropped arrivals included
    uint64_t answered = 0; ///< by the end of the load
};

/// Empty where none grew: the p50 doubled, and 2 % of what was asked for is unanswered.
std::optional<GrowingQueue> find_growing_queue(const Result& result);

/// Readings of a process' share of the processors in percent of one. Full: for half of the time
/// within 5 % of the middle, and that within 5 % of what a whole number of cores gives.
struct Processor {
    double low = 0, middle = 0, high = 0; ///< at a quarter, half and three quarters
    bool full = false;
};
Processor read_processor(std::span<const double> percents);

/// What shows that the target (or the network) was the limit of a load that does not go at full
/// speed, in one sentence; empty where nothing does. Of users with pauses it takes two of three:
/// they were held back by 10 % or more; latency doubled from few users to all of them; a processor
/// of a process probe stood at its limit.
std::string find_target_limit(const Result& result);

} // namespace ringblast
