#include "run/engine_thread.hpp"

#include "run/machine.hpp"

namespace ringblast {

namespace {

EngineReport run_on(const EngineTask& task) {
    bool uring = task.engine == Engine::io_uring;
    if (task.tls != nullptr) {
        return uring ? run_on_io_uring_tls(task) : run_on_epoll_tls(task);
    }
    return uring ? run_on_io_uring(task) : run_on_epoll(task);
}

} // namespace

EngineReport run_engine(const EngineTask& task) {
    bool pinned = task.cpu >= 0 && pin_this_thread(task.cpu);
    EngineReport report = run_on(task);
    report.pinned = pinned;
    task.control->finished.fetch_add(1, std::memory_order_acq_rel);
    return report;
}

} // namespace ringblast
