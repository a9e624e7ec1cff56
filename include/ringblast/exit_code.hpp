// How the program tells its caller what came of it; SPEC § 9 fixes the numbers and their order.
#pragma once

namespace ringblast {

enum class ExitCode : int {
    ok = 0,            ///< also: marginal without --fail-on marginal
    failed = 1,        ///< the verdict is fail
    usage = 2,         ///< usage, profile or configuration error
    not_made = 3,      ///< the run could not be made
    invalid = 4,       ///< --strict and the generator cannot be trusted
    interrupted = 130, ///< SIGINT
    terminated = 143,  ///< SIGTERM
};

} // namespace ringblast
