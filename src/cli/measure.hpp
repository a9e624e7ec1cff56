// `ringblast doctor --measure`: what each engine that works here reaches, against the embedded
// target on another core. Figures of this machine at this moment, to see what io_uring gains.
#pragma once

#include <string>

namespace ringblast {

/// Blasts for about a second with each engine; a line for each, and their ratio when both work.
std::string measure_engines();

} // namespace ringblast
