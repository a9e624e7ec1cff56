// Counters with one writer and any number of readers: relaxed loads and stores, so that an
// increment is a plain add without lock prefix, and a reader on another thread never sees half a
// word. Counters that start at zero live in zeroed memory and need no constructor.
#pragma once

#include <atomic>
#include <concepts>
#include <type_traits>

namespace ringblast {

/// Reads a counter that another thread may be writing.
template <std::integral T>
T read_counter(const T& counter, std::memory_order order = std::memory_order_relaxed) {
    // atomic_ref of a const type is not in C++23; nothing is written here.
    return std::atomic_ref<T>(const_cast<T&>(counter)).load(order);
}

/// Adds to a counter; wraps around. Requires: the calling thread is its only writer.
template <std::unsigned_integral T>
void bump(T& counter, std::type_identity_t<T> amount = 1,
          std::memory_order order = std::memory_order_relaxed) {
    std::atomic_ref<T> shared(counter);
    shared.store(static_cast<T>(shared.load(std::memory_order_relaxed) + amount), order);
}

/// Writes a gauge. Requires: the calling thread is its only writer.
template <std::integral T>
void set_gauge(T& gauge, std::type_identity_t<T> value) {
    std::atomic_ref<T>(gauge).store(value, std::memory_order_relaxed);
}

/// Keeps the largest value seen. Requires: the calling thread is its only writer.
template <std::integral T>
void raise_to(T& gauge, std::type_identity_t<T> value) {
    if (value > read_counter(gauge)) {
        set_gauge(gauge, value);
    }
}

} // namespace ringblast
