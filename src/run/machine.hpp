// What a run asks of the machine beside its sockets: cores, limits, CPU time, memory, names.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace ringblast {

/// CPUs that this process may use, ascending; never empty.
std::vector<int> allowed_cpus();

/// Pins the calling thread; false where the CPU is not allowed.
bool pin_this_thread(int cpu);

/// CPU time of the calling thread, nanoseconds.
int64_t thread_cpu_ns();

/// Time that the calling thread was runnable but had no CPU, nanoseconds; 0 where unknown.
int64_t thread_run_delay_ns();

/// Time that the host took from a CPU so far, nanoseconds; 0 where unknown.
int64_t steal_ns(int cpu);

/// Resident size of this process now, bytes; 0 where unknown.
uint64_t rss_bytes();

/// Largest resident size of this process so far, bytes.
uint64_t peak_rss_bytes();

/// "6.18.1" and the like.
std::string kernel_release();

/// Name of the system's TCP congestion control; empty where unknown.
std::string congestion_control();

/// Raises the soft limit of open files as far as the hard one allows; returns the limit.
uint64_t raise_file_limit();

/// First and last of the ports that connections are made from.
std::pair<uint16_t, uint16_t> local_port_range();

} // namespace ringblast
