// What the words about TLS mean.
#pragma once

#include "cli/words.hpp"
#include "ringblast/profile.hpp"

#include <string_view>
#include <vector>

namespace ringblast {

/// Changes what was said in `tls`; the rest stays. `url` is the target's where the command line
/// names it, else empty. Bad values and words without an https target go to `errors`.
void read_tls(const TlsWords& words, std::string_view url, Tls& tls, std::vector<Error>& errors);

} // namespace ringblast
