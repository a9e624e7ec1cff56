// A program run for its output, within bounds: of time, of bytes, and in a process group of its own
// so that nothing that it started is left behind.
#pragma once

#include "ringblast/error.hpp"

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

namespace ringblast {

/// More output is dropped.
inline constexpr size_t command_output_max = 1024 * 1024;

/// What the program wrote to its standard output. Blocks until it ends, its time is over
/// (`until_ns` on the monotonic clock) or `stop` is set; then it and all of its group are killed.
/// Requires: `words` is not empty; the first is a path, or a name to look for in PATH. Errors: why
/// it could not be started, its exit status with the first line of its standard error.
Expected<std::string> run_command(const std::vector<std::string>& words, int64_t until_ns,
                                  const std::atomic<bool>& stop);

} // namespace ringblast
