// What bench/floor is asked and what it answers; shared by its client and its server.
#pragma once

#include <cstdint>
#include <netinet/in.h>
#include <string>

namespace ringblast::floor {

/// How a connection per request is made; the figures stand in floor_churn.cpp.
enum class Churn { off, plain, eager, linked, direct };

struct Options {
    bool server = false;
    std::string host = "127.0.0.1"; ///< a numeric IPv4 address
    uint16_t port = 8090;
    std::string path = "/";
    unsigned connections = 64;
    unsigned pipeline = 1;     ///< requests sent at once; the next when all are answered
    Churn churn = Churn::off;  ///< a new connection per request
    bool discard = false;      ///< read the head, drop the rest of the body in the kernel
    double seconds = 2;        ///< the longest time to run
    uint64_t requests_max = 0; ///< 0: until the time is over
    unsigned buffer_size = 0;  ///< of a receive, in bytes; 0: by the work
    bool spin = false;         ///< the server never sleeps, so that nobody pays for waking it
    unsigned body_size = 13;   ///< of the server's responses, in bytes
};

struct Figures {
    uint64_t requests = 0;
    double seconds = 0;
    double cpu_s = 0; ///< of the thread in the loop, kernel included
    uint64_t turns = 0;
    uint64_t completions = 0;
    unsigned response_size = 0; ///< bytes, head and body; 0 for the server
};

Figures run_exchange(const Options& options); ///< keep-alive, pipeline, discard
Figures run_churn(const Options& options);
Figures run_server(const Options& options); ///< until the time is over, SIGINT or SIGTERM

/// The target's address. Ends the program if `host` is no IPv4 address.
sockaddr_in address_of(const Options& options);

/// The bytes of one request, `Connection: close` included where the connection is for one only.
std::string request_of(const Options& options);

/// A connected non-blocking TCP socket. Ends the program if it cannot be had.
int connect_to(const sockaddr_in& address);

/// Bytes of the target's response to `request`, learned from one exchange.
unsigned learn_response_size(const sockaddr_in& address, const std::string& request);

} // namespace ringblast::floor
