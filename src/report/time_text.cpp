#include "report/time_text.hpp"

#include <array>
#include <cstdio>
#include <ctime>

namespace ringblast {

namespace {

constexpr int64_t ns_per_second = 1'000'000'000;
constexpr int64_t ns_per_ms = 1'000'000;

std::string print_time(int64_t unix_ns, const char* format) {
    const time_t whole = static_cast<time_t>(unix_ns / ns_per_second);
    tm parts{};
    gmtime_r(&whole, &parts);
    std::array<char, 64> text{};
    return {text.data(), strftime(text.data(), text.size(), format, &parts)};
}

} // namespace

std::string print_utc(int64_t unix_ns) {
    std::array<char, 8> ms{};
    std::snprintf(ms.data(), ms.size(), ".%03d",
                  static_cast<int>(unix_ns % ns_per_second / ns_per_ms));
    return print_time(unix_ns, "%Y-%m-%dT%H:%M:%S") + ms.data() + "Z";
}

std::optional<int64_t> parse_utc(std::string_view text) {
    const std::string zeroed(text); // strptime wants an end
    tm parts{};
    const char* end = strptime(zeroed.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
    // What 64 bits of nanoseconds hold ends in 2262.
    if (end == nullptr || *end != '.' || parts.tm_year < 70 || parts.tm_year > 361) {
        return std::nullopt;
    }
    int64_t unix_ns = static_cast<int64_t>(timegm(&parts)) * ns_per_second;
    const std::string_view rest(end);
    if (rest.size() != 5 || rest.back() != 'Z') {
        return std::nullopt;
    }
    int64_t scale = ns_per_second / 10;
    for (const char digit : rest.substr(1, 3)) {
        if (digit < '0' || digit > '9') {
            return std::nullopt;
        }
        unix_ns += (digit - '0') * scale;
        scale /= 10;
    }
    return print_utc(unix_ns) == text ? std::optional(unix_ns) : std::nullopt;
}

int64_t whole_ms(int64_t unix_ns) {
    return unix_ns - unix_ns % ns_per_ms;
}

std::string print_utc_plain(int64_t unix_ns) {
    return print_time(unix_ns, "%Y-%m-%d %H:%M:%S UTC");
}

std::string print_utc_compact(int64_t unix_ns) {
    return print_time(unix_ns, "%Y%m%d-%H%M%S");
}

} // namespace ringblast
