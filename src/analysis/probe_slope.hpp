// How fast the figures of probes rose or fell over the measured load: memory that leaks, a queue
// that grows.
#pragma once

#include "ringblast/probe.hpp"

namespace ringblast {

/// Sets slope and interval from the measured points of the series; empty where they are too few.
void fill_slope(ProbeResult& probe);

} // namespace ringblast
