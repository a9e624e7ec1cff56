#include "cli/hlog_stream.hpp"

#include "stats/hlog.hpp"

namespace ringblast {

void HlogStream::on_start(int64_t started_at_unix_ns) {
    keep(file_.write_all(render_hlog_header(started_at_unix_ns)));
}

void HlogStream::on_second(const Snapshot& snapshot) {
    keep(file_.append(render_hlog_interval({.start_s = snapshot.row->t_s,
                                            .length_s = snapshot.row->span_s,
                                            .histogram = *snapshot.interval})));
}

void HlogStream::keep(const Expected<void>& written) {
    if (!written && !error_) {
        error_ = written.error();
    }
}

} // namespace ringblast
