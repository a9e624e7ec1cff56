// What this machine allows a load generator, gathered from the kernel into plain data, so that
// the doctor's judgement of it (doctor.hpp) is a pure function.
#pragma once

#include "io/engine_pick.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace ringblast {

struct MachineFacts {
    std::string kernel_release;            ///< "6.1.0-18-amd64"
    std::optional<std::string> ring_error; ///< why no ring as the engine wants it could be made
    EnginePick engine;                     ///< what --engine auto takes
    std::optional<int> io_uring_disabled;  ///< sysctl kernel.io_uring_disabled; empty: not there
    bool seccomp_filter = false;           ///< a filter judges the system calls of this process
    uint64_t files_soft = 0, files_hard = 0;
    unsigned port_low = 0, port_high = 0; ///< ip_local_port_range, both inclusive
    uint64_t locked_memory_bytes = 0;     ///< UINT64_MAX: no limit
    unsigned cores_allowed = 0;           ///< by affinity
    unsigned cores_online = 0;
    std::optional<double> cpu_quota; ///< cores' worth of time that the cgroup grants; empty: all
    std::string governor;            ///< of the frequency; empty where the machine tells none
    double steal_share = 0;          ///< CPU time that the host took since boot, 0..1
};

/// Asks the kernel. Makes and drops one ring; takes a few milliseconds and changes nothing.
MachineFacts gather_machine_facts();

/// Major and minor number of a kernel release; {0, 0} when it is none.
std::pair<int, int> parse_kernel_release(const std::string& release);

/// Cores' worth of time in a line of cpu.max ("max 100000", "150000 100000"); empty: no limit.
std::optional<double> parse_cpu_max(const std::string& line);

/// Share of the time that the host took, from the first line of /proc/stat.
double parse_steal_share(const std::string& cpu_line);

} // namespace ringblast
