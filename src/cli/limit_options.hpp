// What the words of `ringblast limit` mean: the target as for any load, and the search.
#pragma once

#include "cli/test_options.hpp"
#include "ringblast/limit.hpp"

namespace ringblast {

struct LimitTestOptions {
    TestOptions test; ///< its load is not used, but for most users, arrival and seed
    LimitOptions limit;
};

/// All bad values and impossible pairs at once.
ExpectedAll<LimitTestOptions> read_limit_options(const LimitWords& words);

} // namespace ringblast
