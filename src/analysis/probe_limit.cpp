#include "analysis/probe_limit.hpp"

#include "base/quote.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <span>
#include <string>

namespace ringblast {

namespace {

struct Unit {
    std::string_view text;
    LimitKind kind;
    double scale; ///< in percent, bytes or seconds
};

constexpr double kibi = 1024;

/// What may stand behind the number of a limit.
constexpr Unit limit_units[] = {{"", LimitKind::plain, 1},
                                {"k", LimitKind::plain, 1e3},
                                {"K", LimitKind::plain, 1e3},
                                {"M", LimitKind::plain, 1e6},
                                {"G", LimitKind::plain, 1e9},
                                {"T", LimitKind::plain, 1e12},
                                {"%", LimitKind::percent, 1},
                                {"B", LimitKind::size, 1},
                                {"kB", LimitKind::size, 1e3},
                                {"KB", LimitKind::size, 1e3},
                                {"MB", LimitKind::size, 1e6},
                                {"GB", LimitKind::size, 1e9},
                                {"TB", LimitKind::size, 1e12},
                                {"KiB", LimitKind::size, kibi},
                                {"MiB", LimitKind::size, kibi* kibi},
                                {"GiB", LimitKind::size, kibi* kibi* kibi},
                                {"TiB", LimitKind::size, kibi* kibi* kibi* kibi},
                                {"ns", LimitKind::time, 1e-9},
                                {"us", LimitKind::time, 1e-6},
                                {"µs", LimitKind::time, 1e-6},
                                {"ms", LimitKind::time, 1e-3},
                                {"s", LimitKind::time, 1},
                                {"min", LimitKind::time, 60},
                                {"h", LimitKind::time, 3600}};

/// Units of probes beside those; any other is nothing that a limit could be converted to.
constexpr Unit probe_units[] = {{"percent", LimitKind::percent, 1},
                                {"fraction", LimitKind::percent, 100},
                                {"ratio", LimitKind::percent, 100},
                                {"bytes", LimitKind::size, 1},
                                {"byte", LimitKind::size, 1},
                                {"seconds", LimitKind::time, 1},
                                {"milliseconds", LimitKind::time, 1e-3},
                                {"microseconds", LimitKind::time, 1e-6}};

struct Period {
    std::string_view text;
    double seconds;
};
constexpr Period periods[] = {{"s", 1}, {"sec", 1}, {"min", 60}, {"m", 60}, {"h", 3600}};

const Unit* find_unit(std::span<const Unit> units, std::string_view text) {
    const auto found = std::ranges::find(units, text, &Unit::text);
    return found == units.end() ? nullptr : &*found;
}

std::string_view without_blanks(std::string_view text) {
    const size_t first = text.find_first_not_of(' ');
    return first == text.npos ? std::string_view{}
                              : text.substr(first, text.find_last_not_of(' ') - first + 1);
}

std::unexpected<Error> refuse_probe_limit(std::string_view text, bool slope) {
    return failure("cannot read " + quoted(text) +
                   (slope ? " as a slope: write 5/min, 1MiB/min, 0.5%/h"
                          : " as a limit of a probe: write 100, 2.5k, 80%, 64KiB or 200ms"));
}

} // namespace

Expected<ProbeLimit> parse_probe_limit(std::string_view text, bool slope) {
    std::string_view number = text;
    double period_s = 1;
    if (slope) {
        const size_t mark = text.rfind('/');
        if (mark == text.npos) {
            const std::string read(text);
            return failure("a slope has a period: write " + read + "/s, " + read + "/min or " +
                           read + "/h");
        }
        const auto period =
            std::ranges::find(periods, without_blanks(text.substr(mark + 1)), &Period::text);
        if (period == std::end(periods)) {
            return refuse_probe_limit(text, slope);
        }
        period_s = period->seconds;
        number = without_blanks(text.substr(0, mark));
    }
    number.remove_prefix(number.starts_with('+') ? 1 : 0);
    double value = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value,
                                              std::chars_format::fixed);
    const size_t size = static_cast<size_t>(end - number.data());
    const Unit* unit = find_unit(limit_units, without_blanks(number.substr(size)));
    if (error != std::errc{} || !std::isfinite(value) || unit == nullptr) {
        return refuse_probe_limit(text, slope);
    }
    return ProbeLimit{.kind = unit->kind, .value = value * unit->scale / period_s};
}

std::optional<double> limit_in_unit(LimitKind kind, double value, std::string_view unit) {
    if (kind == LimitKind::plain) {
        return value;
    }
    if (unit.empty()) {
        return kind == LimitKind::percent ? value / 100 : value;
    }
    const Unit* known = find_unit(probe_units, unit);
    known = known != nullptr ? known : find_unit(limit_units, unit);
    if (known == nullptr || known->kind != kind) {
        return std::nullopt;
    }
    return value / known->scale;
}

} // namespace ringblast
