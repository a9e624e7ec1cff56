#include "report/suite_text.hpp"

#include "base/paint.hpp"
#include "base/print.hpp"
#include "report/load_text.hpp"
#include "report/suite_lines.hpp"
#include "report/table.hpp"
#include "report/threshold_text.hpp"
#include "report/time_text.hpp"

#include <algorithm>

namespace ringblast {

namespace {

constexpr size_t figures_width = 62; ///< of the columns behind the names, gaps and mark included
constexpr size_t name_width_min = 14;
constexpr size_t name_width_max = 40;
constexpr size_t reason_indent = 4;

class SuiteText {
public:
    SuiteText(const SuiteResult& suite, const TextOptions& options)
        : suite_(suite), options_(options), paint_(options.color), lines_(suite_lines(suite)) {}

    std::string render() {
        text_ = paint_.bold(printable(suite_.name)) + "\n";
        std::string about = print_counted(suite_.runs.size(), "run") + " in " +
                            print_span(suite_.duration_s) + separator +
                            print_utc_plain(suite_.started_at_ns);
        const std::string url = suite_url(suite_);
        about += url.empty() ? "" : separator + printable(url);
        text_ += paint_.dim(wrap_text(about, 0, options_.width)) + "\n\n";
        add_rows();
        text_ += "\n";
        add_verdict();
        return text_;
    }

private:
    std::string mark(SuiteState state) const {
        switch (state_role(state)) {
        case Verdict::pass:
            return paint_.green("✓");
        case Verdict::marginal:
            return paint_.yellow("!");
        case Verdict::fail:
            return paint_.red("✗");
        case Verdict::skipped:
            break;
        }
        return paint_.dim("–");
    }

    std::vector<std::string> cells(const SuiteLine& line) const {
        const size_t width = std::clamp(options_.width - std::min(options_.width, figures_width),
                                        name_width_min, name_width_max);
        const std::string name = (line.task ? "  " : "") + mark(line.state) + " " +
                                 shortened(printable(line.name), width - (line.task ? 2 : 0));
        if (line.part == nullptr || line.part->result.not_made) {
            return {name};
        }
        const Result& result = line.part->result;
        return {name,
                print_count(result.counts.completed()),
                rate_cell(result.counts, result.rps),
                suite_failed(result.counts),
                suite_percentile(result.latency, 50),
                suite_percentile(result.latency, 95),
                suite_percentile(result.latency, 99)};
    }

    /// The rows of the table, each with its reasons below it.
    void add_rows() {
        Table table(1);
        table.add({"  run", "requests", "rate", "failed", "p50", "p95", "p99"});
        for (const SuiteLine& line : lines_) {
            table.add(cells(line));
        }
        std::string rows = table.render(0);
        take_row(rows);
        for (const SuiteLine& line : lines_) {
            take_row(rows);
            add_reasons(line);
        }
    }
    void take_row(std::string& rows) {
        const size_t end = rows.find('\n') + 1;
        text_ += rows.substr(0, end);
        rows.erase(0, end);
    }
    void add_reasons(const SuiteLine& line) {
        const size_t indent = reason_indent + (line.task ? 2 : 0);
        for (const ThresholdResult* threshold : line.missed) {
            text_ += std::string(indent, ' ') + threshold_text(*threshold, paint_) + "\n";
        }
        for (size_t i = 0; i < line.reasons.size(); ++i) {
            const bool stated = i == 0 && line.state > SuiteState::interrupted;
            const std::string reason = (stated ? std::string(state_word(line.state)) + ": " : "") +
                                       printable(line.reasons[i]);
            text_ += std::string(indent, ' ') + wrap_text(reason, indent, options_.width) + "\n";
        }
        if (line.state == SuiteState::interrupted) {
            text_ += std::string(indent, ' ') + "interrupted\n";
        }
    }

    void add_verdict() {
        const std::string word = suite_.verdict == Verdict::fail ? paint_.red("FAIL")
                                 : suite_.interrupted            ? paint_.yellow("INTERRUPTED")
                                 : suite_.verdict == Verdict::marginal ? paint_.yellow("MARGINAL")
                                                                       : paint_.green("PASS");
        constexpr size_t label_width = 12;
        text_ += "verdict     " +
                 wrap_text(word + ": " + printable(suite_count_text(suite_)) + separator +
                               "exit code " + std::to_string(suite_.exit_code),
                           label_width, options_.width) +
                 "\n";
    }

    const SuiteResult& suite_;
    const TextOptions& options_;
    Paint paint_;
    std::vector<SuiteLine> lines_;
    std::string text_;
};

} // namespace

std::string render_suite_text(const SuiteResult& suite, const TextOptions& options) {
    return SuiteText(suite, options).render();
}

std::string suite_line_text(const SuitePart& part) {
    const Result& result = part.result;
    std::string text = part.task.empty() ? "" : printable(part.task) + ": ";
    text += state_word(state_of(part));
    if (result.not_made) {
        return text + separator + printable(*result.not_made);
    }
    return text + separator + print_counted(result.counts.completed(), "request") + separator +
           rate_cell(result.counts, result.rps) + separator + suite_failed(result.counts) +
           " failed" + separator + "p95 " + suite_percentile(result.latency, 95);
}

} // namespace ringblast
