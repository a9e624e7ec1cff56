// All figures of one engine thread. It is their only writer; the collector reads them once a
// second and takes differences (stats/collect.hpp), so nothing is ever reset, swapped or locked.
//
// Latencies go into cells: one per leaf (class, task, request) and phase, and one per stage.
// Everything else is a sum that the collector makes. The cells lie in one mapping that takes
// memory when touched: address space is 200 KiB a cell, 33 are resident (measured, four decades).
#pragma once

#include "ringblast/outcome.hpp"
#include "stats/error_table.hpp"
#include "stats/histogram_slots.hpp"
#include "stats/sample_ring.hpp"
#include "stats/single_writer.hpp"
#include "stats/zeroed_mapping.hpp"

#include <array>
#include <cstdint>
#include <memory>

namespace ringblast {

/// The part of the run in which a request was due.
enum Phase : unsigned { phase_warm_up, phase_measured, phase_after, phase_count };

/// Figures of one leaf or stage. Requires: zeroed memory. On cache lines, not on pages: there the
/// counters of all cells would compete for the same two sets of the cache.
struct alignas(64) Cell {
    static constexpr size_t status_count = 1000;

    uint64_t started;
    uint64_t outcomes[outcome_count];
    uint32_t statuses[status_count]; ///< by code; wrap around
    HistogramSlots ok;               ///< latencies of `ok`
    HistogramSlots other;            ///< latencies of the other completed requests

    void start() { bump(started); }

    /// Ends a request that was started here. `status` is 0 without response. A cancelled request
    /// is counted, but its latency would say nothing and goes into no histogram.
    void end(Outcome outcome, int status, int64_t latency_ns) {
        if (static_cast<unsigned>(status) - 1 < status_count - 1) {
            bump(statuses[status]);
        }
        if (outcome == Outcome::ok) [[likely]] {
            ok.record(latency_ns);
        } else if (outcome != Outcome::cancelled) {
            other.record(latency_ns);
        }
        bump(outcomes[static_cast<size_t>(outcome)]);
    }
};
static_assert(std::is_trivially_default_constructible_v<Cell>);

/// Plain counters of a thread. Write with bump(), set_gauge() and raise_to() only. Adding one:
/// name it here, in counter_members, and in gauge_members when it is no sum over time.
struct ThreadCounters {
    uint64_t bytes_sent = 0;
    uint64_t bytes_received = 0;
    uint64_t bytes_body = 0;
    uint64_t arrivals = 0;
    uint64_t dropped = 0;
    uint64_t tasks_started = 0;
    uint64_t skipped_tasks = 0;     ///< not run: a variable that they read was not set
    uint64_t users_out_of_rows = 0; ///< ended: a csv with pick = unique had no row for them
    uint64_t stops_undone = 0;      ///< users whose on_stop did not end in time
    uint64_t retries = 0;
    uint64_t refused_for_now = 0; ///< 503 with Retry-After, of the measured part
    uint64_t reconnects = 0;
    uint64_t connections_opened = 0;
    uint64_t users_active = 0;  ///< gauge: now
    uint64_t connect_error = 0; ///< gauge: detail of the first connect that failed
    uint64_t out_of_ports = 0;
    uint64_t out_of_files = 0;
    uint64_t buffer_starvations = 0;
    uint64_t cq_overflows = 0;
    uint64_t stale_completions = 0;
    uint64_t wait_ns = 0; ///< in waits of the kernel
    uint64_t spin_ns = 0; ///< polling for the next due time; counts as idle
    uint64_t turns = 0;
    uint64_t stall_ns_max = 0; ///< gauge: longest turn so far
    uint64_t samples_lost = 0;
    uint64_t ws_connections = 0; ///< upgraded
    uint64_t ws_sent = 0;        ///< messages
    uint64_t ws_received = 0;    ///< whole messages
    uint64_t ws_dropped = 0;     ///< WebSockets that ended while nobody here wanted it
    /// Bumped by -now at a start and by +now at an end: once all have ended, the integral of the
    /// requests in flight over time. Wraps around in between.
    uint64_t in_flight_area_ns = 0;
    uint64_t latency_sum_ns = 0; ///< of all ended requests, cancelled ones included; wraps around

    bool operator==(const ThreadCounters&) const = default;
};

inline constexpr std::array counter_members = {
    &ThreadCounters::bytes_sent,
    &ThreadCounters::bytes_received,
    &ThreadCounters::bytes_body,
    &ThreadCounters::arrivals,
    &ThreadCounters::dropped,
    &ThreadCounters::tasks_started,
    &ThreadCounters::skipped_tasks,
    &ThreadCounters::users_out_of_rows,
    &ThreadCounters::stops_undone,
    &ThreadCounters::retries,
    &ThreadCounters::refused_for_now,
    &ThreadCounters::reconnects,
    &ThreadCounters::connections_opened,
    &ThreadCounters::users_active,
    &ThreadCounters::connect_error,
    &ThreadCounters::out_of_ports,
    &ThreadCounters::out_of_files,
    &ThreadCounters::buffer_starvations,
    &ThreadCounters::cq_overflows,
    &ThreadCounters::stale_completions,
    &ThreadCounters::wait_ns,
    &ThreadCounters::spin_ns,
    &ThreadCounters::turns,
    &ThreadCounters::stall_ns_max,
    &ThreadCounters::samples_lost,
    &ThreadCounters::ws_connections,
    &ThreadCounters::ws_sent,
    &ThreadCounters::ws_received,
    &ThreadCounters::ws_dropped,
    &ThreadCounters::in_flight_area_ns,
    &ThreadCounters::latency_sum_ns,
};
/// Those that are no sums over time.
inline constexpr std::array gauge_members = {
    &ThreadCounters::users_active,
    &ThreadCounters::connect_error,
    &ThreadCounters::stall_ns_max,
};
static_assert(sizeof(ThreadCounters) == counter_members.size() * sizeof(uint64_t),
              "every counter is in the list exactly once");

struct ThreadStatsSizes {
    unsigned leaf_count = 0;
    unsigned stage_count = 0;
    size_t sample_capacity = 0; ///< records of the sample ring, a power of two; 0: no ring
};

/// Made before the load by the coordinator, written by one thread, read by the collector.
class alignas(64) ThreadStats : public ThreadCounters {
    ThreadStatsSizes sizes_;
    ZeroedMapping memory_; // above the references into it

public:
    ThreadStats(unsigned leaf_count, unsigned stage_count)
        : ThreadStats(ThreadStatsSizes{.leaf_count = leaf_count, .stage_count = stage_count}) {}
    /// Throws std::bad_alloc where not even address space is to be had.
    explicit ThreadStats(const ThreadStatsSizes& sizes);

    /// Of responses that came in more than one piece; the others' two times are one, in `whole`.
    HistogramSlots& service;
    HistogramSlots& ttfb;
    HistogramSlots& whole;
    HistogramSlots& connect; ///< without the handshake
    HistogramSlots& lateness;
    HistogramSlots& handshake;  ///< of TLS
    HistogramSlots& ws_connect; ///< from the start of the connect to the 101

    /// WebSockets that ended, by close code.
    static constexpr size_t close_code_count = 5000;
    uint32_t* const close_codes;

    /// Requires: phase < phase_count, leaf < leaf_count().
    Cell& leaf(unsigned phase, unsigned leaf) { return cells_[phase * sizes_.leaf_count + leaf]; }
    const Cell& leaf(unsigned phase, unsigned leaf) const {
        return cells_[phase * sizes_.leaf_count + leaf];
    }
    /// Requires: stage < stage_count().
    Cell& stage(unsigned stage) { return cells_[phase_count * sizes_.leaf_count + stage]; }
    const Cell& stage(unsigned stage) const {
        return cells_[phase_count * sizes_.leaf_count + stage];
    }
    unsigned leaf_count() const { return sizes_.leaf_count; }
    unsigned stage_count() const { return sizes_.stage_count; }

    /// Counts a failure under its kind. The owning thread only.
    void record_error(const ErrorKey& key, int64_t now_ns) { errors_.record(key, now_ns); }
    const ErrorTable& errors() const { return errors_; }

    /// Whether there is a sample ring.
    bool wants_samples() const { return samples_ != nullptr; }
    /// Hands a sample to the collector, or counts it as lost. Requires: wants_samples().
    void record_sample(const SampleRecord& record) {
        if (!samples_->push(record)) {
            bump(samples_lost);
        }
    }
    /// The reader's side. Requires: wants_samples().
    SampleRing& samples() { return *samples_; }

private:
    ErrorTable& errors_;
    Cell* cells_;
    std::unique_ptr<SampleRing> samples_;
};

} // namespace ringblast
