#include "cli/option_reading.hpp"

#include "base/units.hpp"

#include <charconv>

namespace ringblast {

namespace {

Expected<Duration> parse_time(std::string_view text) {
    return parse_duration(text);
}

} // namespace

std::optional<uint64_t> OptionReading::at_least(const char* option, const LoadWords::Word& word,
                                                uint64_t least) {
    std::optional<uint64_t> number = value(option, word, parse_count);
    if (number && *number < least) {
        problem(fmt::format("{} {}: at least {} is needed", option, *number, least));
    }
    return number;
}

void OptionReading::time(const char* option, const LoadWords::Word& word, Duration& into,
                         bool positive) {
    std::optional<Duration> read = value(option, word, parse_time);
    if (read && positive && read->count() == 0) {
        problem(fmt::format("{} 0: a time above 0 is needed", option));
    }
    into = read.value_or(into);
}

Expected<uint64_t> parse_small_number(std::string_view text) {
    uint64_t value = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) {
        return failure(fmt::format("\"{}\" is not a whole number", text));
    }
    return value;
}

std::vector<std::string> split_list(std::string_view list) {
    std::vector<std::string> parts;
    while (true) {
        size_t comma = list.find(',');
        parts.emplace_back(list.substr(0, comma));
        if (comma == std::string_view::npos) {
            return parts;
        }
        list.remove_prefix(comma + 1);
    }
}

Expected<EngineChoice> parse_engine(const std::string& word) {
    constexpr std::pair<std::string_view, EngineChoice> words[] = {
        {"auto", EngineChoice::automatic},
        {"io_uring", EngineChoice::io_uring},
        {"epoll", EngineChoice::epoll},
    };
    for (auto [name, choice] : words) {
        if (word == name) {
            return choice;
        }
    }
    return failure(fmt::format("--engine {}: auto, io_uring or epoll is allowed", word));
}

Expected<std::vector<int>> parse_cpu_list(const std::string& text) {
    std::vector<int> cpus;
    for (const std::string& part : split_list(text)) {
        size_t dash = part.find('-');
        Expected<uint64_t> first = parse_small_number(std::string_view(part).substr(0, dash));
        Expected<uint64_t> last = dash == std::string::npos
                                      ? first
                                      : parse_small_number(std::string_view(part).substr(dash + 1));
        if (!first || !last || *first > *last || *last > 4095) {
            return failure(
                fmt::format("--cpus {}: numbers and ranges like 0,2,4-7 are expected", text));
        }
        for (uint64_t cpu = *first; cpu <= *last; ++cpu) {
            cpus.push_back(static_cast<int>(cpu));
        }
    }
    return cpus;
}

} // namespace ringblast
