// From a measured Result to a decided one: thresholds, the verdicts of stages and run, validity,
// hints; and the exit code that follows (SPEC § 9).
#pragma once

#include "analysis/window.hpp"
#include "ringblast/exit_code.hpp"
#include "ringblast/result.hpp"

#include <optional>
#include <span>

namespace ringblast {

/// How the caller wants failures told.
struct ExitPolicy {
    bool strict = false;           ///< --strict: an invalid run fails
    bool fail_on_marginal = false; ///< --fail-on marginal
    /// --exit-code-on-error N, as Locust: the code when requests failed; thresholds go before.
    std::optional<int> exit_code_on_error;
    bool terminated = false; ///< the stop signal was SIGTERM, not SIGINT
};

/// Fills thresholds, verdicts, validity, the hints of errors and the findings. What was in them is
/// replaced. A threshold with a window is decided by its worst one in `watch`, which saw the same
/// thresholds; without a watch, or where no window was complete, by the whole load.
void decide(Result& result, std::span<const Threshold> thresholds,
            const WindowWatch* watch = nullptr);

/// Fail, else marginal, else the left one: pass and skipped are equally good.
Verdict worse_verdict(Verdict left, Verdict right);

/// The worst of the thresholds that are not skipped; without any, fail when no request was ok.
Verdict overall_verdict(const Result& result);

/// Requires: a decided result.
int exit_code(const Result& result, const ExitPolicy& policy = {});

} // namespace ringblast
