// The target's loop with TLS on one engine; a file for each, so that each is inlined as if it were
// alone.
#include "io/epoll_io.hpp"
#include "target/loop_turn.hpp"
#include "tls/tls_io.hpp"

namespace ringblast {

template class Loop<TlsIo<EpollIo>>;

} // namespace ringblast
