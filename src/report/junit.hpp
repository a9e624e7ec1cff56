// The verdict as JUnit XML, which CI servers show beside other tests: a test case per threshold.
#pragma once

#include "ringblast/result.hpp"

#include <span>
#include <string>

namespace ringblast {

/// UTF-8. A threshold that failed is a failure, one that was skipped is skipped, a marginal one
/// passes and says so. Without thresholds there is one case, that at least one request was ok.
/// A run that could not be made is an error. Requires: a decided result.
std::string render_junit(const Result& result);

/// A testsuite element with its counts, for a file with several.
struct JunitSuite {
    std::string text;
    unsigned tests = 0, failures = 0, errors = 0, skipped = 0;
    double duration_s = 0;
};

JunitSuite junit_suite(const Result& result);

/// A suite of one case, where there is no result: an error, or skipped.
struct JunitCase {
    std::string suite, name, message;
    bool skipped = false;
};
JunitSuite junit_suite_of_one(const JunitCase& one);

/// The whole file.
std::string render_junit_suites(std::span<const JunitSuite> suites);

} // namespace ringblast
