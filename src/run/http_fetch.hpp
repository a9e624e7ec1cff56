// One GET after the other on a connection of its own, for whoever may block: probes. It has no
// client of its own but is put together from the rooms that the load uses: the epoll door (with TLS
// in front where the URL says so), the engine's response reader, the body decoder.
#pragma once

#include "io/io.hpp"
#include "protocol/url.hpp"
#include "ringblast/error.hpp"
#include "ringblast/profile.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ringblast {

/// What is fetched, from where.
struct FetchPlan {
    Url url;
    std::vector<Address> addresses; ///< used in turn; none: `problem` says why
    std::vector<Header> headers;
    Tls tls;
    int64_t connect_timeout_ns = 0;
    std::string problem{}; ///< why there are no addresses
};

/// The bounds of a fetch.
struct FetchLimits {
    int64_t until_ns = 0;                    ///< on the monotonic clock
    const std::atomic<bool>* stop = nullptr; ///< borrowed; seen within 50 ms
};

class HttpFetch {
public:
    /// Larger responses are refused.
    static constexpr size_t response_size_max = 16 * 1024 * 1024;

    /// Errors: a header that cannot be sent. Nothing is opened before the first fetch.
    static Expected<std::unique_ptr<HttpFetch>> create(FetchPlan plan);
    virtual ~HttpFetch() = default;

    /// The decoded body of a 2xx, valid until the next call; on one thread only, the first one's.
    /// Errors are words for what went wrong: "connection refused", "status 503".
    virtual Expected<std::string_view> fetch(const FetchLimits& limits) = 0;
};

} // namespace ringblast
