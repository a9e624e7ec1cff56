// One engine thread: pins itself, makes its Io, runs a worker, and tells how that went.
#pragma once

#include "engine/worker.hpp"
#include "io/engine_pick.hpp"
#include "tls/options.hpp"
#include "tls/report.hpp"

#include <optional>
#include <string>
#include <thread>

namespace ringblast {

/// What the coordinator gives a thread; all pointers are borrowed until it is joined.
struct EngineTask {
    const Plan* plan;
    const SegmentBoard* board;
    Control* control;
    ThreadStats* stats;
    ThreadShare share;
    Engine engine = Engine::io_uring;
    int cpu = -1; ///< -1: not pinned
    bool spin = false;
    uint64_t request_quota = 0;
    uint16_t port_low = 0, port_high = 0;
    const TlsOptions* tls = nullptr; ///< null: plain
};

/// What a thread tells of itself once it has been joined.
struct EngineReport {
    WorkerReport worker;
    IoCounters io;
    std::optional<TlsReport> tls;
    std::optional<std::string> refused; ///< why the engine could not be had
    double busy = 0;        ///< share of the load's time on the CPU and not polling, 0..1
    double run_delay_share = 0;
    bool pinned = false;
};

/// The body of the thread. Counts itself in Control::ready and Control::finished.
EngineReport run_engine(const EngineTask& task);

/// The same on one engine, without the pinning and the last count.
EngineReport run_on_io_uring(const EngineTask& task);
EngineReport run_on_epoll(const EngineTask& task);
/// Requires: task.tls.
EngineReport run_on_io_uring_tls(const EngineTask& task);
EngineReport run_on_epoll_tls(const EngineTask& task);

} // namespace ringblast
