#include "base/print.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <utility>

namespace ringblast {

namespace {

std::string fixed(double value, int decimals) {
    std::array<char, 64> text{};
    const int size = std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
    return {text.data(), static_cast<size_t>(size)};
}

/// Three significant digits, from 0 up to what is printed as 999.
std::string three_digits(double value) {
    if (value < 9.995) {
        return fixed(value, 2);
    }
    return fixed(value, value < 99.95 ? 1 : 0);
}

/// The same without zeros at the end of the decimals.
std::string trimmed(std::string text) {
    if (text.find('.') != std::string::npos) {
        text.erase(text.find_last_not_of('0') + 1);
        if (text.ends_with('.')) {
            text.pop_back();
        }
    }
    return text;
}

} // namespace

std::string print_latency(double ns) {
    if (ns < 999.5) {
        return fixed(ns, 0) + " ns";
    }
    if (ns < 999.5e3) {
        return three_digits(ns / 1e3) + " µs";
    }
    if (ns < 999.5e6) {
        return three_digits(ns / 1e6) + " ms";
    }
    return three_digits(ns / 1e9) + " s";
}

std::string print_span(double seconds) {
    if (seconds < 0.9995) {
        return trimmed(fixed(seconds * 1e3, seconds < 0.01 ? 1 : 0)) + " ms";
    }
    if (seconds < 59.95) {
        return trimmed(fixed(seconds, 1)) + " s";
    }
    const auto whole = static_cast<uint64_t>(std::llround(seconds));
    const uint64_t hours = whole / 3600;
    const uint64_t minutes = whole / 60 % 60;
    const uint64_t rest = hours == 0 ? whole % 60 : 0;
    std::string text;
    for (const auto& [count, unit] : {std::pair{hours, "h"}, {minutes, "min"}, {rest, "s"}}) {
        if (count > 0) {
            text += text.empty() ? "" : " ";
            text += std::to_string(count) + " " + unit;
        }
    }
    return text;
}

std::string print_count(uint64_t count) {
    std::string text = std::to_string(count);
    for (size_t place = text.size(); place > 3; place -= 3) {
        text.insert(place - 3, 1, ',');
    }
    return text;
}

std::string print_rate(double per_second) {
    if (per_second < 99.95) {
        return trimmed(fixed(per_second, per_second < 9.995 ? 2 : 1));
    }
    return print_count(static_cast<uint64_t>(std::llround(per_second)));
}

std::string print_bytes(double bytes) {
    if (bytes < 999.5) {
        return fixed(bytes, 0) + " B";
    }
    constexpr std::array<const char*, 5> units = {" kB", " MB", " GB", " TB", " PB"};
    size_t unit = 0;
    for (bytes /= 1e3; bytes >= 999.5 && unit + 1 < units.size(); ++unit) {
        bytes /= 1e3;
    }
    return three_digits(bytes) + units[unit];
}

std::string print_share(double fraction) {
    if (fraction > 0 && fraction < 0.00005) {
        return "<0.01 %";
    }
    if (fraction < 1 && fraction > 0.99995) {
        return ">99.99 %";
    }
    const double percent = fraction * 100;
    return trimmed(fixed(percent, percent >= 10 && percent <= 90 ? 1 : 2)) + " %";
}

std::string print_counted(uint64_t count, const char* noun) {
    return print_count(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string printable(std::string_view text) {
    std::string clean(text);
    for (size_t i = 0; i < clean.size(); ++i) {
        const auto byte = static_cast<unsigned char>(clean[i]);
        const auto next = static_cast<unsigned char>(i + 1 < clean.size() ? clean[i + 1] : 0);
        if (byte < 0x20 || byte == 0x7f) {
            clean[i] = '?';
        } else if (byte == 0xc2 && next >= 0x80 && next < 0xa0) { // U+0080 to U+009F
            clean.replace(i, 2, "?");
        }
    }
    return clean;
}

size_t display_width(std::string_view text) {
    size_t width = 0;
    for (size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\x1b') {
            i = std::min(text.find('m', i), text.size());
        } else if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) {
            ++width;
        }
    }
    return width;
}

} // namespace ringblast
