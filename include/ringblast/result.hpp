// What a run produced, as plain data: the only thing that reports and analysis see.
// Every report is a pure function of it. Field names are those of the JSON (SPEC § 7); times are
// seconds since time zero of the load unless they say otherwise, latencies nanoseconds.
#pragma once

#include "ringblast/findings.hpp"
#include "ringblast/histogram.hpp"
#include "ringblast/outcome.hpp"
#include "ringblast/probe.hpp"
#include "ringblast/profile.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

namespace ringblast {

/// How a set of started requests ended. The rates are empty while nothing was completed.
struct Counts {
    uint64_t started = 0;
    std::array<uint64_t, outcome_count> outcomes{};
    std::map<int, uint64_t> statuses;

    uint64_t of(Outcome outcome) const { return outcomes[static_cast<size_t>(outcome)]; }
    uint64_t ended() const {
        return std::accumulate(outcomes.begin(), outcomes.end(), uint64_t{0});
    }
    uint64_t completed() const { return ended() - of(Outcome::cancelled); }
    uint64_t ok() const { return of(Outcome::ok); }
    uint64_t rate_limited() const { return of(Outcome::rate_limited); }
    uint64_t failed() const { return completed() - ok() - rate_limited(); }
    std::optional<double> error_rate() const { return share(failed()); }
    std::optional<double> success_rate() const { return share(ok()); }
    std::optional<double> rate_limited_rate() const { return share(rate_limited()); }

private:
    std::optional<double> share(uint64_t part) const {
        if (completed() == 0) {
            return std::nullopt;
        }
        return static_cast<double>(part) / static_cast<double>(completed());
    }
};

/// Figures of one request name, tag or class.
struct RequestResult {
    std::string name;
    std::string method; ///< empty for tags and classes
    Counts counts;
    double rps = 0;
    Histogram latency; ///< completed requests, from the due time
    std::optional<uint64_t> bytes_body; ///< of the responses; empty: not counted apart
    bool after = false; ///< on_stop: ran after the load, in no total and no threshold; rps is 0
};

enum class Verdict { pass, marginal, fail, skipped };

struct StageResult {
    unsigned index = 1; ///< from 1
    Stage goal;
    double start_s = 0;
    double duration_s = 0; ///< without its part of the warm-up
    double users = 0;      ///< most users in it
    Verdict verdict = Verdict::pass;
    Counts counts;
    double rps = 0;
    Histogram latency;
    Histogram ok_latency;
};

/// One second of the run (or several: rows merge in long runs).
struct TimelineRow {
    double t_s = 0;      ///< start of the row
    double span_s = 1;   ///< its length
    bool warm_up = false;
    bool after = false;  ///< after the load (graceful tail)
    uint64_t users = 0;  ///< active at its end
    uint64_t started = 0, ok = 0, failed = 0, rate_limited = 0, dropped = 0;
    double rps = 0;
    int64_t p50_ns = 0, p95_ns = 0, p99_ns = 0, max_ns = 0; ///< 0 when nothing completed
    std::string histogram; ///< base64 HdrHistogram V2, compressed; empty when nothing completed
    uint64_t generator_rss_bytes = 0; ///< memory of this process at its end; 0: not known
};

/// A way in which requests failed.
struct ErrorGroup {
    Outcome outcome = Outcome::ok;
    std::string request; ///< request name
    std::string method;  ///< of the request
    std::string message; ///< "connection refused", "status 503", "closed after 17 bytes" …
    uint64_t count = 0;
    double first_s = 0, last_s = 0;
    std::string hint; ///< likely cause and cure; may be empty
};

struct ThresholdResult {
    std::string expression;
    std::string scope; ///< empty: the whole run
    std::string metric;
    std::string op;
    double target = 0;              ///< in ms, fraction or per second
    std::optional<double> critical; ///< the same unit
    std::string critical_op{};      ///< empty without one
    std::optional<double> value;    ///< empty: no sample
    std::string unit;               ///< "ms", "fraction", "/s", "count", "ratio"
    std::optional<double> window_s{}; ///< the value is that of the worst window of this length
    std::optional<double> low{}, high{}; ///< 95 % interval, all of which decides; empty: value does
    Verdict verdict = Verdict::skipped;
};

enum class ValidityState { valid, suspect, invalid };
enum class Limit { none, target, generator };

/// Whether the generator can be trusted in this run (SPEC § 8).
struct Validity {
    ValidityState state = ValidityState::valid;
    Limit limit = Limit::none;
    std::vector<std::string> reasons;
};

/// How TLS went, over all threads.
struct TlsFacts {
    std::string library;        ///< "wolfSSL 5.5.4"
    bool aes_instructions = false; ///< the library uses the processor's
    std::string version, cipher; ///< of the first handshake; empty where none was completed
    std::string key_exchange;   ///< empty where there was none
    bool verified = true;       ///< certificates were checked
    bool resume = true;         ///< reopened connections were to take up their session
    uint64_t handshakes_full = 0, handshakes_resumed = 0, handshakes_failed = 0;
    uint64_t truncations = 0;   ///< connections that ended without close_notify
    uint64_t allocations = 0;   ///< of the library
    uint64_t memory_bytes = 0;  ///< its peak
    uint64_t memory_bytes_per_connection = 0; ///< in use, its part of what is not shared
};

/// What the generator saw of itself; input of the validity.
struct GeneratorReport {
    std::string version, engine, kernel, command, congestion_control;
    std::string engine_reason; ///< why it is not io_uring where that was wanted; else empty
    unsigned threads = 0;
    std::vector<int> cpus; ///< of the threads, in order; -1 where not pinned
    uint64_t seed = 0;
    std::vector<double> busy;       ///< share of time per thread not waiting or spinning, 0..1
    Histogram lateness;             ///< send against due time, open loads
    uint64_t peak_rss_bytes = 0;
    uint64_t buffer_starvations = 0; ///< receives that found no buffer free
    uint64_t cq_overflows = 0;
    uint64_t stale_completions = 0;
    uint64_t out_of_ports = 0, out_of_files = 0; ///< failed opens for want of ports / descriptors
    double steal_share = 0;          ///< CPU time taken by the host, of the threads' cores
    double run_delay_share = 0;      ///< time threads were runnable but not running
    double stall_max_s = 0;          ///< longest gap between two turns of a loop outside waits
    uint64_t samples_lost = 0;       ///< --verbose lines that did not fit
    uint64_t latency_out_of_range = 0;
    bool closed_at_full_speed = false; ///< closed load without pauses
};

/// The exact self-checks; a broken one makes the run invalid.
struct SelfCheck {
    uint64_t started = 0, ended = 0;            ///< started = Σ outcomes
    uint64_t arrivals = 0, tasks_started = 0, dropped = 0; ///< open load
    bool open_load = false;
    double in_flight_area_s = 0;  ///< ∫ requests in flight dt, kept by starts and ends
    double latency_sum_s = 0;     ///< Σ latencies, kept by the recorder
};

/// What a load of WebSockets said and heard.
struct WebSocketResult {
    uint64_t connections = 0; ///< upgraded, those ahead of the load included
    uint64_t messages_sent = 0, messages_received = 0;
    uint64_t dropped = 0; ///< connections that ended while nobody here wanted it
    std::map<int, uint64_t> close_codes; ///< of all that ended; 1006: without a close
    Histogram connect; ///< from the start of the connect to the 101
};

struct Bytes {
    uint64_t sent = 0, received = 0, body = 0;
};

struct Result {
    std::string name;
    std::string url; ///< secrets masked
    int64_t started_at_ns = 0; ///< time zero, Unix time
    bool interrupted = false;
    std::optional<std::string> not_made; ///< why the run could not be made (exit 3)
    std::optional<std::string> aborted;  ///< the threshold that ended the load, in words
    double duration_s = 0; ///< of the measured load, without warm-up and graceful tail
    double warm_up_s = 0;
    Counts counts;
    uint64_t arrivals = 0, dropped = 0, retries = 0, reconnects = 0, skipped_tasks = 0;
    double rps = 0;
    Bytes bytes;
    Histogram latency, ok_latency, service, ttfb, connect;
    Histogram handshake; ///< of TLS, resumed ones included
    std::optional<TlsFacts> tls;
    std::vector<std::string> notes; ///< what a reader should know beside the figures
    std::optional<WebSocketResult> ws; ///< with ws:// and with ws tasks
    uint64_t users_peak = 0;
    uint64_t connections_opened = 0;
    std::vector<RequestResult> requests, tags, classes;
    std::vector<StageResult> stages;
    std::vector<TimelineRow> timeline;
    std::vector<ErrorGroup> errors;
    std::vector<ProbeResult> probes;
    std::vector<ThresholdResult> thresholds;
    std::vector<Stage> plan_stages;
    std::vector<ThresholdText> plan_thresholds;
    unsigned pipeline = 1; ///< requests in flight per connection
    Verdict verdict = Verdict::pass;
    Validity validity;
    RunFindings findings;
    GeneratorReport generator;
    SelfCheck self_check;
};

} // namespace ringblast
