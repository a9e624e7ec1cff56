// Requests that one user runs once, outside of a load: set-up, tear-down, --once. A script is a
// session like any other, with one user whose tasks are run in order.
#pragma once

#include "plan/plan.hpp"
#include "ringblast/ringblast.hpp"
#include "run/session.hpp"

#include <string>
#include <utility>
#include <vector>

namespace ringblast {

/// A request of a script and what came of it.
struct ScriptExchange {
    std::string name, task;
    std::string request, response; ///< bytes as they went; the last ones where it was redirected
    Outcome outcome = Outcome::ok;
    std::string problem; ///< "status 503"; empty where it was ok
    int64_t latency_ns = 0;
};

struct ScriptEnd {
    std::vector<std::pair<std::string, std::string>> values; ///< what was extracted
    std::optional<std::string> problem;    ///< of the request that failed: "login: status 503"
    std::vector<ScriptExchange> exchanges; ///< in the order of their ends
    uint64_t skipped_tasks = 0;            ///< that read a variable which was not set
    bool interrupted = false;
};

struct Script {
    /// Classes with on_start, tasks and on_stop; one user each, tasks in the order of the file.
    std::vector<UserClass> classes;
    Duration limit; ///< then it is over, done or not
};

/// Runs a script against the target of `profile`. Errors are those of the profile.
ExpectedAll<ScriptEnd> run_script(const Profile& profile, Script script, Bindings bindings,
                                  const RunOptions& options);

/// The classes of a script that is a list of requests and ends with the first that fails.
std::vector<UserClass> script_of(std::string name, const std::vector<Request>& requests);

} // namespace ringblast
