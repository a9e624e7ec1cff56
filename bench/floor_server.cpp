// The server of bench/floor: a fixed 200 per request, as fast as the kernel allows, so that a
// client is measured and not its target. It reads only the first request of a connection, for the
// size (all later ones are taken to be alike) and for whether the connection is for one request.
//
// A first receive is one-shot: a connection for one request then has nothing armed that a close
// would have to cancel, and gets its answer and its end as two linked entries.
#include "floor.hpp"
#include "floor_ring.hpp"

#include "base/clock.hpp"

#include <algorithm>
#include <csignal>
#include <poll.h>
#include <string_view>
#include <sys/signalfd.h>
#include <unistd.h>
#include <vector>

namespace ringblast::floor {

namespace {

constexpr unsigned answers_max = 64; ///< answers of a pipeline in one send

/// A response head and body, `answers_max` times over where connections stay open.
std::string answer(const Options& options, std::string_view extra, unsigned copies) {
    std::string one = "HTTP/1.1 200 OK\r\nServer: floor\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
                      "Content-Type: text/plain\r\nContent-Length: " +
                      std::to_string(options.body_size) + "\r\n";
    one += extra;
    one += "\r\n";
    one.append(options.body_size, 'x');
    std::string all;
    for (unsigned i = 0; i < copies; ++i) {
        all += one;
    }
    return all;
}

bool has(std::string_view head, std::string_view lower_case) {
    const auto same = [](char seen, char wanted) { return (seen | 0x20) == (wanted | 0x20); };
    return std::search(head.begin(), head.end(), lower_case.begin(), lower_case.end(), same) !=
           head.end();
}

class Server {
public:
    explicit Server(const Options& options)
        : options_(options), keep_(answer(options, "", answers_max)),
          keep_old_(answer(options, "Connection: keep-alive\r\n", answers_max)),
          last_(answer(options, "Connection: close\r\n", 1)),
          ring_({.submissions = 4096, .completions = 32768, .buffers = 1024}) {
        listen_fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const int on = 1;
        setsockopt(listen_fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        setsockopt(listen_fd_, IPPROTO_TCP, 1 /* TCP_NODELAY */, &on, sizeof on);
        if (options.body_size > 16384) {
            // A whole body fits: one send, no waiting for room in between.
            const int size = static_cast<int>(options.body_size) * 2;
            setsockopt(listen_fd_, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
        }
        const sockaddr_in address = address_of(options);
        if (bind(listen_fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
            listen(listen_fd_, 4096) != 0) {
            fail("listening", errno);
        }
        sigset_t signals;
        sigemptyset(&signals);
        sigaddset(&signals, SIGINT);
        sigaddset(&signals, SIGTERM);
        sigprocmask(SIG_BLOCK, &signals, nullptr);
        signal_fd_ = signalfd(-1, &signals, SFD_CLOEXEC);
    }
    ~Server() {
        close(listen_fd_);
        close(signal_fd_);
    }

    Figures run() {
        Figures figures;
        const int64_t start_ns = monotonic_ns();
        const double start_cpu_s = thread_cpu_s();
        ring_.stop_after(options_.seconds);
        io_uring_prep_poll_add(ring_.next_entry(Operation::stop, 0), signal_fd_, POLLIN);
        accept_many();
        while (!stopped_) {
            ring_.turn(options_.spin ? 0 : 1,
                       [this](const io_uring_cqe* cqe) { on_completion(cqe); });
        }
        figures.cpu_s = thread_cpu_s() - start_cpu_s;
        figures.seconds = static_cast<double>(monotonic_ns() - start_ns) / 1e9;
        figures.requests = requests_;
        figures.turns = ring_.turns();
        figures.completions = ring_.completions();
        return figures;
    }

private:
    struct Connection {
        unsigned request_size = 0; ///< 0: none seen yet
        unsigned pending = 0;      ///< bytes of a request that is not whole
        bool old = false;          ///< HTTP/1.0 that asked to stay: wants to be told
    };

    void accept_many() {
        io_uring_prep_multishot_accept(ring_.next_entry(Operation::accept, 0), listen_fd_, nullptr,
                                       nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    }

    void on_completion(const io_uring_cqe* cqe) {
        switch (operation_of(cqe)) {
        case Operation::accept:
            on_accept(cqe);
            break;
        case Operation::receive:
            on_receive(cqe);
            break;
        case Operation::stop:
            stopped_ = true;
            break;
        default:
            break; // a failed send or close: its connection is going away, which a receive tells
        }
    }

    void on_accept(const io_uring_cqe* cqe) {
        if (cqe->res >= 0) {
            const auto number = static_cast<uint32_t>(cqe->res);
            if (number >= connections_.size()) {
                connections_.resize(number + 1024);
            }
            connections_[number] = {};
            ring_.receive_once(number, cqe->res);
        }
        if ((cqe->flags & IORING_CQE_F_MORE) == 0) {
            accept_many();
        }
    }

    void on_receive(const io_uring_cqe* cqe) {
        const uint32_t number = number_of(cqe);
        const int fd = static_cast<int>(number);
        if (cqe->res <= 0 && cqe->res != -ENOBUFS) {
            close(fd);
            return;
        }
        Connection& connection = connections_[number];
        if (cqe->res > 0) {
            const std::string_view bytes(ring_.bytes_of(cqe), static_cast<size_t>(cqe->res));
            ring_.recycle(cqe);
            if (connection.request_size == 0 && !on_first(connection, number, bytes)) {
                return;
            }
            connection.pending += static_cast<unsigned>(cqe->res);
            answer_all(connection, number);
        }
        if ((cqe->flags & IORING_CQE_F_MORE) == 0) {
            ring_.receive_many(number, fd);
        }
    }

    /// Learns from a connection's first request; false if it was its last as well.
    bool on_first(Connection& connection, uint32_t number, std::string_view bytes) {
        const int fd = static_cast<int>(number);
        const size_t end = bytes.find("\r\n\r\n");
        if (end == std::string_view::npos) {
            close(fd); // nobody sends requests of over 2 KiB or in pieces here
            return false;
        }
        const std::string_view head = bytes.substr(0, end);
        const bool version_1_0 = has(head, " http/1.0");
        connection.request_size = static_cast<unsigned>(end + 4);
        connection.old = version_1_0 && has(head, "connection: keep-alive");
        if (!has(head, "connection: close") && (!version_1_0 || connection.old)) {
            return true;
        }
        ++requests_;
        ring_.reserve(2);
        ring_.send(number, fd, last_.data(), last_.size())->flags |= IOSQE_IO_HARDLINK;
        io_uring_sqe* sqe = ring_.next_entry(Operation::close, number);
        io_uring_prep_close(sqe, fd);
        sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
        return false;
    }

    void answer_all(Connection& connection, uint32_t number) {
        const std::string& text = connection.old ? keep_old_ : keep_;
        unsigned count = connection.pending / connection.request_size;
        connection.pending %= connection.request_size;
        requests_ += count;
        while (count > 0) {
            const unsigned now = std::min(count, answers_max);
            ring_.send(number, static_cast<int>(number), text.data(),
                       text.size() / answers_max * now);
            count -= now;
        }
    }

    const Options& options_;
    std::string keep_;
    std::string keep_old_;
    std::string last_;
    std::vector<Connection> connections_;
    int listen_fd_ = -1;
    int signal_fd_ = -1;
    Ring ring_;
    uint64_t requests_ = 0;
    bool stopped_ = false;
};

} // namespace

Figures run_server(const Options& options) {
    return Server(options).run();
}

} // namespace ringblast::floor
