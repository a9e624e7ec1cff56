// The date of a cookie by RFC 6265 § 5.1.1: the text is cut into words; the first that looks like
// a time, a day, a month and a year are taken, in whatever order they come.
#include "protocol/field_lines.hpp"
#include "scenario/cookie_jar.hpp"

#include <array>
#include <chrono>
#include <optional>

namespace ringblast {

namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_delimiter(char c) {
    uint8_t byte = static_cast<uint8_t>(c);
    return byte == 0x09 || (byte >= 0x20 && byte <= 0x2f) || (byte >= 0x3b && byte <= 0x40) ||
           (byte >= 0x5b && byte <= 0x60) || (byte >= 0x7b && byte <= 0x7e);
}

/// The number of `min` to `max` digits at the front, which are taken off; no digit may follow.
std::optional<int> take_number(std::string_view& word, size_t min, size_t max) {
    size_t size = 0;
    int number = 0;
    while (size < word.size() && is_digit(word[size])) {
        if (++size > max) {
            return std::nullopt;
        }
        number = number * 10 + (word[size - 1] - '0');
    }
    if (size < min) {
        return std::nullopt;
    }
    word.remove_prefix(size);
    return number;
}

struct TimeOfDay {
    int hour, minute, second;
};

std::optional<TimeOfDay> time_of(std::string_view word) {
    std::optional<int> hour = take_number(word, 1, 2);
    if (!hour || !word.starts_with(':')) {
        return std::nullopt;
    }
    word.remove_prefix(1);
    std::optional<int> minute = take_number(word, 1, 2);
    if (!minute || !word.starts_with(':')) {
        return std::nullopt;
    }
    word.remove_prefix(1);
    std::optional<int> second = take_number(word, 1, 2);
    if (!second) {
        return std::nullopt;
    }
    return TimeOfDay{*hour, *minute, *second};
}

std::optional<int> month_of(std::string_view word) {
    constexpr std::array<std::string_view, 12> names = {"jan", "feb", "mar", "apr", "may", "jun",
                                                        "jul", "aug", "sep", "oct", "nov", "dec"};
    for (size_t i = 0; i < names.size(); ++i) {
        if (equals_ignoring_case(word.substr(0, 3), names[i])) {
            return static_cast<int>(i + 1);
        }
    }
    return std::nullopt;
}

struct Parts {
    std::optional<TimeOfDay> time;
    std::optional<int> day, month, year;

    void note(std::string_view word) {
        if (!time && (time = time_of(word))) {
            return;
        }
        std::string_view rest = word;
        if (!day && (day = take_number(rest, 1, 2))) {
            return;
        }
        if (!month && (month = month_of(word))) {
            return;
        }
        if (!year) {
            year = take_number(word, 2, 4);
        }
    }
};

} // namespace

std::optional<int64_t> parse_cookie_date(std::string_view text) {
    Parts parts;
    size_t at = 0;
    while (at < text.size()) {
        if (is_delimiter(text[at])) {
            ++at;
            continue;
        }
        size_t end = at;
        while (end < text.size() && !is_delimiter(text[end])) {
            ++end;
        }
        parts.note(text.substr(at, end - at));
        at = end;
    }
    if (!parts.time || !parts.day || !parts.month || !parts.year) {
        return std::nullopt;
    }
    int year = *parts.year;
    year += year >= 70 && year <= 99 ? 1900 : year < 70 ? 2000 : 0;
    using namespace std::chrono;
    year_month_day date(std::chrono::year(year), month(static_cast<unsigned>(*parts.month)),
                        day(static_cast<unsigned>(*parts.day)));
    const TimeOfDay& time = *parts.time;
    if (!date.ok() || year < 1601 || time.hour > 23 || time.minute > 59 || time.second > 59) {
        return std::nullopt;
    }
    int64_t days = sys_days(date).time_since_epoch().count();
    return ((days * 24 + time.hour) * 60 + time.minute) * 60 + time.second;
}

} // namespace ringblast
