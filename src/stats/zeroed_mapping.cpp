// One private anonymous mapping per object.
#include "stats/zeroed_mapping.hpp"

#include "base/check.hpp"

#include <sys/mman.h>

namespace ringblast {

ZeroedMapping::ZeroedMapping(size_t size) : size_(size) {
    // NORESERVE: the reserved room is many times what is ever written, so it must not count
    // against the commit limit.
    memory_ = mmap(nullptr, size, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    CHECK(memory_ != MAP_FAILED); // address space, not memory
    // Huge pages would make 2 MiB resident for the first sample. Kernels without them answer
    // EINVAL, which is just as good.
    madvise(memory_, size, MADV_NOHUGEPAGE);
}

ZeroedMapping::~ZeroedMapping() {
    munmap(memory_, size_);
}

} // namespace ringblast
