// The result as one HTML page that needs nothing else: no network, no second file. It can be read,
// printed and kept without its script; the script draws the charts and sorts the tables.
#pragma once

#include "ringblast/result.hpp"

#include <string>

namespace ringblast {

/// UTF-8. Whatever names and messages hold, they stay text. Requires: a decided result.
std::string render_html(const Result& result);

/// What one page differs in from another.
struct PageParts {
    std::string title;   ///< escaped
    std::string content; ///< the inside of <main>
    std::string data;    ///< JSON for the script, not yet escaped for its element
};

/// The page with its style and script around them.
std::string fill_page(const PageParts& page);

} // namespace ringblast
