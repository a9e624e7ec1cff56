#include "analysis/suite_verdict.hpp"

#include "analysis/verdict.hpp"

#include <algorithm>
#include <array>

namespace ringblast {

int first_exit_code(int left, int right) {
    constexpr std::array order = {2, 3, 130, 143, 4, 1};
    const auto place = [&](int code) {
        return code == 0 ? order.size() + 1
                         : static_cast<size_t>(std::ranges::find(order, code) - order.begin());
    };
    return place(right) < place(left) ? right : left;
}

void decide(SuiteRun& run) {
    run.exit_code = run.problems.empty() ? 0 : static_cast<int>(ExitCode::usage);
    run.verdict = Verdict::skipped;
    if (!run.not_run.empty()) {
        return;
    }
    run.verdict = run.problems.empty() && !run.parts.empty() ? Verdict::pass : Verdict::fail;
    for (const SuitePart& part : run.parts) {
        run.verdict = worse_verdict(run.verdict, part.result.verdict);
        run.exit_code = first_exit_code(run.exit_code, part.exit_code);
    }
}

void decide(SuiteResult& suite, int stop_code) {
    suite.interrupted = stop_code != 0;
    suite.exit_code = stop_code;
    suite.verdict = Verdict::pass;
    bool any = false;
    for (const SuiteRun& run : suite.runs) {
        any = any || run.verdict != Verdict::skipped;
        suite.verdict = worse_verdict(suite.verdict, run.verdict);
        suite.exit_code = first_exit_code(suite.exit_code, run.exit_code);
    }
    if (!any) {
        suite.verdict = Verdict::fail;
    }
}

} // namespace ringblast
