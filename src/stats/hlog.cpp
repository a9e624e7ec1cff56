// The text form of format version 1.3, as HdrHistogram's own log writer makes it.
#include "stats/hlog.hpp"

#include "base/check.hpp"
#include "stats/hdr_codec.hpp"

#include <charconv>
#include <cmath>
#include <ctime>
#include <utility>

namespace ringblast {

namespace {

constexpr std::string_view legend = "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\","
                                    "\"Interval_Compressed_Histogram\"\n";
constexpr std::string_view tag_key = "Tag=";
constexpr std::string_view start_time_key = "#[StartTime: ";
constexpr std::string_view base_time_key = "#[BaseTime: ";

std::string render_fixed(double value) {
    char digits[400]; // the longest double has 309 digits before the point
    auto [end, error] =
        std::to_chars(digits, digits + sizeof digits, value, std::chars_format::fixed, 3);
    CHECK(error == std::errc());
    return {digits, end};
}

std::optional<double> parse_number(std::string_view text) {
    double value = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) {
        return std::nullopt;
    }
    return value;
}

/// The text up to the separator, which is taken off as well; all of it where there is none.
std::string_view take_field(std::string_view& rest, char separator) {
    size_t end = rest.find(separator);
    std::string_view field = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    return field;
}

Expected<HlogInterval> parse_interval(std::string_view line) {
    HlogInterval interval;
    if (line.starts_with(tag_key)) {
        line.remove_prefix(tag_key.size());
        interval.tag = take_field(line, ',');
    }
    for (double* number : {&interval.start_s, &interval.length_s, &interval.max_ms}) {
        std::string_view field = take_field(line, ',');
        std::optional<double> value = parse_number(field);
        if (!value) {
            return failure(std::string(field.substr(0, 40)).insert(0, 1, '\'') +
                           "' is not a number");
        }
        *number = *value;
    }
    Expected<Histogram> histogram = decode_hdr_base64(line);
    if (!histogram) {
        return std::unexpected(histogram.error());
    }
    interval.histogram = std::move(*histogram);
    return interval;
}

void parse_comment(std::string_view line, ParsedHlog& log) {
    auto take_time = [&line](std::string_view key, std::optional<double>& time) {
        if (line.starts_with(key)) {
            std::string_view rest = line.substr(key.size());
            time = parse_number(take_field(rest, ' '));
        }
    };
    take_time(start_time_key, log.start_time_s);
    take_time(base_time_key, log.base_time_s);
}

} // namespace

std::string render_hlog_header(int64_t started_at_unix_ns) {
    // Cut off, as the JSON result has it: a log made from that must be the same.
    const double started_at_s = static_cast<double>(started_at_unix_ns / 1'000'000) / 1e3;
    auto seconds = static_cast<time_t>(started_at_unix_ns / 1'000'000'000);
    tm utc{};
    gmtime_r(&seconds, &utc);
    char date[64];
    strftime(date, sizeof date, "%a %b %d %H:%M:%S UTC %Y", &utc);
    std::string time = render_fixed(started_at_s) + " (seconds since epoch)";
    std::string header = "#[Logged with ringblast]\n#[Histogram log format version 1.3]\n";
    header += std::string(start_time_key) + time + ", " + date + "]\n";
    header += std::string(base_time_key) + time + "]\n";
    header += legend;
    return header;
}

std::string render_hlog_interval(const HlogInterval& interval) {
    CHECK(interval.tag.find_first_of(", \r\n") == std::string::npos);
    std::string line;
    if (!interval.tag.empty()) {
        line += std::string(tag_key) + interval.tag + ',';
    }
    for (double number : {interval.start_s, interval.length_s,
                          static_cast<double>(interval.histogram.max()) / 1e6}) {
        line += render_fixed(number) + ',';
    }
    return line + encode_hdr_base64(interval.histogram) + '\n';
}

Expected<ParsedHlog> parse_hlog(std::string_view text) {
    ParsedHlog log;
    for (size_t number = 1; !text.empty(); ++number) {
        bool whole = text.find('\n') != std::string_view::npos;
        std::string_view line = take_field(text, '\n');
        if (line.ends_with('\r')) {
            line.remove_suffix(1);
        }
        if (line.empty() || line.starts_with('"')) {
            continue; // the legend
        }
        if (line.starts_with('#')) {
            parse_comment(line, log);
            continue;
        }
        Expected<HlogInterval> interval = parse_interval(line);
        if (interval) {
            log.intervals.push_back(std::move(*interval));
        } else if (!whole) {
            log.torn = true;
        } else {
            return failure("line " + std::to_string(number) + ": " + interval.error().message);
        }
    }
    return log;
}

} // namespace ringblast
