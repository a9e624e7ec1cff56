#include "report/markdown.hpp"

#include "base/print.hpp"
#include "report/escape.hpp"
#include "report/findings_text.hpp"
#include "report/load_text.hpp"
#include "report/probe_text.hpp"
#include "report/result_words.hpp"
#include "report/socket_text.hpp"
#include "report/text.hpp"
#include "report/threshold_text.hpp"
#include "report/time_text.hpp"
#include "report/tls_text.hpp"

#include <algorithm>

namespace ringblast {

namespace {

/// Colour that survives where Markdown has none.
std::string_view sign_of(Verdict verdict) {
    constexpr std::string_view signs[] = {"✅", "⚠️", "❌", "➖"};
    return signs[static_cast<size_t>(verdict)];
}

std::string word_of(Verdict verdict) {
    return std::string(ringblast::word_of(verdict_words, verdict));
}

std::string row(const std::vector<std::string>& cells) {
    std::string text = "|";
    for (const std::string& cell : cells) {
        text += " " + cell + " |";
    }
    return text + "\n";
}

/// The head of a table: first columns left, the others right.
std::string head(const std::vector<std::string>& titles, size_t left_columns) {
    std::string text = row(titles) + "|";
    for (size_t i = 0; i < titles.size(); ++i) {
        text += i < left_columns ? " --- |" : " ---: |";
    }
    return text + "\n";
}

std::string percentile(const Histogram& histogram, double percentile) {
    if (histogram.empty()) {
        return "–";
    }
    const bool few = histogram.count() < samples_needed(percentile);
    return (few ? "\\~" : "") +
           print_latency(static_cast<double>(histogram.percentile(percentile)));
}

std::string failed_cell(const Counts& counts) {
    return counts.completed() == 0 ? "–" : print_share(*counts.error_rate());
}

/// The columns that requests and stages share.
template <class Row>
std::vector<std::string> figures(std::vector<std::string> cells, const Row& row) {
    cells.push_back(print_count(row.counts.completed()));
    if constexpr (requires { row.after; }) {
        cells.push_back(rate_cell(row));
    } else {
        cells.push_back(rate_cell(row.counts, row.rps));
    }
    cells.push_back(failed_cell(row.counts));
    for (const double p : {50.0, 95.0, 99.0}) {
        cells.push_back(percentile(row.latency, p));
    }
    return cells;
}

std::string title(const Result& result) {
    const std::string& what = result.name.empty() ? result.url : result.name;
    return "## " + std::string(sign_of(result.verdict)) + " ringblast: " + word_of(result.verdict) +
           separator + escape_markdown(what) + "\n\n";
}

std::string notes(const Result& result) {
    std::string text;
    for (const std::string& note : result.notes) {
        text += "\nNote: " + escape_markdown(note) + "\n";
    }
    return text;
}

std::string totals(const Result& result) {
    const Counts& counts = result.counts;
    std::string text =
        escape_markdown(load_text(result)) + separator + print_utc_plain(result.started_at_ns) +
        (result.interrupted ? separator + std::string("**interrupted**") : "") + "\n\n";
    if (result.aborted) {
        text += "**Ended early:** " + escape_markdown(*result.aborted) + "\n\n";
    }
    text +=
        head({"requests", "rate", "ok", "failed", "rate limited", "p50", "p95", "p99", "max"}, 0);
    text += row(
        {print_count(counts.completed()), print_rate(result.rps) + "/s", print_count(counts.ok()),
         print_count(counts.failed()) + " (" + failed_cell(counts) + ")",
         print_count(counts.rate_limited()), percentile(result.latency, 50),
         percentile(result.latency, 95), percentile(result.latency, 99),
         result.latency.empty() ? "–" : print_latency(static_cast<double>(result.latency.max()))});
    if (result.dropped > 0) {
        text += "\n" + print_count(result.dropped) + " of " + print_count(result.arrivals) +
                " arrivals were dropped.\n";
    }
    if (const std::string repairs = repairs_text(result); !repairs.empty()) {
        text += "\nAlso: " + repairs + "\n";
    }
    return text + notes(result);
}

std::string thresholds(const Result& result) {
    if (result.thresholds.empty()) {
        return result.not_made ? "" : "\nThere were no thresholds.\n";
    }
    std::string text =
        "\n### Thresholds\n\n" + head({"", "metric", "value", "target", "critical"}, 2);
    for (const ThresholdResult& threshold : result.thresholds) {
        const ThresholdParts parts = threshold_parts(threshold);
        text += row({std::string(sign_of(threshold.verdict)) + " " + word_of(threshold.verdict),
                     escape_markdown(parts.metric), escape_markdown(parts.value),
                     escape_markdown(parts.limit), escape_markdown(parts.critical)});
    }
    return text;
}

std::string requests(const Result& result, size_t rows_max) {
    if (result.requests.size() < 2) {
        return "";
    }
    std::vector<const RequestResult*> rows;
    for (const RequestResult& request : result.requests) {
        rows.push_back(&request);
    }
    if (rows.size() > rows_max) {
        std::ranges::stable_sort(rows, std::ranges::greater{}, [](const RequestResult* request) {
            return request->counts.completed();
        });
        rows.resize(rows_max);
    }
    std::string text =
        "\n### Requests\n\n" + head({"request", "count", "rate", "failed", "p50", "p95", "p99"}, 1);
    for (const RequestResult* request : rows) {
        text += row(
            figures({escape_markdown(request_label(request->method, request->name))}, *request));
    }
    if (rows.size() < result.requests.size()) {
        text += "\n… and " + print_count(result.requests.size() - rows.size()) + " more.\n";
    }
    return text;
}

std::string stages(const Result& result) {
    if (result.stages.size() < 2) {
        return "";
    }
    std::string text =
        "\n### Stages\n\n" +
        head({"stage", "", "time", "count", "rate", "failed", "p50", "p95", "p99"}, 2);
    const Stage* before = nullptr;
    for (const StageResult& stage : result.stages) {
        const bool judged = stage.verdict != Verdict::pass;
        text += row(figures({std::to_string(stage.index) +
                                 (judged ? " " + std::string(sign_of(stage.verdict)) : ""),
                             goal_text(stage.goal, before), print_span(stage.duration_s)},
                            stage));
        before = &stage.goal;
    }
    return text;
}

std::string list_of(const std::vector<std::string>& sentences) {
    std::string text = sentences.empty() ? "" : "\n";
    for (const std::string& sentence : sentences) {
        text += "- " + escape_markdown(sentence) + "\n";
    }
    return text;
}

std::string course(const Result& result) {
    const std::string list = list_of(course_sentences(result));
    return list.empty() ? "" : "\n### Over time\n" + list;
}

std::string causes(const Result& result) {
    std::string text;
    for (const Cause& cause : result.findings.causes) {
        text += "1. **" + escape_markdown(cause.what) + "**\n";
        for (const std::string& evidence : cause.evidence) {
            text += "   - " + escape_markdown(evidence) + "\n";
        }
        text += cause.advice.empty() ? "" : "   - → " + escape_markdown(cause.advice) + "\n";
    }
    return text.empty() ? "" : "\n### Look first at\n\n" + text;
}

std::string probes(const Result& result) {
    if (result.probes.empty()) {
        return "";
    }
    std::vector<std::string> heads = probe_heads;
    heads.insert(heads.begin(), "probe");
    std::string text = "\n### Probes\n\n" + head(heads, 1);
    std::string failures;
    for (const ProbeResult& probe : result.probes) {
        std::vector<std::string> cells = probe_cells(probe);
        std::ranges::transform(cells, cells.begin(),
                               [](const std::string& cell) { return escape_markdown(cell); });
        text += row(cells);
        if (probe.failures > 0) {
            failures += "\n" + cells.front() + ": " + escape_markdown(failures_text(probe)) + "\n";
        }
    }
    return text + failures;
}

std::string errors(const Result& result, size_t rows_max) {
    std::vector<const ErrorGroup*> groups = errors_by_count(result);
    if (groups.empty()) {
        return "";
    }
    groups.resize(std::min(groups.size(), rows_max));
    std::string text =
        "\n### Errors\n\n" + head({"what", "request", "when", "likely cause", "count"}, 4);
    for (const ErrorGroup* group : groups) {
        text += row({escape_markdown(group->message),
                     escape_markdown(request_label(group->method, group->request)),
                     span_text(group->first_s, group->last_s), escape_markdown(group->hint),
                     print_count(group->count)});
    }
    if (groups.size() < result.errors.size()) {
        text += "\n… and " + print_count(result.errors.size() - groups.size()) + " more.\n";
    }
    return text;
}

std::string tls(const Result& result) {
    if (!result.tls) {
        return "";
    }
    const std::string unchecked =
        result.tls->verified ? "" : "; **" + std::string(certificates_unchecked) + "**";
    return "\nTLS: " + escape_markdown(tls_text(*result.tls)) + "; handshakes " +
           escape_markdown(handshake_text(*result.tls)) + unchecked + "\n";
}

std::string sockets(const Result& result) {
    if (!result.ws) {
        return "";
    }
    std::string text = "\nWebSocket: " + socket_connections_text(*result.ws) + "; " +
                       socket_messages_text(*result.ws, result.duration_s);
    if (std::string drops = socket_drops_text(*result.ws); !drops.empty()) {
        text += "; **" + drops + "**";
    }
    std::string closes = socket_closes_text(*result.ws);
    return text + (closes.empty() ? "" : "; ") + closes + "\n";
}

std::string validity(const Result& result) {
    constexpr const char* words[] = {"valid", "suspect", "**invalid**"};
    std::string text = "\nValidity: ";
    text += words[static_cast<size_t>(result.validity.state)];
    const std::vector<std::string>& reasons = result.validity.reasons;
    if (reasons.size() == 1) {
        return text + ": " + escape_markdown(reasons.front()) + "\n";
    }
    text += "\n";
    for (size_t i = 0; i < reasons.size(); ++i) {
        text += (i == 0 ? "\n- " : "- ") + escape_markdown(reasons[i]) + "\n";
    }
    return text;
}

} // namespace

std::string render_markdown(const Result& result, const MarkdownOptions& options) {
    std::string text = title(result);
    if (result.not_made) {
        return text + "The run could not be made: " + escape_markdown(*result.not_made) + "\n" +
               notes(result) + errors(result, options.error_rows);
    }
    text += totals(result) + thresholds(result) + requests(result, options.request_rows) +
            stages(result) + list_of(stage_sentences(result)) + probes(result) +
            errors(result, options.error_rows) + course(result) + tls(result) +
            sockets(result) + validity(result) + causes(result);
    return text + "\n<sub>" + escape_markdown(result.url) + separator + "ringblast " +
           escape_markdown(result.generator.version) + separator +
           escape_markdown(result.generator.command) + "</sub>\n";
}

} // namespace ringblast
