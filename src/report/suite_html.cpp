#include "report/suite_html.hpp"

#include "base/print.hpp"
#include "report/escape.hpp"
#include "report/html.hpp"
#include "report/html_table.hpp"
#include "report/load_text.hpp"
#include "report/result_words.hpp"
#include "report/suite_lines.hpp"
#include "report/threshold_text.hpp"
#include "report/time_text.hpp"

#include <algorithm>

namespace ringblast {

namespace {

std::string mark(std::string_view role, std::string_view word) {
    return "<span class=\"mark " + std::string(role) + "\">" + std::string(word) + "</span>";
}

std::string role_of(Verdict verdict) {
    return std::string(word_of(verdict_words, verdict));
}

/// A path in an attribute: what means something else in a URL is escaped.
std::string href(const std::string& path) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string url;
    for (const char c : path) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
                           (byte >= 'A' && byte <= 'Z') ||
                           std::string_view("/-._~").find(c) != std::string_view::npos;
        url += plain ? std::string(1, c) : std::string("%") + digits[byte / 16] + digits[byte % 16];
    }
    return url;
}

std::string link(const std::string& folder, const ReportFile& report, const std::string& text) {
    return "<a href=\"" + href(path_from(folder, report.path)) + "\">" + escape_xml(text) + "</a>";
}

std::string head(const SuiteResult& suite) {
    const std::string verdict = role_of(suite.verdict);
    const std::string url = suite_url(suite);
    std::string text = "<div class=\"head\">\n<div>\n<h1>" + escape_xml(suite.name) + "</h1>\n";
    text += suite.description.empty() ? "" : "<p>" + escape_xml(suite.description) + "</p>\n";
    text += url.empty() ? "" : "<p class=\"wrap\">" + escape_xml(url) + "</p>\n";
    return text + "<p class=\"soft\">" + print_counted(suite.runs.size(), "run") + " in " +
           print_span(suite.duration_s) + separator + print_utc_plain(suite.started_at_ns) +
           "</p>\n</div>\n<span class=\"badge " + verdict + "\">" + verdict + "</span>\n</div>\n" +
           (suite.interrupted ? "<p class=\"notice marginal\">Interrupted: what was not run is "
                                "shown so.</p>\n"
                              : "");
}

std::string cards(const SuiteResult& suite, const std::vector<SuiteLine>& lines) {
    const SuiteCounts counts = suite_counts(suite);
    uint64_t requests = 0;
    uint64_t failed = 0;
    const SuiteLine* slowest = nullptr;
    const auto p95 = [](const SuiteLine& line) { return line.part->result.latency.percentile(95); };
    for (const SuiteLine& line : lines) {
        if (line.part != nullptr) {
            requests += line.part->result.counts.completed();
            failed += line.part->result.counts.failed();
            const bool slower = slowest == nullptr || p95(line) > p95(*slowest);
            slowest = slower && !line.part->result.latency.empty() ? &line : slowest;
        }
    }
    std::string text = "<section class=\"cards\" aria-label=\"Summary\">\n";
    text += card("Passed", print_count(counts.passed) + " of " + print_count(suite.runs.size()),
                 "runs");
    text += card("Failed", print_count(counts.failed), "runs", counts.failed > 0 ? "bad" : "");
    for (const auto& [label, count] :
         {std::pair{"Marginal", counts.marginal}, std::pair{"Interrupted", counts.interrupted},
          std::pair{"Not run", counts.not_run}}) {
        text += count > 0 ? card(label, print_count(count), "runs", "warn") : "";
    }
    text += card("Requests", print_count(requests),
                 failed == 0 ? "none failed" : print_count(failed) + " failed");
    if (slowest != nullptr) {
        text += card("Slowest p95", suite_percentile(slowest->part->result.latency, 95),
                     slowest->task ? slowest->run->name + ": " + slowest->name : slowest->name);
    }
    return text + card("Exit code", std::to_string(suite.exit_code), "of the suite") +
           "</section>\n";
}

std::string name_cell(const SuiteLine& line, const std::string& folder) {
    const std::string indent = line.task ? "&emsp;" : "";
    if (line.part != nullptr) {
        const std::vector<ReportFile>& reports = line.part->reports;
        const auto page = std::ranges::find(reports, "html", &ReportFile::kind);
        if (page != reports.end()) {
            return indent + link(folder, *page, line.name);
        }
    }
    return indent + escape_xml(line.name);
}

void add_row(HtmlTable& table, const SuiteLine& line, const std::string& folder) {
    table.row()
        .html(mark(role_of(state_role(line.state)), state_word(line.state)), "text")
        .html(name_cell(line, folder), "text name");
    if (line.part == nullptr || line.part->result.not_made) {
        const size_t figures = 8;
        table.text(line.part == nullptr && line.run->parts.size() > 1
                       ? print_counted(line.run->parts.size(), "task") + ", each alone"
                       : "",
                   "text");
        for (size_t i = 1; i < figures; ++i) {
            table.text("");
        }
        return;
    }
    const Result& result = line.part->result;
    const Counts& counts = result.counts;
    table.text(load_text(result), "text name")
        .number(print_count(counts.completed()), static_cast<double>(counts.completed()))
        .number(rate_cell(counts, result.rps), result.rps)
        .number(suite_failed(counts), counts.error_rate().value_or(0),
                counts.failed() > 0 ? "bad" : "");
    for (const double p : {50.0, 95.0, 99.0}) {
        table.number(suite_percentile(result.latency, p),
                     static_cast<double>(result.latency.percentile(p)));
    }
    table.text(thresholds_held(result));
}

/// What was missed or went wrong, run by run.
std::string reasons(const std::vector<SuiteLine>& lines) {
    HtmlTable table("missed", {{"", true}, {"Run", true}, {"What", true}});
    bool any = false;
    for (const SuiteLine& line : lines) {
        const std::string name = line.task ? line.run->name + ": " + line.name : line.name;
        for (const ThresholdResult* threshold : line.missed) {
            const ThresholdParts parts = threshold_parts(*threshold);
            const std::string verdict = role_of(threshold->verdict);
            table.row()
                .html(mark(verdict, verdict), "text")
                .text(name, "text name")
                .text(parts.metric + ": " + parts.value + ", " + parts.limit +
                          (parts.critical.empty() ? "" : " (critical " + parts.critical + ")"),
                      "text cause");
            any = true;
        }
        for (const std::string& reason : line.reasons) {
            table.row()
                .html(mark(role_of(state_role(line.state)), state_word(line.state)), "text")
                .text(name, "text name")
                .text(reason, "text cause");
            any = true;
        }
    }
    return any ? "<h2>What was missed</h2>\n" + table.render() : "";
}

/// All files of all runs.
std::string files(const std::vector<SuiteLine>& lines, const std::string& folder) {
    std::string text;
    for (const SuiteLine& line : lines) {
        if (line.part == nullptr || line.part->reports.empty()) {
            continue;
        }
        text += "<dt>" + escape_xml(line.task ? line.run->name + ": " + line.name : line.name) +
                "</dt><dd>";
        for (const ReportFile& report : line.part->reports) {
            text += (&report == line.part->reports.data() ? "" : separator) +
                    link(folder, report, report.kind);
        }
        text += "</dd>\n";
    }
    return text.empty() ? "" : "<h2>Reports</h2>\n<dl class=\"panel\">\n" + text + "</dl>\n";
}

} // namespace

std::string render_suite_html(const SuiteResult& suite, const std::string& folder) {
    const std::vector<SuiteLine> lines = suite_lines(suite);
    HtmlTable table("runs", {{"Verdict", true},
                             {"Run", true},
                             {"Load", true},
                             {"Requests"},
                             {"Rate"},
                             {"Failed"},
                             {"p50"},
                             {"p95"},
                             {"p99"},
                             {"Thresholds"}});
    for (const SuiteLine& line : lines) {
        add_row(table, line, folder);
    }
    const std::string content = head(suite) + cards(suite, lines) + "<h2>Runs</h2>\n" +
                                table.render() + reasons(lines) + files(lines, folder) +
                                "<footer>ringblast " + escape_xml(suite.version) + separator +
                                "<code>" + escape_xml(suite.command) + "</code></footer>\n";
    return fill_page({.title = escape_xml(suite.name) + " · " + role_of(suite.verdict),
                      .content = content,
                      .data = "{\"rows\":null,\"curves\":[],\"heat\":null,\"bands\":[],"
                              "\"stages\":[],\"saturation\":null}"});
}

} // namespace ringblast
