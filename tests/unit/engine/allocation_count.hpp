// Counts what a thread asks of the heap: the test program replaces malloc and its kin, which the
// C++ operators call as well. Not under a sanitizer, which replaces them itself.
#pragma once

#include <cstdint>

namespace ringblast::test {

#ifdef RINGBLAST_SANITIZED
inline constexpr bool allocations_counted = false;
#else
inline constexpr bool allocations_counted = true;
#endif

/// Allocations of the calling thread so far; always 0 when they are not counted.
uint64_t allocation_count();

} // namespace ringblast::test
