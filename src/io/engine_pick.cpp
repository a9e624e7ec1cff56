#include "io/engine_pick.hpp"

#include "io/uring_io.hpp"

#include <cerrno>

namespace ringblast {

namespace {

std::string_view refusal(int error) {
    switch (error) {
    case EPERM:
        return "io_uring is refused here (EPERM)";
    case EACCES:
        return "io_uring is refused here (EACCES)";
    case ENOSYS:
        return "this kernel has no io_uring (ENOSYS)";
    case EINVAL:
        return "this kernel's io_uring is older than Linux 6.1";
    default:
        return "";
    }
}

} // namespace

EnginePick pick_engine(EngineChoice choice) {
    if (choice != EngineChoice::automatic) {
        return {.engine = choice == EngineChoice::epoll ? Engine::epoll : Engine::io_uring};
    }
    std::string reason(refusal(UringIo::probe()));
    return {.engine = reason.empty() ? Engine::io_uring : Engine::epoll, .reason = reason};
}

std::string_view engine_name(Engine engine) {
    return engine == Engine::io_uring ? "io_uring" : "epoll";
}

} // namespace ringblast
