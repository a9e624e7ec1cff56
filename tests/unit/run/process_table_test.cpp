#include "run/process_table.hpp"

#include "base/unique_fd.hpp"
#include "io/socket.hpp"

#undef CHECK
#include <arpa/inet.h>
#include <cstring>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <string>
#include <sys/un.h>
#include <unistd.h>

using namespace ringblast;

namespace {

Address ipv4(const char* host, uint16_t port) {
    Address address{.size = sizeof(sockaddr_in)};
    auto* ip = reinterpret_cast<sockaddr_in*>(&address.storage);
    ip->sin_family = AF_INET;
    ip->sin_port = htons(port);
    inet_pton(AF_INET, host, &ip->sin_addr);
    return address;
}

Address ipv6(const char* host, uint16_t port) {
    Address address{.size = sizeof(sockaddr_in6)};
    auto* ip = reinterpret_cast<sockaddr_in6*>(&address.storage);
    ip->sin6_family = AF_INET6;
    ip->sin6_port = htons(port);
    inet_pton(AF_INET6, host, &ip->sin6_addr);
    return address;
}

/// Fields 4 to 24 of a stat line, with utime 30, stime 12, 5 threads, start 900, rss 77.
constexpr const char* fields = " S 7 1 1 0 -1 4194304 1 2 3 4 30 12 0 0 20 0 5 0 900 1000000 77";

const std::string head = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when "
                         "retrnsmt   uid  timeout inode\n";

std::string tcp_line(const std::string& local, const std::string& state, int inode) {
    return "   0: " + local + " 00000000:0000 " + state +
           " 00000000:00000000 00:00000000 00000000 "
           " 1000        0 " +
           std::to_string(inode) + " 1 0000000000000000 100 0 0 10 0\n";
}

} // namespace

TEST_CASE("a line of /proc/PID/stat") {
    const auto facts = parse_process_stat("4242 (server)" + std::string(fields) + " 184 0\n");
    REQUIRE(facts);
    CHECK(facts->pid == 4242);
    CHECK(facts->parent == 7);
    CHECK(facts->name == "server");
    CHECK_FALSE(facts->zombie);
    CHECK(facts->cpu_ticks == 42);
    CHECK(facts->threads == 5);
    CHECK(facts->start_ticks == 900);
    CHECK(facts->resident_pages == 77);
}

TEST_CASE("a name may hold brackets and blanks") {
    const auto facts = parse_process_stat("1 (a) S (b c)" + std::string(fields));
    REQUIRE(facts);
    CHECK(facts->name == "a) S (b c");
    CHECK(facts->cpu_ticks == 42);
}

TEST_CASE("what is no such line") {
    for (const char* text : {"", "1", "1 (a", "1 (a)", "1 (a) S 2 3", "x (a) S", ")(", "()"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_process_stat(text));
    }
    CHECK_FALSE(parse_process_stat("x (a)" + std::string(fields)));
    CHECK_FALSE(parse_process_stat("1 (a) S -x" + std::string(fields)));
}

TEST_CASE("who listens on an address") {
    const std::string text = head + tcp_line("0100007F:1F90", "0A", 1) + // 127.0.0.1:8080
                             tcp_line("00000000:1F90", "0A", 2) +        // any
                             tcp_line("0200007F:1F90", "0A", 3) +        // 127.0.0.2
                             tcp_line("0100007F:1F91", "0A", 4) +        // another port
                             tcp_line("0100007F:1F90", "01", 5) +        // a connection
                             "rubbish :1F90\n";
    CHECK(parse_listening_sockets(text, ipv4("127.0.0.1", 8080)) == std::set<uint64_t>{1, 2});
    CHECK(parse_listening_sockets(text, ipv4("127.0.0.2", 8080)) == std::set<uint64_t>{2, 3});
    CHECK(parse_listening_sockets(text, ipv4("127.0.0.1", 80)).empty());
    CHECK(parse_listening_sockets("", ipv4("127.0.0.1", 80)).empty());
}

TEST_CASE("who listens on an address of IPv6, or for both") {
    const std::string text =
        head + tcp_line("00000000000000000000000000000000:1F90", "0A", 1) + // any
        tcp_line("00000000000000000000000001000000:1F90", "0A", 2) +        // ::1
        tcp_line("0000000000000000FFFF00000100007F:1F90", "0A", 3);         // ::ffff:127.0.0.1
    CHECK(parse_listening_sockets(text, ipv6("::1", 8080)) == std::set<uint64_t>{1, 2});
    CHECK(parse_listening_sockets(text, ipv4("127.0.0.1", 8080)) == std::set<uint64_t>{1, 3});
}

TEST_CASE("who listens on a path") {
    const std::string text =
        "Num       RefCount Protocol Flags    Type St Inode Path\n"
        "0000000000000000: 00000002 00000000 00010000 0001 01 11 /run/a b.sock\n"
        "0000000000000000: 00000002 00000000 00000000 0001 03 12 /run/a b.sock\n"
        "0000000000000000: 00000002 00000000 00010000 0001 01 13 /other/run/a b.sock\n"
        "0000000000000000: 00000002 00000000 00010000 0001 01 14\n";
    CHECK(parse_listening_unix(text, "/run/a b.sock") == std::set<uint64_t>{11});
    CHECK(parse_listening_unix(text, "/run/c").empty());
}

TEST_CASE("children and theirs, without zombies") {
    const std::vector<ProcessFacts> all = {
        {.pid = 1, .parent = 0, .name = "init"},
        {.pid = 10, .parent = 1, .name = "server"},
        {.pid = 11, .parent = 10, .name = "worker"},
        {.pid = 12, .parent = 11, .name = "helper"},
        {.pid = 13, .parent = 10, .name = "dead", .zombie = true},
        {.pid = 20, .parent = 1, .name = "other"},
        {.pid = 30, .parent = 30, .name = "loop"}};
    const auto pids = [&](std::set<int> roots) {
        std::set<int> found;
        for (const ProcessFacts& process : with_children(all, roots)) {
            found.insert(process.pid);
        }
        return found;
    };
    CHECK(pids({10}) == std::set<int>{10, 11, 12});
    CHECK(pids({10, 11}) == std::set<int>{10, 11, 12});
    CHECK(pids({13}) == std::set<int>{});
    CHECK(pids({30}) == std::set<int>{30});
    CHECK(pids({99}) == std::set<int>{});
}

TEST_CASE("this process is found by what it listens on, and seen") {
    UniqueFd listening(open_listening_socket(ipv4("127.0.0.1", 0), {}));
    REQUIRE(listening);
    const std::set<int> found = find_listeners(ipv4("127.0.0.1", local_port(listening.get())));
    CHECK(found == std::set<int>{getpid()});
    const std::vector<ProcessFacts> own = with_children(read_processes(), {getpid()});
    REQUIRE_FALSE(own.empty());
    CHECK(own.front().threads >= 1);
    CHECK(own.front().resident_pages > 0);
    CHECK(count_descriptors(getpid()).value_or(0) >= 4);
    CHECK_FALSE(count_descriptors(-1));
    CHECK(find_named(read_processes(), "unit_run").contains(getpid()));
    CHECK_FALSE(find_named(read_processes(), "unit_ru").contains(getpid()));
}

TEST_CASE("addresses of this machine") {
    CHECK(is_of_this_machine(ipv4("127.0.0.1", 80)));
    CHECK(is_of_this_machine(ipv4("127.9.9.9", 80)));
    CHECK_FALSE(is_of_this_machine(ipv4("192.0.2.1", 80)));
    CHECK_FALSE(is_of_this_machine(ipv6("2001:db8::1", 80)));
    CHECK(is_of_this_machine({.storage = {.ss_family = AF_UNIX}, .size = sizeof(sockaddr_un)}));
}
