#include "cli/suite_report.hpp"

#include "analysis/suite_verdict.hpp"
#include "cli/load_test.hpp"
#include "cli/suite_overview.hpp"
#include "live/terminal.hpp"
#include "profile/file_text.hpp"
#include "report/json_read.hpp"
#include "report/suite_json.hpp"
#include "report/suite_text.hpp"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>

namespace ringblast {

namespace {

constexpr size_t result_size_max = size_t{1} << 30;

/// The result that a part has in a file of its own, and its reports as seen from here.
Expected<void> fill(SuitePart& part, const std::string& run, const std::filesystem::path& folder) {
    for (ReportFile& report : part.reports) {
        report.path = (folder / report.path).lexically_normal().string();
    }
    const auto saved = std::ranges::find(part.reports, "json", &ReportFile::kind);
    if (saved == part.reports.end()) {
        return failure(fmt::format("run {} has no result of its own: a suite with --output-dir "
                                   "writes one for each run",
                                   run));
    }
    const Expected<std::string> text = read_text_file(saved->path, result_size_max);
    Expected<Result> result = text ? read_result(*text) : std::unexpected(text.error());
    if (!result) {
        return failure(fmt::format("run {}: {}: {}", run, saved->path, result.error().message));
    }
    part.result = std::move(*result);
    return {};
}

ExpectedAll<SuiteResult> read_saved(const std::string& path, const std::string& saved) {
    Expected<SuiteResult> suite = read_suite_json(saved);
    if (!suite) {
        return std::unexpected(
            std::vector{Error{fmt::format("{}: {}", path, suite.error().message)}});
    }
    std::vector<Error> errors;
    for (SuiteRun& run : suite->runs) {
        for (SuitePart& part : run.parts) {
            if (Expected<void> filled =
                    fill(part, run.name, std::filesystem::path(path).parent_path());
                !filled) {
                errors.push_back({fmt::format("{}: {}", path, filled.error().message)});
            }
        }
        decide(run);
    }
    if (!errors.empty()) {
        return std::unexpected(std::move(errors));
    }
    const int exit_code = suite->exit_code;
    decide(*suite, suite->interrupted ? exit_code : 0);
    suite->exit_code = exit_code;
    return std::move(*suite);
}

} // namespace

int report_suite(const std::string& path, const std::string& saved, const OutputPaths& outputs) {
    if (outputs.csv || outputs.hdr_log) {
        return usage_error({Error{fmt::format("{}: the overview of a suite has --json, --html, "
                                              "--junit and --markdown beside its text; give "
                                              "--csv and --hdr-log with the result of a run",
                                              path)}});
    }
    ExpectedAll<SuiteResult> suite = read_saved(path, saved);
    if (!suite) {
        return usage_error(suite.error());
    }
    ExpectedAll<SuiteOverview> overview = SuiteOverview::open(outputs);
    if (!overview) {
        return usage_error(overview.error());
    }
    if (overview->empty()) {
        const TerminalTraits traits = probe_terminal(stdout);
        fmt::print("{}",
                   render_suite_text(*suite, {.color = traits.color, .width = traits.columns}));
        return 0;
    }
    const std::vector<Error> errors = overview->finish(*suite);
    return errors.empty() ? 0 : usage_error(errors);
}

} // namespace ringblast
