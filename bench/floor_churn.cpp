// A new connection per request: connect, exchange, close, in four ways to find the cheapest.
//
//   plain   socket(2), OP_CONNECT; when it is there, SEND and RECV; close(2)
//   eager   socket(2), connect(2), SEND and RECV at once: a send waits for the handshake by itself
//   linked  socket(2), then CONNECT -> SEND -> RECV as one chain with one completion; close(2)
//   direct  SOCKET -> CONNECT -> SEND -> RECV as one chain on a direct descriptor; making the next
//           socket in the same slot closes the one before
//
// Client CPU per request in microseconds, 64 at a time, medians of 8 alternating runs, with a
// server that sleeps / that spins: plain 35.8 / 32.6, eager 39.2 / 33.4, linked 37.6 / 32.9, direct
// 33.8 / 30.7. A server that sleeps has to be woken at the client's cost.
#include "floor.hpp"
#include "floor_ring.hpp"

#include "base/clock.hpp"

#include <unistd.h>
#include <vector>

namespace ringblast::floor {

namespace {

class Churner {
public:
    Churner(const Options& options)
        : options_(options), address_(address_of(options)), request_(request_of(options)),
          response_size_(learn_response_size(address_, request_)),
          connections_(options.connections, Connection{-1, response_size_}),
          ring_({.descriptors = options.churn == Churn::direct ? options.connections : 0}) {}

    Figures run() {
        Figures figures;
        figures.response_size = response_size_;
        const int64_t start_ns = monotonic_ns();
        const double start_cpu_s = thread_cpu_s();
        ring_.stop_after(options_.seconds);
        for (uint32_t i = 0; i < connections_.size(); ++i) {
            open(i);
        }
        while (!stopped_) {
            ring_.turn(1, [this](const io_uring_cqe* cqe) { on_completion(cqe); });
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
        int fd;
        unsigned missing; ///< bytes of the response that have not come
    };

    void open(uint32_t number) {
        Connection& connection = connections_[number];
        if (options_.churn != Churn::direct) {
            connection.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
            if (connection.fd < 0) {
                fail("socket", errno);
            }
        }
        switch (options_.churn) {
        case Churn::off:
        case Churn::plain:
            connect_entry(number, connection.fd);
            break;
        case Churn::eager:
            if (connect(connection.fd, reinterpret_cast<const sockaddr*>(&address_),
                        sizeof address_) != 0 &&
                errno != EINPROGRESS) {
                fail("connect", errno);
            }
            exchange(number, connection.fd);
            break;
        case Churn::linked:
            ring_.reserve(3);
            connect_entry(number, connection.fd)->flags |= IOSQE_IO_LINK | IOSQE_CQE_SKIP_SUCCESS;
            send_entry(number, connection.fd)->flags |= IOSQE_IO_LINK;
            ring_.receive_once(number, connection.fd);
            break;
        case Churn::direct:
            open_direct(number);
            break;
        }
    }

    void open_direct(uint32_t number) {
        const int slot = static_cast<int>(number);
        ring_.reserve(4);
        io_uring_sqe* sqe = ring_.next_entry(Operation::socket, number);
        io_uring_prep_socket_direct(sqe, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0, number, 0);
        sqe->flags |= IOSQE_IO_LINK | IOSQE_CQE_SKIP_SUCCESS;
        connect_entry(number, slot)->flags |=
            IOSQE_FIXED_FILE | IOSQE_IO_LINK | IOSQE_CQE_SKIP_SUCCESS;
        send_entry(number, slot)->flags |= IOSQE_FIXED_FILE | IOSQE_IO_LINK;
        ring_.receive_once(number, slot)->flags |= IOSQE_FIXED_FILE;
    }

    io_uring_sqe* connect_entry(uint32_t number, int fd) {
        io_uring_sqe* sqe = ring_.next_entry(Operation::connect, number);
        io_uring_prep_connect(sqe, fd, reinterpret_cast<const sockaddr*>(&address_),
                              sizeof address_);
        return sqe;
    }

    io_uring_sqe* send_entry(uint32_t number, int fd) {
        return ring_.send(number, fd, request_.data(), request_.size());
    }

    void exchange(uint32_t number, int fd) {
        send_entry(number, fd);
        ring_.receive_once(number, fd);
    }

    void on_completion(const io_uring_cqe* cqe) {
        const uint32_t number = number_of(cqe);
        const Operation operation = operation_of(cqe);
        if (operation == Operation::stop) {
            stopped_ = true;
            return;
        }
        if (cqe->res < 0 && cqe->res != -ENOBUFS) {
            fail(operation == Operation::connect ? "connect" : "an exchange", cqe->res);
        }
        Connection& connection = connections_[number];
        if (operation == Operation::connect) {
            exchange(number, connection.fd);
            return;
        }
        ring_.recycle(cqe);
        if (cqe->res > 0) {
            connection.missing -= static_cast<unsigned>(cqe->res);
        }
        if (connection.missing > 0) {
            const bool direct = options_.churn == Churn::direct;
            ring_.receive_once(number, direct ? static_cast<int>(number) : connection.fd)->flags |=
                direct ? IOSQE_FIXED_FILE : 0;
            return;
        }
        ++requests_;
        stopped_ |= options_.requests_max > 0 && requests_ >= options_.requests_max;
        if (options_.churn != Churn::direct) {
            close(connection.fd);
        }
        connection.missing = response_size_;
        open(number);
    }

    const Options& options_;
    sockaddr_in address_;
    std::string request_;
    unsigned response_size_;
    std::vector<Connection> connections_;
    Ring ring_;
    uint64_t requests_ = 0;
    bool stopped_ = false;
};

} // namespace

Figures run_churn(const Options& options) {
    return Churner(options).run();
}

} // namespace ringblast::floor
