// The target's loop on one engine; a file for each, so that each is inlined as if it were alone.
#include "io/uring_io.hpp"
#include "target/loop_turn.hpp"

namespace ringblast {

template class Loop<UringIo>;

} // namespace ringblast
