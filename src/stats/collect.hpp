// The collector's side of the statistics: once a second it reads what the threads recorded, takes
// the difference to its last copy, widens it to 64 bit and adds it to the totals of the run.
//
// Reading never disturbs a writer. A sample that is being recorded meanwhile is found by the next
// read, so nothing is lost or counted twice, and once the threads have ended one more read makes
// all totals exact. Totals are kept once for all threads.
#pragma once

#include "ringblast/histogram.hpp"
#include "ringblast/result.hpp"
#include "stats/thread_stats.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

namespace ringblast {

/// Reads one set of slots by differences. The slots must outlive it.
class HistogramReader {
public:
    explicit HistogramReader(const HistogramSlots& slots) : slots_(&slots) {}

    /// Adds the samples since the last read to both histograms, whose layout is that of the
    /// slots. Minimum and maximum of the interval are those of its slots, but never beyond the
    /// exact ones of the run; its sum is exact but for samples recorded during a read.
    void read(Histogram& total, Histogram& interval);

    /// What the recorder has kept beside the slots, as of the last read.
    uint64_t sum_ns() const { return sum_ns_; }
    int64_t min_ns() const { return min_ns_; } ///< INT64_MAX while there is no sample
    int64_t max_ns() const { return max_ns_; }

private:
    struct Growth {
        size_t first;                 ///< slot of the first count
        std::vector<uint32_t> counts; ///< ends not 0; empty when nothing grew
    };
    void cover(size_t first, size_t last);
    Growth read_slots(size_t first, size_t last);

    const HistogramSlots* slots_;
    size_t copy_first_ = 0;
    std::vector<uint32_t> copy_; ///< slots [copy_first_, …) at the last read
    uint64_t sum_and_count_ = 0; ///< as seen before the slots
    uint64_t samples_ = 0;
    uint64_t sum_ns_ = 0;
    int64_t min_ns_ = INT64_MAX;
    int64_t max_ns_ = 0;
};

/// Figures of a leaf or stage over all threads.
struct CellTotals {
    Counts counts;
    Histogram ok;    ///< latencies of `ok`
    Histogram other; ///< latencies of the other completed requests
    uint64_t latency_out_of_range = 0;

    /// Latencies of all completed requests.
    Histogram latency() const;
};

/// What happened between two reads, over all threads and leaves.
struct Interval {
    struct PhaseFigures {
        Counts counts;
        Histogram latency; ///< completed requests
    };
    ThreadCounters counters; ///< differences; users_active and stall_ns_max as they are now
    std::array<PhaseFigures, phase_count> phases;
};

/// Reads all threads of a run. Not thread safe: one thread collects.
class Collector {
public:
    /// The threads have the same numbers of leaves and stages and outlive the collector.
    /// Requires: at least one.
    explicit Collector(std::span<ThreadStats* const> threads);

    /// Reads everything; returns what is new since the last read.
    Interval read();

    /// Sets all totals to nothing: what was read so far is in no window that begins now.
    void forget();

    // Totals as of the last read. References stay valid until the next one.
    const CellTotals& leaf(unsigned phase, unsigned leaf) const {
        return totals_[phase * leaf_count_ + leaf];
    }
    const CellTotals& stage(unsigned stage) const {
        return totals_[phase_count * leaf_count_ + stage];
    }
    Histogram service() const { return with_whole(run_wide_[0]); }
    Histogram ttfb() const { return with_whole(run_wide_[1]); }
    const Histogram& connect() const { return run_wide_[3]; }
    const Histogram& lateness() const { return run_wide_[4]; }
    const Histogram& handshake() const { return run_wide_[5]; }
    const Histogram& ws_connect() const { return run_wide_[6]; }
    ThreadCounters counters() const;
    unsigned leaf_count() const { return leaf_count_; }
    unsigned stage_count() const { return stage_count_; }

    /// Failures by kind over all threads, most frequent first. Reads the threads.
    std::vector<ErrorCount> errors() const;
    /// WebSockets that ended over all threads, by close code. Reads the threads.
    std::map<int, uint64_t> close_codes() const;

private:
    /// The last copies of one cell of one thread.
    struct CellReader {
        explicit CellReader(const Cell& source)
            : cell(&source), ok(source.ok), other(source.other) {}
        void read_counts(Counts& total, Counts& interval);

        const Cell* cell;
        HistogramReader ok, other;
        uint64_t started = 0;
        std::array<uint64_t, outcome_count> outcomes{};
        std::vector<uint32_t> statuses; ///< by code; empty until there was one
    };
    struct ThreadReader {
        std::vector<CellReader> cells; ///< in the order of totals_
        std::array<HistogramReader, 7> run_wide;
    };

    struct Exact;

    static ThreadReader reader_of(const ThreadStats& thread);
    void read_cell(size_t index, Interval::PhaseFigures& interval);
    void read_run_wide();
    Histogram with_whole(const Histogram& split) const;
    void read_counters(Interval& interval);

    unsigned leaf_count_, stage_count_;
    std::vector<ThreadStats*> threads_;
    std::vector<ThreadReader> readers_; ///< one a thread
    std::vector<CellTotals> totals_;    ///< leaves of phase 0, of phase 1, stages
    std::array<Histogram, 7> run_wide_; ///< in the order of ThreadStats
    ThreadCounters counters_;
    ThreadCounters forgotten_; ///< counters before the window
    bool windowed_ = false;    ///< forget() was called
};

/// The counters as they are now. Any thread.
ThreadCounters read_counters(const ThreadCounters& source);

} // namespace ringblast
