// The request options of a command line: the request of a blast, the headers of any load.
#pragma once

#include "cli/option_reading.hpp"

namespace ringblast {

/// Method, headers, body and good statuses. Reads the body file.
void read_request(const LoadWords& words, OptionReading& reading, Request& request);

/// The headers of the command line, which have precedence, into every request of a profile; the
/// options that say what a request is are problems.
void adapt_requests(const LoadWords& words, OptionReading& reading, Profile& profile);

} // namespace ringblast
