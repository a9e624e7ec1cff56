// Differences of 32-bit copies. The cost is one pass over the touched slots of every histogram
// that grew; those without new samples are passed over by their sum.
#include "stats/collect.hpp"

#include "base/check.hpp"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <utility>

namespace ringblast {

/// Makes slots [first, last] part of the copy.
void HistogramReader::cover(size_t first, size_t last) {
    if (copy_.empty()) {
        copy_first_ = first;
    }
    if (first < copy_first_) {
        copy_.insert(copy_.begin(), copy_first_ - first, 0);
        copy_first_ = first;
    }
    if (last >= copy_first_ + copy_.size()) {
        copy_.resize(last + 1 - copy_first_);
    }
}

/// By how much slots [first, last] grew since the last read. Branch-free: which slots grew is
/// random, and a branch per slot made a read four times as long.
HistogramReader::Growth HistogramReader::read_slots(size_t first, size_t last) {
    cover(first, last);
    std::vector<uint32_t> grown(last + 1 - first);
    const uint32_t* slots = slots_->slots + first;
    uint32_t* copy = copy_.data() + (first - copy_first_);
    for (size_t i = 0; i < grown.size(); ++i) {
        // Acquire: the extremes read afterwards cover every slot seen here.
        uint32_t now = read_counter(slots[i], std::memory_order_acquire);
        grown[i] = now - copy[i]; // modulo 2^32: a slot may have wrapped around
        copy[i] = now;
    }
    auto is_grown = [](uint32_t count) { return count != 0; };
    auto begin = std::find_if(grown.begin(), grown.end(), is_grown);
    size_t skipped = static_cast<size_t>(begin - grown.begin());
    grown.erase(std::find_if(grown.rbegin(), std::make_reverse_iterator(begin), is_grown).base(),
                grown.end());
    grown.erase(grown.begin(), begin);
    return {.first = first + skipped, .counts = std::move(grown)};
}

void HistogramReader::read(Histogram& total, Histogram& interval) {
    uint64_t seen = read_counter(slots_->sum_and_count, std::memory_order_acquire);
    if (seen == sum_and_count_) {
        return;
    }
    sum_and_count_ = seen;
    constexpr HistogramLayout layout = HistogramSlots::layout;
    auto min_of_run = [this] {
        return static_cast<int64_t>(~read_counter(slots_->min_complement));
    };
    auto max_of_run = [this] { return static_cast<int64_t>(read_counter(slots_->max_ns)); };
    Growth growth = read_slots(layout.index_of(min_of_run()), layout.index_of(max_of_run()));
    const std::vector<uint32_t>& counts = growth.counts;
    uint64_t grown = std::accumulate(counts.begin(), counts.end(), uint64_t{0});
    samples_ += grown;
    uint64_t sum_before = sum_ns_;
    sum_ns_ = read_counter(slots_->sum_and_count) - samples_;
    min_ns_ = min_of_run();
    max_ns_ = max_of_run();
    if (counts.empty()) {
        return;
    }
    auto samples = static_cast<double>(grown);
    int64_t min = std::max(layout.value_of(growth.first), min_ns_);
    int64_t max = std::min(layout.value_max_of(growth.first + counts.size() - 1), max_ns_);
    // Samples recorded during this read may be in the sum and not yet in the slots.
    double sum = std::clamp(static_cast<double>(sum_ns_ - sum_before),
                            samples * static_cast<double>(min), samples * static_cast<double>(max));
    Histogram::Exact exact = {.sum_ns = sum, .min_ns = min, .max_ns = max};
    total.add_slots(growth.first, counts, exact);
    interval.add_slots(growth.first, counts, exact);
}

Histogram CellTotals::latency() const {
    Histogram all = ok;
    all.merge(other);
    return all;
}

void Collector::CellReader::read_counts(Counts& total, Counts& interval) {
    bool ended = false;
    for (size_t i = 0; i < outcome_count; ++i) {
        uint64_t now = read_counter(cell->outcomes[i], std::memory_order_acquire);
        uint64_t grown = now - outcomes[i];
        outcomes[i] = now;
        total.outcomes[i] += grown;
        interval.outcomes[i] += grown;
        ended |= grown != 0;
    }
    // After the outcomes: a request is seen to end only if it is seen to have started.
    uint64_t started_now = read_counter(cell->started);
    total.started += started_now - started;
    interval.started += started_now - started;
    started = started_now;
    if (!ended) {
        return; // a status is counted before its outcome
    }
    statuses.resize(Cell::status_count);
    for (size_t code = 0; code < Cell::status_count; ++code) {
        uint32_t now = read_counter(cell->statuses[code]);
        if (now != statuses[code]) [[unlikely]] {
            uint32_t grown = now - statuses[code];
            statuses[code] = now;
            total.statuses[static_cast<int>(code)] += grown;
            interval.statuses[static_cast<int>(code)] += grown;
        }
    }
}

Collector::ThreadReader Collector::reader_of(const ThreadStats& thread) {
    ThreadReader reader = {
        .cells = {},
        .run_wide = {HistogramReader(thread.service), HistogramReader(thread.ttfb),
                     HistogramReader(thread.whole), HistogramReader(thread.connect),
                     HistogramReader(thread.lateness), HistogramReader(thread.handshake),
                     HistogramReader(thread.ws_connect)},
    };
    for (unsigned phase = 0; phase < phase_count; ++phase) {
        for (unsigned leaf = 0; leaf < thread.leaf_count(); ++leaf) {
            reader.cells.emplace_back(thread.leaf(phase, leaf));
        }
    }
    for (unsigned stage = 0; stage < thread.stage_count(); ++stage) {
        reader.cells.emplace_back(thread.stage(stage));
    }
    return reader;
}

Collector::Collector(std::span<ThreadStats* const> threads)
    : threads_(threads.begin(), threads.end()) {
    CHECK(!threads_.empty());
    leaf_count_ = threads_[0]->leaf_count();
    stage_count_ = threads_[0]->stage_count();
    for (const ThreadStats* thread : threads_) {
        CHECK(thread->leaf_count() == leaf_count_ && thread->stage_count() == stage_count_);
        readers_.push_back(reader_of(*thread));
    }
    totals_.resize(readers_[0].cells.size());
}

/// Adds what the threads' readers know beside the slots.
struct Collector::Exact {
    double sum = 0;
    int64_t min = INT64_MAX;
    int64_t max = 0;
    bool windowed = false; ///< what was read before is forgotten, so the recorders know too much

    void add(const HistogramReader& reader) {
        sum += static_cast<double>(reader.sum_ns());
        min = std::min(min, reader.min_ns());
        max = std::max(max, reader.max_ns());
    }
    /// Sum and extremes as the recorders kept them: what the reads made of them can be off while
    /// a sample is half recorded.
    void give_to(Histogram& total) const {
        if (!total.empty() && !windowed) {
            total.set_exact({.sum_ns = sum, .min_ns = min, .max_ns = max});
        }
    }
};

void Collector::read_cell(size_t index, Interval::PhaseFigures& interval) {
    CellTotals& total = totals_[index];
    Exact ok{.windowed = windowed_};
    Exact other{.windowed = windowed_};
    total.latency_out_of_range = 0;
    for (ThreadReader& thread : readers_) {
        CellReader& reader = thread.cells[index];
        reader.read_counts(total.counts, interval.counts);
        reader.ok.read(total.ok, interval.latency);
        reader.other.read(total.other, interval.latency);
        ok.add(reader.ok);
        other.add(reader.other);
        total.latency_out_of_range += read_counter(reader.cell->ok.out_of_range) +
                                      read_counter(reader.cell->other.out_of_range);
    }
    ok.give_to(total.ok);
    other.give_to(total.other);
}

void Collector::read_run_wide() {
    for (size_t i = 0; i < run_wide_.size(); ++i) {
        Histogram unused;
        Exact exact{.windowed = windowed_};
        for (ThreadReader& thread : readers_) {
            thread.run_wide[i].read(run_wide_[i], unused);
            exact.add(thread.run_wide[i]);
        }
        exact.give_to(run_wide_[i]);
    }
}

ThreadCounters read_counters(const ThreadCounters& source) {
    ThreadCounters now;
    for (auto member : counter_members) {
        now.*member = read_counter(source.*member);
    }
    return now;
}

namespace {

/// What was counted between two reads; gauges as they are now.
ThreadCounters difference(const ThreadCounters& now, const ThreadCounters& before) {
    ThreadCounters result;
    for (auto member : counter_members) {
        result.*member = now.*member - before.*member;
    }
    for (auto gauge : gauge_members) {
        result.*gauge = now.*gauge;
    }
    return result;
}

} // namespace

void Collector::read_counters(Interval& interval) {
    ThreadCounters now;
    for (const ThreadStats* thread : threads_) {
        ThreadCounters one = ringblast::read_counters(*thread);
        uint64_t stall_ns_max = std::max(now.stall_ns_max, one.stall_ns_max);
        for (auto member : counter_members) {
            now.*member += one.*member;
        }
        now.stall_ns_max = stall_ns_max;
    }
    interval.counters = difference(now, counters_);
    counters_ = now;
}

Interval Collector::read() {
    Interval interval;
    for (unsigned phase = 0; phase < phase_count; ++phase) {
        for (unsigned leaf = 0; leaf < leaf_count_; ++leaf) {
            read_cell(phase * leaf_count_ + leaf, interval.phases[phase]);
        }
    }
    Interval::PhaseFigures unused; // a stage's requests are those of the leaves once more
    for (unsigned stage = 0; stage < stage_count_; ++stage) {
        read_cell(phase_count * leaf_count_ + stage, unused);
    }
    read_run_wide();
    read_counters(interval);
    return interval;
}

std::vector<ErrorCount> Collector::errors() const {
    std::vector<ErrorCount> merged;
    for (const ThreadStats* thread : threads_) {
        for (const ErrorCount& error : thread->errors().read()) {
            auto same =
                std::find_if(merged.begin(), merged.end(),
                             [&error](const ErrorCount& kind) { return kind.key == error.key; });
            if (same == merged.end()) {
                merged.push_back(error);
                continue;
            }
            same->count += error.count;
            same->first_ns = std::min(same->first_ns, error.first_ns);
            same->last_ns = std::max(same->last_ns, error.last_ns);
        }
    }
    std::stable_sort(merged.begin(), merged.end(),
                     [](const ErrorCount& a, const ErrorCount& b) { return a.count > b.count; });
    return merged;
}

std::map<int, uint64_t> Collector::close_codes() const {
    std::map<int, uint64_t> codes;
    for (const ThreadStats* thread : threads_) {
        for (size_t code = 0; code < ThreadStats::close_code_count; ++code) {
            if (uint32_t count = read_counter(thread->close_codes[code]); count != 0) {
                codes[static_cast<int>(code)] += count;
            }
        }
    }
    return codes;
}

Histogram Collector::with_whole(const Histogram& split) const {
    Histogram all = split;
    all.merge(run_wide_[2]);
    return all;
}

void Collector::forget() {
    std::ranges::fill(totals_, CellTotals());
    run_wide_.fill(Histogram());
    forgotten_ = counters_;
    windowed_ = true;
}

ThreadCounters Collector::counters() const {
    return difference(counters_, forgotten_);
}

} // namespace ringblast
