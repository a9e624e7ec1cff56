#include "io/socket.hpp"

#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

namespace ringblast {

namespace {

// Linux 6.3; not in glibc 2.36. Unknown to older kernels, where the range stays the system's.
constexpr int ip_local_port_range = 51;

bool set_int(int fd, int level, int option, int value) {
    return setsockopt(fd, level, option, &value, sizeof value) == 0;
}

int fail_and_close(int fd) {
    int error = errno;
    close(fd);
    return -error;
}

} // namespace

int open_client_socket(const Address& to, const SocketOptions& options, int type_flags) {
    int fd = socket(to.family(), SOCK_STREAM | SOCK_CLOEXEC | type_flags, 0);
    if (fd < 0) {
        return -errno;
    }
    if (to.family() == AF_UNIX) {
        return fd;
    }
    if (options.no_delay) {
        set_int(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    }
    if (options.port_high != 0) {
        uint32_t range = static_cast<uint32_t>(options.port_high) << 16 | options.port_low;
        setsockopt(fd, IPPROTO_IP, ip_local_port_range, &range, sizeof range);
    }
    if (options.local != nullptr) {
        // The port is chosen at connect, when the peer is known: a pair of addresses has its own
        // range of ports then, instead of one for all peers.
        set_int(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
        if (bind(fd, options.local->get(), options.local->size) != 0) {
            return fail_and_close(fd);
        }
    }
    return fd;
}

int open_listening_socket(const Address& at, const ListenOptions& options) {
    int fd = socket(at.family(), SOCK_STREAM | SOCK_CLOEXEC | options.type_flags, 0);
    if (fd < 0) {
        return -errno;
    }
    if (at.family() != AF_UNIX) {
        set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1);
        set_int(fd, IPPROTO_TCP, TCP_NODELAY, 1); // inherited by what accept returns
        if (options.share_port) {
            set_int(fd, SOL_SOCKET, SO_REUSEPORT, 1);
        }
    }
    if (bind(fd, at.get(), at.size) != 0 || listen(fd, options.backlog) != 0) {
        return fail_and_close(fd);
    }
    return fd;
}

void set_abort_on_close(int fd) {
    linger now{.l_onoff = 1, .l_linger = 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

uint16_t local_port(int fd) {
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    if (getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &size) != 0) {
        return 0;
    }
    if (storage.ss_family == AF_INET) {
        return ntohs(reinterpret_cast<sockaddr_in*>(&storage)->sin_port);
    }
    if (storage.ss_family == AF_INET6) {
        return ntohs(reinterpret_cast<sockaddr_in6*>(&storage)->sin6_port);
    }
    return 0;
}

} // namespace ringblast
