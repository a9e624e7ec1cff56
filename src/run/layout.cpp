#include "run/layout.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace ringblast {

namespace {

// What one core surely paces on time, so that a slow schedule does not occupy a whole machine.
constexpr double rate_per_thread = 100'000;

unsigned default_threads(const Plan& plan, size_t available) {
    // A local target needs its cores more than we do: at least half of them.
    size_t cores = plan.target_local ? std::max<size_t>(available / 2, 1) : available;
    auto useful = static_cast<double>(plan.users_peak);
    if (plan.open_load) {
        useful = std::min(useful, std::max(1.0, std::ceil(plan.rate_peak / rate_per_thread)));
    }
    return static_cast<unsigned>(std::min(static_cast<double>(cores), useful));
}

} // namespace

Expected<Layout> lay_out(const Plan& plan, const RunOptions& options,
                         const std::vector<int>& allowed) {
    for (int cpu : options.cpus) {
        if (std::ranges::find(allowed, cpu) == allowed.end()) {
            return failure(fmt::format("--cpus: CPU {} is not one that this process may use: {}",
                                       cpu, fmt::join(allowed, ",")));
        }
    }
    const std::vector<int>& cores = options.cpus.empty() ? allowed : options.cpus;
    unsigned threads = options.threads.value_or(
        options.cpus.empty() ? default_threads(plan, allowed.size())
                             : static_cast<unsigned>(std::min<uint64_t>(options.cpus.size(),
                                                                        plan.users_peak)));
    if (threads == 0 || threads > 1024) {
        return failure(fmt::format("--threads {}: 1 to 1024 is allowed", threads));
    }
    if (threads > plan.users_peak) {
        return failure(fmt::format("--threads {}: no more threads than users ({}) are of use",
                                   threads, plan.users_peak));
    }
    Layout layout;
    for (unsigned i = 0; i < threads; ++i) {
        // From the end of the list: interrupts and everything else prefer its start.
        size_t place = cores.size() - 1 - i % cores.size();
        layout.cpus.push_back(options.pin ? cores[options.cpus.empty() ? place : i % cores.size()]
                                          : -1);
    }
    layout.spin = plan.open_load && threads < allowed.size() && threads <= cores.size();
    return layout;
}

} // namespace ringblast
