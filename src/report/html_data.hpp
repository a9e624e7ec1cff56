// What the charts of the HTML page draw, as one JSON object.
#pragma once

#include "ringblast/result.hpp"

#include <string>
#include <vector>

namespace ringblast {

struct ChartData {
    std::string json; ///< one line; not yet escaped for a script element
    /// Which charts there is something to draw for.
    bool timeline = false, errors = false, heat_map = false, percentiles = false,
         saturation = false;
    std::vector<std::string> probes{}; ///< names of those that have a chart
};

ChartData chart_data(const Result& result);

} // namespace ringblast
