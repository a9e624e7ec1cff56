// --each: every task of a profile alone, one after the other, a row each: which endpoint is slow?
#pragma once

#include "cli/load_test.hpp"

namespace ringblast {

/// A task by itself, as a test of its own; its profile is called PROFILE-TASK.
struct LoneTask {
    std::string name;
    TestOptions options;
};

/// One test for each task that takes part. Errors are those of the profile and of report paths that
/// all of them would write to.
ExpectedAll<std::vector<LoneTask>> lone_tasks(const TestOptions& options);

/// Runs the load of the profile once for each of its tasks, with the thresholds that can be decided
/// on it. Reports are one per task, so their paths need {profile}, which is PROFILE-TASK then. The
/// exit code is the first by SPEC § 9 over all of them.
int run_each(TestOptions options, const std::vector<std::string>& arguments,
             const StopSignals& signals);

} // namespace ringblast
