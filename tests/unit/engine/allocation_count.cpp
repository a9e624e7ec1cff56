#include "allocation_count.hpp"

#include <cerrno>
#include <cstddef>

namespace {

// Needs no memory of its own when a thread touches it first.
[[gnu::tls_model("initial-exec")]] constinit thread_local uint64_t count = 0;

} // namespace

namespace ringblast::test {

uint64_t allocation_count() {
    return count;
}

} // namespace ringblast::test

#ifndef RINGBLAST_SANITIZED

// glibc's own names for what is replaced here; free stays as it is.
extern "C" {
void* __libc_malloc(size_t);
void* __libc_calloc(size_t, size_t);
void* __libc_realloc(void*, size_t);
void* __libc_memalign(size_t, size_t);

void* malloc(size_t size) noexcept {
    ++count;
    return __libc_malloc(size);
}
void* calloc(size_t number, size_t size) noexcept {
    ++count;
    return __libc_calloc(number, size);
}
void* realloc(void* block, size_t size) noexcept {
    ++count;
    return __libc_realloc(block, size);
}
void* aligned_alloc(size_t alignment, size_t size) noexcept {
    ++count;
    return __libc_memalign(alignment, size);
}
int posix_memalign(void** block, size_t alignment, size_t size) noexcept {
    ++count;
    *block = __libc_memalign(alignment, size);
    return *block != nullptr ? 0 : ENOMEM;
}
}

#endif
