// `ringblast URL`: the story of one blast, from words to exit code.
#pragma once

#include "cli/words.hpp"

#include <atomic>
#include <string>
#include <vector>

namespace ringblast {

/// What the signal handler counts; lock-free.
struct StopSignals {
    std::atomic<int> count{0};
    std::atomic<int> last{0}; ///< number of the signal
};

/// Runs a blast and writes its reports. `arguments`: the command line, for the result. Returns the
/// exit code (SPEC § 9).
int run_blast(const BlastWords& words, const std::vector<std::string>& arguments,
              const StopSignals& signals);

/// Prints errors of the command line; returns the exit code for them.
int usage_error(const std::vector<Error>& errors);

} // namespace ringblast
