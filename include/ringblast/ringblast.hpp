// The facade: run a load test from a C++ program and read its result. The command line is a
// client of this header.
//
//     auto profile = ringblast::blast_profile("http://127.0.0.1:8080/");
//     auto result = ringblast::run(profile);
//     if (result) { std::cout << result->rps << '\n'; }
#pragma once

#include "ringblast/engine_choice.hpp"
#include "ringblast/error.hpp"
#include "ringblast/profile.hpp"
#include "ringblast/result.hpp"
#include "ringblast/snapshot.hpp"

#include <atomic>
#include <span>
#include <string>
#include <vector>

namespace ringblast {

/// How the run uses this machine; nothing in here changes what the target sees but the speed.
struct RunOptions {
    std::optional<unsigned> threads;  ///< default: enough for the load
    std::vector<int> cpus;            ///< pin to these; empty: the last ones allowed
    bool pin = true;
    EngineChoice engine = EngineChoice::automatic;
    bool samples = false;             ///< call Observer::on_sample for every request
    std::vector<Observer*> observers; ///< borrowed for the run
    /// Number of stop signals so far: 1 ends the load as at its end, 2 ends at once. Borrowed.
    const std::atomic<int>* stop = nullptr;
    std::string command;              ///< for the result; secrets masked by the caller
};

/// Runs the load and returns when it is over. Blocks; starts and joins its own threads.
/// Errors are those of the profile (exit code 2); a run that could not be made has
/// Result::not_made set (exit code 3). Thresholds and validity are decided.
ExpectedAll<Result> run(const Profile& profile, const RunOptions& options = {});

/// Everything that run() would refuse, without sending anything: what takes part of the profile,
/// or all its errors. Files that bodies and variables come from are read.
ExpectedAll<Profile> check(const Profile& profile);

} // namespace ringblast
