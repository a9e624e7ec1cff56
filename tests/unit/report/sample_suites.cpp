#include "sample_suites.hpp"

#include "analysis/suite_verdict.hpp"
#include "sample_results.hpp"

namespace ringblast::samples {

namespace {

constexpr int64_t started_at_ns = 1'767'323'045'678'000'000; // 2026-01-02 03:04:05.678

SuitePart part(Result result, std::string name, std::string task = "") {
    const bool passed = result.verdict == Verdict::pass;
    SuitePart part{.task = std::move(task),
                   .result = std::move(result),
                   .exit_code = passed ? 0 : 1,
                   .reports = {}};
    part.exit_code = part.result.not_made ? 3 : part.exit_code;
    part.result.interrupted = false;
    part.result.name = std::move(name);
    return part;
}

SuitePart with_reports(SuitePart part, const std::string& stem) {
    part.reports = {{"html", stem + ".html"}, {"json", stem + "_metrics.json"}};
    return part;
}

} // namespace

SuiteResult suite() {
    SuiteResult suite{.name = "nightly <all>",
                      .description = "What must hold every night",
                      .started_at_ns = started_at_ns,
                      .duration_s = 754.25,
                      .version = "0.1.0",
                      .command = "ringblast suite nightly.toml --output-dir reports"};
    suite.runs = {
        {.name = "smoke", .profile = "profiles/smoke.toml"},
        {.name = "load & more", .profile = "profiles/load.toml"},
        {.name = "endpoints", .profile = "profiles/endpoints.toml"},
        {.name = "other | server", .profile = "smoke"},
        {.name = "accounts",
         .profile = "profiles/accounts.toml",
         .problems = {"accounts.csv cannot be read: No such file or directory"}},
        {.name = "soak", .profile = "soak", .not_run = "accounts failed, and the suite stops then"},
    };
    suite.runs[0].parts = {
        with_reports(part(blast(), "smoke"), "reports/smoke/load_test_smoke_20260102-030405")};
    suite.runs[1].parts = {with_reports(part(stages(), "load & more"),
                                        "reports/load-more/load_test_load-more_20260102-030417")};
    suite.runs[2].parts = {part(few(), "endpoints-list tasks", "list tasks"),
                           part(stages(), "endpoints-get \"task\"", "get \"task\"")};
    suite.runs[3].parts = {part(not_made(), "other | server")};
    for (SuiteRun& run : suite.runs) {
        decide(run);
    }
    decide(suite, 0);
    return suite;
}

SuiteResult interrupted_suite() {
    SuiteResult suite = small_suite();
    suite.name = "interrupted";
    suite.runs[0].parts[0].result.interrupted = true;
    suite.runs[0].parts[0].exit_code = 130;
    suite.runs[1].parts.clear();
    suite.runs[1].not_run = "the suite was interrupted";
    for (SuiteRun& run : suite.runs) {
        decide(run);
    }
    decide(suite, 130);
    return suite;
}

SuiteResult small_suite() {
    SuiteResult suite{.name = "small",
                      .started_at_ns = started_at_ns,
                      .duration_s = 21,
                      .version = "0.1.0",
                      .command = "ringblast suite small.toml"};
    suite.runs = {{.name = "one", .profile = "one.toml"}, {.name = "two", .profile = "one.toml"}};
    for (SuiteRun& run : suite.runs) {
        run.parts = {part(blast(), run.name)};
        decide(run);
    }
    decide(suite, 0);
    return suite;
}

} // namespace ringblast::samples
