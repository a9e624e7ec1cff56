#include "cli/serve.hpp"

#include "target/routes.hpp"

#include <csignal>
#include <cstdio>
#include <fmt/format.h>
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

    int exit_code = 0;
    if (auto server = TargetServer::start(options.server)) {
        report_engine((*server)->engine());
        fmt::print("serving on {}{}{}\n{}", (*server)->url(),
                   options.server.unix_path.empty() ? "" : " at Unix socket ",
                   options.server.unix_path, route_list());
        std::fflush(stdout);
        int taken = 0;
        sigwait(&signals, &taken);
        (*server)->stop();
        if (options.access_log) {
            ServerCounters counters = (*server)->counters();
            fmt::print("{} requests, {} bad ones, {} connections\n", counters.requests,
                       counters.bad_requests, counters.connections);
        }
    } else {
        fmt::print(stderr, "ringblast: {}\n", server.error().message);
        exit_code = 3;
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return exit_code;
}

} // namespace ringblast
