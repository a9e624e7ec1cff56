#include "target/server_state.hpp"

#include "base/random.hpp"

#include <charconv>
#include <fmt/format.h>

namespace ringblast {

namespace {

constexpr size_t models_max = 1000; // of one kind; a stranger's queries must not fill the memory

constexpr uint64_t leaked_bytes_max = uint64_t{1} << 30;

enum Stream : uint64_t { stream_flaky = 1, stream_token = 2 };

template <class Map>
void bound(Map& models) {
    if (models.size() >= models_max) {
        models.clear();
    }
}

} // namespace

std::optional<int64_t> ServerState::pass_queue(FifoQueue::Shape shape, int64_t now_ns) {
    std::lock_guard lock(mutex_);
    auto found = queues_.find(shape);
    if (found == queues_.end()) {
        bound(queues_);
        found = queues_.emplace(shape, FifoQueue(shape, seed_)).first;
    }
    return found->second.arrive(now_ns);
}

int64_t ServerState::pass_rate_limit(RateLimit limit, int64_t now_ns) {
    std::lock_guard lock(mutex_);
    auto found = buckets_.find(limit);
    if (found == buckets_.end()) {
        bound(buckets_);
        found = buckets_.emplace(limit, TokenBucket(limit.rate, limit.burst)).first;
    }
    return found->second.take(now_ns);
}

bool ServerState::leak(uint64_t size) {
    std::lock_guard lock(mutex_);
    if (leaked_bytes_ + size > leaked_bytes_max) {
        return false;
    }
    auto kept = std::make_unique<char[]>(size); // zeroed, so that it is resident
    leaks_.push_back(std::move(kept));
    leaked_bytes_ += size;
    return true;
}

bool ServerState::next_fails(double share) {
    uint64_t number = flaky_count_.fetch_add(1, std::memory_order_relaxed);
    return random_unit({.seed = seed_, .stream = stream_flaky}, number) < share;
}

std::string ServerState::token_of(uint64_t number) const {
    return fmt::format("{}-{:016x}", number,
                       random_bits({.seed = seed_, .stream = stream_token}, number));
}

std::string ServerState::new_token() {
    return token_of(token_count_.fetch_add(1, std::memory_order_relaxed));
}

bool ServerState::is_authorized(std::string_view authorization) const {
    constexpr std::string_view scheme = "Bearer ";
    if (!authorization.starts_with(scheme)) {
        return false;
    }
    std::string_view token = authorization.substr(scheme.size());
    uint64_t number = 0;
    auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), number);
    return error == std::errc() && number < token_count_.load(std::memory_order_relaxed) &&
           token == token_of(number);
}

LoopCounters& ServerState::add_counters() {
    std::lock_guard lock(mutex_);
    return counters_.emplace_back();
}

uint64_t ServerState::sum(std::atomic<uint64_t> LoopCounters::*counter) {
    std::lock_guard lock(mutex_);
    uint64_t total = 0;
    for (LoopCounters& counters : counters_) {
        total += (counters.*counter).load(std::memory_order_relaxed);
    }
    return total;
}

std::string ServerState::render_metrics() {
    struct Metric {
        std::string_view name, type, help;
        std::atomic<uint64_t> LoopCounters::*counter;
    };
    constexpr Metric metrics[] = {
        {"requests_total", "counter", "Requests read.", &LoopCounters::requests},
        {"bad_requests_total", "counter", "Requests answered with 400.",
         &LoopCounters::bad_requests},
        {"websocket_messages_total", "counter", "WebSocket messages read.",
         &LoopCounters::messages},
        {"websocket_bad_frames_total", "counter", "WebSockets closed for a fault of the peer.",
         &LoopCounters::bad_frames},
        {"connections_total", "counter", "Connections accepted.", &LoopCounters::connections},
        {"connections_open", "gauge", "Connections open now.", &LoopCounters::connections_open},
        {"connections_refused_total", "counter", "Connections closed at once.",
         &LoopCounters::connections_refused},
    };
    std::string text;
    for (const Metric& metric : metrics) {
        text += fmt::format("# HELP ringblast_target_{0} {1}\n# TYPE ringblast_target_{0} {2}\n"
                            "ringblast_target_{0} {3}\n",
                            metric.name, metric.help, metric.type, sum(metric.counter));
    }
    std::lock_guard lock(mutex_);
    text += fmt::format("# HELP ringblast_target_leaked_bytes Kept by /leak.\n"
                        "# TYPE ringblast_target_leaked_bytes gauge\n"
                        "ringblast_target_leaked_bytes {}\n",
                        leaked_bytes_);
    return text;
}

} // namespace ringblast
