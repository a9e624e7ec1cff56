#include "cli/doctor.hpp"

#include <doctest/doctest.h>
#include <limits>

using namespace ringblast;

namespace {

/// A machine on which there is nothing to change.
MachineFacts healthy() {
    return {.kernel_release = "6.1.0-18-amd64",
            .io_uring_disabled = 0,
            .files_soft = 1024,
            .files_hard = 1'048'576,
            .port_low = 32768,
            .port_high = 60999,
            .locked_memory_bytes = 8 * 1024 * 1024,
            .cores_allowed = 4,
            .cores_online = 4,
            .governor = "performance"};
}

Finding of_check(const MachineFacts& facts, const std::string& check) {
    for (const Finding& finding : examine(facts)) {
        if (finding.check == check) {
            return finding;
        }
    }
    FAIL("no such check: " << check);
    return {};
}

} // namespace

TEST_CASE("a healthy machine has nothing to change") {
    for (const Finding& finding : examine(healthy())) {
        CAPTURE(finding.check);
        CHECK(finding.health == Health::ok);
        CHECK(finding.fix.empty());
        CHECK(!finding.detail.empty());
    }
    CHECK(render_findings(examine(healthy())).ends_with("load test: nothing to change.\n"));
}

TEST_CASE("each fact out of line is found by its check, and only there") {
    struct Row {
        const char* what;
        void (*change)(MachineFacts&);
        const char* check;
        Health health;
        const char* fix;
    };
    const Row rows[] = {
        {"a kernel before 6.1", [](MachineFacts& f) { f.kernel_release = "5.15.0-91-generic"; },
         "kernel", Health::warn, "6.1"},
        {"a kernel before 4.18", [](MachineFacts& f) { f.kernel_release = "4.15.0-213-generic"; },
         "kernel", Health::problem, "4.18"},
        {"no ring, no known cause", [](MachineFacts& f) { f.ring_error = "ENOMEM"; }, "io_uring",
         Health::problem, "message"},
        {"no ring, forbidden to all",
         [](MachineFacts& f) {
             f.ring_error = "EPERM";
             f.engine = {.engine = Engine::epoll, .reason = "EPERM"};
             f.io_uring_disabled = 2;
             f.seccomp_filter = true;
         },
         "io_uring", Health::warn, "kernel.io_uring_disabled=0"},
        {"no ring, allowed to a group",
         [](MachineFacts& f) {
             f.ring_error = "EPERM";
             f.engine = {.engine = Engine::epoll, .reason = "EPERM"};
             f.io_uring_disabled = 1;
         },
         "io_uring", Health::warn, "io_uring_group"},
        {"no ring, in a container",
         [](MachineFacts& f) {
             f.ring_error = "EPERM";
             f.engine = {.engine = Engine::epoll, .reason = "EPERM"};
             f.io_uring_disabled.reset();
             f.seccomp_filter = true;
         },
         "io_uring", Health::warn, "--security-opt seccomp="},
        {"a low hard limit of files", [](MachineFacts& f) { f.files_hard = 4096; }, "open files",
         Health::warn, "LimitNOFILE"},
        {"next to no files", [](MachineFacts& f) { f.files_hard = 20; }, "open files",
         Health::problem, "ulimit"},
        {"few ports", [](MachineFacts& f) { f.port_high = f.port_low + 999; }, "ports",
         Health::warn, "ip_local_port_range"},
        {"no port range to be read", [](MachineFacts& f) { f.port_low = f.port_high = 0; }, "ports",
         Health::warn, "--local-ips"},
        {"no locked memory", [](MachineFacts& f) { f.locked_memory_bytes = 0; }, "locked memory",
         Health::warn, "ulimit -l"},
        {"one core", [](MachineFacts& f) { f.cores_allowed = 1; }, "cores", Health::warn,
         "another machine"},
        {"a quota below the cores", [](MachineFacts& f) { f.cpu_quota = 1.5; }, "cores",
         Health::warn, "quota"},
        {"saving power", [](MachineFacts& f) { f.governor = "powersave"; }, "frequency",
         Health::warn, "performance"},
        {"a busy host", [](MachineFacts& f) { f.steal_share = 0.05; }, "steal", Health::warn,
         "dedicated"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.what);
        MachineFacts facts = healthy();
        row.change(facts);
        Finding finding = of_check(facts, row.check);
        CHECK(finding.health == row.health);
        CHECK(finding.fix.find(row.fix) != std::string::npos);
        for (const Finding& other : examine(facts)) {
            if (other.check != row.check) {
                CAPTURE(other.check);
                CHECK(other.health == Health::ok);
            }
        }
    }
}

TEST_CASE("what is only unusual is no warning") {
    MachineFacts facts = healthy();
    SUBCASE("a quota of all cores") {
        facts.cpu_quota = 4;
    }
    SUBCASE("no limit of locked memory") {
        facts.locked_memory_bytes = std::numeric_limits<uint64_t>::max();
    }
    SUBCASE("a seccomp filter that lets io_uring through") {
        facts.seccomp_filter = true;
    }
    SUBCASE("io_uring for a group that we are in") {
        facts.io_uring_disabled = 1;
    }
    SUBCASE("no governor") {
        facts.governor = "";
    }
    SUBCASE("a newer major version") {
        facts.kernel_release = "7.0.0";
    }
    for (const Finding& finding : examine(facts)) {
        CAPTURE(finding.check);
        CHECK(finding.health == Health::ok);
    }
}

TEST_CASE("the sum counts problems and warnings") {
    CHECK(render_findings({{Health::problem, "kernel", "old", "newer"},
                           {Health::warn, "ports", "few", "more"},
                           {Health::warn, "cores", "one", "two"}}) ==
          "problem  kernel         old\n"
          "                        fix: newer\n"
          "warn     ports          few\n"
          "                        fix: more\n"
          "warn     cores          one\n"
          "                        fix: two\n"
          "\nThis machine cannot run a load test yet: 1 problem, 2 warnings.\n");
}

TEST_CASE("facts are read from the kernel's texts") {
    CHECK(parse_kernel_release("6.1.0-18-amd64") == std::pair(6, 1));
    CHECK(parse_kernel_release("6.18") == std::pair(6, 18));
    CHECK(parse_kernel_release("") == std::pair(0, 0));
    CHECK(parse_cpu_max("max 100000") == std::nullopt);
    CHECK(parse_cpu_max("150000 100000") == 1.5);
    CHECK(parse_cpu_max("") == std::nullopt);
    CHECK(parse_cpu_max("150000 0") == std::nullopt);
    CHECK(parse_steal_share("cpu  10 0 10 60 0 0 0 20 0 0") == doctest::Approx(0.2));
    CHECK(parse_steal_share("cpu  10 0 10 60") == 0);
    CHECK(parse_steal_share("cpu  0 0 0 0 0 0 0 0 0 0") == 0);
    CHECK(parse_steal_share("") == 0);
}

TEST_CASE("the facts of the machine at hand are plausible") {
    MachineFacts facts = gather_machine_facts();
    CHECK(parse_kernel_release(facts.kernel_release).first >= 5);
    CHECK(facts.cores_allowed >= 1);
    CHECK(facts.files_hard >= facts.files_soft);
    CHECK(facts.steal_share >= 0);
    CHECK(facts.steal_share <= 1);
}
