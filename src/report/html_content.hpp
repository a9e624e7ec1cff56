// The text of the HTML page: everything but its charts, so that it can be read without a script.
#pragma once

#include "report/html_data.hpp"
#include "ringblast/result.hpp"

#include <string>

namespace ringblast {

/// The inside of <main>, with an empty canvas for each chart that there is something to draw for.
std::string html_content(const Result& result, const ChartData& charts);

} // namespace ringblast
