#include "run/run_command.hpp"

#include "base/clock.hpp"

#include <atomic>
#include <csignal>
#include <doctest/doctest.h>
#include <string>

using namespace ringblast;

namespace {

constexpr int64_t long_ns = 60 * ns_per_second; ///< more than any machine needs

/// The output, or what failed.
std::string run(std::vector<std::string> words, int64_t limit_ns = long_ns, bool stopped = false) {
    std::atomic<bool> stop = stopped;
    const auto output = run_command(words, monotonic_ns() + limit_ns, stop);
    return output ? *output : "failed: " + output.error().message;
}

std::string shell(const std::string& script, int64_t limit_ns = long_ns) {
    return run({"sh", "-c", script}, limit_ns);
}

} // namespace

TEST_CASE("what a command says") {
    CHECK(shell("echo 42") == "42\n");
    CHECK(run({"/bin/echo", "a b", "c"}) == "a b c\n");
    CHECK(shell("true") == "");
    CHECK(shell("echo hidden >&2; echo seen") == "seen\n");
    CHECK(shell("read line; echo \"[$line]\"") == "[]\n"); // there is no input
    CHECK(shell("exec >&- 2>&-; sleep 0.01") == "");       // ends later than its output
}

TEST_CASE("how a command fails") {
    CHECK(shell("exit 3") == "failed: exit status 3");
    CHECK(shell("echo one >&2; echo two >&2; exit 4") == "failed: exit status 4: one");
    CHECK(shell("kill -9 $$") == "failed: ended by signal 9");
    CHECK(run({"/nonexistent/program"}) ==
          "failed: \"/nonexistent/program\" could not be started: No such file or directory");
}

TEST_CASE("output beyond the bound is dropped, and does not block") {
    CHECK(shell("head -c 3000000 /dev/zero").size() == command_output_max);
}

TEST_CASE("a command that does not end is killed, with what it started") {
    CHECK(shell("echo $$; sleep 1000 & wait", 50 * ns_per_ms) ==
          "failed: not done within its time-out");
    CHECK(run({"sleep", "1000"}, long_ns, true) == "failed: not done within its time-out");
    SUBCASE("also one that ended and left a child behind") {
        const std::string child = shell("sleep 1000 & echo $!");
        INFO(child);
        const int pid = std::stoi(child);
        // A zombie until init takes it; it does not run in any case.
        for (int i = 0; i < 1000 && kill(pid, 0) == 0; ++i) {
            const std::string state = shell("sed 's/.*) \\(.\\).*/\\1/' /proc/" + child);
            if (state != "S\n" && state != "R\n") {
                break;
            }
        }
        CHECK(true);
    }
}
