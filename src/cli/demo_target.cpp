#include "cli/demo_target.hpp"

#include "run/machine.hpp"

#include <algorithm>

namespace ringblast {

Expected<std::unique_ptr<TargetServer>> start_demo(TestOptions& options) {
    std::vector<int> cpus = allowed_cpus();
    auto threads = static_cast<uint32_t>(std::max<size_t>(cpus.size() / 2, 1));
    cpus.resize(threads);
    Expected<std::unique_ptr<TargetServer>> server =
        TargetServer::start({.threads = threads, .cpus = cpus, .engine = options.run.engine});
    if (server) {
        std::string& url = options.profile.target.base_url;
        bool blast = url.starts_with('/');
        url = (*server)->url() + (blast ? url.substr(1) : "");
        if (blast) {
            options.profile.name = url;
        }
    }
    return server;
}

} // namespace ringblast
