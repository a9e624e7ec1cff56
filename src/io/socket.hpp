// Sockets as both engines make them: blocking for io_uring, non-blocking for epoll, otherwise the
// same options. A few descriptors are nobody's but the kernel's to refuse, so errors come back as
// a negative errno.
#pragma once

#include "io/io.hpp"

namespace ringblast {

/// A stream socket for `to`, bound as `options` say. Returns the descriptor or a negative errno.
int open_client_socket(const Address& to, const SocketOptions& options, int type_flags);

struct ListenOptions {
    int backlog = 4096;
    int type_flags = 0;
    bool share_port = false; ///< several sockets on one port, the kernel spreads connections
};

/// A listening stream socket, address reusable. Returns the descriptor or a negative errno.
int open_listening_socket(const Address& at, const ListenOptions& options);

/// Makes close() reset the connection instead of ending it in order.
void set_abort_on_close(int fd);

/// The port that a bound socket has; 0 when it has none.
uint16_t local_port(int fd);

} // namespace ringblast
