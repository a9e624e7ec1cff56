#include "report/probe_text.hpp"

#include "base/print.hpp"
#include "base/quote.hpp"
#include "protocol/url.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <span>

namespace ringblast {

namespace {

struct Scale {
    double from; ///< used from there
    const char* unit;
};

constexpr double kibi = 1024;
constexpr Scale bytes_scales[] = {{kibi * kibi * kibi * kibi, "TiB"},
                                  {kibi * kibi * kibi, "GiB"},
                                  {kibi * kibi, "MiB"},
                                  {kibi, "KiB"},
                                  {1, "B"}};
constexpr Scale time_scales[] = {{1, "s"}, {1e-3, "ms"}, {1e-6, "µs"}, {1e-9, "ns"}};

std::string scaled_text(double value, std::span<const Scale> scales, int digits) {
    const auto fits = [value](const Scale& scale) { return std::abs(value) >= scale.from; };
    const auto found = std::ranges::find_if(scales, fits);
    const Scale& scale = value == 0              ? scales.front()
                         : found == scales.end() ? scales.back()
                                                 : *found;
    const char* unit = value == 0 ? scales.back().unit : scale.unit;
    return significant_text(value / scale.from, digits) + " " + unit;
}

bool is_one_of(const std::string& unit, std::initializer_list<const char*> words) {
    return std::ranges::find(words, unit) != words.end();
}

std::string series_text(const ProbeSeriesChoice& series) {
    std::string labels;
    for (const ProbeLabel& label : series.labels) {
        labels += (labels.empty() ? "" : ", ") + label.name + (label.regex ? "=~" : "=") +
                  ringblast::quoted(label.value);
    }
    return series.metric + (labels.empty() ? "" : "{" + labels + "}");
}

std::string metric_text(const Probe& probe) {
    std::string text = series_text(probe.series);
    if (probe.as == Probe::As::rate) {
        text = "rate of " + text;
    } else if (probe.as == Probe::As::quantile) {
        text = "p" + significant_text(probe.quantile * 100, 6) + " of " + text;
    }
    return text + (probe.over ? " over " + series_text(*probe.over) : "");
}

std::string process_text(const std::string& process) {
    const bool pid = std::ranges::all_of(process, [](char c) { return c >= '0' && c <= '9'; });
    return process == "listening" ? "who listens on the target's port"
           : pid                  ? "process " + process
                                  : "processes named " + ringblast::quoted(process);
}

std::string document_text(const std::string& place) {
    if (place.starts_with('/')) {
        return printable(place);
    }
    const Expected<Url> url = parse_url(place);
    return printable(url ? render_url(*url) : place);
}

} // namespace

ProbeWords probe_words(const Probe& probe) {
    switch (probe.source) {
    case Probe::Source::prometheus:
        return {printable(metric_text(probe)), document_text(probe.url)};
    case Probe::Source::json:
        return {"JSON " + printable(probe.pointer), document_text(probe.url)};
    case Probe::Source::process:
        return {"cpu, rss, threads, fds", process_text(probe.process)};
    case Probe::Source::command:
        break;
    }
    std::string command;
    for (const std::string& word : probe.command) {
        command += (command.empty() ? "" : " ") + printable(word);
    }
    return {"regex " + printable(probe.regex), "command " + command};
}

std::string significant_text(double value, int digits) {
    const double magnitude = value == 0 ? 0 : std::floor(std::log10(std::abs(value)));
    const int decimals = std::clamp(digits - 1 - static_cast<int>(magnitude), 0, 20);
    std::array<char, 400> buffer{}; // the largest double has 309 digits
    std::snprintf(buffer.data(), buffer.size(), "%.*f", decimals, value);
    std::string text = buffer.data();
    if (text.find('.') != std::string::npos) {
        text.erase(text.find_last_not_of('0') + 1);
        if (text.ends_with('.')) {
            text.pop_back();
        }
    }
    return text;
}

std::string measured_text(double value, const std::string& unit, int digits) {
    if (is_one_of(unit, {"bytes", "byte", "B"})) {
        return scaled_text(value, bytes_scales, digits);
    }
    if (is_one_of(unit, {"s", "seconds"})) {
        return scaled_text(value, time_scales, digits);
    }
    if (is_one_of(unit, {"percent", "%"})) {
        return significant_text(value, digits) + " %";
    }
    if (is_one_of(unit, {"fraction", "ratio"})) {
        return significant_text(value * 100, digits) + " %";
    }
    const bool whole = value >= 1000 && value < 1e15 && value == std::floor(value);
    const std::string number =
        whole ? print_count(static_cast<uint64_t>(value)) : significant_text(value, digits);
    return unit.empty() || unit.starts_with('/') ? number + printable(unit)
                                                 : number + " " + printable(unit);
}

std::string slope_text(double per_second, const std::string& unit, int digits) {
    constexpr double seconds_per_minute = 60;
    return std::string(per_second > 0 ? "+" : "") +
           measured_text(per_second * seconds_per_minute, unit, digits) + "/min";
}

std::string trend_text(const ProbeResult& probe) {
    if (!probe.slope || !probe.slope_low || !probe.slope_high) {
        return "–";
    }
    if (*probe.slope_low <= 0 && *probe.slope_high >= 0) {
        return "none";
    }
    return slope_text(*probe.slope, probe.unit) + " [" + slope_text(*probe.slope_low, probe.unit) +
           ", " + slope_text(*probe.slope_high, probe.unit) + "]";
}

std::string failures_text(const ProbeResult& probe) {
    if (probe.failures == 0) {
        return "";
    }
    return print_counted(probe.failures, "reading") +
           " failed, at last: " + printable(probe.last_failure);
}

std::vector<std::string> probe_cells(const ProbeResult& probe) {
    std::vector<std::string> cells = {printable(probe.name)};
    for (const std::optional<double>& value : {probe.last, probe.min, probe.avg, probe.max}) {
        cells.push_back(value ? measured_text(*value, probe.unit) : "–");
    }
    cells.push_back(trend_text(probe));
    return cells;
}

} // namespace ringblast
