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

std::string print_utc_plain(int64_t unix_ns) {
    return print_time(unix_ns, "%Y-%m-%d %H:%M:%S UTC");
}

} // namespace ringblast
