#include "report/generator_text.hpp"

#include "base/print.hpp"
#include "report/load_text.hpp"

#include <algorithm>

namespace ringblast {

std::string generator_text(const GeneratorReport& generator) {
    std::string line = print_counted(generator.threads, "thread");
    const bool pinned = !generator.cpus.empty() && std::ranges::min(generator.cpus) >= 0;
    for (size_t i = 0; pinned && i < generator.cpus.size(); ++i) {
        line += i > 0 ? ", " : generator.cpus.size() == 1 ? " on CPU " : " on CPUs ";
        line += std::to_string(generator.cpus[i]);
    }
    if (!generator.busy.empty()) {
        const auto [low, high] = std::ranges::minmax(generator.busy);
        line += separator;
        line += high - low > 0.01 ? print_share(low) + " to " : "";
        line += print_share(high) + " busy";
    }
    line += separator + generator.engine;
    line += generator.engine_reason.empty() ? "" : " (" + generator.engine_reason + ")";
    line += generator.kernel.empty() ? "" : separator + ("Linux " + generator.kernel);
    line += generator.congestion_control.empty() ? "" : separator + generator.congestion_control;
    return line + separator + print_bytes(static_cast<double>(generator.peak_rss_bytes));
}

std::string lateness_text(const GeneratorReport& generator) {
    const auto late = [&](double p) {
        return print_latency(static_cast<double>(generator.lateness.percentile(p)));
    };
    return "of sends: p50 " + late(50) + separator + "p99 " + late(99) + separator + "max " +
           print_latency(static_cast<double>(generator.lateness.max()));
}

} // namespace ringblast
