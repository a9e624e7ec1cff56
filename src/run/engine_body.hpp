// The work of an engine thread on one Io. Each engine compiles it in a file of its own: two workers
// in one file share what the compiler is willing to inline, which costs a sixth more instructions
// per request.
#pragma once

#include "run/engine_thread.hpp"
#include "run/machine.hpp"

#include <algorithm>
#include <memory>

namespace ringblast {

template <class Io>
EngineReport run_worker(Io& io, const EngineTask& task) {
    EngineReport report;
    Worker<Io> worker(io, {.plan = *task.plan,
                           .board = *task.board,
                           .stats = *task.stats,
                           .control = *task.control,
                           .share = task.share,
                           .spin = task.spin,
                           .request_quota = task.request_quota,
                           .port_low = task.port_low,
                           .port_high = task.port_high});
    worker.open_ready_users();
    while (!worker.await_zero()) {
    }
    int64_t start_ns = monotonic_ns();
    int64_t cpu_start_ns = thread_cpu_ns();
    int64_t delay_start_ns = thread_run_delay_ns();
    while (worker.turn()) {
    }
    auto elapsed_ns = static_cast<double>(std::max<int64_t>(monotonic_ns() - start_ns, 1));
    int64_t cpu_ns = thread_cpu_ns() - cpu_start_ns;
    auto spin_ns = static_cast<int64_t>(read_counter(task.stats->spin_ns));
    report.busy = static_cast<double>(std::max<int64_t>(cpu_ns - spin_ns, 0)) / elapsed_ns;
    report.run_delay_share =
        static_cast<double>(thread_run_delay_ns() - delay_start_ns) / elapsed_ns;
    report.worker = worker.report();
    report.io = io.counters();
    if constexpr (requires { io.tls_report(); }) {
        report.tls = io.tls_report();
    }
    return report;
}

template <class Io>
Expected<std::unique_ptr<Io>> open_io(uint32_t slots, const EngineTask& task) {
    if constexpr (requires { Io::create(slots, *task.tls); }) {
        return Io::create(slots, *task.tls);
    } else {
        return Io::create(slots);
    }
}

/// The thread's whole work on one kind of engine.
template <class Io>
EngineReport run_with(const EngineTask& task) {
    auto slots = static_cast<uint32_t>(task.share.of(task.plan->users_peak)) *
                 task.plan->connections_per_user();
    Expected<std::unique_ptr<Io>> io = open_io<Io>(slots, task);
    if (io) {
        return run_worker(**io, task);
    }
    task.control->ready.fetch_add(1, std::memory_order_acq_rel);
    EngineReport report;
    report.refused = io.error().message;
    return report;
}

} // namespace ringblast
