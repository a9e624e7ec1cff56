#include "target/routes.hpp"

#include "base/clock.hpp"

#include <charconv>
#include <cmath>
#include <optional>

namespace ringblast {

namespace {

constexpr std::string_view json_document =
    R"({"id":42,"name":"ringblast","ratio":0.5,"ready":true,"none":null,)"
    R"("tags":["load","test"],"items":[{"id":1,"price":9.99},{"id":2,"price":19.5}]})"
    "\n";

Action text(uint16_t status, std::string_view body) {
    return {.status = status, .body = body};
}

Action bad_parameter() {
    return text(400, "a parameter is missing, not a number or out of range\n");
}

template <class Number>
std::optional<Number> parse_number(std::string_view digits) {
    Number number{};
    const char* end = digits.data() + digits.size();
    auto [stopped, error] = std::from_chars(digits.data(), end, number);
    if (error != std::errc() || stopped != end || digits.empty()) {
        return std::nullopt;
    }
    return number;
}

/// The parameter `name` of "a=1&b=2"; `otherwise` when it is not there, nothing when it is bad or
/// not within [low, high].
struct NumberRange {
    double otherwise, low, high;
};
std::optional<double> parameter(std::string_view query, std::string_view name, NumberRange range) {
    while (!query.empty()) {
        size_t end = query.find('&');
        std::string_view pair = query.substr(0, end);
        query = end == query.npos ? std::string_view() : query.substr(end + 1);
        if (pair.size() > name.size() && pair.starts_with(name) && pair[name.size()] == '=') {
            auto number = parse_number<double>(pair.substr(name.size() + 1));
            if (!number || !(*number >= range.low) || !(*number <= range.high)) {
                return std::nullopt;
            }
            return number;
        }
    }
    return range.otherwise;
}

std::optional<int64_t> milliseconds(std::string_view query, std::string_view name,
                                    double otherwise) {
    double high = static_cast<double>(route_time_ns_max / ns_per_ms);
    auto number = parameter(query, name, {.otherwise = otherwise, .low = 0, .high = high});
    if (!number) {
        return std::nullopt;
    }
    return std::llround(*number * static_cast<double>(ns_per_ms));
}

Action sized(ActionKind kind, std::string_view digits, uint64_t size_max) {
    auto size = parse_number<uint64_t>(digits);
    if (!size || *size > size_max) {
        return bad_parameter();
    }
    return {.kind = kind, .size = *size, .content_type = "application/octet-stream", .body = ""};
}

Action timed(ActionKind kind, std::optional<int64_t> time_ns) {
    if (!time_ns) {
        return bad_parameter();
    }
    return {.kind = kind, .time_ns = *time_ns};
}

Action delay(std::string_view digits) {
    auto ms = parse_number<double>(digits);
    if (!ms || !(*ms >= 0) || *ms > static_cast<double>(route_time_ns_max / ns_per_ms)) {
        return bad_parameter();
    }
    return timed(ActionKind::delay, std::llround(*ms * static_cast<double>(ns_per_ms)));
}

Action status(std::string_view digits) {
    auto code = parse_number<uint16_t>(digits);
    if (!code || *code < 200 || *code > 599) {
        return bad_parameter();
    }
    return text(*code, *code == 204 || *code == 304 ? "" : "status\n");
}

Action redirect(std::string_view digits) {
    Action action = sized(ActionKind::redirect, digits, 1000);
    if (action.kind == ActionKind::redirect) {
        action.status = action.size > 0 ? 302 : 200;
        action.content_type = "text/plain";
        action.body = action.size > 0 ? "" : "ok\n";
    }
    return action;
}

Action flaky(std::string_view query) {
    auto rate = parameter(query, "rate", {.otherwise = 0.1, .low = 0, .high = 1});
    if (!rate) {
        return bad_parameter();
    }
    return {.kind = ActionKind::flaky, .rate = *rate};
}

Action rate_limit(std::string_view query) {
    auto rate = parameter(query, "rps", {.otherwise = 1000, .low = 1e-3, .high = 1e9});
    auto burst = parameter(query, "burst", {.otherwise = 0, .low = 0, .high = 1e9});
    if (!rate || !burst) {
        return bad_parameter();
    }
    return {.kind = ActionKind::rate_limit, .rate = *rate, .burst = *burst};
}

Action queue(std::string_view query) {
    auto workers = parameter(query, "workers", {.otherwise = 4, .low = 1, .high = 10'000});
    auto limit = parameter(query, "limit", {.otherwise = 0, .low = 0, .high = 1e9});
    auto service_ns = milliseconds(query, "service_ms", 5);
    auto pause_ns = milliseconds(query, "pause_ms", 0);
    auto every_ns = milliseconds(query, "every_ms", 2000);
    auto slower = parameter(query, "slower", {.otherwise = 0, .low = 0, .high = 1000});
    auto random = parameter(query, "random", {.otherwise = 0, .low = 0, .high = 1});
    if (!workers || !limit || !service_ns || !pause_ns || !every_ns || !slower || !random ||
        (*pause_ns > 0 && *every_ns <= *pause_ns)) {
        return bad_parameter();
    }
    return {.kind = ActionKind::queue,
            .queue = {.workers = static_cast<uint32_t>(*workers),
                      .service_ns = *service_ns,
                      .waiting_max = static_cast<uint64_t>(*limit),
                      .pause_ns = *pause_ns,
                      .pause_every_ns = *pause_ns > 0 ? *every_ns : 0,
                      .slower = *slower,
                      .random = *random > 0}};
}

Action leak(std::string_view query) {
    auto kib = parameter(query, "kib", {.otherwise = 10, .low = 0, .high = 1024});
    if (!kib) {
        return bad_parameter();
    }
    return {.kind = ActionKind::leak, .size = static_cast<uint64_t>(*kib * 1024)};
}

Action fault(std::string_view name, std::string_view query) {
    if (name == "reset") {
        return {.kind = ActionKind::reset};
    }
    if (name == "truncate") {
        return {.kind = ActionKind::truncate};
    }
    if (name == "garbage") {
        return {.kind = ActionKind::garbage};
    }
    if (name == "stall") {
        return timed(ActionKind::stall, milliseconds(query, "ms", 0));
    }
    if (name == "slow-drip") {
        return timed(ActionKind::slow_drip, milliseconds(query, "ms", 10));
    }
    return text(404, "no such fault\n");
}

/// "http://host:80/path?query" as its path and query.
std::string_view origin_form(std::string_view target) {
    size_t scheme_end = target.find("://");
    if (target.starts_with('/') || scheme_end == target.npos) {
        return target;
    }
    size_t path = target.find('/', scheme_end + 3);
    return path == target.npos ? "/" : target.substr(path);
}

Action route_of_one_part(std::string_view method, std::string_view name, std::string_view query) {
    if (name == "health" || name.empty()) {
        return {};
    }
    if (name == "json") {
        return {.content_type = "application/json", .body = json_document};
    }
    if (name == "echo") {
        return {.kind = ActionKind::echo, .content_type = "application/octet-stream"};
    }
    if (name == "flaky") {
        return flaky(query);
    }
    if (name == "ratelimit") {
        return rate_limit(query);
    }
    if (name == "queue") {
        return queue(query);
    }
    if (name == "leak") {
        return leak(query);
    }
    if (name == "login") {
        return method == "POST" ? Action{.kind = ActionKind::login}
                                : text(405, "POST a user and a password\n");
    }
    if (name == "me") {
        return {.kind = ActionKind::me};
    }
    if (name == "metrics") {
        return {.kind = ActionKind::metrics};
    }
    if (name == "pause") {
        return timed(ActionKind::pause, milliseconds(query, "ms", 1000));
    }
    return text(404, "no such route\n");
}

} // namespace

Action route(std::string_view method, std::string_view target) {
    target = origin_form(target);
    if (!target.starts_with('/')) {
        return text(404, "no such route\n");
    }
    target.remove_prefix(1);
    size_t path_size = target.find_first_of("?#");
    std::string_view path = target.substr(0, path_size);
    std::string_view query = path_size == target.npos ? "" : target.substr(path_size + 1);
    size_t slash = path.find('/');
    if (slash == path.npos) {
        return route_of_one_part(method, path, query);
    }
    std::string_view name = path.substr(0, slash);
    std::string_view rest = path.substr(slash + 1);
    if (name == "bytes") {
        return sized(ActionKind::bytes, rest, body_size_max);
    }
    if (name == "chunked") {
        return sized(ActionKind::chunked, rest, body_size_max);
    }
    if (name == "delay") {
        return delay(rest);
    }
    if (name == "status") {
        return status(rest);
    }
    if (name == "redirect") {
        return redirect(rest);
    }
    if (name == "fault") {
        return fault(rest, query);
    }
    if (path == "ws/echo") {
        return {.kind = ActionKind::ws_echo};
    }
    if (path == "ws/broadcast") {
        return {.kind = ActionKind::ws_broadcast};
    }
    return text(404, "no such route\n");
}

std::string_view route_list() {
    return "  /  /health                        a tiny 200\n"
           "  /bytes/N  /chunked/N              N bytes (up to 1 GiB), with a length or in chunks\n"
           "  /json                             a small JSON document\n"
           "  /echo                             the request's body back\n"
           "  /status/CODE  /redirect/N         a status; N redirects in a row\n"
           "  /delay/MS                         a tiny 200 after MS milliseconds\n"
           "  /flaky?rate=0.1                   500 for that share of the requests\n"
           "  /ratelimit?rps=1000[&burst=100]   429 and Retry-After beyond that rate\n"
           "  /queue?workers=4&service_ms=5     a FIFO queue of known capacity; beside it:\n"
           "     &limit=N                       503 when N wait\n"
           "     &slower=0.01                   1 % slower for each one that waits: it collapses\n"
           "     &pause_ms=150&every_ms=2000    stands still at the end of every 2 s\n"
           "     &random=1                      exponential service times, by --seed\n"
           "  /leak?kib=10                      keeps 10 KiB for ever; 500 beyond 1 GiB\n"
           "  /login  /me                       POST for a token; needs the token\n"
           "  /metrics                          counters for Prometheus\n"
           "  /pause?ms=1000                    this server thread stands still\n"
           "  /fault/reset  /fault/truncate  /fault/garbage\n"
           "  /fault/stall[?ms=N]               never answers; with ms: a pause before the body\n"
           "  /fault/slow-drip[?ms=10]          one byte per 10 ms\n"
           "  /ws/echo  /ws/broadcast           WebSocket: each message back; to all who are "
           "there\n";
}

} // namespace ringblast
