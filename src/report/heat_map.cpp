#include "report/heat_map.hpp"

#include "report/result_words.hpp"
#include "report/timeline_latency.hpp"

#include <algorithm>
#include <cmath>

namespace ringblast {

namespace {

constexpr double bands_per_decade = 16; // 15 % each: wider than the slots from 4 µs on
constexpr double bands_min = 12, bands_max = 64;

struct Extent {
    double low_ns, high_ns;
};

/// The slots' values stand for their middle, so that a narrow band is not empty by rounding.
double middle_of(const HistogramLayout& layout, size_t slot) {
    return static_cast<double>(layout.value_of(slot)) +
           static_cast<double>(layout.width_of(slot)) / 2;
}

void set_edges(const Extent& extent, HeatMap& map) {
    const double decades_min = bands_min / bands_per_decade;
    const double decades =
        std::max(std::log10(extent.high_ns / extent.low_ns) * 1.001, decades_min);
    const double bands = std::clamp(std::ceil(decades * bands_per_decade), bands_min, bands_max);
    const double spare = decades - std::log10(extent.high_ns / extent.low_ns);
    const double first = std::log10(extent.low_ns) - spare / 2;
    for (double i = 0; i <= bands; ++i) {
        map.edges_ms.push_back(std::pow(10, first + decades * i / bands) / ns_in_ms);
    }
}

void add_row(const Histogram& latency, const HeatMap& map, std::vector<uint64_t>& column) {
    const double first = std::log10(map.edges_ms.front() * ns_in_ms);
    const double decades = std::log10(map.edges_ms.back() / map.edges_ms.front());
    const auto bands = static_cast<double>(column.size());
    for (size_t slot = latency.slots_begin(); slot < latency.slots_end(); ++slot) {
        if (latency.slot(slot) > 0) {
            const double place = (std::log10(middle_of(latency.layout(), slot)) - first) / decades;
            const double band = std::clamp(std::floor(place * bands), 0.0, bands - 1);
            column[static_cast<size_t>(band)] += latency.slot(slot);
        }
    }
}

} // namespace

HeatMap heat_map(const Result& result, size_t columns_max) {
    std::vector<Histogram> latencies;
    Extent extent = {INFINITY, 0};
    double longest_s = 1, end_s = 0;
    for (const TimelineRow& row : result.timeline) {
        const Histogram& latency = latencies.emplace_back(timeline_latency(row));
        longest_s = std::max(longest_s, row.span_s);
        end_s = std::max(end_s, row.t_s + row.span_s);
        if (!latency.empty()) {
            const HistogramLayout& layout = latency.layout();
            extent.low_ns = std::min(extent.low_ns, middle_of(layout, latency.slots_begin()));
            extent.high_ns = std::max(extent.high_ns, middle_of(layout, latency.slots_end() - 1));
        }
    }
    HeatMap map;
    if (extent.high_ns == 0) {
        return map;
    }
    map.from_s = result.timeline.front().t_s;
    const double total_s = std::max(end_s - map.from_s, longest_s);
    map.column_s = std::max(longest_s, std::ceil(total_s / static_cast<double>(columns_max)));
    set_edges(extent, map);
    const auto columns = std::clamp(static_cast<size_t>(std::ceil(total_s / map.column_s - 1e-9)),
                                    size_t{1}, columns_max);
    map.columns.assign(columns, std::vector<uint64_t>(map.edges_ms.size() - 1));
    for (size_t i = 0; i < latencies.size(); ++i) {
        const TimelineRow& row = result.timeline[i];
        const double place = (row.t_s + row.span_s / 2 - map.from_s) / map.column_s;
        const double column = std::clamp(place, 0.0, static_cast<double>(columns - 1));
        add_row(latencies[i], map, map.columns[static_cast<size_t>(column)]);
    }
    return map;
}

} // namespace ringblast
