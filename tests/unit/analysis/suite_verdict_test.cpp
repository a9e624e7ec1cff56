// The verdict and the exit code of a suite over those of its runs.
#include "analysis/suite_verdict.hpp"

#include <doctest/doctest.h>

using namespace ringblast;

namespace {

SuiteRun run_with(Verdict verdict, int exit_code) {
    SuiteRun run{.name = "run"};
    run.parts.push_back({.task = "", .result = {}, .exit_code = exit_code});
    run.parts.back().result.verdict = verdict;
    decide(run);
    return run;
}

SuiteRun left_out() {
    SuiteRun run{.name = "left out", .not_run = "interrupted"};
    decide(run);
    return run;
}

SuiteRun refused() {
    SuiteRun run{.name = "refused", .problems = {"the CSV file is gone"}};
    decide(run);
    return run;
}

} // namespace

TEST_CASE("of two exit codes the first by SPEC § 9 stands") {
    struct Row {
        const char* why;
        int left, right, first;
    };
    for (const Row& row :
         {Row{"nothing happened", 0, 0, 0}, Row{"a failure", 0, 1, 1},
          Row{"not made before failed", 1, 3, 3}, Row{"usage before not made", 3, 2, 2},
          Row{"not made before interrupted", 130, 3, 3},
          Row{"SIGINT before SIGTERM", 143, 130, 130},
          Row{"interrupted before invalid", 4, 143, 143}, Row{"invalid before failed", 1, 4, 4},
          Row{"any other after those, before none", 7, 1, 1},
          Row{"any other before none", 0, 7, 7}}) {
        CAPTURE(row.why);
        CHECK(first_exit_code(row.left, row.right) == row.first);
        CHECK(first_exit_code(row.right, row.left) == row.first);
    }
}

TEST_CASE("a run has the worst of its parts") {
    SuiteRun run = run_with(Verdict::pass, 0);
    CHECK(run.verdict == Verdict::pass);
    run.parts.push_back({.task = "b", .result = {}, .exit_code = 1});
    run.parts.back().result.verdict = Verdict::fail;
    run.parts.push_back({.task = "c", .result = {}, .exit_code = 3});
    run.parts.back().result.verdict = Verdict::fail;
    decide(run);
    CHECK(run.verdict == Verdict::fail);
    CHECK(run.exit_code == 3);
}

TEST_CASE("a run that was refused failed with 2, one that was left out is skipped") {
    CHECK(refused().verdict == Verdict::fail);
    CHECK(refused().exit_code == 2);
    CHECK(left_out().verdict == Verdict::skipped);
    CHECK(left_out().exit_code == 0);
}

TEST_CASE("the suite has the worst verdict and the first exit code of its runs") {
    struct Row {
        const char* why;
        std::vector<SuiteRun> runs;
        int stop_code;
        Verdict verdict;
        int exit_code;
    };
    const SuiteRun good = run_with(Verdict::pass, 0);
    const SuiteRun marginal = run_with(Verdict::marginal, 0);
    const std::vector<Row> rows = {
        {"all passed", {good, good}, 0, Verdict::pass, 0},
        {"marginal is worse than pass", {good, marginal, good}, 0, Verdict::marginal, 0},
        {"--fail-on marginal", {good, run_with(Verdict::marginal, 1)}, 0, Verdict::marginal, 1},
        {"one failed", {good, run_with(Verdict::fail, 1), marginal}, 0, Verdict::fail, 1},
        {"an invalid one with --strict", {run_with(Verdict::pass, 4), good}, 0, Verdict::pass, 4},
        {"not made goes before failed",
         {run_with(Verdict::fail, 1), run_with(Verdict::fail, 3)},
         0,
         Verdict::fail,
         3},
        {"refused goes before all", {refused(), run_with(Verdict::fail, 3)}, 0, Verdict::fail, 2},
        {"interrupted in a run",
         {run_with(Verdict::pass, 130), left_out()},
         130,
         Verdict::pass,
         130},
        {"terminated in a pause", {good, left_out()}, 143, Verdict::pass, 143},
        {"nothing was run", {left_out()}, 130, Verdict::fail, 130},
        {"stopped after a failure", {run_with(Verdict::fail, 1), left_out()}, 0, Verdict::fail, 1},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        SuiteResult suite{.name = "suite", .runs = row.runs};
        decide(suite, row.stop_code);
        CHECK(suite.verdict == row.verdict);
        CHECK(suite.exit_code == row.exit_code);
        CHECK(suite.interrupted == (row.stop_code != 0));
    }
}
