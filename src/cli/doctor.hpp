// `ringblast doctor`: can this machine run a load test, and what would make it a better one?
// Each check is a line: ok, warn (it runs, with this limit) or problem (it does not), with its fix.
#pragma once

#include "cli/machine_facts.hpp"
#include "cli/words.hpp"

#include <iosfwd>
#include <string>
#include <vector>

namespace ringblast {

enum class Health { ok, warn, problem };

struct Finding {
    Health health = Health::ok;
    std::string check;  ///< "io_uring", "open files"
    std::string detail; ///< what was found
    std::string fix;    ///< what to change; empty when ok
};

/// Judges the machine; pure. One finding per check, in the order in which they are shown.
std::vector<Finding> examine(const MachineFacts& facts);

/// The findings as text with a last line that sums them up.
std::string render_findings(const std::vector<Finding>& findings);

/// Gathers, judges and prints; measures the engines if asked. Returns the exit code: 0 when a run is possible, else 3.
int run_doctor(const DoctorWords& words, std::ostream& out);

} // namespace ringblast
