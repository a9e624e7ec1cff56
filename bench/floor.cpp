// bench/floor: what the kernel alone costs. A bare io_uring exchange loop that counts bytes instead
// of reading responses, and a server of the same kind for it to talk to.
//
//   floor --server [--port P] [--body N] [--cpu C] [--seconds S] [--spin]
//   floor HOST PORT PATH [--connections N] [--pipeline P] [--churn plain|eager|linked|direct]
//                        [--discard] [--seconds S] [--requests N] [--cpu C] [--buffer BYTES]
//
// Either prints one line of JSON. The distance of ringblast to these figures is what its own code
// costs; nothing that keeps a connection correct is done here, so never use it as a load generator.
#include "floor.hpp"

#include "floor_ring.hpp"

#include <arpa/inet.h>
#include <charconv>
#include <cstdio>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <string_view>
#include <sys/resource.h>
#include <unistd.h>

using namespace ringblast::floor;

namespace {

[[noreturn]] void usage(std::string_view problem) {
    std::fprintf(stderr,
                 "floor: %.*s\n"
                 "usage: floor --server [--port P] [--body N] [--cpu C] [--seconds S] [--spin]\n"
                 "       floor HOST PORT PATH [--connections N] [--pipeline P]\n"
                 "             [--churn plain|eager|linked|direct] [--discard] [--seconds S]\n"
                 "             [--requests N] [--cpu C] [--buffer BYTES]\n",
                 static_cast<int>(problem.size()), problem.data());
    std::exit(2);
}

template <typename Number>
Number number_of_text(std::string_view text) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) {
        usage("not a number: " + std::string(text));
    }
    return value;
}

Churn churn_of(std::string_view text) {
    if (text == "plain") {
        return Churn::plain;
    }
    if (text == "eager") {
        return Churn::eager;
    }
    if (text == "linked") {
        return Churn::linked;
    }
    if (text == "direct") {
        return Churn::direct;
    }
    usage("unknown way to churn: " + std::string(text));
}

void pin_to(int cpu) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    if (sched_setaffinity(0, sizeof set, &set) != 0) {
        fail("pinning to the core", errno);
    }
}

/// Options that take a value. False if `name` is none of them.
bool read_option(Options& options, std::string_view name, std::string_view value) {
    if (name == "--port") {
        options.port = number_of_text<uint16_t>(value);
    } else if (name == "--body") {
        options.body_size = number_of_text<unsigned>(value);
    } else if (name == "--connections") {
        options.connections = number_of_text<unsigned>(value);
    } else if (name == "--pipeline") {
        options.pipeline = number_of_text<unsigned>(value);
    } else if (name == "--churn") {
        options.churn = churn_of(value);
    } else if (name == "--seconds") {
        options.seconds = number_of_text<double>(value);
    } else if (name == "--requests") {
        options.requests_max = number_of_text<uint64_t>(value);
    } else if (name == "--buffer") {
        options.buffer_size = number_of_text<unsigned>(value);
    } else if (name == "--cpu") {
        pin_to(number_of_text<int>(value));
    } else {
        return false;
    }
    return true;
}

Options read_options(int count, char** words) {
    Options options;
    int places = 0;
    for (int i = 1; i < count; ++i) {
        const std::string_view word = words[i];
        if (word == "--server") {
            options.server = true;
        } else if (word == "--discard") {
            options.discard = true;
        } else if (word == "--spin") {
            options.spin = true;
        } else if (word.starts_with("--")) {
            if (i + 1 == count || !read_option(options, word, words[i + 1])) {
                usage("unknown option or no value: " + std::string(word));
            }
            ++i;
        } else if (places == 0) {
            options.host = word;
            ++places;
        } else if (places == 1) {
            options.port = number_of_text<uint16_t>(word);
            ++places;
        } else {
            options.path = word;
        }
    }
    if (options.connections == 0 || options.pipeline == 0) {
        usage("--connections and --pipeline are at least 1");
    }
    return options;
}

void raise_file_limit() {
    rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

void print(const Figures& figures) {
    const double requests = figures.requests > 0 ? static_cast<double>(figures.requests) : 1.0;
    std::printf("{\"requests\": %llu, \"seconds\": %.4f, \"rps\": %.1f, \"cpu_s\": %.4f, "
                "\"cpu_us_per_request\": %.4f, \"busy\": %.4f, \"turns\": %llu, "
                "\"completions_per_request\": %.3f, \"response_size\": %u}\n",
                static_cast<unsigned long long>(figures.requests), figures.seconds,
                static_cast<double>(figures.requests) / figures.seconds, figures.cpu_s,
                figures.cpu_s * 1e6 / requests, figures.cpu_s / figures.seconds,
                static_cast<unsigned long long>(figures.turns),
                static_cast<double>(figures.completions) / requests, figures.response_size);
}

} // namespace

int main(int count, char** words) {
    const Options options = read_options(count, words);
    raise_file_limit();
    if (options.server) {
        print(run_server(options));
    } else if (options.churn != Churn::off) {
        print(run_churn(options));
    } else {
        print(run_exchange(options));
    }
    return 0;
}

namespace ringblast::floor {

sockaddr_in address_of(const Options& options) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(options.port);
    if (inet_pton(AF_INET, options.host.c_str(), &address.sin_addr) != 1) {
        usage("the host has to be an IPv4 address: " + options.host);
    }
    return address;
}

std::string request_of(const Options& options) {
    std::string request = "GET " + options.path + " HTTP/1.1\r\nHost: " + options.host + ":" +
                          std::to_string(options.port) + "\r\n";
    if (options.churn != Churn::off) {
        request += "Connection: close\r\n";
    }
    return request + "\r\n";
}

int connect_to(const sockaddr_in& address) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        fail("socket", errno);
    }
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        fail("connect", errno);
    }
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

unsigned learn_response_size(const sockaddr_in& address, const std::string& request) {
    const int fd = connect_to(address);
    fcntl(fd, F_SETFL, 0);
    if (send(fd, request.data(), request.size(), MSG_NOSIGNAL) < 0) {
        fail("the first request", errno);
    }
    std::string response(1 << 20, '\0');
    size_t size = 0;
    for (;;) {
        const ssize_t got = recv(fd, response.data() + size, response.size() - size, 0);
        if (got <= 0) {
            fail("the first response", got == 0 ? ECONNRESET : errno);
        }
        size += static_cast<size_t>(got);
        const std::string_view seen(response.data(), size);
        const size_t end = seen.find("\r\n\r\n");
        const size_t length = seen.find("Content-Length: ");
        if (end == std::string_view::npos) {
            continue;
        }
        if (length == std::string_view::npos || length > end) {
            usage("the response has no Content-Length");
        }
        close(fd);
        return static_cast<unsigned>(end + 4) +
               static_cast<unsigned>(std::strtoul(seen.data() + length + 16, nullptr, 10));
    }
}

} // namespace ringblast::floor
