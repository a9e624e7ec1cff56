#include "run/engine_thread.hpp"

#include "run/machine.hpp"

namespace ringblast {

EngineReport run_engine(const EngineTask& task) {
    bool pinned = task.cpu >= 0 && pin_this_thread(task.cpu);
    EngineReport report =
        task.engine == Engine::io_uring ? run_on_io_uring(task) : run_on_epoll(task);
    report.pinned = pinned;
    task.control->finished.fetch_add(1, std::memory_order_acq_rel);
    return report;
}

} // namespace ringblast
