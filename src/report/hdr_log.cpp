#include "report/hdr_log.hpp"

#include "report/timeline_latency.hpp"
#include "stats/hlog.hpp"

namespace ringblast {

std::string render_hdr_log(const Result& result) {
    std::string text = render_hlog_header(result.started_at_ns);
    for (const TimelineRow& row : result.timeline) {
        text += render_hlog_interval(
            {.start_s = row.t_s, .length_s = row.span_s, .histogram = timeline_latency(row)});
    }
    return text;
}

} // namespace ringblast
