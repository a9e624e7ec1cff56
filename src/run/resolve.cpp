#include "run/resolve.hpp"

#include "base/clock.hpp"
#include "base/unique_fd.hpp"
#include "protocol/url.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <fmt/format.h>
#include <memory>
#include <netdb.h>
#include <poll.h>
#include <strings.h>
#include <sys/un.h>

namespace ringblast {

namespace {

using Addresses = std::expected<std::vector<Address>, ResolveFailure>;

struct HostPort {
    std::string host;
    uint16_t port = 0;
};

std::unexpected<ResolveFailure> bad_option(std::string message) {
    return std::unexpected(ResolveFailure{{std::move(message)}, true});
}

bool parse_port(std::string_view text, uint16_t& port) {
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    return error == std::errc() && end == text.data() + text.size() && port != 0;
}

std::string without_brackets(std::string_view host) {
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
        host = host.substr(1, host.size() - 2);
    }
    return std::string(host);
}

std::optional<HostPort> parse_host_port(std::string_view text) {
    size_t colon = text.rfind(':');
    HostPort result;
    if (colon == std::string_view::npos || colon == 0 ||
        !parse_port(text.substr(colon + 1), result.port)) {
        return std::nullopt;
    }
    std::string_view host = text.substr(0, colon);
    if (host.front() != '[' && host.contains(':')) {
        return std::nullopt;
    }
    result.host = without_brackets(host);
    return result;
}

std::optional<Address> numeric_address(const std::string& host, uint16_t port) {
    Address address;
    auto* ipv4 = reinterpret_cast<sockaddr_in*>(&address.storage);
    if (inet_pton(AF_INET, host.c_str(), &ipv4->sin_addr) == 1) {
        ipv4->sin_family = AF_INET;
        ipv4->sin_port = htons(port);
        address.size = sizeof *ipv4;
        return address;
    }
    auto* ipv6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
    if (inet_pton(AF_INET6, host.c_str(), &ipv6->sin6_addr) == 1) {
        ipv6->sin6_family = AF_INET6;
        ipv6->sin6_port = htons(port);
        address.size = sizeof *ipv6;
        return address;
    }
    return std::nullopt;
}

Addresses look_up(const HostPort& name) {
    addrinfo wanted{};
    wanted.ai_family = AF_UNSPEC;
    wanted.ai_socktype = SOCK_STREAM;
    wanted.ai_flags = AI_NUMERICSERV;
    addrinfo* found = nullptr;
    std::string port = std::to_string(name.port);
    int error = getaddrinfo(name.host.c_str(), port.c_str(), &wanted, &found);
    if (error != 0) {
        return std::unexpected(ResolveFailure{
            {fmt::format("the name {} could not be resolved: {}. Check its spelling and DNS, or "
                         "give the address with --resolve {}:{}:ADDRESS",
                         name.host, gai_strerror(error), name.host, name.port)}});
    }
    std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, freeaddrinfo);
    std::vector<Address> addresses;
    for (addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
        Address address;
        std::memcpy(&address.storage, entry->ai_addr, entry->ai_addrlen);
        address.size = entry->ai_addrlen;
        addresses.push_back(address);
    }
    return addresses;
}

Addresses unix_addresses(const std::string& path) {
    Address address;
    auto* name = reinterpret_cast<sockaddr_un*>(&address.storage);
    if (path.empty() || path.size() >= sizeof name->sun_path) {
        return bad_option(fmt::format("--unix-socket {}: a path of 1 to {} characters is allowed",
                                      path, sizeof name->sun_path - 1));
    }
    name->sun_family = AF_UNIX;
    std::memcpy(name->sun_path, path.data(), path.size());
    address.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
    return std::vector{address};
}

/// The addresses that --resolve entries give for `name`; empty when none is about it.
Addresses given_addresses(const std::vector<std::string>& entries, const HostPort& name) {
    std::vector<Address> addresses;
    for (const std::string& entry : entries) {
        size_t host_end = entry.find(':');
        size_t port_end =
            host_end == std::string::npos ? std::string::npos : entry.find(':', host_end + 1);
        uint16_t port = 0;
        if (port_end == std::string::npos ||
            !parse_port(std::string_view(entry).substr(host_end + 1, port_end - host_end - 1),
                        port)) {
            return bad_option(fmt::format("--resolve {}: HOST:PORT:ADDRESS is expected", entry));
        }
        std::optional<Address> address =
            numeric_address(without_brackets(std::string_view(entry).substr(port_end + 1)), port);
        if (!address) {
            return bad_option(fmt::format(
                "--resolve {}: its last part must be an IPv4 or IPv6 address", entry));
        }
        std::string host = entry.substr(0, host_end);
        if (strcasecmp(host.c_str(), name.host.c_str()) == 0 && port == name.port) {
            addresses.push_back(*address);
        }
    }
    return addresses;
}

Addresses target_addresses(const Target& target) {
    if (target.unix_socket) {
        return unix_addresses(*target.unix_socket);
    }
    Expected<Url> url = parse_url(target.base_url);
    if (!url) {
        return bad_option(url.error().message);
    }
    HostPort name{url->host, url->port};
    if (target.connect_to) {
        std::optional<HostPort> other = parse_host_port(*target.connect_to);
        if (!other) {
            return bad_option(
                fmt::format("--connect-to {}: HOST:PORT is expected", *target.connect_to));
        }
        name = *other;
    }
    Addresses given = given_addresses(target.resolve, name);
    if (!given || !given->empty()) {
        return given;
    }
    if (std::optional<Address> numeric = numeric_address(name.host, name.port)) {
        return std::vector{*numeric};
    }
    return look_up(name);
}

bool accepts(const Address& address, int timeout_ms) {
    UniqueFd fd(socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd) {
        return false;
    }
    if (connect(fd.get(), address.get(), address.size) == 0) {
        return true;
    }
    if (errno != EINPROGRESS) {
        return false;
    }
    pollfd waiting{.fd = fd.get(), .events = POLLOUT, .revents = 0};
    int error = 0;
    socklen_t size = sizeof error;
    return poll(&waiting, 1, timeout_ms) == 1 &&
           getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0;
}

} // namespace

std::expected<Bindings, ResolveFailure> resolve_target(const Target& target) {
    Bindings bindings;
    for (const std::string& text : target.local_ips) {
        std::optional<Address> address = numeric_address(without_brackets(text), 0);
        if (!address) {
            return bad_option(
                fmt::format("--local-ips {}: an IPv4 or IPv6 address is expected", text));
        }
        bindings.local_addresses.push_back(*address);
    }
    Addresses addresses = target_addresses(target);
    if (!addresses) {
        return std::unexpected(addresses.error());
    }
    bindings.addresses = std::move(*addresses);
    if (bindings.local_addresses.empty()) {
        return bindings;
    }
    // A source address reaches only targets of its own family.
    int family = bindings.local_addresses.front().family();
    for (const Address& local : bindings.local_addresses) {
        if (local.family() != family) {
            return bad_option("--local-ips: IPv4 and IPv6 addresses cannot be mixed");
        }
    }
    std::erase_if(bindings.addresses,
                  [family](const Address& address) { return address.family() != family; });
    if (bindings.addresses.empty()) {
        return bad_option("--local-ips: the target has no address of that family");
    }
    return bindings;
}

bool wait_until_accepting(const Bindings& bindings, Duration timeout,
                          const std::atomic<int>* stop) {
    int64_t until_ns = monotonic_ns() + timeout.count();
    constexpr int pause_ms = 100;
    for (;;) {
        for (const Address& address : bindings.addresses) {
            if (accepts(address, pause_ms)) {
                return true;
            }
        }
        if (monotonic_ns() >= until_ns || (stop != nullptr && stop->load() != 0)) {
            return false;
        }
        timespec pause{.tv_sec = 0, .tv_nsec = pause_ms * ns_per_ms};
        nanosleep(&pause, nullptr);
    }
}

void keep_accepting(Bindings& bindings) {
    if (bindings.addresses.size() < 2) {
        return;
    }
    constexpr int patience_ms = 1000;
    std::vector<Address> accepting;
    for (const Address& address : bindings.addresses) {
        if (accepts(address, patience_ms)) {
            accepting.push_back(address);
        }
    }
    if (!accepting.empty()) {
        bindings.addresses = std::move(accepting);
    }
}

} // namespace ringblast
