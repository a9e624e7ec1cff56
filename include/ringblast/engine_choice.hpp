// The ways into the kernel that a run may take.
#pragma once

namespace ringblast {

enum class EngineChoice {
    automatic, ///< io_uring, or epoll where the kernel refuses that
    io_uring,
    epoll,
};

} // namespace ringblast
