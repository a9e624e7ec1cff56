#include "report/text.hpp"

#include "base/paint.hpp"
#include "base/print.hpp"
#include "report/findings_text.hpp"
#include "report/generator_text.hpp"
#include "report/load_text.hpp"
#include "report/probe_text.hpp"
#include "report/socket_text.hpp"
#include "report/table.hpp"
#include "report/threshold_text.hpp"
#include "report/time_text.hpp"
#include "report/tls_text.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace ringblast {

namespace {

constexpr size_t label_width = 12;  ///< of the left column; sentences are indented by it
constexpr size_t name_columns = 48; ///< of a request in a row; longer names are cut

/// Appends sections to one text; each is left out when it has nothing to say.
class TextReport {
public:
    TextReport(const Result& result, const TextOptions& options)
        : result_(result), options_(options), paint_(options.color) {}

    std::string render() &&;

private:
    void add_head();
    void add_totals();
    void add_outcomes();
    void add_traffic();
    void add_repairs();
    void add_sockets();
    void add_notes();
    void add_latency();
    void add_requests();
    void add_stages();
    void add_stage_findings();
    void add_legend();
    void add_probes();
    void add_errors();
    void add_course();
    void add_thresholds();
    void add_tls();
    void add_generator();
    void add_clock();
    void add_validity();
    void add_verdict();
    void add_causes();

    /// A line of the left column: a dim label and a text that is broken beside it.
    void add_line(std::string_view label, std::string_view text);
    void add_title(std::string_view title) { text_ += paint_.bold(title) + "\n"; }
    void add_gap() { text_ += "\n"; }

    std::string dim(std::string_view text) const { return paint_.dim(text); }
    std::string percentile(const Histogram& histogram, double percentile);
    std::string thresholds_held() const;
    std::string failed_cell(const Counts& counts) const;
    bool has_budget(const StageResult& stage) const;
    std::vector<std::string> latency_row(std::string label, const Histogram& histogram);

    const Result& result_;
    const TextOptions& options_;
    Paint paint_;
    std::string text_;
    double marked_percentile_ = 0; ///< highest one marked with ~
};

std::string TextReport::render() && {
    add_head();
    if (!result_.not_made) {
        add_gap();
        add_totals();
        add_outcomes();
        add_traffic();
        add_repairs();
        add_sockets();
        add_notes();
        add_latency();
        add_requests();
        add_stages();
        add_stage_findings();
        add_legend();
        add_probes();
    }
    add_errors();
    add_course();
    add_thresholds();
    if (!result_.not_made) {
        add_gap();
        add_tls();
        add_generator();
        add_clock();
        add_validity();
    }
    add_verdict();
    add_causes();
    return std::move(text_);
}

void TextReport::add_line(std::string_view label, std::string_view text) {
    const std::string padding(label_width - std::min(label_width, display_width(label)), ' ');
    text_ += dim(label) + padding + wrap_text(text, label_width, options_.width) + "\n";
}

void TextReport::add_head() {
    const bool named = !result_.name.empty() && result_.name.find(result_.url) == std::string::npos;
    text_ +=
        paint_.bold(printable(named ? result_.name + separator + result_.url : result_.url)) + "\n";
    const std::string line =
        load_text(result_) + separator + print_utc_plain(result_.started_at_ns);
    text_ += dim(line) + "\n";
    if (result_.aborted) {
        text_ += wrap_text(paint_.red("ended early:") + " " + printable(*result_.aborted), 0,
                           options_.width) +
                 "\n";
    }
    if (result_.interrupted) {
        text_ += paint_.yellow("interrupted after " + print_span(result_.duration_s)) + "\n";
    }
}

void TextReport::add_totals() {
    const Counts& counts = result_.counts;
    add_line("requests", print_count(counts.completed()) + " in " + print_span(result_.duration_s) +
                             separator + paint_.bold(print_rate(result_.rps) + "/s"));
    if (result_.arrivals > 0) {
        std::string line = print_count(result_.arrivals) + " due";
        if (result_.dropped > 0) {
            const double share =
                static_cast<double>(result_.dropped) / static_cast<double>(result_.arrivals);
            line += separator + paint_.yellow(print_count(result_.dropped) + " dropped (" +
                                              print_share(share) + ")");
        }
        add_line("arrivals", line);
    }
}

void TextReport::add_outcomes() {
    const Counts& counts = result_.counts;
    std::string line;
    for (size_t i = 0; i < outcome_count; ++i) {
        if (counts.outcomes[i] == 0) {
            continue;
        }
        const auto outcome = static_cast<Outcome>(i);
        std::string part = std::string(name_of(outcome)) + " " + print_count(counts.outcomes[i]);
        if (outcome == Outcome::ok) {
            part += " (" + print_share(*counts.success_rate()) + ")";
        }
        const bool neutral = outcome == Outcome::ok || outcome == Outcome::cancelled;
        const bool limited = outcome == Outcome::rate_limited;
        line += line.empty() ? "" : separator;
        line += neutral ? part : limited ? paint_.yellow(part) : paint_.red(part);
    }
    add_line("outcomes", line.empty() ? "none" : line);
    if (counts.statuses.size() > 1 ||
        (counts.statuses.size() == 1 && counts.statuses.begin()->first / 100 != 2)) {
        std::string statuses;
        for (const auto& [status, count] : counts.statuses) {
            statuses += statuses.empty() ? "" : separator;
            statuses += std::to_string(status) + " × " + print_count(count);
            statuses += status / 100 == 3 ? " (not followed)" : "";
        }
        add_line("statuses", statuses);
    }
}

void TextReport::add_traffic() {
    if (result_.bytes.sent + result_.bytes.received == 0) {
        return;
    }
    const auto flow = [&](uint64_t bytes) {
        const double total = static_cast<double>(bytes);
        std::string text = print_bytes(total);
        if (result_.duration_s > 0) {
            text += " (" + print_bytes(total / result_.duration_s) + "/s)";
        }
        return text;
    };
    add_line("traffic", "received " + flow(result_.bytes.received) + separator + "sent " +
                            flow(result_.bytes.sent));
}

void TextReport::add_repairs() {
    if (const std::string repairs = repairs_text(result_); !repairs.empty()) {
        add_line("also", repairs);
    }
}

void TextReport::add_sockets() {
    if (!result_.ws) {
        return;
    }
    const WebSocketResult& ws = *result_.ws;
    std::string text =
        socket_connections_text(ws) + separator + socket_messages_text(ws, result_.duration_s);
    if (std::string drops = socket_drops_text(ws); !drops.empty()) {
        text += separator + paint_.yellow(drops);
    }
    if (std::string closes = socket_closes_text(ws); !closes.empty()) {
        text += separator + closes;
    }
    add_line("websocket", text);
}

void TextReport::add_notes() {
    for (const std::string& note : result_.notes) {
        add_line("note", paint_.yellow(printable(note)));
    }
}

std::string TextReport::percentile(const Histogram& histogram, double percentile) {
    if (histogram.empty()) {
        return "–";
    }
    const std::string text = print_latency(static_cast<double>(histogram.percentile(percentile)));
    if (histogram.count() >= samples_needed(percentile)) {
        return text;
    }
    marked_percentile_ = std::max(marked_percentile_, percentile);
    return "~" + text;
}

std::vector<std::string> TextReport::latency_row(std::string label, const Histogram& histogram) {
    std::vector<std::string> row = {
        std::move(label), print_latency(static_cast<double>(histogram.min())),
        print_latency(histogram.mean()), print_latency(histogram.stddev())};
    for (double p : {50.0, 90.0, 95.0, 99.0, 99.9}) {
        row.push_back(percentile(histogram, p));
    }
    row.push_back(print_latency(static_cast<double>(histogram.max())));
    return row;
}

void TextReport::add_latency() {
    const Histogram& latency = result_.latency;
    if (latency.empty()) {
        return;
    }
    add_gap();
    Table table(1);
    std::vector<std::string> head = {std::string(label_width - 2, ' ')};
    for (const char* title : {"min", "avg", "stddev", "p50", "p90", "p95", "p99", "p99.9", "max"}) {
        head.push_back(dim(title));
    }
    table.add(std::move(head));
    table.add(latency_row(dim("latency"), latency));
    if (differs_noticeably(result_.ok_latency, latency)) {
        table.add(latency_row(dim("ok only"), result_.ok_latency));
    }
    if (differs_noticeably(result_.service, latency)) {
        table.add(latency_row(dim("service"), result_.service));
    }
    if (result_.connect.count() * 10 > latency.count()) {
        table.add(latency_row(dim("connect"), result_.connect));
        if (result_.tls) {
            table.add(latency_row(dim("handshake"), result_.handshake));
        }
    }
    text_ += table.render(0);
    if (const std::string intervals = intervals_text(result_); !intervals.empty()) {
        add_line("95 % sure", intervals);
    }
}

/// Below the tables that marked something.
void TextReport::add_legend() {
    if (marked_percentile_ > 0) {
        text_ +=
            dim("~ few samples: p95 needs " + print_count(samples_needed(95)) + ", p99 " +
                print_count(samples_needed(99)) + ", p99.9 " + print_count(samples_needed(99.9))) +
            "\n";
    }
}

std::string TextReport::failed_cell(const Counts& counts) const {
    if (counts.completed() == 0) {
        return "–";
    }
    const std::string share = print_share(*counts.error_rate());
    return counts.failed() > 0 ? paint_.red(share) : share;
}

void TextReport::add_requests() {
    if (result_.requests.size() < 2) {
        return;
    }
    std::vector<const RequestResult*> rows;
    for (const RequestResult& row : result_.requests) {
        rows.push_back(&row);
    }
    if (rows.size() > options_.request_rows) {
        std::ranges::stable_sort(rows, std::ranges::greater{},
                                 [](const RequestResult* row) { return row->counts.completed(); });
        rows.resize(options_.request_rows);
    }
    Table table(1);
    table.add({paint_.bold("requests"), dim("count"), dim("rate"), dim("failed"), dim("p50"),
               dim("p95"), dim("p99"), dim("max")});
    for (const RequestResult* row : rows) {
        table.add(
            {shortened(printable(request_label(row->method, row->name)), name_columns),
             print_count(row->counts.completed()), rate_cell(*row), failed_cell(row->counts),
             percentile(row->latency, 50), percentile(row->latency, 95),
             percentile(row->latency, 99),
             row->latency.empty() ? "–" : print_latency(static_cast<double>(row->latency.max()))});
    }
    add_gap();
    text_ += table.render(0);
    if (rows.size() < result_.requests.size()) {
        text_ += dim("… and " + print_count(result_.requests.size() - rows.size()) +
                     " more, all in --json and --csv") +
                 "\n";
    }
}

bool TextReport::has_budget(const StageResult& stage) const {
    const std::string scope = "stage(" + std::to_string(stage.index) + ")";
    return std::ranges::any_of(result_.thresholds, [&](const ThresholdResult& threshold) {
        return threshold.scope == scope && threshold.verdict != Verdict::skipped;
    });
}

void TextReport::add_stages() {
    if (result_.stages.size() < 2) {
        return;
    }
    Table table(2);
    table.add({paint_.bold("stages"), "", dim("time"), dim("count"), dim("rate"), dim("failed"),
               dim("p50"), dim("p95"), dim("p99"), ""});
    const Stage* before = nullptr;
    for (const StageResult& stage : result_.stages) {
        std::string verdict;
        if (stage.verdict == Verdict::fail) {
            verdict = paint_.red("FAIL");
        } else if (stage.verdict == Verdict::marginal) {
            verdict = paint_.yellow("MARGINAL");
        } else if (has_budget(stage)) {
            verdict = paint_.green("PASS");
        }
        table.add({dim(std::to_string(stage.index)), goal_text(stage.goal, before),
                   print_span(stage.duration_s), print_count(stage.counts.completed()),
                   rate_cell(stage.counts, stage.rps), failed_cell(stage.counts),
                   percentile(stage.latency, 50), percentile(stage.latency, 95),
                   percentile(stage.latency, 99), verdict});
        before = &stage.goal;
    }
    add_gap();
    text_ += table.render(0);
}

void TextReport::add_stage_findings() {
    for (const std::string& sentence : stage_sentences(result_)) {
        text_ += dim("→ ") + wrap_text(printable(sentence), 2, options_.width) + "\n";
    }
}

void TextReport::add_probes() {
    if (result_.probes.empty()) {
        return;
    }
    Table table(1);
    std::vector<std::string> heads = {paint_.bold("probes")};
    for (const std::string& head : probe_heads) {
        heads.push_back(dim(head));
    }
    table.add(std::move(heads));
    for (const ProbeResult& probe : result_.probes) {
        std::vector<std::string> cells = probe_cells(probe);
        cells.front() = "  " + shortened(cells.front(), name_columns);
        table.add(std::move(cells));
    }
    add_gap();
    text_ += table.render(0);
    for (const ProbeResult& probe : result_.probes) {
        if (const std::string failures = failures_text(probe); !failures.empty()) {
            text_ += "  " +
                     wrap_text(paint_.yellow(printable(probe.name)) + ": " + failures, 4,
                               options_.width) +
                     "\n";
        }
    }
}

void TextReport::add_errors() {
    if (result_.not_made) {
        add_gap();
        text_ += wrap_text(paint_.red("not run") + "     " + printable(*result_.not_made),
                           label_width, options_.width) +
                 "\n";
        add_notes();
    }
    if (result_.errors.empty()) {
        return;
    }
    std::vector<const ErrorGroup*> groups = errors_by_count(result_);
    groups.resize(std::min(groups.size(), options_.error_rows));
    add_gap();
    add_title("errors");
    size_t count_width = 0;
    for (const ErrorGroup* group : groups) {
        count_width = std::max(count_width, print_count(group->count).size());
    }
    std::string last_hint;
    for (const ErrorGroup* group : groups) {
        const std::string count = print_count(group->count);
        std::string line = "  " + std::string(count_width - count.size(), ' ');
        line += group->outcome == Outcome::rate_limited ? paint_.yellow(count) : paint_.red(count);
        line += " × " + printable(group->message);
        line += result_.requests.size() > 1
                    ? separator + shortened(printable(group->request), name_columns)
                    : "";
        line += dim(separator + span_text(group->first_s, group->last_s));
        text_ += line + "\n";
        const std::string indent(count_width + 5, ' ');
        if (!group->hint.empty() && group->hint != last_hint) {
            text_ += indent + dim("→ ") +
                     wrap_text(group->hint, indent.size() + 2, options_.width) + "\n";
        }
        last_hint = group->hint;
    }
    if (groups.size() < result_.errors.size()) {
        text_ += dim("  … and " + print_count(result_.errors.size() - groups.size()) +
                     " more kinds, all in --json") +
                 "\n";
    }
}

/// What changed while the run went on.
void TextReport::add_course() {
    const std::vector<std::string> sentences = course_sentences(result_);
    if (sentences.empty()) {
        return;
    }
    add_gap();
    add_title("over time");
    for (const std::string& sentence : sentences) {
        text_ += "  " + wrap_text(printable(sentence), 2, options_.width) + "\n";
    }
}

void TextReport::add_thresholds() {
    if (result_.thresholds.empty()) {
        return;
    }
    add_gap();
    add_title("thresholds");
    size_t mark_width = 0;
    for (const ThresholdResult& threshold : result_.thresholds) {
        mark_width = std::max(mark_width, verdict_mark(threshold.verdict).size());
    }
    for (const ThresholdResult& threshold : result_.thresholds) {
        text_ += "  " + threshold_text(threshold, paint_, mark_width) + "\n";
    }
}

void TextReport::add_tls() {
    if (result_.tls) {
        add_line("tls", printable(tls_text(*result_.tls)));
        if (!result_.tls->verified) {
            add_line("", paint_.yellow(certificates_unchecked));
        }
        add_line("handshakes", handshake_text(*result_.tls));
    }
}

void TextReport::add_generator() {
    const GeneratorReport& generator = result_.generator;
    add_line("generator", generator_text(generator));
    if (!generator.lateness.empty()) {
        add_line("lateness", lateness_text(generator));
    }
    if (generator.samples_lost > 0) {
        add_line("", print_counted(generator.samples_lost, "line") +
                         " of --verbose did not fit and were left out");
    }
}

/// Little's law: every connection is always waiting for a response, so mean latency × rate is
/// their number if no part of the cycle escapes the clock.
void TextReport::add_clock() {
    if (const auto share = clock_share(result_)) {
        std::array<char, 16> figure{};
        std::snprintf(figure.data(), figure.size(), "%.2f", *share);
        add_line("clock", std::string("mean latency × rate / ") +
                              (result_.pipeline > 1 ? "requests in flight" : "connections") +
                              " = " + figure.data() + dim(" (1.00: no time escapes it)"));
    }
}

void TextReport::add_validity() {
    const Validity& validity = result_.validity;
    std::string line;
    switch (validity.state) {
    case ValidityState::valid:
        line = paint_.green("valid");
        break;
    case ValidityState::suspect:
        line = paint_.yellow("suspect");
        break;
    case ValidityState::invalid:
        line = paint_.red("INVALID");
        break;
    }
    if (validity.reasons.size() == 1) {
        add_line("validity", line + ": " + validity.reasons.front());
        return;
    }
    add_line("validity", line);
    for (const std::string& reason : validity.reasons) {
        text_ += std::string(label_width, ' ') + "- " +
                 wrap_text(reason, label_width + 2, options_.width) + "\n";
    }
}

std::string TextReport::thresholds_held() const {
    const auto count_of = [&](Verdict verdict) {
        return static_cast<uint64_t>(
            std::ranges::count(result_.thresholds, verdict, &ThresholdResult::verdict));
    };
    const uint64_t skipped = count_of(Verdict::skipped);
    const std::string text = print_count(count_of(Verdict::pass)) + " of " +
                             print_counted(result_.thresholds.size() - skipped, "threshold") +
                             " held";
    return skipped == 0 ? text : text + ", " + print_count(skipped) + " skipped";
}

void TextReport::add_verdict() {
    std::string line;
    switch (result_.verdict) {
    case Verdict::marginal:
        line = paint_.yellow("MARGINAL");
        break;
    case Verdict::fail:
        line = paint_.red("FAIL");
        break;
    default:
        line = paint_.green("PASS");
    }
    if (result_.not_made) {
        line += dim(" (the run could not be made)");
    } else if (result_.thresholds.empty()) {
        line += dim(result_.verdict != Verdict::fail ? " (there were no thresholds)"
                    : result_.ws ? " (no message came back; there were no thresholds)"
                                 : " (no request was ok; there were no thresholds)");
    } else {
        line += dim(" (" + thresholds_held() + ")");
    }
    if (!result_.not_made && result_.validity.state == ValidityState::invalid) {
        line += paint_.red(", but the run is invalid: don't build on its figures");
    }
    add_line("verdict", line);
}

/// What to look at first stands last, where a reader of a terminal ends.
void TextReport::add_causes() {
    if (result_.findings.causes.empty()) {
        return;
    }
    add_gap();
    add_title("look first at");
    size_t number = 0;
    for (const Cause& cause : result_.findings.causes) {
        text_ += "  " + std::to_string(++number) + ". " +
                 wrap_text(printable(cause.what), 5, options_.width) + "\n";
        for (const std::string& evidence : cause.evidence) {
            text_ += "     - " + wrap_text(printable(evidence), 7, options_.width) + "\n";
        }
        if (!cause.advice.empty()) {
            text_ +=
                "     " + dim("→ ") + wrap_text(printable(cause.advice), 7, options_.width) + "\n";
        }
    }
}

} // namespace

std::string render_text(const Result& result, const TextOptions& options) {
    return TextReport(result, options).render();
}

/// One-sided bound by order statistics: the largest of n samples is above the percentile with
/// probability 1 - q^n (Hahn and Meeker, Statistical Intervals).
uint64_t samples_needed(double percentile) {
    return static_cast<uint64_t>(std::ceil(std::log(0.05) / std::log(percentile / 100)));
}

} // namespace ringblast
