// The processes of this machine as /proc shows them: who they are, whose child, what they use, who
// listens where. Reading its texts is apart from opening its files, so that tests need no kernel.
#pragma once

#include "io/io.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ringblast {

/// A line of /proc/PID/stat.
struct ProcessFacts {
    int pid = 0, parent = 0;
    std::string name; ///< cut to 15 bytes by the kernel
    bool zombie = false;
    uint64_t cpu_ticks = 0; ///< user and system time
    uint64_t threads = 0;
    uint64_t start_ticks = 0; ///< since the boot; tells processes with one pid apart
    uint64_t resident_pages = 0;
};

/// Nothing when the text is no such line.
std::optional<ProcessFacts> parse_process_stat(std::string_view text);

/// The sockets (inodes) that listen on `address` or on all addresses, its port given, in the text
/// of /proc/net/tcp or tcp6. Lines that cannot be read are passed over.
std::set<uint64_t> parse_listening_sockets(std::string_view text, const Address& address);
/// The same of a path in /proc/net/unix.
std::set<uint64_t> parse_listening_unix(std::string_view text, std::string_view path);

/// All processes that can be seen now.
std::vector<ProcessFacts> read_processes();

/// `roots`, their children, and theirs; zombies left out. By pid.
std::vector<ProcessFacts> with_children(std::span<const ProcessFacts> all,
                                        const std::set<int>& roots);

/// The processes that hold one of the sockets that listen on an address. Those of other users are
/// seen by root only.
std::set<int> find_listeners(const Address& address);

/// The processes whose name, or last part of the program's path, it is.
std::set<int> find_named(std::span<const ProcessFacts> all, std::string_view name);

/// Open descriptors; nothing where we may not see them.
std::optional<uint64_t> count_descriptors(int pid);

/// Whether the address is one of this machine.
bool is_of_this_machine(const Address& address);

} // namespace ringblast
