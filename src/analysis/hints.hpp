// The likely cause of a kind of failure and what to do about it, in one line a person can act on.
#pragma once

#include "ringblast/result.hpp"

#include <string>

namespace ringblast {

/// The hint for one group of errors of this run; empty when there is nothing useful to say.
/// Reads the outcome and the message of run/failure_text: the status after `status `, and in any
/// case the words of the kernel or the resolver (`refused`, `unreachable`, `resolve`, …).
std::string hint_for(const ErrorGroup& group, const Result& result);

/// Sets ErrorGroup::hint of all groups.
void fill_hints(Result& result);

} // namespace ringblast
