#include "run/machine.hpp"

#include "base/clock.hpp"

#include <fstream>
#include <sched.h>
#include <sstream>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

namespace ringblast {

std::vector<int> allowed_cpus() {
    std::vector<int> cpus;
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) == 0) {
        for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
            if (CPU_ISSET(cpu, &set)) {
                cpus.push_back(cpu);
            }
        }
    }
    if (cpus.empty()) {
        cpus.push_back(0);
    }
    return cpus;
}

bool pin_this_thread(int cpu) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    return sched_setaffinity(0, sizeof set, &set) == 0;
}

int64_t thread_cpu_ns() {
    timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return time.tv_sec * ns_per_second + time.tv_nsec;
}

int64_t thread_run_delay_ns() {
    std::ifstream file("/proc/thread-self/schedstat");
    int64_t running = 0;
    int64_t delay = 0;
    file >> running >> delay;
    return delay;
}

int64_t steal_ns(int cpu) {
    std::ifstream file("/proc/stat");
    std::string wanted = "cpu" + std::to_string(cpu);
    for (std::string line; std::getline(file, line);) {
        std::istringstream fields(line);
        std::string name;
        int64_t user, nice, system, idle, iowait, irq, softirq, steal;
        if (fields >> name && name == wanted &&
            fields >> user >> nice >> system >> idle >> iowait >> irq >> softirq >> steal) {
            return steal * (ns_per_second / sysconf(_SC_CLK_TCK));
        }
    }
    return 0;
}

uint64_t rss_bytes() {
    std::ifstream file("/proc/self/statm");
    uint64_t size = 0;
    uint64_t resident = 0;
    file >> size >> resident;
    return resident * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

uint64_t peak_rss_bytes() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<uint64_t>(usage.ru_maxrss) * 1024;
}

std::string kernel_release() {
    utsname names{};
    uname(&names);
    return names.release;
}

std::string congestion_control() {
    std::ifstream file("/proc/sys/net/ipv4/tcp_congestion_control");
    std::string name;
    file >> name;
    return name;
}

uint64_t raise_file_limit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return 0;
    }
    if (limit.rlim_cur < limit.rlim_max) {
        rlimit raised{.rlim_cur = limit.rlim_max, .rlim_max = limit.rlim_max};
        if (setrlimit(RLIMIT_NOFILE, &raised) == 0) {
            return raised.rlim_cur;
        }
    }
    return limit.rlim_cur;
}

std::pair<uint16_t, uint16_t> local_port_range() {
    std::ifstream file("/proc/sys/net/ipv4/ip_local_port_range");
    uint16_t low = 32768;
    uint16_t high = 60999;
    file >> low >> high;
    return {low, high};
}

} // namespace ringblast
