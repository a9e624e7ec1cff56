#include "run/process_table.hpp"

#include "base/unique_fd.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <ifaddrs.h>
#include <map>
#include <memory>
#include <netinet/in.h>
#include <sys/un.h>
#include <unistd.h>

namespace ringblast {

namespace {

/// Files of /proc; /proc/net/tcp has a line of 150 bytes for each connection of the load.
constexpr size_t text_size_max = 64 * 1024 * 1024;

std::string read_text(const std::string& path) {
    UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    std::string text;
    char buffer[16 * 1024];
    while (file && text.size() < text_size_max) {
        const ssize_t size = read(file.get(), buffer, sizeof buffer);
        if (size <= 0) {
            break;
        }
        text.append(buffer, static_cast<size_t>(size));
    }
    return text;
}

template <class Number>
std::optional<Number> parse_whole(std::string_view text, int base = 10) {
    Number number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
    return error == std::errc{} && end == text.data() + text.size() ? std::optional(number)
                                                                    : std::nullopt;
}

std::vector<std::string_view> split(std::string_view text) {
    std::vector<std::string_view> words;
    while (true) {
        const size_t start = text.find_first_not_of(" \t\n");
        if (start == text.npos) {
            return words;
        }
        text.remove_prefix(start);
        const size_t size = std::min(text.find_first_of(" \t\n"), text.size());
        words.push_back(text.substr(0, size));
        text.remove_prefix(size);
    }
}

template <class Take>
void for_each_line(std::string_view text, Take take) {
    while (!text.empty()) {
        const size_t end = std::min(text.find('\n'), text.size());
        take(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

struct CloseDirectory {
    void operator()(DIR* directory) const { closedir(directory); }
};

/// Calls take(name) for each entry; false where the folder cannot be read.
template <class Take>
bool for_each_entry(const std::string& path, Take take) {
    const std::unique_ptr<DIR, CloseDirectory> directory(opendir(path.c_str()));
    if (!directory) {
        return false;
    }
    while (const dirent* entry = readdir(directory.get())) {
        if (entry->d_name[0] != '.') {
            take(std::string_view(entry->d_name));
        }
    }
    return true;
}

std::string hex(const void* words, size_t count) {
    std::string text;
    for (size_t i = 0; i < count; ++i) {
        uint32_t word = 0;
        std::memcpy(&word, static_cast<const char*>(words) + i * sizeof word, sizeof word);
        text += fmt::format("{:08X}", word); // as the kernel prints them: in its byte order
    }
    return text;
}

/// The ways in which /proc/net writes a listener that serves the address, without the port.
std::vector<std::string> written(const Address& address) {
    std::vector<std::string> ways = {"00000000", "00000000000000000000000000000000"};
    if (address.family() == AF_INET) {
        const auto* ip = reinterpret_cast<const sockaddr_in*>(&address.storage);
        const uint32_t mapped[] = {0, 0, htonl(0xFFFF)};
        ways.push_back(hex(&ip->sin_addr, 1));
        ways.push_back(hex(mapped, 3) + hex(&ip->sin_addr, 1));
    } else if (address.family() == AF_INET6) {
        const auto* ip = reinterpret_cast<const sockaddr_in6*>(&address.storage);
        ways.push_back(hex(&ip->sin6_addr, 4));
    }
    return ways;
}

uint16_t port_of(const Address& address) {
    return ntohs(address.family() == AF_INET6
                     ? reinterpret_cast<const sockaddr_in6*>(&address.storage)->sin6_port
                     : reinterpret_cast<const sockaddr_in*>(&address.storage)->sin_port);
}

/// A path, or a name in the abstract space as the kernel writes it.
std::string unix_path(const Address& address) {
    const auto* at = reinterpret_cast<const sockaddr_un*>(&address.storage);
    const size_t size = address.size - offsetof(sockaddr_un, sun_path);
    std::string path(at->sun_path, at->sun_path[0] != '\0' ? strnlen(at->sun_path, size) : size);
    std::ranges::replace(path, '\0', '@');
    return path;
}

std::set<uint64_t> listening_sockets(const Address& address) {
    if (address.family() == AF_UNIX) {
        return parse_listening_unix(read_text("/proc/net/unix"), unix_path(address));
    }
    std::set<uint64_t> found = parse_listening_sockets(read_text("/proc/net/tcp"), address);
    found.merge(parse_listening_sockets(read_text("/proc/net/tcp6"), address));
    return found;
}

/// The inode in `socket:[12345]`.
std::optional<uint64_t> socket_of(const std::string& link) {
    char text[64];
    const ssize_t size = readlink(link.c_str(), text, sizeof text);
    const std::string_view read(text, static_cast<size_t>(std::max<ssize_t>(size, 0)));
    if (!read.starts_with("socket:[") || !read.ends_with(']')) {
        return std::nullopt;
    }
    return parse_whole<uint64_t>(read.substr(8, read.size() - 9));
}

bool holds_any(int pid, const std::set<uint64_t>& sockets) {
    const std::string folder = fmt::format("/proc/{}/fd", pid);
    bool holds = false;
    for_each_entry(folder, [&](std::string_view name) {
        if (!holds) {
            const auto socket = socket_of(fmt::format("{}/{}", folder, name));
            holds = socket && sockets.contains(*socket);
        }
    });
    return holds;
}

std::vector<int> read_pids() {
    std::vector<int> pids;
    for_each_entry("/proc", [&](std::string_view name) {
        if (const auto pid = parse_whole<int>(name)) {
            pids.push_back(*pid);
        }
    });
    return pids;
}

} // namespace

std::optional<ProcessFacts> parse_process_stat(std::string_view text) {
    // The name stands in brackets and may hold brackets and blanks itself: the last one counts.
    const size_t open = text.find('(');
    const size_t close = text.rfind(')');
    if (open == text.npos || close == text.npos || close < open) {
        return std::nullopt;
    }
    const std::vector<std::string_view> pid = split(text.substr(0, open));
    const std::vector<std::string_view> fields = split(text.substr(close + 1)); // from the third
    constexpr size_t first = 3;
    if (pid.size() != 1 || fields.size() < 24 - first + 1) {
        return std::nullopt;
    }
    const auto field = [&](size_t number) { return parse_whole<uint64_t>(fields[number - first]); };
    const auto number = parse_whole<int>(pid[0]);
    const auto parent = parse_whole<int>(fields[4 - first]);
    const auto user = field(14), system = field(15), threads = field(20), start = field(22);
    const auto resident = field(24);
    if (!number || !parent || !user || !system || !threads || !start || !resident) {
        return std::nullopt;
    }
    return ProcessFacts{.pid = *number,
                        .parent = *parent,
                        .name = std::string(text.substr(open + 1, close - open - 1)),
                        .zombie = fields[0] == "Z" || fields[0] == "X",
                        .cpu_ticks = *user + *system,
                        .threads = *threads,
                        .start_ticks = *start,
                        .resident_pages = *resident};
}

std::set<uint64_t> parse_listening_sockets(std::string_view text, const Address& address) {
    constexpr std::string_view listening = "0A";
    const std::vector<std::string> ways = written(address);
    const std::string port = fmt::format(":{:04X}", port_of(address));
    std::set<uint64_t> sockets;
    for_each_line(text, [&](std::string_view line) {
        if (line.find(port) == line.npos) {
            return; // a connection of the load, most likely
        }
        const std::vector<std::string_view> fields = split(line);
        if (fields.size() < 10 || fields[3] != listening || !fields[1].ends_with(port)) {
            return;
        }
        const std::string_view at = fields[1].substr(0, fields[1].size() - port.size());
        const auto socket = parse_whole<uint64_t>(fields[9]);
        if (socket && std::ranges::find(ways, at) != ways.end()) {
            sockets.insert(*socket);
        }
    });
    return sockets;
}

std::set<uint64_t> parse_listening_unix(std::string_view text, std::string_view path) {
    constexpr std::string_view accepting = "00010000"; // __SO_ACCEPTCON
    std::set<uint64_t> sockets;
    for_each_line(text, [&](std::string_view line) {
        const std::vector<std::string_view> fields = split(line);
        if (fields.size() < 8 || fields[3] != accepting || !line.ends_with(path) ||
            fields[7] != path.substr(0, fields[7].size())) {
            return;
        }
        if (const auto socket = parse_whole<uint64_t>(fields[6])) {
            sockets.insert(*socket);
        }
    });
    return sockets;
}

std::vector<ProcessFacts> read_processes() {
    std::vector<ProcessFacts> all;
    for (int pid : read_pids()) {
        if (auto facts = parse_process_stat(read_text(fmt::format("/proc/{}/stat", pid)))) {
            all.push_back(std::move(*facts));
        }
    }
    return all;
}

std::vector<ProcessFacts> with_children(std::span<const ProcessFacts> all,
                                        const std::set<int>& roots) {
    std::multimap<int, const ProcessFacts*> children;
    std::map<int, const ProcessFacts*> found;
    std::vector<const ProcessFacts*> open;
    for (const ProcessFacts& process : all) {
        children.emplace(process.parent, &process);
        if (roots.contains(process.pid)) {
            open.push_back(&process);
        }
    }
    while (!open.empty()) {
        const ProcessFacts* process = open.back();
        open.pop_back();
        if (!found.emplace(process->pid, process).second) {
            continue;
        }
        const auto [first, last] = children.equal_range(process->pid);
        for (auto child = first; child != last; ++child) {
            open.push_back(child->second);
        }
    }
    std::vector<ProcessFacts> alive;
    for (const auto& [pid, process] : found) {
        if (!process->zombie) {
            alive.push_back(*process);
        }
    }
    return alive;
}

std::set<int> find_listeners(const Address& address) {
    const std::set<uint64_t> sockets = listening_sockets(address);
    std::set<int> pids;
    if (!sockets.empty()) {
        for (int pid : read_pids()) {
            if (holds_any(pid, sockets)) {
                pids.insert(pid);
            }
        }
    }
    return pids;
}

std::set<int> find_named(std::span<const ProcessFacts> all, std::string_view name) {
    std::set<int> pids;
    for (const ProcessFacts& process : all) {
        bool same = process.name == name;
        if (!same) { // a thread's name, or cut
            const std::string command = read_text(fmt::format("/proc/{}/cmdline", process.pid));
            const std::string_view program =
                std::string_view(command).substr(0, command.find('\0'));
            same = program.substr(program.rfind('/') + 1) == name;
        }
        if (same) {
            pids.insert(process.pid);
        }
    }
    return pids;
}

std::optional<uint64_t> count_descriptors(int pid) {
    uint64_t count = 0;
    return for_each_entry(fmt::format("/proc/{}/fd", pid), [&](std::string_view) { ++count; })
               ? std::optional(count)
               : std::nullopt;
}

bool is_of_this_machine(const Address& address) {
    if (address.family() == AF_UNIX) {
        return true;
    }
    ifaddrs* list = nullptr;
    if (getifaddrs(&list) != 0) {
        return false;
    }
    bool found = false;
    for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
        if (entry->ifa_addr == nullptr || entry->ifa_addr->sa_family != address.family()) {
            continue;
        }
        if (address.family() == AF_INET) {
            const auto* own = reinterpret_cast<const sockaddr_in*>(entry->ifa_addr);
            const auto* ip = reinterpret_cast<const sockaddr_in*>(&address.storage);
            found |= own->sin_addr.s_addr == ip->sin_addr.s_addr ||
                     ntohl(ip->sin_addr.s_addr) >> 24 == 127;
        } else if (address.family() == AF_INET6) {
            const auto* own = reinterpret_cast<const sockaddr_in6*>(entry->ifa_addr);
            const auto* ip = reinterpret_cast<const sockaddr_in6*>(&address.storage);
            found |= IN6_ARE_ADDR_EQUAL(&own->sin6_addr, &ip->sin6_addr);
        }
    }
    freeifaddrs(list);
    return found;
}

} // namespace ringblast
