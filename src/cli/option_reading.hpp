// What the readers of option values share: every problem of a command line is collected, and each
// names the option, what was read and what is allowed.
#pragma once

#include "cli/words.hpp"
#include "ringblast/engine_choice.hpp"

#include <cstdint>
#include <fmt/format.h>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringblast {

class OptionReading {
public:
    std::vector<Error> errors;

    void problem(std::string message) { errors.push_back({std::move(message)}); }

    /// The value of a word; nothing where there is none or, as a problem, a bad one.
    template <class T>
    std::optional<T> value(const char* option, const LoadWords::Word& word,
                           Expected<T> (*parse)(std::string_view)) {
        if (!word) {
            return std::nullopt;
        }
        Expected<T> parsed = parse(*word);
        if (!parsed) {
            problem(fmt::format("{}: {}", option, parsed.error().message));
            return std::nullopt;
        }
        return *parsed;
    }
    std::optional<uint64_t> at_least(const char* option, const LoadWords::Word& word,
                                     uint64_t least);
    /// Into a place that keeps what it holds without the word. `positive`: longer than 0.
    void time(const char* option, const LoadWords::Word& word, Duration& into,
              bool positive = true);
};

/// A whole number without a unit.
Expected<uint64_t> parse_small_number(std::string_view text);

/// The parts of a list with commas; one where there is no comma.
std::vector<std::string> split_list(std::string_view list);

/// A list of CPUs: 0,2,4-7.
Expected<std::vector<int>> parse_cpu_list(const std::string& text);

/// The word of --engine.
Expected<EngineChoice> parse_engine(const std::string& word);

} // namespace ringblast
