#include "run/run_command.hpp"

#include "base/clock.hpp"
#include "base/print.hpp"
#include "base/quote.hpp"
#include "base/unique_fd.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace ringblast {

namespace {

constexpr int poll_period_ms = 50; ///< a stop is seen that often
constexpr size_t complaint_max = 4096;

struct Pipe {
    UniqueFd read_end, write_end;
};

Expected<Pipe> make_pipe() {
    int fds[2];
    if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) != 0) {
        return failure(fmt::format("no pipe: {}", std::strerror(errno)));
    }
    // The program expects a descriptor that waits.
    fcntl(fds[1], F_SETFL, 0);
    return Pipe{UniqueFd(fds[0]), UniqueFd(fds[1])};
}

/// Appends what is there; closes the pipe at its end.
void read_more(UniqueFd& from, std::string& text, size_t size_max) {
    char buffer[16 * 1024];
    while (from) {
        const ssize_t size = read(from.get(), buffer, sizeof buffer);
        if (size > 0) {
            text.append(buffer, std::min(static_cast<size_t>(size), size_max - text.size()));
        } else if (size < 0 && (errno == EAGAIN || errno == EINTR)) {
            return;
        } else {
            from.reset();
        }
    }
}

/// Sleeps until there is something to read, the time is over, or it is time for a look around.
void await_output(const Pipe& output, const Pipe& complaints, int64_t until_ns) {
    const bool silent = !output.read_end && !complaints.read_end; // it is about to end
    const int64_t left_ms = (until_ns - monotonic_ns()) / ns_per_ms + 1;
    pollfd ends[] = {{output.read_end.get(), POLLIN, 0}, {complaints.read_end.get(), POLLIN, 0}};
    poll(ends, 2, static_cast<int>(std::clamp<int64_t>(left_ms, 0, silent ? 2 : poll_period_ms)));
}

/// posix_spawn's two settings, freed at the end.
class SpawnSettings {
public:
    SpawnSettings(const Pipe& output, const Pipe& complaints) {
        posix_spawn_file_actions_init(&files_);
        posix_spawn_file_actions_addopen(&files_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        posix_spawn_file_actions_adddup2(&files_, output.write_end.get(), STDOUT_FILENO);
        posix_spawn_file_actions_adddup2(&files_, complaints.write_end.get(), STDERR_FILENO);
        posix_spawnattr_init(&attributes_);
        posix_spawnattr_setpgroup(&attributes_, 0); // a group of its own
        sigset_t none, usual;
        sigemptyset(&none);
        sigfillset(&usual);
        posix_spawnattr_setsigmask(&attributes_, &none);
        posix_spawnattr_setsigdefault(&attributes_, &usual);
        posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                                   POSIX_SPAWN_SETSIGDEF);
    }
    ~SpawnSettings() {
        posix_spawn_file_actions_destroy(&files_);
        posix_spawnattr_destroy(&attributes_);
    }
    SpawnSettings(const SpawnSettings&) = delete;
    SpawnSettings& operator=(const SpawnSettings&) = delete;

    /// 0 or an errno.
    int spawn(pid_t& pid, const std::vector<std::string>& words) const {
        std::vector<char*> arguments;
        for (const std::string& word : words) {
            arguments.push_back(const_cast<char*>(word.c_str())); // not changed by exec
        }
        arguments.push_back(nullptr);
        return posix_spawnp(&pid, arguments[0], &files_, &attributes_, arguments.data(), environ);
    }

private:
    posix_spawn_file_actions_t files_;
    posix_spawnattr_t attributes_;
};

/// Kills what is left of the group, waits for its first process and returns its status. Requires:
/// it was not waited for, so that its number is still its own.
int end_group(pid_t pid) {
    kill(-pid, SIGKILL);
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
}

bool has_ended(pid_t pid) {
    siginfo_t info{};
    return waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
           info.si_pid == pid;
}

std::string status_text(int status, const std::string& complaints) {
    const std::string line = printable(complaints.substr(0, complaints.find('\n')));
    const std::string behind = line.empty() ? "" : ": " + line;
    return WIFSIGNALED(status) ? fmt::format("ended by signal {}{}", WTERMSIG(status), behind)
                               : fmt::format("exit status {}{}", WEXITSTATUS(status), behind);
}

} // namespace

Expected<std::string> run_command(const std::vector<std::string>& words, int64_t until_ns,
                                  const std::atomic<bool>& stop) {
    Expected<Pipe> output = make_pipe();
    Expected<Pipe> complaints = make_pipe();
    if (!output || !complaints) {
        return std::unexpected(!output ? output.error() : complaints.error());
    }
    pid_t pid = 0;
    if (int error = SpawnSettings(*output, *complaints).spawn(pid, words); error != 0) {
        return failure(
            fmt::format("{} could not be started: {}", quoted(words[0]), std::strerror(error)));
    }
    output->write_end.reset();
    complaints->write_end.reset();
    std::string text, complaint;
    bool ended = false;
    while (!ended && monotonic_ns() < until_ns && !stop.load(std::memory_order_relaxed)) {
        ended = has_ended(pid); // before the last look at its output
        if (!ended) {
            await_output(*output, *complaints, until_ns);
        }
        read_more(output->read_end, text, command_output_max);
        read_more(complaints->read_end, complaint, complaint_max);
    }
    const int status = end_group(pid);
    if (!ended) {
        return failure("not done within its time-out");
    }
    if (status != 0) {
        return failure(status_text(status, complaint));
    }
    return text;
}

} // namespace ringblast
