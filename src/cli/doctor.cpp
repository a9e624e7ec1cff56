#include "cli/doctor.hpp"

#include "cli/measure.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <limits>
#include <ostream>
#include <utility>

namespace ringblast {

namespace {

constexpr std::pair<int, int> kernel_floor{4, 18};
constexpr std::pair<int, int> io_uring_floor{6, 1};
constexpr uint64_t connections_wanted = 10'000;
constexpr uint64_t files_beside_connections = 64; // rings, reserve, outputs, the target's listener
constexpr uint64_t files_least = 64;
constexpr unsigned ports_wanted = 20'000;
constexpr uint64_t locked_memory_wanted = 64 * 1024;
constexpr double steal_share_worth_a_word = 0.01;

Finding check_kernel(const MachineFacts& facts) {
    Finding finding{.check = "kernel", .detail = "Linux " + facts.kernel_release};
    if (parse_kernel_release(facts.kernel_release) < kernel_floor) {
        finding.health = Health::problem;
        finding.fix = "Linux 4.18 or newer is needed, 6.1 or newer for io_uring";
    } else if (parse_kernel_release(facts.kernel_release) < io_uring_floor) {
        finding.health = Health::warn;
        finding.fix = "io_uring needs Linux 6.1 or newer (Debian 12, Ubuntu 24.04)";
    }
    return finding;
}

std::string ring_fix(const MachineFacts& facts) {
    if (facts.io_uring_disabled.value_or(0) == 2) {
        return "sysctl -w kernel.io_uring_disabled=0 on the host (it is 2: nobody may)";
    }
    if (facts.io_uring_disabled.value_or(0) == 1) {
        return "sysctl -w kernel.io_uring_disabled=0 on the host, or put this user's group into "
               "kernel.io_uring_group (it is 1: only that group and CAP_SYS_ADMIN may)";
    }
    if (facts.seccomp_filter) {
        return "a seccomp filter is in force. Docker, Podman: --security-opt seccomp=unconfined, "
               "or a profile that allows io_uring_setup, io_uring_enter and io_uring_register. "
               "Kubernetes: securityContext.seccompProfile {type: Unconfined}, or Localhost "
               "with such a profile";
    }
    return "see the message; a newer kernel, more memory or more descriptors are the usual cures";
}

Finding check_ring(const MachineFacts& facts) {
    if (facts.ring_error) {
        Health health = facts.engine.fell_back() ? Health::warn : Health::problem;
        return {health, "io_uring", *facts.ring_error, ring_fix(facts)};
    }
    return {Health::ok, "io_uring", "a ring as the engine wants it was made", ""};
}

Finding check_engine(const MachineFacts& facts) {
    std::string detail = fmt::format("auto takes {}", engine_name(facts.engine.engine));
    if (facts.engine.fell_back()) {
        detail += fmt::format(": {}. It measures the same, with more CPU time per request",
                              facts.engine.reason);
    }
    return {Health::ok, "engine", detail, ""};
}

Finding check_files(const MachineFacts& facts) {
    constexpr uint64_t wanted = connections_wanted + files_beside_connections;
    Finding finding{.check = "open files",
                    .detail =
                        fmt::format("{} now, {} at most: {}", facts.files_soft, facts.files_hard,
                                    facts.files_hard >= wanted ? "enough for 10 000 connections"
                                                               : "fewer than 10 000 connections")};
    if (facts.files_hard < wanted) {
        finding.health = facts.files_hard < files_least ? Health::problem : Health::warn;
        finding.fix = fmt::format("raise the hard limit: `ulimit -Hn {0}` as root, LimitNOFILE={0} "
                                  "in systemd, --ulimit nofile={0} in Docker",
                                  65536);
    }
    return finding;
}

Finding check_ports(const MachineFacts& facts) {
    unsigned count = facts.port_high >= facts.port_low && facts.port_high > 0
                         ? facts.port_high - facts.port_low + 1
                         : 0;
    Finding finding{.check = "ports",
                    .detail = fmt::format("{}-{}: {} connections at a time to one target address",
                                          facts.port_low, facts.port_high, count)};
    if (count < ports_wanted) {
        finding.health = Health::warn;
        finding.fix = "sysctl -w net.ipv4.ip_local_port_range=\"10240 65535\", or several source "
                      "addresses with --local-ips";
    }
    return finding;
}

Finding check_locked_memory(const MachineFacts& facts) {
    bool unlimited = facts.locked_memory_bytes == std::numeric_limits<uint64_t>::max();
    Finding finding{.check = "locked memory",
                    .detail = unlimited ? "not limited"
                                        : fmt::format("{} KiB", facts.locked_memory_bytes / 1024)};
    if (facts.locked_memory_bytes < locked_memory_wanted) {
        finding.health = Health::warn;
        finding.fix = "raise it (`ulimit -l 8192`) if rings cannot be made";
    }
    return finding;
}

Finding check_cores(const MachineFacts& facts) {
    Finding finding{.check = "cores",
                    .detail =
                        fmt::format("{} of {} allowed", facts.cores_allowed, facts.cores_online)};
    if (facts.cpu_quota) {
        finding.detail += fmt::format(", cgroup grants the time of {:.2g}", *facts.cpu_quota);
    }
    if (facts.cpu_quota && *facts.cpu_quota < facts.cores_allowed) {
        finding.health = Health::warn;
        finding.fix = "a CPU quota stops whole threads for milliseconds, which shows as latency: "
                      "remove it (--cpus in Docker, limits.cpu in Kubernetes) or give whole cores "
                      "with cpusets, and run with --threads below the quota";
    } else if (facts.cores_allowed < 2) {
        finding.health = Health::warn;
        finding.fix = "with one core, generator and a local target take turns: test a target on "
                      "another machine, or allow more cores";
    }
    return finding;
}

Finding check_frequency(const MachineFacts& facts) {
    if (facts.governor.empty()) {
        return {Health::ok, "frequency", "not controlled here (virtual machine or fixed)", ""};
    }
    if (facts.governor == "powersave") {
        return {Health::warn, "frequency", "governor powersave",
                "cpupower frequency-set -g performance: slow cores make early runs look worse"};
    }
    return {Health::ok, "frequency", "governor " + facts.governor, ""};
}

Finding check_steal(const MachineFacts& facts) {
    Finding finding{.check = "steal",
                    .detail = fmt::format("{:.1f} % of CPU time since boot went to the host's "
                                          "other guests",
                                          100 * facts.steal_share)};
    if (facts.steal_share > steal_share_worth_a_word) {
        finding.health = Health::warn;
        finding.fix = "a neighbour takes time from this machine: use a dedicated one for figures "
                      "that others shall trust";
    }
    return finding;
}

std::string_view word_of(Health health) {
    switch (health) {
    case Health::ok:
        return "ok";
    case Health::warn:
        return "warn";
    default:
        return "problem";
    }
}

size_t count_of(const std::vector<Finding>& findings, Health health) {
    return static_cast<size_t>(std::ranges::count(findings, health, &Finding::health));
}

std::string counted(size_t count, std::string_view thing) {
    return fmt::format("{} {}{}", count, thing, count == 1 ? "" : "s");
}

} // namespace

std::vector<Finding> examine(const MachineFacts& facts) {
    return {check_kernel(facts),        check_ring(facts),      check_engine(facts),
            check_files(facts),         check_ports(facts),     check_cores(facts),
            check_locked_memory(facts), check_frequency(facts), check_steal(facts)};
}

std::string render_findings(const std::vector<Finding>& findings) {
    std::string text;
    for (const Finding& finding : findings) {
        text += fmt::format("{:<8} {:<14} {}\n", word_of(finding.health), finding.check,
                            finding.detail);
        if (!finding.fix.empty()) {
            text += fmt::format("{:<8} {:<14} fix: {}\n", "", "", finding.fix);
        }
    }
    size_t problems = count_of(findings, Health::problem);
    size_t warnings = count_of(findings, Health::warn);
    if (problems > 0) {
        text += fmt::format("\nThis machine cannot run a load test yet: {}, {}.\n",
                            counted(problems, "problem"), counted(warnings, "warning"));
    } else {
        text += fmt::format("\nThis machine can run a load test: {}.\n",
                            warnings == 0 ? "nothing to change" : counted(warnings, "warning"));
    }
    return text;
}

int run_doctor(const DoctorWords& words, std::ostream& out) {
    std::vector<Finding> findings = examine(gather_machine_facts());
    out << render_findings(findings);
    if (words.measure) {
        out << '\n' << std::flush << measure_engines();
    }
    return count_of(findings, Health::problem) > 0 ? 3 : 0;
}

} // namespace ringblast
