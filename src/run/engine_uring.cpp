// An engine thread's work, compiled for io_uring; see engine_body.hpp.
#include "io/uring_io.hpp"
#include "run/engine_body.hpp"

namespace ringblast {

EngineReport run_on_io_uring(const EngineTask& task) {
    return run_with<UringIo>(task);
}

} // namespace ringblast
