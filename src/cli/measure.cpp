#include "cli/measure.hpp"

#include "base/print.hpp"
#include "ringblast/ringblast.hpp"
#include "run/machine.hpp"
#include "target/server.hpp"

#include <fmt/format.h>

namespace ringblast {

namespace {

constexpr std::chrono::milliseconds duration{1000};
constexpr std::chrono::milliseconds warm_up{200};

struct Case {
    const char* name;
    unsigned pipeline;
};

/// Requests a second of one engine thread, or why there are none.
Expected<double> measure(EngineChoice engine, const std::string& url, unsigned pipeline) {
    Profile profile = blast_profile(url);
    profile.load.stages[0].duration = warm_up + duration;
    profile.load.warm_up = warm_up;
    profile.load.pipeline = pipeline;
    ExpectedAll<Result> result = run(profile, {.threads = 1, .engine = engine});
    if (!result) {
        return std::unexpected(result.error().front());
    }
    if (result->not_made) {
        return failure(*result->not_made);
    }
    return result->rps;
}

} // namespace

std::string measure_engines() {
    Expected<std::unique_ptr<TargetServer>> target =
        TargetServer::start({.threads = 1, .cpus = {allowed_cpus().front()}});
    if (!target) {
        return fmt::format("nothing could be measured: {}\n", target.error().message);
    }
    std::string text = "64 connections, one thread, embedded target on another core:\n";
    for (auto [name, pipeline] : {Case{"one request at a time", 1}, Case{"pipeline 16", 16}}) {
        double rates[2] = {};
        for (EngineChoice choice : {EngineChoice::io_uring, EngineChoice::epoll}) {
            bool uring = choice == EngineChoice::io_uring;
            Expected<double> rate = measure(choice, (*target)->url(), pipeline);
            text += fmt::format("  {:<22} {:<9} ", name, uring ? "io_uring" : "epoll");
            text += rate ? print_count(static_cast<uint64_t>(*rate)) + " requests/s\n"
                         : rate.error().message + "\n";
            rates[uring ? 0 : 1] = rate.value_or(0);
        }
        if (rates[0] > 0 && rates[1] > 0) {
            text += fmt::format("  {:<22} io_uring ÷ epoll = {:.2f}\n", "", rates[0] / rates[1]);
        }
    }
    return text;
}

} // namespace ringblast
