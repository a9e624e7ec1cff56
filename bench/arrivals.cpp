// bench/arrivals: how even requests arrive, seen from the server's side.
//
//   arrivals --rate R [--port P] [--cpu C] [--seconds S] [--skip S] [--self CPU]
//
// A server on a core of its own that never sleeps: it polls, receives, stamps each request,
// answers. When all connections have closed (or after S seconds) it prints one line of JSON: the
// distances of the arrivals from the even schedule that fits them best. Arrival i of a constant
// rate R belongs at offset + i/R; the offset that makes the sum of distances least is the median of
// t(i) - i/R. The rate is not fitted: a generator that drifts from what it was asked for shall show
// it.
//
// What the method itself adds is measured too: `poll_us` is the time between two looks at the
// sockets (an arrival is noticed up to that late), and --self replaces the generator by a thread
// that spins until each due time and sends: the figures of that run are the floor.
#include "base/check.hpp"
#include "base/clock.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace ringblast;

namespace {

struct Options {
    double rate = 0;
    uint16_t port = 8091;
    int cpu = -1;
    int self_cpu = -1; ///< where the thread of --self runs
    double seconds = 60;
    double skip_s = 0; ///< left out at the start: a generator's warm-up
};

constexpr std::string_view answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
constexpr int self_connections = 16;

[[noreturn]] void fail(const char* what) {
    std::fprintf(stderr, "arrivals: %s: %s\n", what, std::strerror(errno));
    std::exit(3);
}

void pin_to(int cpu) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    if (cpu >= 0 && sched_setaffinity(0, sizeof set, &set) != 0) {
        fail("pinning to the core");
    }
}

sockaddr_in loopback(uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

/// Counts the ends of requests (GETs without a body) in a stream, however it is cut.
struct HeadCounter {
    int matched = 0; ///< characters of the empty line seen so far

    unsigned count(std::string_view bytes) {
        constexpr std::string_view end = "\r\n\r\n";
        unsigned found = 0;
        for (const char c : bytes) {
            matched = c == end[static_cast<size_t>(matched)] ? matched + 1 : (c == '\r' ? 1 : 0);
            if (matched == 4) {
                ++found;
                matched = 0;
            }
        }
        return found;
    }
};

class Server {
public:
    explicit Server(const Options& options) : options_(options) {
        arrivals_ns_.reserve(static_cast<size_t>(options.rate * options.seconds * 1.1) + 1000);
        gaps_ns_.reserve(size_t{1} << 20);
        epoll_fd_ = epoll_create1(EPOLL_CLOEXEC);
        listen_fd_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        const int on = 1;
        setsockopt(listen_fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        setsockopt(listen_fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        const sockaddr_in address = loopback(options.port);
        if (bind(listen_fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
            listen(listen_fd_, 4096) != 0) {
            fail("listening");
        }
        watch(listen_fd_);
    }

    /// Until all connections have gone, or the time is over.
    void run() {
        const int64_t end_ns = monotonic_ns() + static_cast<int64_t>(options_.seconds * 1e9);
        int64_t last_ns = monotonic_ns();
        epoll_event events[64];
        for (;;) {
            const int count = epoll_wait(epoll_fd_, events, 64, 0);
            const int64_t now_ns = monotonic_ns();
            if (count > 0 && gaps_ns_.size() < gaps_ns_.capacity()) {
                gaps_ns_.push_back(now_ns - last_ns);
            }
            last_ns = now_ns;
            for (int i = 0; i < count; ++i) {
                on_ready(events[i].data.fd);
            }
            if (now_ns > end_ns || (!arrivals_ns_.empty() && open_ == 0)) {
                return;
            }
        }
    }

    std::vector<int64_t>& arrivals_ns() { return arrivals_ns_; }
    std::vector<int64_t>& gaps_ns() { return gaps_ns_; }

private:
    void watch(int fd) {
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.fd = fd;
        if (epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, fd, &event) != 0) {
            fail("epoll_ctl");
        }
    }

    void on_ready(int fd) {
        if (fd == listen_fd_) {
            const int accepted = accept4(listen_fd_, nullptr, nullptr, SOCK_NONBLOCK);
            if (accepted >= 0) {
                if (static_cast<size_t>(accepted) >= heads_.size()) {
                    heads_.resize(static_cast<size_t>(accepted) + 64);
                }
                heads_[static_cast<size_t>(accepted)] = {};
                ++open_;
                watch(accepted);
            }
            return;
        }
        char bytes[4096];
        const ssize_t size = recv(fd, bytes, sizeof bytes, 0);
        const int64_t now_ns = monotonic_ns();
        if (size < 0 && errno == EAGAIN) {
            return;
        }
        if (size <= 0) {
            close(fd);
            --open_;
            return;
        }
        const unsigned requests =
            heads_[static_cast<size_t>(fd)].count({bytes, static_cast<size_t>(size)});
        for (unsigned i = 0; i < requests; ++i) {
            arrivals_ns_.push_back(now_ns);
            // 40 bytes: they fit, or the peer has gone, which the next receive tells.
            [[maybe_unused]] const ssize_t sent =
                send(fd, answer.data(), answer.size(), MSG_NOSIGNAL);
        }
    }

    const Options& options_;
    int epoll_fd_ = -1;
    int listen_fd_ = -1;
    int open_ = 0;
    std::vector<HeadCounter> heads_; ///< by descriptor
    std::vector<int64_t> arrivals_ns_;
    std::vector<int64_t> gaps_ns_; ///< of the looks that found something
};

/// The generator of --self: as exact as a thread that does nothing else can be.
void send_evenly(const Options& options) {
    pin_to(options.self_cpu);
    const sockaddr_in address = loopback(options.port);
    std::vector<int> fds;
    for (int i = 0; i < self_connections; ++i) {
        const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const int on = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
            fail("connect");
        }
        fds.push_back(fd);
    }
    const int64_t start_ns = monotonic_ns() + 10 * ns_per_ms;
    const double period_ns = 1e9 / options.rate;
    const auto count = static_cast<int64_t>(options.rate * (options.seconds - 1));
    constexpr std::string_view request = "GET / HTTP/1.1\r\nHost: self\r\n\r\n";
    for (int64_t i = 0; i < count; ++i) {
        const int fd = fds[static_cast<size_t>(i) % fds.size()];
        char old_answers[4096];
        recv(fd, old_answers, sizeof old_answers, MSG_DONTWAIT);
        const int64_t due_ns = start_ns + std::llround(static_cast<double>(i) * period_ns);
        while (monotonic_ns() < due_ns) {
        }
        if (send(fd, request.data(), request.size(), MSG_NOSIGNAL) < 0) {
            fail("send");
        }
    }
    for (const int fd : fds) {
        close(fd);
    }
}

double quantile_us(const std::vector<int64_t>& sorted, double share) {
    const auto last = static_cast<double>(sorted.size() - 1);
    return static_cast<double>(sorted[static_cast<size_t>(std::llround(share * last))]) / 1e3;
}

/// Distances from the best-fitting even schedule, sorted, in nanoseconds.
std::vector<int64_t> distances_ns(std::vector<int64_t> arrivals_ns, const Options& options) {
    const int64_t first_ns = arrivals_ns.front();
    std::vector<int64_t> shifts;
    for (size_t i = 0; i < arrivals_ns.size(); ++i) {
        const int64_t at_ns = arrivals_ns[i] - first_ns;
        if (static_cast<double>(at_ns) >= options.skip_s * 1e9) {
            shifts.push_back(at_ns - std::llround(static_cast<double>(i) * 1e9 / options.rate));
        }
    }
    CHECK(!shifts.empty());
    const auto middle = shifts.begin() + static_cast<std::ptrdiff_t>(shifts.size() / 2);
    std::nth_element(shifts.begin(), middle, shifts.end());
    const int64_t offset = *middle;
    for (int64_t& shift : shifts) {
        shift = std::abs(shift - offset);
    }
    std::sort(shifts.begin(), shifts.end());
    return shifts;
}

Options read_options(int count, char** words) {
    Options options;
    for (int i = 1; i + 1 < count; i += 2) {
        const std::string_view name = words[i];
        const double value = std::atof(words[i + 1]);
        if (name == "--rate") {
            options.rate = value;
        } else if (name == "--port") {
            options.port = static_cast<uint16_t>(value);
        } else if (name == "--cpu") {
            options.cpu = static_cast<int>(value);
        } else if (name == "--self") {
            options.self_cpu = static_cast<int>(value);
        } else if (name == "--seconds") {
            options.seconds = value;
        } else if (name == "--skip") {
            options.skip_s = value;
        } else {
            options.rate = 0;
            break;
        }
    }
    if (options.rate <= 0 || count % 2 == 0) {
        std::fprintf(stderr, "usage: arrivals --rate R [--port P] [--cpu C] [--seconds S] "
                             "[--skip S] [--self CPU]\n");
        std::exit(2);
    }
    return options;
}

} // namespace

int main(int count, char** words) {
    const Options options = read_options(count, words);
    Server server(options);
    std::thread self;
    if (options.self_cpu >= 0) {
        self = std::thread(send_evenly, std::cref(options));
    }
    pin_to(options.cpu);
    server.run();
    if (self.joinable()) {
        self.join();
    }
    std::vector<int64_t>& arrivals_ns = server.arrivals_ns();
    if (arrivals_ns.size() < 2) {
        std::fprintf(stderr, "arrivals: fewer than two requests came\n");
        return 1;
    }
    const double span_s = static_cast<double>(arrivals_ns.back() - arrivals_ns.front()) / 1e9;
    const std::vector<int64_t> distances = distances_ns(arrivals_ns, options);
    std::vector<int64_t>& gaps = server.gaps_ns();
    std::sort(gaps.begin(), gaps.end());
    std::printf("{\"requests\": %zu, \"rate\": %.2f, \"distance_us\": {\"p50\": %.1f, \"p90\": "
                "%.1f, \"p99\": %.1f, \"p999\": %.1f, \"max\": %.1f}, \"poll_us\": {\"p50\": %.1f, "
                "\"p99\": %.1f, \"max\": %.1f}}\n",
                arrivals_ns.size(), static_cast<double>(arrivals_ns.size() - 1) / span_s,
                quantile_us(distances, 0.5), quantile_us(distances, 0.9),
                quantile_us(distances, 0.99), quantile_us(distances, 0.999),
                quantile_us(distances, 1.0), quantile_us(gaps, 0.5), quantile_us(gaps, 0.99),
                quantile_us(gaps, 1.0));
    return 0;
}
