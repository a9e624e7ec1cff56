// An engine thread's work, compiled for TLS over io_uring; see engine_body.hpp.
#include "io/uring_io.hpp"
#include "run/engine_body.hpp"
#include "tls/tls_io.hpp"

namespace ringblast {

EngineReport run_on_io_uring_tls(const EngineTask& task) {
    return run_with<TlsIo<UringIo>>(task);
}

} // namespace ringblast
