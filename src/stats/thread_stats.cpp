// Where the parts lie in the mapping: the cells first, since they stand on cache lines, then
// the run-wide histograms, the error table and the close codes.
#include "stats/thread_stats.hpp"

namespace ringblast {

namespace {

struct Offsets {
    size_t histograms;
    size_t errors;
    size_t close_codes;
    size_t total;
};

Offsets offsets_of(const ThreadStatsSizes& sizes) {
    size_t cells = size_t{phase_count} * sizes.leaf_count + sizes.stage_count;
    size_t histograms = cells * sizeof(Cell);
    size_t errors = histograms + 7 * sizeof(HistogramSlots);
    size_t close_codes = errors + sizeof(ErrorTable);
    return {.histograms = histograms,
            .errors = errors,
            .close_codes = close_codes,
            .total = close_codes + ThreadStats::close_code_count * sizeof(uint32_t)};
}

} // namespace

ThreadStats::ThreadStats(const ThreadStatsSizes& sizes)
    : sizes_(sizes), memory_(offsets_of(sizes).total),
      service(memory_.at<HistogramSlots>(offsets_of(sizes).histograms)[0]),
      ttfb(memory_.at<HistogramSlots>(offsets_of(sizes).histograms)[1]),
      whole(memory_.at<HistogramSlots>(offsets_of(sizes).histograms)[2]),
      connect(memory_.at<HistogramSlots>(offsets_of(sizes).histograms)[3]),
      lateness(memory_.at<HistogramSlots>(offsets_of(sizes).histograms)[4]),
      handshake(memory_.at<HistogramSlots>(offsets_of(sizes).histograms)[5]),
      ws_connect(memory_.at<HistogramSlots>(offsets_of(sizes).histograms)[6]),
      close_codes(memory_.at<uint32_t>(offsets_of(sizes).close_codes)),
      errors_(*memory_.at<ErrorTable>(offsets_of(sizes).errors)), cells_(memory_.at<Cell>(0)) {
    if (sizes.sample_capacity > 0) {
        samples_ = std::make_unique<SampleRing>(sizes.sample_capacity);
    }
}

} // namespace ringblast
