#include "sample_results.hpp"

#include "analysis/verdict.hpp"
#include "stats/hdr_codec.hpp"

#include <cmath>
#include <initializer_list>

namespace ringblast::samples {

namespace {

constexpr int64_t started_at_ns = 1'767'323'045'678'000'000; // 2026-01-02 03:04:05.678

/// `count` latencies with this median; the tail reaches about 25 times as far.
Histogram spread(double median_us, uint64_t count) {
    struct Point {
        double up_to, factor; ///< share of the samples up to here, of the median
    };
    constexpr Point points[] = {{0.02, 0.35}, {0.25, 0.8}, {0.5, 1},     {0.75, 1.2},  {0.9, 1.5},
                                {0.95, 1.9},  {0.99, 3.1}, {0.999, 7.7}, {0.9999, 16}, {1, 25.3}};
    Histogram histogram;
    uint64_t done = 0;
    for (const Point& point : points) {
        const auto upto =
            static_cast<uint64_t>(std::llround(point.up_to * static_cast<double>(count)));
        if (upto > done) {
            histogram.record(static_cast<int64_t>(median_us * point.factor * 1e3), upto - done);
        }
        done = std::max(done, upto);
    }
    return histogram;
}

Counts counts_of(uint64_t ok, std::initializer_list<std::pair<Outcome, uint64_t>> others = {}) {
    Counts counts{.started = ok};
    counts.outcomes[0] = ok;
    counts.statuses[200] = ok;
    for (const auto& [outcome, count] : others) {
        counts.outcomes[static_cast<size_t>(outcome)] = count;
        counts.started += count;
    }
    return counts;
}

TimelineRow second(double t_s, uint64_t users, const Histogram& histogram) {
    TimelineRow row{.t_s = t_s,
                    .users = users,
                    .started = histogram.count(),
                    .ok = histogram.count(),
                    .rps = static_cast<double>(histogram.count())};
    if (!histogram.empty()) {
        row.p50_ns = histogram.percentile(50);
        row.p95_ns = histogram.percentile(95);
        row.p99_ns = histogram.percentile(99);
        row.max_ns = histogram.max();
        row.histogram = encode_hdr_base64(histogram);
    }
    return row;
}

GeneratorReport generator_of(const char* command) {
    return {.version = "0.1.0",
            .engine = "io_uring",
            .kernel = "6.1.0",
            .command = command,
            .congestion_control = "cubic",
            .threads = 1,
            .cpus = {1},
            .seed = 1,
            .busy = {0.973},
            .peak_rss_bytes = 12'300'000};
}

Result common(const char* url) {
    Result result;
    result.url = url;
    result.started_at_ns = started_at_ns;
    result.duration_s = 10;
    return result;
}

/// Memory that leaks, a ratio that could not always be read, a queue that never was.
std::vector<ProbeResult> probes() {
    constexpr double mebi = 1024 * 1024;
    ProbeResult memory{.name = "server.rss", .unit = "bytes", .count = 22};
    ProbeResult hits{.name = "cache hits",
                     .unit = "percent",
                     .count = 18,
                     .last = 94.5,
                     .min = 91,
                     .max = 97.25,
                     .avg = 94.125,
                     .failures = 4,
                     .last_failure = "status 503"};
    for (int second = 0; second < 100; second += 4) {
        const bool measured = second > 5 && second <= 95;
        const double bytes = (100 + 0.1 * second + 0.5 * (second % 3)) * mebi;
        memory.series.push_back({static_cast<double>(second), bytes, measured});
        if (second < 60 || second >= 75) {
            hits.series.push_back(
                {static_cast<double>(second), 94 + 0.5 * (second % 3), measured});
        }
    }
    memory.min = memory.series[2].value;
    memory.last = memory.max = memory.series[23].value;
    memory.avg = 105.07 * mebi;
    return {memory,
            hits,
            {.name = "queue depth", .unit = "", .failures = 24,
             .last_failure = "no such metric: queue_depth{name=\"jobs\"}"}};
}

} // namespace

Result blast() {
    Result result = common("http://127.0.0.1:8080/");
    result.name = "GET http://127.0.0.1:8080/";
    result.plan_stages = {{.users = 64, .duration = std::chrono::seconds(10)}};
    result.counts = counts_of(1'234'567, {{Outcome::cancelled, 64}});
    result.rps = 123'456.7;
    result.users_peak = 64;
    result.connections_opened = 64;
    result.bytes = {.sent = 98'765'360, .received = 197'530'720, .body = 7'407'402};
    result.latency = spread(408, 1'234'567);
    result.ok_latency = result.latency;
    result.service = result.latency;
    result.ttfb = result.latency;
    result.connect = spread(120, 64);
    result.requests = {{.name = "/",
                        .method = "GET",
                        .counts = result.counts,
                        .rps = result.rps,
                        .latency = result.latency}};
    result.stages = {{.index = 1,
                      .goal = result.plan_stages[0],
                      .duration_s = 10,
                      .users = 64,
                      .counts = result.counts,
                      .rps = result.rps,
                      .latency = result.latency}};
    for (int t = 0; t < 3; ++t) {
        result.timeline.push_back(second(t, 64, spread(408, 123'456)));
    }
    result.generator = generator_of("ringblast http://127.0.0.1:8080/");
    result.generator.closed_at_full_speed = true;
    result.self_check = {
        .started = 1'234'631, .ended = 1'234'631, .in_flight_area_s = 640, .latency_sum_s = 640};
    decide(result, {});
    return result;
}

Result few() {
    Result result = common("http://127.0.0.1:8080/health");
    result.duration_s = 1.5;
    result.plan_stages = {{.at_once = 12, .duration = std::chrono::milliseconds(1500)}};
    result.counts = counts_of(12);
    result.rps = 8;
    result.arrivals = 12;
    result.latency = spread(900, 12);
    result.ok_latency = result.service = result.latency;
    result.generator = generator_of("ringblast http://127.0.0.1:8080/health --stages @12:1500ms");
    result.generator.busy = {0.02};
    result.generator.lateness.record(12'000, 12);
    result.self_check = {
        .started = 12, .ended = 12, .arrivals = 12, .tasks_started = 12, .open_load = true};
    const Threshold threshold = parse_threshold("max < 1s").value();
    decide(result, {&threshold, 1});
    return result;
}

Result stages() {
    using enum Outcome;
    Result result = common("http://localhost:8000");
    result.name = "dashboard";
    result.duration_s = 95;
    result.warm_up_s = 5;
    result.interrupted = true;
    result.plan_stages = {
        {.rate = 100, .duration = std::chrono::seconds(40), .ramp = true},
        {.rate = 1000, .duration = std::chrono::seconds(50), .ramp = true},
        {.at_once = 200, .duration = std::chrono::seconds(10)},
    };
    result.counts = counts_of(47'803, {{rate_limited, 120},
                                       {http_error, 1'204},
                                       {timeout, 17},
                                       {connect_error, 3},
                                       {reset, 41},
                                       {cancelled, 5}});
    result.counts.statuses[429] = 120;
    result.counts.statuses[503] = 1'200;
    result.counts.statuses[404] = 4;
    result.rps = 517.8;
    result.arrivals = 50'012;
    result.dropped = 819;
    result.retries = 3;
    result.reconnects = 12;
    result.users_peak = 384;
    result.connections_opened = 399;
    result.bytes = {.sent = 9'876'536, .received = 1'975'307'200, .body = 1'900'000'000};
    result.latency = spread(31'000, 49'188);
    result.ok_latency = spread(26'000, 47'803);
    result.service = spread(12'000, 49'188);
    result.ttfb = result.service;
    result.connect = spread(200, 399);
    result.requests = {
        {.name = "get runs",
         .method = "GET",
         .counts = counts_of(47'700, {{http_error, 1'204}, {reset, 41}}),
         .rps = 515.2,
         .latency = spread(30'500, 48'945)},
        {.name = "login",
         .method = "POST",
         .counts = counts_of(103, {{rate_limited, 120}, {timeout, 17}, {connect_error, 3}}),
         .rps = 2.56,
         .latency = spread(145'000, 243)},
        {.name = "export", .method = "POST"},
    };
    result.tags = {result.requests[0]};
    result.tags[0].name = "read";
    result.tags[0].method.clear();
    const uint64_t counts[] = {1'980, 47'008, 200};
    const double starts[] = {0, 40, 90};
    for (unsigned i = 0; i < 3; ++i) {
        const Stage& goal = result.plan_stages[i];
        const double length = std::chrono::duration<double>(goal.duration).count();
        result.stages.push_back({.index = i + 1,
                                 .goal = goal,
                                 .start_s = starts[i],
                                 .duration_s = i == 0 ? length - 5 : length,
                                 .users = i == 2 ? 384.0 : 20.0,
                                 .counts = counts_of(counts[i] - (i == 1 ? 1'265 : 0),
                                                     {{http_error, i == 1 ? 1'265 : 0}}),
                                 .rps = static_cast<double>(counts[i]) / length,
                                 .latency = spread(i == 2 ? 480'000 : 31'000, counts[i])});
    }
    result.timeline = {second(0, 2, spread(25'000, 50)), second(5, 3, spread(26'000, 60)),
                       second(95, 384, Histogram())};
    result.timeline[0].warm_up = true;
    result.timeline[2].after = true;
    result.timeline[1].span_s = 90;
    result.timeline[1].dropped = 819;
    result.errors = {
        {.outcome = reset,
         .request = "get runs",
         .message = "closed after 17 bytes",
         .count = 41,
         .first_s = 61.25,
         .last_s = 88},
        {.outcome = http_error,
         .request = "get runs",
         .message = "status 503",
         .count = 1'200,
         .first_s = 55.5,
         .last_s = 93.25},
        {.outcome = http_error,
         .request = "get runs",
         .message = "status 404",
         .count = 4,
         .first_s = 7,
         .last_s = 80},
        {.outcome = rate_limited,
         .request = "login",
         .message = "status 429",
         .count = 120,
         .first_s = 12,
         .last_s = 95},
        {.outcome = timeout,
         .request = "login",
         .message = "no response within 10 s",
         .count = 17,
         .first_s = 62,
         .last_s = 91},
        {.outcome = connect_error,
         .request = "login",
         .message = "connection refused",
         .count = 3,
         .first_s = 90.004,
         .last_s = 90.01},
    };
    result.probes = probes();
    result.generator = generator_of("ringblast run dashboard --api-key ***");
    result.generator.threads = 2;
    result.generator.cpus = {2, 3};
    result.generator.busy = {0.31, 0.38};
    result.generator.lateness = spread(4, 50'000);
    result.generator.steal_share = 0.07;
    result.self_check = {.started = 49'193,
                         .ended = 49'193,
                         .arrivals = 50'012,
                         .tasks_started = 49'193,
                         .dropped = 819,
                         .open_load = true,
                         .in_flight_area_s = 1'881.25,
                         .latency_sum_s = 1'881.25};
    const ThresholdText texts[] = {
        {"p50 < 50ms", {}},
        {"p95 < 50ms", "p95 < 150ms"},
        {"error_rate < 2%", {}},
        {"get runs: errors < 1000", {}},
        {"stage(2): error_rate < 2.6%", {}},
        {"rps > 500/s", {}},
        {"export: p95 < 1.5s", {}},
        {"tag(write): p95 < 500us", {}},
        {"probe(server.rss).max < 200MiB", {}},
        {"probe(server.rss).slope < 1MiB/min", "probe(server.rss).slope < 10MiB/min"},
        {"probe(queue depth).last < 100", {}},
    };
    std::vector<Threshold> thresholds;
    for (const ThresholdText& text : texts) {
        thresholds.push_back(parse_threshold(text).value());
    }
    decide(result, thresholds);
    return result;
}

Result not_made() {
    Result result = common("http://localhost:8000/api");
    result.duration_s = 0;
    result.plan_stages = {{.users = 64, .duration = std::chrono::seconds(10)}};
    result.generator = generator_of("ringblast http://localhost:8000/api");
    result.not_made = "localhost:8000 refused every connection: is the target running, and is the "
                      "port right? (--wait-for 30s waits for it)";
    result.notes = {"the tear-down was not run: no connection"};
    decide(result, {});
    return result;
}

namespace {

RequestResult row_of(const char* name, const char* method, const Counts& counts, double median_us) {
    return {.name = name,
            .method = method,
            .counts = counts,
            .rps = static_cast<double>(counts.completed()) / 33.3,
            .latency = spread(median_us, counts.completed())};
}

/// Four steps of users; the target bends at the third.
void add_steps(Result& result) {
    for (unsigned i = 0; i < 4; ++i) {
        const Stage goal = {.users = 25.0 * (i + 1), .duration = std::chrono::seconds(9)};
        const uint64_t count = i < 2 ? 1'500 * (i + 1) : 3'300;
        result.plan_stages.push_back(goal);
        result.stages.push_back({.index = i + 1,
                                 .goal = goal,
                                 .start_s = 9.0 * i,
                                 .duration_s = i == 0 ? 6.3 : 9,
                                 .users = *goal.users,
                                 .counts = counts_of(count, {{Outcome::http_error, i * i * 7}}),
                                 .rps = static_cast<double>(count + i * i * 7) / 9,
                                 .latency = spread(9'000 * (i < 2 ? 1 : i * 2), count)});
    }
}

void add_seconds(Result& result) {
    for (unsigned t = 0; t < 37; ++t) {
        const unsigned step = std::min(t / 9, 3U);
        TimelineRow row =
            second(t, 25 * (step + 1), spread(9'000 * (step < 2 ? 1 : step * 2), 300));
        row.failed = step == 3 ? t % 5 : 0;
        row.rate_limited = t % 9 == 4 ? 3 : 0;
        row.ok -= row.failed + row.rate_limited;
        row.warm_up = t < 3;
        row.after = t == 36;
        row.span_s = t == 36 ? 0.3217812345 : 1;
        result.timeline.push_back(row);
    }
    result.timeline.back() = {.t_s = 36, .span_s = 0.3217812345, .after = true};
}

void add_generator(Result& result) {
    GeneratorReport& generator = result.generator;
    generator = generator_of("ringblast run dashboard --api-key ***");
    generator.engine = "epoll";
    generator.engine_reason = "io_uring is forbidden here (io_uring_disabled = 2)";
    generator.threads = 2;
    generator.cpus = {2, -1};
    generator.busy = {1.0 / 3, 0.25};
    generator.seed = 18'446'744'073'709'551'615U;
    generator.lateness = spread(4, 12'345);
    generator.buffer_starvations = 1;
    generator.cq_overflows = 2;
    generator.stale_completions = 3;
    generator.out_of_ports = 4;
    generator.out_of_files = 5;
    generator.steal_share = 0.01 / 3;
    generator.run_delay_share = 0.001 / 3;
    generator.stall_max_s = 0.0123456789;
    generator.samples_lost = 6;
    generator.latency_out_of_range = 7;
}

} // namespace

namespace {

/// One of each, beside what decide() found.
void add_findings(Result& result) {
    TrendFinding trend;
    trend.metric = "p95";
    trend.unit = "ms";
    trend.from_s = 2.7;
    trend.to_s = 1'200;
    trend.median = 12.5;
    trend.slope_per_min = 1.0 / 3;
    trend.slope_low = 0.25;
    trend.slope_high = 0.4;
    trend.change = 0.533;
    trend.change_low = 0.4;
    trend.change_high = 0.64;
    trend.p_value = 1e-9;
    trend.significant = true;
    trend.words = "p95 rose by 53.3 % over 20 min (95 %: +40.0 to +64.0 %), 333 µs a minute";
    TrendFinding step = trend;
    step.metric = "goodput";
    step.unit = "/s";
    step.steps = {{.t_s = 610, .before = 90, .after = 60.5}};
    step.words = "goodput stepped from 90/s to 60.5/s at 610 s";
    TrendFinding falling = trend;
    falling.metric = "generator_memory";
    falling.unit = "bytes";
    falling.slope_per_min = falling.slope_low = falling.change = falling.change_low = -0.01;
    falling.significant = false;
    falling.words = "the generator's memory shows no trend (95 %: -1.0 to +0.1 %)";
    RunFindings& findings = result.findings;
    findings.trends = {trend, step, falling};
    findings.latency_intervals = {{.percentile = 50, .low_ns = 8'900'000, .high_ns = 9'100'032},
                                  {.percentile = 99, .low_ns = 90'000'000, .high_ns = 112'000'000}};
    findings.error_clustering = {.dispersion = 7.5,
                                 .p_value = 1e-7,
                                 .runs_p_value = 0.25,
                                 .significant = true,
                                 .period_s = 10,
                                 .words = "93 % of the errors in 3 of 33 s, every 10 s"};
    findings.steady_state = {.steady = true, .warm_up_s = 15, .words = "--warm-up 15s <b>"};
    findings.bursts = {{.stage = 2,
                        .from_s = 9,
                        .to_s = 18,
                        .completed = 3'000,
                        .ok = 2'900,
                        .rate_limited = 60,
                        .refused = 20,
                        .reset = 15,
                        .timed_out = 5,
                        .accepted_p95_ms = 17.25,
                        .limit_ms = 100,
                        .recovery_s = 3,
                        .recovery_seen = true,
                        .graceful = false,
                        .words = "burst of 50 users: 20 refused and 15 reset connections"}};
    findings.causes = {
        {.kind = "rate_limited",
         .what = "a rate limiter, at about 100/s | <b>",
         .evidence = {"1 of 2 answers", "they come back every 10 s"},
         .advice = "ask for less"},
        {.kind = "trend", .what = "p95 changed", .evidence = {"it rose"}, .advice = ""}};
}

} // namespace

Result everything() {
    using enum Outcome;
    Result result = common("https://localhost:8443/api");
    result.name = "dashboard \"web\" <b>&amp;</b> </script>";
    result.started_at_ns += 912'345; // finer than what is saved
    result.duration_s = 33.3;
    result.warm_up_s = 2.7;
    add_steps(result);
    add_seconds(result);
    result.requests = {
        row_of("/api/runs", "GET", counts_of(6'000, {{http_error, 40}, {reset, 3}}), 9'000),
        row_of("/api/runs", "DELETE", counts_of(12), 700),
        row_of("login, \"slow\"\r\n| `x` </script>", "POST", counts_of(900, {{rate_limited, 12}}),
               145'000.123),
        row_of("GET /health", "GET", counts_of(3'000), 0.4),
        row_of("export", "POST", counts_of(0, {{cancelled, 2}}), 1),
        row_of("Ünïcödé ✓ 漢字", "PUT", counts_of(700, {{check_failed, 58}}), 31'000),
    };
    result.requests[0].bytes_body = 6'043'000;
    result.tags = {row_of("read", "", counts_of(9'000, {{http_error, 40}}), 9'000),
                   row_of("write", "", counts_of(1'612, {{rate_limited, 12}}), 60'000)};
    result.classes = {row_of("WebClientUser", "", counts_of(10'000), 9'000),
                      row_of("Admin", "", counts_of(612), 60'000)};
    for (const RequestResult& row : result.requests) {
        result.counts.started += row.counts.started;
        for (size_t i = 0; i < outcome_count; ++i) {
            result.counts.outcomes[i] += row.counts.outcomes[i];
        }
        result.latency.merge(row.latency);
    }
    result.requests.push_back(row_of("log out", "POST", counts_of(50), 700)); // in no total
    result.requests.back().after = true;
    result.requests.back().rps = 0;
    result.counts.statuses = {{200, 10'612}, {204, 58}, {429, 12}, {503, 40}};
    result.rps = static_cast<double>(result.counts.completed()) / result.duration_s;
    result.ok_latency = spread(10'000, result.counts.ok());
    result.service = spread(8'000, result.counts.completed());
    result.ttfb = spread(7'000, result.counts.completed());
    result.connect = spread(210, 104);
    result.handshake = spread(3'400, 104);
    result.tls = {.library = "wolfSSL 5.5.4 | <b>`x`\x1b[2J",
                  .aes_instructions = true,
                  .version = "TLSv1.3",
                  .cipher = "TLS_CHACHA20_POLY1305_SHA256",
                  .key_exchange = "X25519",
                  .verified = false,
                  .resume = false,
                  .handshakes_full = 100,
                  .handshakes_resumed = 4,
                  .handshakes_failed = 5,
                  .truncations = 6,
                  .allocations = 12'345,
                  .memory_bytes = 9'000'000,
                  .memory_bytes_per_connection = 87'300};
    result.users_peak = 100;
    result.connections_opened = 104;
    result.retries = 1;
    result.reconnects = 2;
    result.skipped_tasks = 3;
    result.notes = {"2 users ended because a csv with pick = \"unique\" had no row left for them",
                    "the tear-down failed: POST /x: <b>|\x1b[31m`no`\r\n"};
    result.bytes = {.sent = 1'234'567, .received = 98'765'432, .body = 90'000'001};
    result.errors = {
        {.outcome = http_error,
         .request = "/api/runs",
         .method = "GET",
         .message = "status 503",
         .count = 40,
         .first_s = 27.0 + 1.0 / 3,
         .last_s = 35.9},
        {.outcome = check_failed,
         .request = "Ünïcödé ✓ 漢字",
         .method = "PUT",
         .message = "/items is not there: {\"a\": \"<|>\"}",
         .count = 58,
         .first_s = 3,
         .last_s = 35},
        {.outcome = reset,
         .request = "/api/runs",
         .method = "GET",
         .message = "closed after 17 bytes",
         .count = 3,
         .first_s = 30,
         .last_s = 31},
        {.outcome = rate_limited,
         .request = "login, \"slow\"\r\n| `x` </script>",
         .method = "POST",
         .message = "status 429",
         .count = 12,
         .first_s = 4,
         .last_s = 33},
    };
    add_generator(result);
    result.self_check = {.started = result.counts.started,
                         .ended = result.counts.started,
                         .in_flight_area_s = 1'000.0 / 3,
                         .latency_sum_s = 1'000.0 / 3};
    const ThresholdText texts[] = {
        {"p95 < 100ms", "p95 < 2s"},  {"error_rate < 2%", {}},
        {"stage(*): p50 < 20ms", {}}, {"tag(read): rps > 10/s", {}},
        {"latency_trend < 10%", {}},  {"error_clustering < 2.5", {}},
        {"export: p95 < 1.5s", {}},   {"class(Nobody): p95 < 500us", {}},
    };
    std::vector<Threshold> thresholds;
    for (const ThresholdText& text : texts) {
        thresholds.push_back(parse_threshold(text).value());
    }
    decide(result, thresholds);
    result.plan_thresholds[1].window = std::chrono::milliseconds(10'500);
    result.plan_thresholds[1].abort = true;
    result.thresholds[1].window_s = 10.5;
    add_findings(result);
    ThresholdResult& trend = result.thresholds[result.thresholds.size() - 4];
    trend.value = 0.533;
    trend.low = 0.4;
    trend.high = 0.64;
    trend.verdict = Verdict::fail;
    result.aborted = result.thresholds[1].expression + " was broken in the 10.5 s before 24 s";
    return result;
}

} // namespace ringblast::samples
