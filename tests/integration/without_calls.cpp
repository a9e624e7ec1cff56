// Runs a command to which the kernel refuses some system calls, as a container's seccomp profile
// does: `without_calls ERRNO NUMBER... -- COMMAND...`. Docker's answers EPERM to the three calls of
// io_uring (425, 426, 427); a system without them would answer ENOSYS.
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <unistd.h>
#include <vector>

int main(int argc, char** argv) {
    int at = 2;
    std::vector<unsigned> refused;
    while (at < argc && std::strcmp(argv[at], "--") != 0) {
        refused.push_back(static_cast<unsigned>(std::atoi(argv[at++])));
    }
    if (at + 1 >= argc || refused.empty()) {
        std::fprintf(stderr, "usage: without_calls ERRNO NUMBER... -- COMMAND...\n");
        return 2;
    }
    auto error = static_cast<unsigned>(std::atoi(argv[1]));
    std::vector<sock_filter> filter = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
    };
    for (unsigned number : refused) {
        filter.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1));
        filter.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error));
    }
    filter.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
    sock_fprog program{.len = static_cast<unsigned short>(filter.size()), .filter = filter.data()};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
        std::perror("without_calls: no filter");
        return 77;
    }
    execvp(argv[at + 1], argv + at + 1);
    std::perror(argv[at + 1]);
    return 127;
}
