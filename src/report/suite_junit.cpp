#include "report/suite_junit.hpp"

#include "report/junit.hpp"

namespace ringblast {

std::string render_suite_junit(const SuiteResult& suite) {
    std::vector<JunitSuite> suites;
    for (const SuiteRun& run : suite.runs) {
        for (const SuitePart& part : run.parts) {
            suites.push_back(junit_suite(part.result));
        }
        for (const std::string& problem : run.problems) {
            suites.push_back(junit_suite_of_one(
                {.suite = run.name, .name = "the run could be started", .message = problem}));
        }
        if (!run.not_run.empty()) {
            suites.push_back(junit_suite_of_one({.suite = run.name,
                                                 .name = "the run was run",
                                                 .message = run.not_run,
                                                 .skipped = true}));
        }
    }
    return render_junit_suites(suites);
}

} // namespace ringblast
