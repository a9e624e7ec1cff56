// The monotonic clock in nanoseconds. Engine code takes its time from the Io door, so that tests
// can hand it a fake one; this is the real one behind it.
#pragma once

#include <cstdint>
#include <ctime>

namespace ringblast {

inline constexpr int64_t ns_per_second = 1'000'000'000;
inline constexpr int64_t ns_per_ms = 1'000'000;

/// CLOCK_MONOTONIC; about 25 ns, no system call.
inline int64_t monotonic_ns() {
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * ns_per_second + now.tv_nsec;
}

/// Unix time, for stamps in reports only.
inline int64_t unix_ns() {
    timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * ns_per_second + now.tv_nsec;
}

} // namespace ringblast
