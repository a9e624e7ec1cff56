// An engine thread's work, compiled for epoll; see engine_body.hpp.
#include "io/epoll_io.hpp"
#include "run/engine_body.hpp"

namespace ringblast {

EngineReport run_on_epoll(const EngineTask& task) {
    return run_with<EpollIo>(task);
}

} // namespace ringblast
