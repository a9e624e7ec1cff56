// A number is kept as an integer and the number of its decimals until it is multiplied with its
// unit in 128 bits, so that nothing is rounded on the way.
#include "base/units.hpp"

#include "base/quote.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <optional>
#include <span>

namespace ringblast {

namespace {

__extension__ using Wide = unsigned __int128;

struct Unit {
    std::string_view name;
    uint64_t factor;
};

constexpr Unit time_units[] = {
    {"h", 3'600'000'000'000},
    {"m", 60'000'000'000},
    {"min", 60'000'000'000},
    {"s", 1'000'000'000},
    {"ms", 1'000'000},
    {"us", 1'000},
    {"µs", 1'000},
    {"μs", 1'000},
    {"ns", 1},
};
constexpr Unit count_units[] = {
    {"", 1},
    {"k", 1'000},
    {"K", 1'000},
    {"M", 1'000'000},
    {"G", 1'000'000'000},
    {"T", 1'000'000'000'000},
    {"Ki", uint64_t{1} << 10},
    {"KiB", uint64_t{1} << 10},
    {"Mi", uint64_t{1} << 20},
    {"MiB", uint64_t{1} << 20},
    {"Gi", uint64_t{1} << 30},
    {"GiB", uint64_t{1} << 30},
    {"Ti", uint64_t{1} << 40},
    {"TiB", uint64_t{1} << 40},
};
constexpr Unit byte_units[] = {
    {"B", 1},          {"kB", 1'000},         {"KB", 1'000},
    {"MB", 1'000'000}, {"GB", 1'000'000'000}, {"TB", 1'000'000'000'000},
};
constexpr Unit periods[] = {{"s", 1}, {"sec", 1}, {"min", 60}, {"m", 60}, {"h", 3600}};

/// What is being read, for the errors.
struct Kind {
    std::string_view name, allowed;
};
constexpr Kind duration_kind = {"a duration", "500us, 250ms, 10s, 5m, 5min, 1h30m, or a bare "
                                              "number of seconds"};
constexpr Kind duration_with_unit_kind = {"a duration", "500us, 250ms, 10s, 5m, 5min, 1h30m"};
constexpr Kind count_kind = {"a count", "a whole number such as 500, 10k, 1M, 64Ki"};
constexpr Kind size_kind = {"a size", "a whole number of bytes such as 500, 10k, 1MB, 64KiB"};
constexpr Kind rate_kind = {"a rate", "100, 100/s, 1000/min, 3600/h, 10k/s"};

std::unexpected<Error> refuse(std::string_view text, const Kind& kind, std::string_view why) {
    std::string message = quoted(text);
    message.append(" is not ").append(kind.name).append(": ").append(why);
    message.append("; allowed: ").append(kind.allowed);
    return failure(std::move(message));
}

constexpr bool is_digit(char letter) {
    return letter >= '0' && letter <= '9';
}

constexpr uint64_t power_of_ten(int exponent) {
    uint64_t power = 1;
    for (int i = 0; i < exponent; ++i) {
        power *= 10;
    }
    return power;
}

/// digits / 10^decimals
struct Number {
    uint64_t digits = 0;
    int decimals = 0;
};

enum class Flaw { none, not_a_number, too_large, too_fine };

std::string_view describe(Flaw flaw) {
    switch (flaw) {
    case Flaw::too_large:
        return "it is too large";
    case Flaw::too_fine:
        return "it has too many decimals";
    default:
        return "a number is missing";
    }
}

/// Takes digits off the front of `rest`.
Flaw take_digits(std::string_view& rest, Number& number) {
    if (rest.empty() || !is_digit(rest.front())) {
        return Flaw::not_a_number;
    }
    for (; !rest.empty() && is_digit(rest.front()); rest.remove_prefix(1)) {
        uint64_t digit = static_cast<uint64_t>(rest.front() - '0');
        if (number.digits > (std::numeric_limits<uint64_t>::max() - digit) / 10) {
            return Flaw::too_large;
        }
        number.digits = number.digits * 10 + digit;
    }
    return Flaw::none;
}

/// Takes a number off the front of `rest`.
Flaw take_number(std::string_view& rest, Number& number) {
    Flaw flaw = take_digits(rest, number);
    if (flaw != Flaw::none || rest.empty() || rest.front() != '.') {
        return flaw;
    }
    rest.remove_prefix(1);
    size_t length =
        static_cast<size_t>(std::find_if_not(rest.begin(), rest.end(), is_digit) - rest.begin());
    if (length == 0) {
        return Flaw::not_a_number;
    }
    std::string_view decimals = rest.substr(0, length);
    rest.remove_prefix(length);
    decimals = decimals.substr(0, decimals.find_last_not_of('0') + 1);
    number.decimals = static_cast<int>(decimals.size());
    if (decimals.size() > 18 ||
        (!decimals.empty() && take_digits(decimals, number) != Flaw::none)) {
        return Flaw::too_fine;
    }
    return Flaw::none;
}

const Unit* find_unit(std::span<const Unit> units, std::string_view name) {
    auto found = std::find_if(units.begin(), units.end(),
                              [name](const Unit& unit) { return unit.name == name; });
    return found == units.end() ? nullptr : &*found;
}

/// What every kind refuses in the same words; nothing when the text may be good.
std::optional<Error> refuse_start(std::string_view text, const Kind& kind) {
    if (text.empty()) {
        return refuse(text, kind, "it is empty").error();
    }
    if (text.front() == '-') {
        return refuse(text, kind, "it is negative").error();
    }
    return std::nullopt;
}

/// The product, if it is a whole number.
std::optional<Wide> scale(const Number& number, uint64_t factor) {
    Wide product = Wide{number.digits} * factor;
    Wide divisor = power_of_ten(number.decimals);
    return product % divisor == 0 ? std::optional(product / divisor) : std::nullopt;
}

Expected<uint64_t> parse_whole(std::string_view text, const Kind& kind) {
    if (std::optional<Error> error = refuse_start(text, kind)) {
        return std::unexpected(std::move(*error));
    }
    std::string_view rest = text;
    Number number;
    if (Flaw flaw = take_number(rest, number); flaw != Flaw::none) {
        return refuse(text, kind, describe(flaw));
    }
    const Unit* unit = find_unit(count_units, rest);
    if (unit == nullptr && &kind == &size_kind) {
        unit = find_unit(byte_units, rest);
    }
    if (unit == nullptr) {
        return refuse(text, kind, std::string("there is no unit ").append(quoted(rest)));
    }
    std::optional<Wide> whole = scale(number, unit->factor);
    if (!whole) {
        return refuse(text, kind, "it is not a whole number");
    }
    if (*whole > std::numeric_limits<uint64_t>::max()) {
        return refuse(text, kind, describe(Flaw::too_large));
    }
    return static_cast<uint64_t>(*whole);
}

} // namespace

Expected<std::chrono::nanoseconds> parse_duration(std::string_view text, BareNumber bare) {
    const Kind& kind = bare == BareNumber::seconds ? duration_kind : duration_with_unit_kind;
    if (std::optional<Error> error = refuse_start(text, kind)) {
        return std::unexpected(std::move(*error));
    }
    constexpr Wide duration_max = std::numeric_limits<int64_t>::max();
    Wide total = 0;
    uint64_t factor_before = std::numeric_limits<uint64_t>::max();
    for (std::string_view rest = text; !rest.empty();) {
        bool first = rest.size() == text.size();
        Number number;
        if (Flaw flaw = take_number(rest, number); flaw != Flaw::none) {
            return refuse(text, kind, describe(flaw));
        }
        size_t length =
            static_cast<size_t>(std::find_if(rest.begin(), rest.end(), is_digit) - rest.begin());
        std::string_view name = rest.substr(0, length);
        rest.remove_prefix(length);
        const Unit* unit = find_unit(
            time_units, name.empty() && first && bare == BareNumber::seconds ? "s" : name);
        if (unit == nullptr) {
            return refuse(text, kind,
                          name.empty() ? std::string("a number has no unit")
                                       : std::string("there is no unit ").append(quoted(name)));
        }
        if (unit->factor >= factor_before) {
            return refuse(text, kind, "its units do not descend");
        }
        factor_before = unit->factor;
        std::optional<Wide> whole = scale(number, unit->factor);
        if (!whole) {
            return refuse(text, kind, "it is finer than a nanosecond");
        }
        total += *whole;
        if (total > duration_max) {
            return refuse(text, kind, describe(Flaw::too_large));
        }
    }
    return std::chrono::nanoseconds(static_cast<int64_t>(total));
}

Expected<uint64_t> parse_count(std::string_view text) {
    return parse_whole(text, count_kind);
}

Expected<uint64_t> parse_size(std::string_view text) {
    return parse_whole(text, size_kind);
}

Expected<double> parse_rate(std::string_view text) {
    if (std::optional<Error> error = refuse_start(text, rate_kind)) {
        return std::unexpected(std::move(*error));
    }
    size_t slash = text.find('/');
    const Unit* period = &periods[0];
    if (slash != std::string_view::npos) {
        std::string_view name = text.substr(slash + 1);
        period = find_unit(periods, name);
        if (period == nullptr) {
            return refuse(text, rate_kind, std::string("there is no period ").append(quoted(name)));
        }
    }
    std::string_view rest = text.substr(0, slash);
    Number number;
    if (Flaw flaw = take_number(rest, number); flaw != Flaw::none) {
        return refuse(text, rate_kind, describe(flaw));
    }
    const Unit* unit = find_unit(count_units, rest);
    if (unit == nullptr) {
        return refuse(text, rate_kind, std::string("there is no unit ").append(quoted(rest)));
    }
    return static_cast<double>(Wide{number.digits} * unit->factor) /
           static_cast<double>(Wide{power_of_ten(number.decimals)} * period->factor);
}

} // namespace ringblast
