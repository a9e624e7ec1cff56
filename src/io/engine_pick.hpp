// Which engine a run gets. Decided once, before the threads: all of them use the same.
#pragma once

#include "ringblast/engine_choice.hpp"

#include <string>
#include <string_view>

namespace ringblast {

enum class Engine { io_uring, epoll };

struct EnginePick {
    Engine engine = Engine::io_uring;
    std::string reason; ///< why it is not io_uring, in a few words; empty when nobody fell back

    bool fell_back() const { return !reason.empty(); }
};

/// Follows the choice; automatic makes and drops a ring to see whether the kernel lets it. Falls
/// back where io_uring is refused (EPERM, EACCES), absent (ENOSYS) or too old (EINVAL); what
/// passes, such as memory that is short for now, is left to the run to report.
EnginePick pick_engine(EngineChoice choice);

/// "io_uring" or "epoll".
std::string_view engine_name(Engine engine);

} // namespace ringblast
