// Probes that run a command and find a number in its output.
#include "base/quote.hpp"
#include "run/probe_source.hpp"
#include "run/run_command.hpp"
#include "scenario/regex.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace ringblast {

namespace {

class CommandSource : public ProbeSource {
public:
    CommandSource(std::vector<std::string> words, Regex regex)
        : words_(std::move(words)), regex_(std::move(regex)) {}

    std::vector<ProbeValue> read(const FetchLimits& limits) override {
        return {look(run_command(words_, limits.until_ns, *limits.stop))};
    }

private:
    ProbeValue look(const Expected<std::string>& output) {
        if (!output) {
            return std::unexpected(output.error());
        }
        const uint32_t group = std::min(regex_.group_count(), 1u);
        const RegexMatcher::Found found = searcher_.search(regex_, *output, group);
        if (found.result != RegexMatcher::Result::found) {
            return failure(found.result == RegexMatcher::Result::absent
                               ? "the regex finds nothing in the output"
                               : "the regex is too hard for the output");
        }
        std::string_view text = found.group;
        const size_t start = text.find_first_not_of(" \t\r\n+");
        text = start == text.npos ? std::string_view{} : text.substr(start);
        text = text.substr(0, text.find_last_not_of(" \t\r\n") + 1);
        double value = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) {
            return failure(quoted(found.group) + " in the output is no number");
        }
        return value;
    }

    std::vector<std::string> words_;
    Regex regex_;
    RegexMatcher searcher_;
};

} // namespace

Expected<std::unique_ptr<ProbeSource>> make_command_source(const Probe& probe) {
    Expected<Regex> regex = Regex::compile(probe.regex);
    if (!regex) {
        return failure("probe " + quoted(probe.name) + ": regex: " + regex.error().message);
    }
    return std::make_unique<CommandSource>(probe.command, std::move(*regex));
}

} // namespace ringblast
