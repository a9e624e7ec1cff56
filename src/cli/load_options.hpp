// The load options of a command line: the load itself of a blast, the changes to it where a profile
// or a mode brings one.
#pragma once

#include "cli/option_reading.hpp"

namespace ringblast {

/// 64 users for ten seconds, where the words do not say otherwise.
void read_blast_load(const LoadWords& words, OptionReading& reading, Load& load);

/// Replaced by --stages; else rescaled by users, rate and duration. What has no option stays.
void adapt_load(const LoadWords& words, OptionReading& reading, Load& load);

} // namespace ringblast
