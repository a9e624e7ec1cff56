#include "report/html_content.hpp"

#include "base/print.hpp"
#include "report/escape.hpp"
#include "report/findings_text.hpp"
#include "report/html_table.hpp"
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

std::string verdict_word(Verdict verdict) {
    return std::string(word_of(verdict_words, verdict));
}

std::string head(const Result& result) {
    const bool named = !result.name.empty() && result.name.find(result.url) == std::string::npos;
    const std::string line = load_text(result) + separator + print_utc_plain(result.started_at_ns);
    std::string text = "<div class=\"head\">\n<div>\n<h1>" +
                       escape_xml(named ? result.name : result.url) + "</h1>\n";
    if (named) {
        text += "<p class=\"wrap\">" + escape_xml(result.url) + "</p>\n";
    }
    const std::string verdict = verdict_word(result.verdict);
    return text + "<p class=\"soft\">" + escape_xml(line) + "</p>\n</div>\n<span class=\"badge " +
           verdict + "\">" + verdict + "</span>\n</div>\n";
}

std::string notice(std::string_view role, const std::string& text) {
    return "<p class=\"notice " + std::string(role) + "\">" + escape_xml(text) + "</p>\n";
}

/// What a reader must know before any figure.
std::string notices(const Result& result) {
    std::string text;
    if (result.not_made) {
        text += notice("fail", "The run could not be made: " + *result.not_made);
    }
    if (result.aborted) {
        text += notice("fail", "Ended early: " + *result.aborted + ".");
    }
    if (result.interrupted) {
        text += notice("marginal", "Interrupted after " + print_span(result.duration_s) + ".");
    }
    if (!result.not_made && result.validity.state != ValidityState::valid) {
        std::string reasons;
        for (const std::string& reason : result.validity.reasons) {
            reasons += (reasons.empty() ? ": " : "; ") + reason;
        }
        const bool invalid = result.validity.state == ValidityState::invalid;
        text += notice(invalid ? "fail" : "marginal",
                       std::string(invalid ? "Invalid, don't build on these figures" : "Suspect") +
                           reasons + ".");
    }
    for (const std::string& note : result.notes) {
        text += notice("marginal", "Note: " + note);
    }
    return text;
}

std::string percentile_text(const Histogram& histogram, double percentile) {
    if (histogram.empty()) {
        return "–";
    }
    const bool few = histogram.count() < samples_needed(percentile);
    return (few ? "~" : "") + print_latency(static_cast<double>(histogram.percentile(percentile)));
}

std::string threshold_count(const Result& result) {
    const auto count_of = [&](Verdict verdict) {
        return static_cast<size_t>(
            std::ranges::count(result.thresholds, verdict, &ThresholdResult::verdict));
    };
    const size_t decided = result.thresholds.size() - count_of(Verdict::skipped);
    return result.thresholds.empty() ? "no thresholds"
                                     : print_count(count_of(Verdict::pass)) + " of " +
                                           print_counted(decided, "threshold");
}

std::string cards(const Result& result) {
    const Counts& counts = result.counts;
    const Histogram& latency = result.latency;
    constexpr std::string_view roles[] = {"", "warn", "bad", ""};
    std::string verdict = verdict_word(result.verdict);
    verdict[0] = static_cast<char>(verdict[0] - 'a' + 'A');
    std::string text = "<section class=\"cards\" aria-label=\"Summary\">\n";
    text += card("Verdict", verdict, threshold_count(result),
                 roles[static_cast<size_t>(result.verdict)]);
    text +=
        card("Rate", print_rate(result.rps) + "/s", print_count(counts.completed()) + " requests");
    const double error_rate = counts.error_rate().value_or(0);
    text += card("Failed", print_share(error_rate),
                 counts.failed() == 0 ? "none" : print_count(counts.failed()) + " requests",
                 counts.failed() > 0 ? "bad" : "");
    for (const double p : {50.0, 95.0, 99.0}) {
        const std::string detail = p == 50 ? "average " + print_latency(latency.mean())
                                   : p == 95
                                       ? "p90 " + percentile_text(latency, 90)
                                       : "max " + print_latency(static_cast<double>(latency.max()));
        text += card("Latency p" + print_rate(p), percentile_text(latency, p),
                     latency.empty() ? "no sample" : detail);
    }
    if (counts.rate_limited() > 0) {
        text += card("Rate limited", print_share(*counts.rate_limited_rate()),
                     print_count(counts.rate_limited()) + " requests", "warn");
    }
    if (result.arrivals > 0) {
        text += card("Dropped", print_count(result.dropped),
                     "of " + print_count(result.arrivals) + " arrivals",
                     result.dropped > 0 ? "warn" : "");
    }
    text += card("Users", print_count(users_seen(result)),
                 print_counted(result.connections_opened, "connection"));
    if (result.ws) {
        text += card("WebSockets", print_count(result.ws->connections),
                     result.ws->dropped > 0 ? socket_drops_text(*result.ws) : "none dropped",
                     result.ws->dropped > 0 ? "warn" : "");
    }
    if (result.bytes.received > 0 && result.duration_s > 0) {
        const auto received = static_cast<double>(result.bytes.received);
        text += card("Received", print_bytes(received / result.duration_s) + "/s",
                     print_bytes(received) + " in all");
    }
    return text + "</section>\n";
}

std::string thresholds(const Result& result) {
    if (result.thresholds.empty()) {
        return "";
    }
    const bool critical =
        std::ranges::any_of(result.thresholds, [](const ThresholdResult& threshold) {
            return threshold.critical.has_value();
        });
    std::vector<HtmlColumn> columns = {{"Verdict", true}, {"Metric", true}, {"Value"}, {"Target"}};
    if (critical) {
        columns.push_back({"Critical"});
    }
    HtmlTable table("thresholds", columns);
    for (const ThresholdResult& threshold : result.thresholds) {
        const ThresholdParts parts = threshold_parts(threshold);
        const std::string verdict = verdict_word(threshold.verdict);
        table.row()
            .html("<span class=\"mark " + verdict + "\">" + verdict + "</span>", "text")
            .text(parts.metric, "text name")
            .text(parts.value)
            .text(parts.limit);
        if (critical) {
            table.text(parts.critical.empty() ? "–" : parts.critical);
        }
    }
    return "<h2>Thresholds</h2>\n" + table.render();
}

std::string chart(std::string_view id, std::string_view title, std::string_view explained,
                  bool wide = false) {
    const bool heat = id == "chart-heat";
    return "<figure class=\"panel" + std::string(wide ? " wide" : "") + "\"><figcaption>" +
           std::string(title) + " <span>" + std::string(explained) +
           "</span></figcaption><div class=\"plot\"><canvas id=\"" + std::string(id) +
           "\" role=\"img\" aria-label=\"" + std::string(title) + "\"></canvas>" +
           (heat ? "<div class=\"tip\" id=\"heat-tip\"></div>" : "") + "</div></figure>\n";
}

std::string charts_section(const ChartData& charts) {
    std::string text;
    if (charts.timeline) {
        text += chart("chart-rate", "Rate and users", "per second");
        text += chart("chart-latency", "Latency", "from the due time, over the run");
    }
    if (charts.heat_map) {
        text += chart("chart-heat", "Latency heat map",
                      "the stronger the colour, the more requests", true);
    }
    if (charts.errors) {
        text += chart("chart-errors", "Errors", "per second", !charts.percentiles);
    }
    if (charts.percentiles) {
        text += chart("chart-percentiles", "Latency by percentile", "of the whole run",
                      !charts.errors && !charts.saturation);
    }
    if (charts.saturation) {
        text += chart("chart-saturation", "Saturation", "what came back in each held step",
                      charts.errors && charts.percentiles);
    }
    for (size_t i = 0; i < charts.probes.size(); ++i) {
        text += chart("chart-probe-" + std::to_string(i), escape_xml(charts.probes[i]), "probe");
    }
    if (text.empty()) {
        return "";
    }
    return "<h2>Charts</h2>\n<noscript><p class=\"soft\">The charts need JavaScript, which this "
           "reader does not run; all else is here.</p></noscript>\n<section class=\"charts\">\n" +
           text + "</section>\n";
}

void add_latency(HtmlTable& table, const Histogram& latency) {
    for (const double p : {50.0, 95.0, 99.0}) {
        const auto ns = static_cast<double>(latency.percentile(p));
        table.number(percentile_text(latency, p), latency.empty() ? -1 : ns);
    }
    const auto max_ns = static_cast<double>(latency.max());
    table.number(latency.empty() ? "–" : print_latency(max_ns), latency.empty() ? -1 : max_ns);
}

void add_figures(HtmlTable& table, const Counts& counts, double rps, const Histogram& latency,
                 bool after = false) {
    const bool none = counts.completed() == 0;
    table.number(print_count(counts.completed()), static_cast<double>(counts.completed()));
    table.number(none ? "–" : after ? "after" : print_rate(rps) + "/s", none ? -1 : rps);
    table.number(none ? "–" : print_share(*counts.error_rate()), counts.error_rate().value_or(-1),
                 counts.failed() > 0 ? "bad" : "");
    table.number(latency.empty() ? "–" : print_latency(latency.mean()),
                 latency.empty() ? -1 : latency.mean());
    add_latency(table, latency);
}

const std::vector<HtmlColumn> figure_columns = {{"Count"}, {"Rate"}, {"Failed"}, {"Average"},
                                                {"p50"},   {"p95"},  {"p99"},    {"Max"}};

std::vector<HtmlColumn> with_figures(std::vector<HtmlColumn> columns) {
    columns.insert(columns.end(), figure_columns.begin(), figure_columns.end());
    return columns;
}

/// Requests, tags or classes, and the whole run below them where they add up to it. The name
/// stands without a method that it begins with.
std::string rows_section(std::string_view title, std::string_view id, std::string_view column,
                         const std::vector<RequestResult>& rows, const Result* total = nullptr) {
    if (rows.empty()) {
        return "";
    }
    HtmlTable table(id, with_figures({{std::string(column), true}}), rows.size() > 1);
    for (const RequestResult& row : rows) {
        const bool twice = row.name.starts_with(row.method + " ");
        const std::string name = twice ? row.name.substr(row.method.size() + 1) : row.name;
        const std::string method =
            row.method.empty() ? ""
                               : "<span class=\"method\">" + escape_xml(row.method) + "</span>";
        table.row().html(method + escape_xml(name), "text name");
        add_figures(table, row.counts, row.rps, row.latency, row.after);
    }
    if (total != nullptr && rows.size() > 1) {
        table.foot().text("all", "text");
        add_figures(table, total->counts, total->rps, total->latency);
    }
    return "<h2>" + std::string(title) + "</h2>\n" + table.render();
}

std::string stages(const Result& result) {
    if (result.stages.size() < 2) {
        return "";
    }
    HtmlTable table("stages",
                    with_figures({{"Stage", true}, {"Goal", true}, {"Time"}, {"Verdict", true}}));
    const Stage* before = nullptr;
    for (const StageResult& stage : result.stages) {
        const std::string scope = "stage(" + std::to_string(stage.index) + ")";
        const bool judged = std::ranges::count(result.thresholds, scope, &ThresholdResult::scope);
        const std::string verdict = verdict_word(stage.verdict);
        const std::string mark =
            judged ? "<span class=\"mark " + verdict + "\">" + verdict + "</span>" : "–";
        table.row()
            .text(std::to_string(stage.index), "text")
            .text(goal_text(stage.goal, before), "text")
            .text(print_span(stage.duration_s))
            .html(mark, "text");
        add_figures(table, stage.counts, stage.rps, stage.latency);
        before = &stage.goal;
    }
    return "<h2>Stages</h2>\n" + table.render();
}

std::string list_html(const std::vector<std::string>& sentences) {
    std::string text;
    for (const std::string& sentence : sentences) {
        text += "<li>" + escape_xml(sentence) + "</li>\n";
    }
    return text.empty() ? "" : "<ul class=\"panel\">\n" + text + "</ul>\n";
}

std::string course_html(const Result& result) {
    const std::string list = list_html(course_sentences(result));
    return list.empty() ? "" : "<h2>Over time</h2>\n" + list;
}

std::string causes_html(const Result& result) {
    std::string text;
    for (const Cause& cause : result.findings.causes) {
        text += "<li><b>" + escape_xml(cause.what) + "</b>";
        for (const std::string& evidence : cause.evidence) {
            text += "<br>" + escape_xml(evidence);
        }
        text += cause.advice.empty()
                    ? ""
                    : "<br><span class=\"soft\">→ " + escape_xml(cause.advice) + "</span>";
        text += "</li>\n";
    }
    return text.empty() ? "" : "<h2>Look first at</h2>\n<ol class=\"panel\">\n" + text + "</ol>\n";
}

std::string errors(const Result& result) {
    if (result.errors.empty()) {
        return "";
    }
    HtmlTable table("errors", {{"Count"},
                               {"What and likely cause", true},
                               {"Outcome", true},
                               {"Request", true},
                               {"When", true}});
    for (const ErrorGroup* group : errors_by_count(result)) {
        std::string what = escape_xml(group->message);
        what += group->hint.empty() ? "" : "<div>" + escape_xml(group->hint) + "</div>";
        table.row()
            .number(print_count(group->count), static_cast<double>(group->count),
                    group->outcome == Outcome::rate_limited ? "warn" : "bad")
            .html(what, "text cause")
            .text(std::string(name_of(group->outcome)), "text")
            .text(request_label(group->method, group->request), "text name")
            .text(span_text(group->first_s, group->last_s), "text");
    }
    return "<h2>Errors</h2>\n" + table.render();
}

std::string probes(const Result& result) {
    if (result.probes.empty()) {
        return "";
    }
    const bool failed = std::ranges::any_of(
        result.probes, [](const ProbeResult& probe) { return probe.failures > 0; });
    std::vector<HtmlColumn> columns = {{"Probe", true},  {"Last"},  {"Min"},
                                       {"Average"}, {"Max"}, {"Trend, 95 % interval"}};
    if (failed) {
        columns.push_back({"Failed", true});
    }
    HtmlTable table("probes", columns);
    for (const ProbeResult& probe : result.probes) {
        const std::vector<std::string> cells = probe_cells(probe);
        table.row().text(cells.front(), "text name");
        for (size_t i = 1; i < cells.size(); ++i) {
            table.text(cells[i]);
        }
        if (failed) {
            table.text(failures_text(probe), "text cause");
        }
    }
    return "<h2>Probes</h2>\n" + table.render();
}

/// Terms with what they are.
class Terms {
public:
    void add(std::string_view term, const std::string& text) {
        if (!text.empty()) {
            html_ += "<dt>" + std::string(term) + "</dt><dd>" + escape_xml(text) + "</dd>\n";
        }
    }
    void add_html(std::string_view term, const std::string& html) {
        html_ += "<dt>" + std::string(term) + "</dt><dd>" + html + "</dd>\n";
    }
    std::string render() const { return "<dl class=\"panel\">\n" + html_ + "</dl>\n"; }

private:
    std::string html_;
};

std::string outcomes_text(const Counts& counts) {
    std::string text;
    for (size_t i = 0; i < outcome_count; ++i) {
        if (counts.outcomes[i] > 0) {
            text += (text.empty() ? "" : separator) + std::string(outcome_names[i]) + " " +
                    print_count(counts.outcomes[i]);
        }
    }
    return text;
}

std::string statuses_text(const Counts& counts) {
    std::string text;
    for (const auto& [status, count] : counts.statuses) {
        text +=
            (text.empty() ? "" : separator) + std::to_string(status) + " × " + print_count(count);
    }
    return text;
}

std::string lateness_text(const Histogram& lateness) {
    if (lateness.empty()) {
        return "";
    }
    const auto late = [&](double p) {
        return print_latency(static_cast<double>(lateness.percentile(p)));
    };
    return "of sends against their due time: p50 " + late(50) + separator + "p99 " + late(99) +
           separator + "p99.9 " + late(99.9) + separator + "max " +
           print_latency(static_cast<double>(lateness.max()));
}

std::string generator_text(const GeneratorReport& generator) {
    std::string text = print_counted(generator.threads, "thread");
    if (!generator.busy.empty()) {
        text += separator + ("busiest " + print_share(std::ranges::max(generator.busy)) + " busy");
    }
    text += separator + generator.engine;
    text += generator.engine_reason.empty() ? "" : " (" + generator.engine_reason + ")";
    text += generator.kernel.empty() ? "" : separator + ("Linux " + generator.kernel);
    text += generator.congestion_control.empty() ? "" : separator + generator.congestion_control;
    return text + separator + print_bytes(static_cast<double>(generator.peak_rss_bytes)) +
           " of memory";
}

void add_tls(const Result& result, Terms& terms) {
    if (!result.tls) {
        return;
    }
    const std::string unchecked =
        result.tls->verified ? "" : separator + std::string(certificates_unchecked);
    terms.add("TLS", tls_text(*result.tls) + unchecked);
    std::string handshakes = handshake_text(*result.tls);
    if (!result.handshake.empty()) {
        handshakes += separator + ("p50 " + percentile_text(result.handshake, 50)) + separator +
                      "p99 " + percentile_text(result.handshake, 99);
    }
    terms.add("Handshakes", handshakes);
}

void add_sockets(const Result& result, Terms& terms) {
    if (!result.ws) {
        return;
    }
    std::string text = socket_messages_text(*result.ws, result.duration_s);
    for (const std::string& more :
         {socket_drops_text(*result.ws), socket_closes_text(*result.ws)}) {
        text += more.empty() ? "" : separator + more;
    }
    terms.add("WebSockets", socket_connections_text(*result.ws));
    terms.add("Messages", text);
}

std::string validity_html(const Validity& validity) {
    const std::string word(word_of(validity_words, validity.state));
    std::string html = "<span class=\"mark " + word + "\">" + word + "</span>";
    for (const std::string& reason : validity.reasons) {
        html += "<br>" + escape_xml(reason);
    }
    return html;
}

std::string about(const Result& result) {
    const GeneratorReport& generator = result.generator;
    Terms terms;
    if (!result.not_made) {
        terms.add_html("Validity", validity_html(result.validity));
        terms.add("Outcomes", outcomes_text(result.counts));
        terms.add("Statuses", statuses_text(result.counts));
        terms.add("Also", repairs_text(result));
        terms.add("95 % intervals", intervals_text(result));
        add_tls(result, terms);
        add_sockets(result, terms);
        terms.add("Generator", generator_text(generator));
        terms.add("Lateness", lateness_text(generator.lateness));
    }
    terms.add_html("Command", "<code>" + escape_xml(generator.command) + "</code>");
    terms.add("Seed", std::to_string(generator.seed));
    return "<h2>Validity and generator</h2>\n" + terms.render();
}

} // namespace

std::string html_content(const Result& result, const ChartData& charts) {
    std::string text = head(result) + notices(result);
    if (!result.not_made) {
        text += cards(result) + thresholds(result) + charts_section(charts) +
                rows_section("Requests", "requests", "Request", result.requests, &result) +
                stages(result) + list_html(stage_sentences(result)) + probes(result);
    }
    text += errors(result) + course_html(result);
    if (!result.not_made) {
        text += rows_section("Tags", "tags", "Tag", result.tags);
        if (result.classes.size() > 1) {
            text += rows_section("Classes", "classes", "Class", result.classes);
        }
    }
    return text + about(result) + causes_html(result) + "<footer>ringblast " +
           escape_xml(result.generator.version) +
           (result.not_made ? "" : separator + std::string("latency counts from the due time")) +
           " · ~ marks percentiles of too few samples</footer>\n";
}

} // namespace ringblast
