#include "cli/machine_facts.hpp"

#include "io/uring_io.hpp"
#include "run/machine.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>
#include <sys/resource.h>
#include <tuple>
#include <unistd.h>

namespace ringblast {

namespace {

/// First line of a file of the kernel; "" when it cannot be read.
std::string first_line(const std::filesystem::path& path) {
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    return line;
}

/// What follows `key` in the line of a file that starts with it; "" when there is none.
std::string value_of_line(const std::filesystem::path& path, const std::string& key) {
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with(key)) {
            return line.substr(key.size());
        }
    }
    return "";
}

uint64_t limit_value(rlim_t limit) {
    return limit == RLIM_INFINITY ? std::numeric_limits<uint64_t>::max() : limit;
}

/// The tightest cpu.max on the way from this process's cgroup to the root. Inside a container the
/// own group is usually shown as the root.
std::optional<double> cgroup_cpu_quota() {
    const std::filesystem::path root = "/sys/fs/cgroup";
    std::filesystem::path group = value_of_line("/proc/self/cgroup", "0::/");
    std::optional<double> tightest;
    while (true) {
        std::optional<double> quota = parse_cpu_max(first_line(root / group / "cpu.max"));
        if (quota && (!tightest || *quota < *tightest)) {
            tightest = quota;
        }
        if (group.empty()) {
            return tightest;
        }
        group = group.parent_path();
    }
}

} // namespace

std::pair<int, int> parse_kernel_release(const std::string& release) {
    int major = 0;
    int minor = 0;
    if (std::sscanf(release.c_str(), "%d.%d", &major, &minor) != 2) {
        return {0, 0};
    }
    return {major, minor};
}

std::optional<double> parse_cpu_max(const std::string& line) {
    double quota = 0;
    double period = 0;
    if (std::sscanf(line.c_str(), "%lf %lf", &quota, &period) != 2 || period <= 0) {
        return std::nullopt;
    }
    return quota / period;
}

double parse_steal_share(const std::string& cpu_line) {
    // user nice system idle iowait irq softirq steal; guest times are contained in user and nice.
    std::istringstream words(cpu_line);
    std::string label;
    words >> label;
    std::array<double, 8> ticks{};
    double total = 0;
    for (double& value : ticks) {
        if (!(words >> value)) {
            return 0;
        }
        total += value;
    }
    return total > 0 ? ticks[7] / total : 0;
}

MachineFacts gather_machine_facts() {
    MachineFacts facts;
    facts.kernel_release = kernel_release();
    if (auto io = UringIo::create(1); !io) {
        facts.ring_error = io.error().message;
    }
    facts.engine = pick_engine(EngineChoice::automatic);
    std::string disabled = first_line("/proc/sys/kernel/io_uring_disabled");
    if (!disabled.empty()) {
        facts.io_uring_disabled = std::atoi(disabled.c_str());
    }
    facts.seccomp_filter = std::atoi(value_of_line("/proc/self/status", "Seccomp:").c_str()) == 2;
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        facts.files_soft = limit_value(limit.rlim_cur);
        facts.files_hard = limit_value(limit.rlim_max);
    }
    if (getrlimit(RLIMIT_MEMLOCK, &limit) == 0) {
        facts.locked_memory_bytes = limit_value(limit.rlim_cur);
    }
    std::tie(facts.port_low, facts.port_high) = local_port_range();
    facts.cores_allowed = static_cast<unsigned>(allowed_cpus().size());
    facts.cores_online = static_cast<unsigned>(std::max(1L, sysconf(_SC_NPROCESSORS_ONLN)));
    facts.cpu_quota = cgroup_cpu_quota();
    facts.governor = first_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
    facts.steal_share = parse_steal_share(first_line("/proc/stat"));
    return facts;
}

} // namespace ringblast
