// --demo: the embedded target for one run.
#pragma once

#include "cli/test_options.hpp"
#include "target/server.hpp"

#include <memory>

namespace ringblast {

/// The embedded target on the first half of the cores; the load takes the last ones. The base URL
/// of the options becomes its address, with the path that a blast asks for.
Expected<std::unique_ptr<TargetServer>> start_demo(TestOptions& options);

} // namespace ringblast
