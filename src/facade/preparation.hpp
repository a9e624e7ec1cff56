// What stands between a profile and its load: thresholds read, tasks and classes chosen, the target
// found, the set-up run.
#pragma once

#include "analysis/threshold.hpp"
#include "facade/script.hpp"
#include "plan/plan.hpp"
#include "ringblast/ringblast.hpp"

#include <optional>
#include <string>
#include <vector>

namespace ringblast {

struct Preparation {
    Profile profile; ///< what takes part of it
    std::vector<Threshold> thresholds;
    Bindings bindings;
    ScriptEnd setup;                     ///< how the set-up went; empty where there is none
    std::optional<std::string> not_made; ///< why the load cannot be made
    bool interrupted = false;            ///< by a stop signal, before the load
};

/// What can be known without sending anything. Thresholds may name what the selection removes.
/// Errors are those of the profile, all at once; the bindings are still empty.
ExpectedAll<Preparation> examine(const Profile& profile);

/// Resolves the target, waits for it and runs the set-up. Errors are those of the options; a
/// target that is not there is `not_made`.
ExpectedAll<void> reach_target(Preparation& preparation, const RunOptions& options);

/// Runs the tear-down, after a stop signal as well. What went wrong, in words: it does not undo the
/// load, so it is told beside its figures.
std::optional<std::string> tear_down(const Preparation& preparation, const RunOptions& options);

} // namespace ringblast
