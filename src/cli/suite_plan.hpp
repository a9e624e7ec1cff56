// Everything that can be known of a suite before its first run starts: a typo in the fifth profile
// must not cost the hours of the four before it.
#pragma once

#include "cli/each.hpp"
#include "cli/words.hpp"

#include <string>
#include <vector>

namespace ringblast {

struct PlannedRun {
    std::string name;    ///< of all runs of the suite the only one
    std::string profile; ///< a path, or the name of a built-in
    Duration pause{};    ///< before it
    bool stop_on_failure = false;
    std::vector<LoneTask> loads{}; ///< one without a name; with `each` one for each task
};

struct SuitePlan {
    std::string name, description;
    OutputPaths outputs; ///< of the overview, {profile} and {time} filled in
    std::vector<PlannedRun> runs;
};

/// Reads the suite and all profiles that it runs, and checks what each run would check before it
/// starts, paths of its reports included. With an output directory each run has a folder in it.
/// Errors have the place in the suite and the name of the run, all at once.
ExpectedAll<SuitePlan> plan_suite(const SuiteWords& words);

} // namespace ringblast
