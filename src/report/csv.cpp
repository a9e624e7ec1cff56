// Columns, sorting and number forms are those of Locust 2.12.1; what has no counterpart there
// stands behind its columns. Times are milliseconds.
#include "report/csv.hpp"

#include "report/escape.hpp"
#include "report/result_words.hpp"
#include "report/time_text.hpp"
#include "report/timeline_latency.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <tuple>

namespace ringblast {

namespace {

constexpr std::string_view line_end = "\r\n";
constexpr std::array<double, 11> percentiles = {50, 66, 75, 80, 90, 95, 98, 99, 99.9, 99.99, 100};

constexpr std::string_view stats_head =
    "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,"
    "Min Response Time,Max Response Time,Average Content Size,Requests/s,Failures/s,"
    "50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%,P50,P95,P99,Failure Rate";
constexpr std::string_view history_head =
    "Timestamp,User Count,Type,Name,Requests/s,Failures/s,"
    "50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%,Total Request Count,Total Failure Count,"
    "Total Median Response Time,Total Average Response Time,Total Min Response Time,"
    "Total Max Response Time,Total Average Content Size";
constexpr std::string_view failures_head = "Method,Name,Error,Occurrences";

/// As Python prints a float: the shortest digits that read as the same number, at least `.0`.
std::string real(double value) {
    if (!std::isfinite(value)) {
        return "0.0";
    }
    std::array<char, 400> digits{};
    const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value,
                                            std::chars_format::fixed);
    std::string text(digits.data(), error == std::errc() ? end : digits.data());
    return text.find('.') == std::string::npos ? text + ".0" : text;
}

std::string six_decimals(double value) {
    std::array<char, 400> text{};
    std::snprintf(text.data(), text.size(), "%.6f", value);
    return text.data();
}

std::string whole_ms_text(int64_t ns) {
    return std::to_string(std::llround(static_cast<double>(ns) / ns_in_ms));
}

std::string ms(int64_t ns) {
    return real(static_cast<double>(ns) / ns_in_ms);
}

/// In nanoseconds a mean has no more digits than its samples had.
std::string mean_ms(const Histogram& latency) {
    return real(std::round(latency.mean()) / ns_in_ms);
}

/// The fields joined by commas, with the end of the line.
std::string line(const std::vector<std::string>& fields) {
    std::string text;
    for (const std::string& field : fields) {
        text += (text.empty() && &field == fields.data() ? "" : ",") + field;
    }
    return text.append(line_end);
}

void add_percentiles(const Histogram& latency, std::vector<std::string>& fields) {
    for (const double percentile : percentiles) {
        fields.push_back(latency.empty() ? "N/A" : whole_ms_text(latency.percentile(percentile)));
    }
}

/// Mean body of a response of the whole run, warm-up included: the bytes are counted so.
std::string mean_body(const Result& result) {
    const uint64_t ended = std::max(result.self_check.ended, result.counts.ended());
    return ended == 0 ? "0"
                      : real(static_cast<double>(result.bytes.body) / static_cast<double>(ended));
}

std::string stats_row(const Result& result, const RequestResult& row, const std::string& body) {
    const Counts& counts = row.counts;
    const Histogram& latency = row.latency;
    const double failures_rate =
        result.duration_s > 0 ? static_cast<double>(counts.failed()) / result.duration_s : 0;
    std::vector<std::string> fields = {csv_field(row.method),
                                       csv_field(row.name),
                                       std::to_string(counts.completed()),
                                       std::to_string(counts.failed()),
                                       whole_ms_text(latency.percentile(50)),
                                       mean_ms(latency),
                                       latency.empty() ? "0" : ms(latency.min()),
                                       latency.empty() ? "0" : ms(latency.max()),
                                       body,
                                       real(row.rps),
                                       real(failures_rate)};
    add_percentiles(latency, fields);
    for (const double percentile : {50.0, 95.0, 99.0}) {
        fields.push_back(latency.empty() ? "N/A" : ms(latency.percentile(percentile)));
    }
    fields.push_back(real(counts.error_rate().value_or(0)));
    return line(fields);
}

/// Empty where it was not counted per request, unless there is but one request.
std::string row_body(const Result& result, const RequestResult& row) {
    if (row.counts.completed() == 0) {
        return "0";
    }
    if (row.bytes_body) {
        return real(static_cast<double>(*row.bytes_body) /
                    static_cast<double>(row.counts.completed()));
    }
    return result.requests.size() == 1 ? mean_body(result) : "";
}

/// What has happened up to a second of the run, its warm-up apart.
struct Total {
    uint64_t requests = 0, failures = 0;
    Histogram latency;
};

std::string history_row(const Result& result, const TimelineRow& row, const Total& total) {
    const double end_s =
        static_cast<double>(whole_ms(result.started_at_ns)) / 1e9 + row.t_s + row.span_s;
    const double failures_rate = row.span_s > 0 ? static_cast<double>(row.failed) / row.span_s : 0;
    const Histogram& latency = total.latency;
    std::vector<std::string> fields = {std::to_string(static_cast<int64_t>(end_s)),
                                       std::to_string(row.users),
                                       "",
                                       "Aggregated",
                                       six_decimals(row.rps),
                                       six_decimals(failures_rate)};
    add_percentiles(latency, fields);
    fields.push_back(std::to_string(total.requests));
    fields.push_back(std::to_string(total.failures));
    fields.push_back(whole_ms_text(latency.percentile(50)));
    fields.push_back(mean_ms(latency));
    fields.push_back(latency.empty() ? "0" : ms(latency.min()));
    fields.push_back(latency.empty() ? "0" : ms(latency.max()));
    fields.push_back(total.requests == 0 ? "0" : mean_body(result));
    return line(fields);
}

} // namespace

std::string render_csv_stats(const Result& result) {
    std::vector<const RequestResult*> rows;
    for (const RequestResult& row : result.requests) {
        if (!row.after) { // of which Aggregated is the sum
            rows.push_back(&row);
        }
    }
    std::ranges::sort(rows, {},
                      [](const RequestResult* row) { return std::tie(row->name, row->method); });
    std::string text = std::string(stats_head).append(line_end);
    for (const RequestResult* row : rows) {
        text += stats_row(result, *row, row_body(result, *row));
    }
    const RequestResult total = {.name = "Aggregated",
                                 .counts = result.counts,
                                 .rps = result.rps,
                                 .latency = result.latency};
    return text + stats_row(result, total, mean_body(result));
}

std::string render_csv_history(const Result& result) {
    std::string text = std::string(history_head).append(line_end);
    Total total;
    for (const TimelineRow& row : result.timeline) {
        if (!row.warm_up) {
            total.requests += row.ok + row.failed + row.rate_limited;
            total.failures += row.failed;
            total.latency.merge(timeline_latency(row));
        }
        text += history_row(result, row, total);
    }
    return text;
}

std::string render_csv_failures(const Result& result) {
    std::vector<const ErrorGroup*> groups;
    for (const ErrorGroup& group : result.errors) {
        if (group.outcome != Outcome::rate_limited) { // no failure, as in Failure Count
            groups.push_back(&group);
        }
    }
    std::ranges::stable_sort(groups, {}, [](const ErrorGroup* group) {
        return std::tie(group->request, group->method, group->message);
    });
    std::string text = std::string(failures_head).append(line_end);
    for (const ErrorGroup* group : groups) {
        text += line({csv_field(group->method), csv_field(group->request),
                      csv_field(group->message), std::to_string(group->count)});
    }
    return text;
}

} // namespace ringblast
