// What the words of `ringblast serve` mean.
#pragma once

#include "cli/serve.hpp"
#include "cli/words.hpp"

namespace ringblast {

/// All bad values at once.
ExpectedAll<ServeOptions> read_serve_options(const ServeWords& words);

} // namespace ringblast
