#include "target/server.hpp"

#include "base/clock.hpp"
#include "base/unique_fd.hpp"
#include "io/epoll_io.hpp"
#include "io/socket.hpp"
#include "io/uring_io.hpp"
#include "target/loop.hpp"
#include "target/server_state.hpp"
#include "tls/context.hpp"
#include "tls/tls_io.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <future>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <sys/random.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

namespace ringblast {

namespace {

Expected<Address> unix_address(const std::string& path) {
    Address address;
    auto* at = reinterpret_cast<sockaddr_un*>(&address.storage);
    if (path.size() >= sizeof at->sun_path) {
        return failure(fmt::format("the path of a Unix socket may have {} characters: {}",
                                   sizeof at->sun_path - 1, path));
    }
    at->sun_family = AF_UNIX;
    std::memcpy(at->sun_path, path.c_str(), path.size() + 1);
    address.size = sizeof(sockaddr_un);
    return address;
}

Expected<Address> listening_address(const ServerOptions& options) {
    if (!options.unix_path.empty()) {
        return unix_address(options.unix_path);
    }
    Address address;
    auto* v4 = reinterpret_cast<sockaddr_in*>(&address.storage);
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
    if (inet_pton(AF_INET, options.address.c_str(), &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(options.port);
        address.size = sizeof(sockaddr_in);
        return address;
    }
    if (inet_pton(AF_INET6, options.address.c_str(), &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(options.port);
        address.size = sizeof(sockaddr_in6);
        return address;
    }
    return failure(fmt::format("not an IPv4 or IPv6 address to listen on: {}", options.address));
}

/// Once for all threads, so that a ticket of one is good on each. Errors: a file is not good.
Expected<TlsOptions> tls_options_of(const ServerTls& tls, const std::string& address) {
    TlsOptions options;
    options.role = TlsRole::server;
    options.ticket_secret.assign(64, '\0');
    options.tls.ca = tls.client_ca;
    options.tls.cert = tls.cert;
    options.tls.key = tls.key;
    getrandom(options.ticket_secret.data(), options.ticket_secret.size(), 0);
    if (tls.cert.empty()) {
        Expected<TlsIdentity> made = make_tls_identity(address);
        if (!made) {
            return std::unexpected(made.error());
        }
        options.identity = std::make_shared<const TlsIdentity>(std::move(*made));
    }
    if (auto tried = TlsContext::create(options); !tried) {
        return std::unexpected(tried.error());
    }
    return options;
}

void set_port(Address& address, uint16_t port) {
    if (address.family() == AF_INET) {
        reinterpret_cast<sockaddr_in*>(&address.storage)->sin_port = htons(port);
    } else if (address.family() == AF_INET6) {
        reinterpret_cast<sockaddr_in6*>(&address.storage)->sin6_port = htons(port);
    }
}

} // namespace

struct TargetServer::Parts {
    explicit Parts(const ServerOptions& with)
        : options(with), engine(pick_engine(with.engine)), state(with.seed) {
        options.threads = std::max(1u, with.threads);
    }

    Expected<void> listen();
    Expected<void> start_thread(uint32_t index);
    void run(uint32_t index, std::promise<Expected<void>>& started);
    template <class Io>
    void serve(int listening_fd, std::promise<Expected<void>>& started);

    ServerOptions options;
    std::optional<TlsOptions> tls;
    EnginePick engine;
    ServerState state;
    std::vector<UniqueFd> listeners; // one per thread; one for all with a Unix socket
    std::vector<std::thread> threads;
    uint16_t port = 0;
    int64_t cpu_ns_stopped = 0; // of threads that have ended
    bool stopped = false;
};

Expected<void> TargetServer::Parts::listen() {
    Expected<Address> address = listening_address(options);
    if (!address) {
        return std::unexpected(address.error());
    }
    bool local = !options.unix_path.empty();
    if (local) {
        unlink(options.unix_path.c_str());
    }
    uint32_t count = local ? 1 : options.threads;
    for (uint32_t i = 0; i < count; ++i) {
        int fd = open_listening_socket(*address, {.share_port = count > 1});
        if (fd < 0) {
            std::string place = local ? options.unix_path
                                      : fmt::format("{} port {}", options.address, options.port);
            return failure(fmt::format("cannot listen on {}: {}", place, std::strerror(-fd)));
        }
        listeners.emplace_back(fd);
        port = local_port(fd);
        set_port(*address, port);
    }
    return {};
}

Expected<void> TargetServer::Parts::start_thread(uint32_t index) {
    std::promise<Expected<void>> started;
    std::future<Expected<void>> result = started.get_future();
    threads.emplace_back([this, index, &started] { run(index, started); });
    return result.get();
}

void TargetServer::Parts::run(uint32_t index, std::promise<Expected<void>>& started) {
    pthread_setname_np(pthread_self(), "target");
    if (!options.cpus.empty()) {
        cpu_set_t set;
        CPU_ZERO(&set);
        CPU_SET(options.cpus[index % options.cpus.size()], &set);
        int error = pthread_setaffinity_np(pthread_self(), sizeof set, &set);
        if (error != 0) {
            started.set_value(failure(fmt::format("the target cannot run on CPU {}: {}",
                                                  options.cpus[index % options.cpus.size()],
                                                  std::strerror(error))));
            return;
        }
    }
    int listening_fd = listeners[index % listeners.size()].get();
    bool uring = engine.engine == Engine::io_uring;
    if (tls) {
        uring ? serve<TlsIo<UringIo>>(listening_fd, started)
              : serve<TlsIo<EpollIo>>(listening_fd, started);
    } else {
        uring ? serve<UringIo>(listening_fd, started) : serve<EpollIo>(listening_fd, started);
    }
}

template <class Io>
void TargetServer::Parts::serve(int listening_fd, std::promise<Expected<void>>& started) {
    auto loop = Loop<Io>::create(listening_fd, options.connections_max, state,
                                 tls ? &*tls : nullptr);
    if (!loop) {
        started.set_value(std::unexpected(loop.error()));
        return;
    }
    started.set_value({});
    (*loop)->run();
}

TargetServer::TargetServer(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

TargetServer::~TargetServer() {
    stop();
}

Expected<std::unique_ptr<TargetServer>> TargetServer::start(const ServerOptions& options) {
    std::unique_ptr<TargetServer> server(new TargetServer(std::make_unique<Parts>(options)));
    Parts& parts = *server->parts_;
    if (options.tls) {
        Expected<TlsOptions> tls = tls_options_of(*options.tls, options.address);
        if (!tls) {
            return std::unexpected(tls.error());
        }
        parts.tls = std::move(*tls);
    }
    if (auto listening = parts.listen(); !listening) {
        return std::unexpected(listening.error());
    }
    for (uint32_t i = 0; i < parts.options.threads; ++i) {
        if (auto started = parts.start_thread(i); !started) {
            return std::unexpected(started.error());
        }
    }
    return server;
}

uint16_t TargetServer::port() const {
    return parts_->port;
}

std::string TargetServer::url() const {
    const ServerOptions& options = parts_->options;
    const char* scheme = parts_->tls ? "https" : "http";
    if (!options.unix_path.empty()) {
        return fmt::format("{}://localhost/", scheme);
    }
    bool v6 = options.address.find(':') != std::string::npos;
    return v6 ? fmt::format("{}://[{}]:{}/", scheme, options.address, parts_->port)
              : fmt::format("{}://{}:{}/", scheme, options.address, parts_->port);
}

std::string TargetServer::certificate() const {
    bool made = parts_->tls && parts_->tls->identity != nullptr;
    return made ? certificate_pem(*parts_->tls->identity) : "";
}

const EnginePick& TargetServer::engine() const {
    return parts_->engine;
}

ServerCounters TargetServer::counters() const {
    ServerState& state = parts_->state;
    ServerCounters counters{
        .requests = state.sum(&LoopCounters::requests),
        .bad_requests = state.sum(&LoopCounters::bad_requests),
        .messages = state.sum(&LoopCounters::messages),
        .bad_frames = state.sum(&LoopCounters::bad_frames),
        .connections = state.sum(&LoopCounters::connections),
        .connections_open = state.sum(&LoopCounters::connections_open),
        .connections_refused = state.sum(&LoopCounters::connections_refused),
        .cpu_ns = parts_->cpu_ns_stopped,
    };
    for (std::thread& thread : parts_->threads) {
        clockid_t clock;
        timespec used{};
        if (thread.joinable() && pthread_getcpuclockid(thread.native_handle(), &clock) == 0 &&
            clock_gettime(clock, &used) == 0) {
            counters.cpu_ns += used.tv_sec * ns_per_second + used.tv_nsec;
        }
    }
    return counters;
}

void TargetServer::stop() {
    Parts& parts = *parts_;
    if (parts.stopped) {
        return;
    }
    parts.stopped = true;
    int64_t cpu_ns = counters().cpu_ns;
    parts.state.stopping.store(true, std::memory_order_relaxed);
    for (std::thread& thread : parts.threads) {
        thread.join();
    }
    parts.threads.clear();
    parts.cpu_ns_stopped = cpu_ns;
    parts.listeners.clear();
    if (!parts.options.unix_path.empty()) {
        unlink(parts.options.unix_path.c_str());
    }
}

} // namespace ringblast
