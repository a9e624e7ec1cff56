#include "report/suite_markdown.hpp"

#include "base/print.hpp"
#include "report/escape.hpp"
#include "report/load_text.hpp"
#include "report/result_words.hpp"
#include "report/suite_lines.hpp"
#include "report/threshold_text.hpp"
#include "report/time_text.hpp"

#include <algorithm>
#include <array>

namespace ringblast {

namespace {

constexpr std::array<std::string_view, 4> signs = {"✅", "⚠️", "❌", "➖"};

std::string sign_of(Verdict verdict) {
    return std::string(signs[static_cast<size_t>(verdict)]);
}

/// The name of a line, a link where it has a page.
std::string name_cell(const SuiteLine& line, const std::string& folder) {
    const std::string name = escape_markdown(line.name);
    const std::string indent = line.task ? "&nbsp;&nbsp;" : "";
    if (line.part == nullptr) {
        return indent + name;
    }
    const std::vector<ReportFile>& reports = line.part->reports;
    const auto page = std::ranges::find(reports, "html", &ReportFile::kind);
    return page == reports.end()
               ? indent + name
               : indent + "[" + name + "](<" + path_from(folder, page->path) + ">)";
}

std::string percentile(const Histogram& latency, double at) {
    const std::string text = suite_percentile(latency, at);
    return text.starts_with('~') ? "\\" + text : text;
}

std::string row(const SuiteLine& line, const std::string& folder) {
    std::string text = "| " + sign_of(state_role(line.state)) + " " +
                       std::string(state_word(line.state)) + " | " + name_cell(line, folder) + " |";
    if (line.part == nullptr || line.part->result.not_made) {
        return text + "  |  |  |  |  |  |  |\n";
    }
    const Result& result = line.part->result;
    const Counts& counts = result.counts;
    for (const std::string& cell :
         {escape_markdown(load_text(result)), print_count(counts.completed()),
          rate_cell(counts, result.rps), suite_failed(counts), percentile(result.latency, 50),
          percentile(result.latency, 95), percentile(result.latency, 99)}) {
        text += " " + cell + " |";
    }
    return text + "\n";
}

/// What was missed or went wrong, a line of the list each.
std::string reasons(const SuiteLine& line) {
    const std::string name = line.task ? line.run->name + ": " + line.name : line.name;
    const std::string before = "- " + escape_markdown(name) + ": ";
    std::string text;
    for (const ThresholdResult* threshold : line.missed) {
        const ThresholdParts parts = threshold_parts(*threshold);
        text +=
            before + sign_of(threshold->verdict) + " " + escape_markdown(parts.metric) + " " +
            escape_markdown(parts.value) + ", " + escape_markdown(parts.limit) +
            (parts.critical.empty() ? "" : " (critical " + escape_markdown(parts.critical) + ")") +
            "\n";
    }
    for (const std::string& reason : line.reasons) {
        text += before + escape_markdown(reason) + "\n";
    }
    return text;
}

} // namespace

std::string render_suite_markdown(const SuiteResult& suite, const std::string& folder) {
    const std::string verdict(word_of(verdict_words, suite.verdict));
    std::string text = "## " + sign_of(suite.verdict) + " ringblast suite: " + verdict + separator +
                       escape_markdown(suite.name) + "\n\n";
    if (!suite.description.empty()) {
        text += escape_markdown(suite.description) + "\n\n";
    }
    text += escape_markdown(suite_count_text(suite)) + separator + print_span(suite.duration_s) +
            separator + print_utc_plain(suite.started_at_ns) +
            (suite.interrupted ? separator + std::string("**interrupted**") : "") + "\n\n" +
            "| verdict | run | load | requests | rate | failed | p50 | p95 | p99 |\n"
            "| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |\n";
    const std::vector<SuiteLine> lines = suite_lines(suite);
    std::string list;
    for (const SuiteLine& line : lines) {
        text += row(line, folder);
        list += reasons(line);
    }
    text += list.empty() ? "" : "\n### What was missed\n\n" + list;
    const std::string url = suite_url(suite);
    return text + "\n<sub>" + (url.empty() ? "" : escape_markdown(url) + separator) + "ringblast " +
           escape_markdown(suite.version) + separator + escape_markdown(suite.command) + "</sub>\n";
}

} // namespace ringblast
