// The embedded target server (`ringblast serve`, demos, tests): HTTP/1.1, made of the
// same I/O code as the load generator, so that one core of it keeps up with one core of load.
// Not a web server: it has a fixed set of routes (routes.hpp) and trusts nobody but serves
// loopback by default.
#pragma once

#include "io/engine_pick.hpp"
#include "ringblast/error.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ringblast {

/// How a target speaks TLS. Files are PEM.
struct ServerTls {
    std::string cert; ///< with its chain; empty: one is made for the address and for localhost
    std::string key;  ///< empty: in the file of `cert`
    std::string client_ca; ///< clients must show a certificate of these CAs; empty: none is asked
};

struct ServerOptions {
    std::string address = "127.0.0.1"; ///< an IPv4 or IPv6 address
    uint16_t port = 0;                 ///< 0: a free one
    std::string unix_path;             ///< a Unix socket instead; the file is replaced and removed
    uint32_t threads = 1;              ///< each with its own Io and listener
    std::vector<int> cpus;             ///< thread i runs on the i-th of them, in turn; empty: any
    uint32_t connections_max = 20'000; ///< per thread; more are closed at once
    uint64_t seed = 1;                 ///< of /flaky and the tokens
    EngineChoice engine = EngineChoice::automatic;
    std::optional<ServerTls> tls; ///< without: plain
};

/// Sums over the threads.
struct ServerCounters {
    uint64_t requests = 0;
    uint64_t bad_requests = 0;
    uint64_t messages = 0;   ///< of WebSockets, read
    uint64_t bad_frames = 0; ///< WebSockets closed for a fault of the peer
    uint64_t connections = 0;
    uint64_t connections_open = 0;
    uint64_t connections_refused = 0;
    int64_t cpu_ns = 0; ///< processor time of the threads; compare with elapsed time for busyness
};

class TargetServer {
public:
    /// Listens and starts the threads; ready for connections when it returns. Errors: the address
    /// cannot be had, a file of TLS is not good, or the engine that was chosen is not allowed.
    static Expected<std::unique_ptr<TargetServer>> start(const ServerOptions& options);
    /// Stops.
    ~TargetServer();
    TargetServer(const TargetServer&) = delete;
    TargetServer& operator=(const TargetServer&) = delete;

    /// The port it listens on; 0 for a Unix socket.
    uint16_t port() const;
    /// "http://127.0.0.1:8080/"; "http://localhost/" for a Unix socket; https with TLS.
    std::string url() const;
    /// The certificate that was made, as PEM; empty where there is none.
    std::string certificate() const;
    /// What it runs on.
    const EnginePick& engine() const;
    /// Any thread, any time; after stop() the last figures.
    ServerCounters counters() const;
    /// Ends the threads and closes all connections within about 50 ms. Once is enough.
    void stop();

private:
    struct Parts;
    explicit TargetServer(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

} // namespace ringblast
