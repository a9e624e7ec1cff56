// A blocking HTTP client of a few lines for tests of the running target. Every read gives up after
// five seconds, so a broken server fails a test and does not hang it. RINGBLAST_ENGINE names the
// engine of the target (default: io_uring, or epoll where that is refused).
#pragma once

#include "base/unique_fd.hpp"
#include "target/server.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

namespace ringblast {

inline std::unique_ptr<TargetServer> start(ServerOptions options = {}) {
    std::string_view engine = std::getenv("RINGBLAST_ENGINE") ? std::getenv("RINGBLAST_ENGINE") : "";
    options.engine = engine == "epoll" ? EngineChoice::epoll : EngineChoice::automatic;
    auto server = TargetServer::start(options);
    INFO((server ? "" : server.error().message));
    REQUIRE(server.has_value());
    return std::move(*server);
}

class Client {
public:
    explicit Client(uint16_t port, int family = AF_INET) {
        if (family == AF_INET) {
            sockaddr_in to{.sin_family = AF_INET, .sin_port = htons(port)};
            to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
            open(family, reinterpret_cast<sockaddr*>(&to), sizeof to);
        } else {
            sockaddr_in6 to{.sin6_family = AF_INET6, .sin6_port = htons(port)};
            to.sin6_addr = in6addr_loopback;
            open(family, reinterpret_cast<sockaddr*>(&to), sizeof to);
        }
    }
    explicit Client(const std::string& unix_path) {
        sockaddr_un to{.sun_family = AF_UNIX};
        std::memcpy(to.sun_path, unix_path.c_str(), unix_path.size() + 1);
        open(AF_UNIX, reinterpret_cast<sockaddr*>(&to), sizeof to);
    }

    bool connected() const { return connected_; }
    int fd() const { return fd_.get(); }

    bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            ssize_t sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) {
                return false;
            }
            bytes.remove_prefix(static_cast<size_t>(sent));
        }
        return true;
    }

    /// One more portion into `received`. False at the end, after an error or five seconds.
    bool read_more() {
        char bytes[65536];
        ssize_t size = recv(fd_.get(), bytes, sizeof bytes, 0);
        error = size < 0 ? errno : 0;
        if (size <= 0) {
            return false;
        }
        received.append(bytes, static_cast<size_t>(size));
        return true;
    }
    /// Takes the next `size` bytes; fewer when the connection ends before.
    std::string take(size_t size) {
        while (received.size() < size && read_more()) {
        }
        std::string taken = received.substr(0, size);
        received.erase(0, taken.size());
        return taken;
    }
    /// Takes everything up to the end of the connection.
    std::string take_all() {
        while (read_more()) {
        }
        return std::exchange(received, {});
    }
    std::string take_head() {
        size_t end;
        while ((end = received.find("\r\n\r\n")) == received.npos && read_more()) {
        }
        return take(end == received.npos ? received.size() : end + 4);
    }

    struct Answer {
        int status = 0;
        std::string head, body;
    };
    /// Takes one answer with a Content-Length.
    Answer take_answer() {
        Answer answer{.head = take_head()};
        if (answer.head.size() > 12) {
            answer.status = std::stoi(answer.head.substr(9, 3));
        }
        constexpr std::string_view name = "\r\nContent-Length: ";
        size_t at = answer.head.find(name);
        if (at != answer.head.npos) {
            answer.body = take(std::stoul(answer.head.substr(at + name.size())));
        }
        return answer;
    }
    Answer get(const std::string& target) {
        send("GET " + target + " HTTP/1.1\r\nHost: x\r\n\r\n");
        return take_answer();
    }

    std::string received;
    int error = 0; ///< of the last read

private:
    void open(int family, const sockaddr* to, socklen_t size) {
        fd_.reset(socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
        timeval limit{.tv_sec = 5, .tv_usec = 0};
        setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        setsockopt(fd_.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
        if (family != AF_UNIX) {
            int on = 1;
            setsockopt(fd_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        }
        connected_ = connect(fd_.get(), to, size) == 0;
    }

    UniqueFd fd_;
    bool connected_ = false;
};

} // namespace ringblast
