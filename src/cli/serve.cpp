#include "cli/serve.hpp"

#include "target/routes.hpp"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fmt/format.h>
#include <fstream>
#include <sys/resource.h>

namespace ringblast {

namespace {

/// As many descriptors as the system allows: a connection is one.
void raise_descriptor_limit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

struct Servers {
    std::unique_ptr<TargetServer> plain, tls;
};

Expected<void> write_certificate(const std::string& path, const std::string& pem) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    if (!(file << pem).flush()) {
        return failure(fmt::format("--cert-out {}: {}", path, std::strerror(errno)));
    }
    return {};
}

/// The plain one last: who can reach it finds both.
Expected<Servers> start(const ServeOptions& options) {
    Servers servers;
    if (options.tls_server) {
        auto tls = TargetServer::start(*options.tls_server);
        if (!tls) {
            return std::unexpected(tls.error());
        }
        servers.tls = std::move(*tls);
    }
    if (!options.cert_out.empty()) {
        auto written = write_certificate(options.cert_out, servers.tls->certificate());
        if (!written) {
            return std::unexpected(written.error());
        }
    }
    auto plain = TargetServer::start(options.server);
    if (!plain) {
        return std::unexpected(plain.error());
    }
    servers.plain = std::move(*plain);
    return servers;
}

std::string place_text(const ServeOptions& options, const Servers& servers) {
    std::string text = "serving on " + servers.plain->url();
    if (!options.server.unix_path.empty()) {
        text += " at Unix socket " + options.server.unix_path;
    }
    if (servers.tls != nullptr) {
        text += " and " + servers.tls->url();
        text += servers.tls->certificate().empty() ? "" : " (self-made certificate)";
    }
    return text;
}

void stop(const ServeOptions& options, Servers& servers) {
    for (TargetServer* server : {servers.plain.get(), servers.tls.get()}) {
        if (server == nullptr) {
            continue;
        }
        server->stop();
        if (options.access_log) {
            ServerCounters counters = server->counters();
            fmt::print("{} requests, {} bad ones, {} connections\n", counters.requests,
                       counters.bad_requests, counters.connections);
        }
    }
}

} // namespace

void report_engine(const EnginePick& pick) {
    if (pick.fell_back()) {
        fmt::print(stderr, "ringblast: runs on {}: {}; `ringblast doctor` tells more\n",
                   engine_name(pick.engine), pick.reason);
    }
}

int serve(const ServeOptions& options) {
    // Blocked before the threads start, which inherit it: the signals are only taken below.
    sigset_t signals;
    sigset_t before;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, &before);
    raise_descriptor_limit();

    Expected<Servers> servers = start(options);
    if (servers) {
        report_engine(servers->plain->engine());
        fmt::print("{}\n{}", place_text(options, *servers), route_list());
        std::fflush(stdout);
        int taken = 0;
        sigwait(&signals, &taken);
        stop(options, *servers);
    } else {
        fmt::print(stderr, "ringblast: {}\n", servers.error().message);
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return servers ? 0 : 3;
}

} // namespace ringblast
