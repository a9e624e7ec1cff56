// An engine thread's work, compiled for TLS over epoll; see engine_body.hpp.
#include "io/epoll_io.hpp"
#include "run/engine_body.hpp"
#include "tls/tls_io.hpp"

namespace ringblast {

EngineReport run_on_epoll_tls(const EngineTask& task) {
    return run_with<TlsIo<EpollIo>>(task);
}

} // namespace ringblast
