// The bare exchange over open connections: send, count the bytes that come back, send again. Small
// responses come through a multishot receive; large ones in two steps, the first bytes into a
// buffer and the rest dropped by the kernel (RECV with MSG_TRUNC and no buffer copies nothing).
#include "floor.hpp"
#include "floor_ring.hpp"

#include "base/clock.hpp"

#include <bit>
#include <unistd.h>
#include <vector>

namespace ringblast::floor {

namespace {

class Exchange {
public:
    Exchange(const Options& options, const sockaddr_in& address)
        : options_(options), response_size_(learn_response_size(address, request_of(options))),
          batch_size_(response_size_ * options.pipeline), ring_(sizes_for(options)) {
        for (unsigned i = 0; i < options.pipeline; ++i) {
            batch_ += request_of(options);
        }
        for (unsigned i = 0; i < options.connections; ++i) {
            connections_.push_back({connect_to(address), batch_size_});
        }
    }
    ~Exchange() {
        for (const Connection& connection : connections_) {
            close(connection.fd);
        }
    }

    Figures run() {
        Figures figures;
        figures.response_size = response_size_;
        const int64_t start_ns = monotonic_ns();
        const double start_cpu_s = thread_cpu_s();
        ring_.stop_after(options_.seconds);
        for (uint32_t i = 0; i < connections_.size(); ++i) {
            if (!options_.discard) {
                ring_.receive_many(i, connections_[i].fd);
            }
            send_batch(i);
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
        unsigned missing; ///< bytes of the batch that have not come
    };

    // Pipelined responses come in one piece of a few KiB: with large buffers that is one
    // completion.
    static RingSizes sizes_for(const Options& options) {
        RingSizes sizes;
        sizes.completions = std::max(4096U, std::bit_ceil(options.connections * 2));
        if (options.buffer_size > 0) {
            sizes.buffer_size = options.buffer_size;
        } else if (options.pipeline > 1) {
            sizes.buffer_size = 16384;
        }
        return sizes;
    }

    void send_batch(uint32_t number) {
        ring_.send(number, connections_[number].fd, batch_.data(), batch_.size());
        if (options_.discard) {
            ring_.receive_once(number, connections_[number].fd);
        }
    }

    void on_completion(const io_uring_cqe* cqe) {
        const uint32_t number = number_of(cqe);
        if (operation_of(cqe) == Operation::stop) {
            stopped_ = true;
            return;
        }
        if (cqe->res <= 0 && cqe->res != -ENOBUFS) {
            fail("an exchange", cqe->res == 0 ? ECONNRESET : cqe->res);
        }
        Connection& connection = connections_[number];
        ring_.recycle(cqe);
        if (cqe->res > 0) {
            connection.missing -= static_cast<unsigned>(cqe->res);
        }
        if (connection.missing == 0) {
            connection.missing = batch_size_;
            requests_ += options_.pipeline;
            stopped_ |= options_.requests_max > 0 && requests_ >= options_.requests_max;
            send_batch(number);
        } else if (options_.discard) {
            ring_.discard(number, connection.fd, connection.missing);
        }
        if (!options_.discard && (cqe->flags & IORING_CQE_F_MORE) == 0) {
            ring_.receive_many(number, connection.fd);
        }
    }

    const Options& options_;
    unsigned response_size_;
    unsigned batch_size_;
    std::string batch_;
    std::vector<Connection> connections_;
    Ring ring_;
    uint64_t requests_ = 0;
    bool stopped_ = false;
};

} // namespace

Figures run_exchange(const Options& options) {
    return Exchange(options, address_of(options)).run();
}

} // namespace ringblast::floor
