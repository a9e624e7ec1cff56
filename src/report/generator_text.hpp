// The generator in words: how it ran, and how late its sends were.
#pragma once

#include "ringblast/result.hpp"

#include <string>

namespace ringblast {

/// `2 threads on CPUs 0, 1 · 35.0 % busy · io_uring · Linux 6.18 · cubic · 20 MiB`.
std::string generator_text(const GeneratorReport& generator);

/// Of sends against their due time. Requires: generator.lateness is not empty.
std::string lateness_text(const GeneratorReport& generator);

} // namespace ringblast
