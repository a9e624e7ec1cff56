#include "report/json_read.hpp"

#include "report/json_findings.hpp"
#include "report/json_parts.hpp"
#include "report/result_words.hpp"
#include "stats/hdr_codec.hpp"

#include <algorithm>
#include <cmath>

namespace ringblast {

namespace {

using Tree = nlohmann::json;
using Node = JsonNode;

/// Checked on the way in, so that reports may add up what they find.
Histogram read_histogram(const Node& node) {
    if (node.null()) {
        return {};
    }
    Expected<Histogram> histogram = decode_hdr_base64(node.text());
    if (!histogram) {
        node.fail("is no histogram: " + histogram.error().message);
        return {};
    }
    if (histogram->layout() != HistogramLayout{}) {
        node.fail("is a histogram of another range than 1 µs to 1 h with 3 digits");
        return {};
    }
    return std::move(*histogram);
}

/// Nanoseconds of a whole run, which may be more than amount_max.
double read_sum(const Node& node) {
    const double sum = node.json().is_number() ? node.json().get<double>() : -1;
    if (sum < 0) {
        node.expected("a number that is not negative");
        return 0;
    }
    return sum;
}

/// A histogram with what stands beside it exactly. `figures`: an object in the shape of latency_ms.
Histogram read_latency(const Node& figures, const Node& encoded) {
    Histogram histogram = read_histogram(encoded);
    if (figures.at("count").count() != histogram.count()) {
        figures.at("count").fail("does not agree with the histogram");
    }
    if (histogram.empty()) {
        return histogram;
    }
    const Node sum = figures.maybe("sum_ns");
    const Histogram::Exact exact = {
        .sum_ns = sum.null() ? histogram.sum() : read_sum(sum),
        .min_ns = figures.at("min").ns(ns_in_ms),
        .max_ns = figures.at("max").ns(ns_in_ms),
    };
    const auto count = static_cast<double>(histogram.count());
    const HistogramLayout& layout = histogram.layout();
    if (exact.min_ns > exact.max_ns ||
        exact.max_ns > layout.value_max_of(layout.slot_count() - 1) ||
        exact.sum_ns > static_cast<double>(exact.max_ns) * count * 1.001) {
        figures.fail("contradicts itself: least, largest and sum cannot be of the same samples");
        return histogram;
    }
    histogram.set_exact(exact);
    return histogram;
}

RequestResult read_row(const Node& node) {
    const Node body = node.maybe("bytes_body");
    return {.name = node.at("name").text(),
            .method = node.at("method").text_or_empty(),
            .counts = read_counts(node),
            .rps = node.at("rps").amount(),
            .latency = read_latency(node.at("latency_ms"), node.at("histogram")),
            .bytes_body = body.null() ? std::nullopt : std::optional(body.count()),
            .after = !node.maybe("after").null() && node.at("after").flag()};
}

Duration read_seconds(const Node& node) {
    return node.null() ? open_ended : std::min(Duration(node.ns(1e9)), open_ended);
}

Stage read_goal(const Node& node) {
    Stage stage;
    stage.ramp = node.at("ramp").flag();
    if (node.has("users")) {
        stage.users = node.at("users").amount();
    } else if (node.has("rate")) {
        stage.rate = node.at("rate").amount();
    } else if (node.has("at_once")) {
        stage.at_once = node.at("at_once").count();
    } else {
        node.fail("has none of users, rate and at_once");
    }
    return stage;
}

Stage read_plan_stage(const Node& node) {
    Stage stage = read_goal(node);
    stage.duration = read_seconds(node.at("duration_s"));
    return stage;
}

/// Of the ok requests; a result of an earlier version has none.
Histogram read_ok_latency(const Node& node) {
    const Node figures = node.maybe("ok_latency_ms");
    return figures.null() ? Histogram() : read_latency(figures, node.at("ok_histogram"));
}

StageResult read_stage(const Node& node) {
    return {.index = static_cast<unsigned>(node.at("index").count()),
            .goal = read_goal(node.at("goal")),
            .start_s = node.at("start_s").amount(),
            .duration_s = node.at("duration_s").amount(),
            .users = node.at("users").amount(),
            .verdict = node.at("verdict").word<Verdict>(verdict_words),
            .counts = read_counts(node),
            .rps = node.at("rps").amount(),
            .latency = read_latency(node.at("latency_ms"), node.at("histogram")),
            .ok_latency = read_ok_latency(node)};
}

uint64_t read_count_or_0(const Node& node) {
    return node.null() ? 0 : node.count();
}

TimelineRow read_timeline_row(const Node& node) {
    read_histogram(node.at("histogram")); // its text is kept, once it is known to be one
    return {.t_s = node.at("t_s").amount(),
            .span_s = node.at("span_s").amount(),
            .warm_up = node.at("warm_up").flag(),
            .after = node.at("after").flag(),
            .users = node.at("users").count(),
            .started = node.at("started").count(),
            .ok = node.at("ok").count(),
            .failed = node.at("failed").count(),
            .rate_limited = node.at("rate_limited").count(),
            .dropped = node.at("dropped").count(),
            .rps = node.at("rps").amount(),
            .p50_ns = node.at("p50_ms").ns(ns_in_ms),
            .p95_ns = node.at("p95_ms").ns(ns_in_ms),
            .p99_ns = node.at("p99_ms").ns(ns_in_ms),
            .max_ns = node.at("max_ms").ns(ns_in_ms),
            .histogram = node.at("histogram").text_or_empty(),
            .generator_rss_bytes = read_count_or_0(node.maybe("generator_rss_bytes"))};
}

ErrorGroup read_error(const Node& node) {
    return {.outcome = node.at("outcome").word<Outcome>(outcome_names),
            .request = node.at("request").text(),
            .method = node.maybe("method").text_or_empty(),
            .message = node.at("message").text(),
            .count = node.at("count").count(),
            .first_s = node.at("first_s").number(),
            .last_s = node.at("last_s").number(),
            .hint = node.at("hint").text_or_empty()};
}

/// A result of an earlier version has the target's only.
std::string read_critical_op(const Node& node) {
    const bool critical = !node.at("critical").null();
    const Node op = node.maybe("critical_op");
    return op.null() && critical ? node.at("op").text() : op.text_or_empty();
}

ThresholdResult read_threshold(const Node& node) {
    const Node window = node.maybe("window_s");
    return {.expression = node.at("expression").text(),
            .scope = node.at("scope").text_or_empty(),
            .metric = node.at("metric").text(),
            .op = node.at("op").text(),
            .target = node.at("target").maybe_number().value_or(0),
            .critical = node.at("critical").maybe_number(),
            .critical_op = read_critical_op(node),
            .value = node.at("value").maybe_number(),
            .unit = node.at("unit").text(),
            .window_s = window.null() ? std::nullopt : window.maybe_number(),
            .low = node.maybe("low").maybe_number(),
            .high = node.maybe("high").maybe_number(),
            .verdict = node.at("verdict").word<Verdict>(verdict_words)};
}

ThresholdText read_threshold_text(const Node& node) {
    ThresholdText text;
    text.target = node.at("target").text();
    text.critical = maybe_text(node.at("critical"));
    if (const Node window = node.maybe("window_s"); !window.null()) {
        text.window = read_seconds(window);
    }
    if (const Node abort = node.maybe("abort"); !abort.null()) {
        text.abort = abort.flag();
    }
    return text;
}

int read_cpu(const Node& node) {
    return static_cast<int>(std::clamp(node.number(), -1.0, 1e6));
}

GeneratorReport read_generator(const Node& node, const Node& lateness) {
    GeneratorReport generator{.version = node.at("version").text(),
                              .engine = node.at("engine").text(),
                              .kernel = node.at("kernel").text(),
                              .command = node.at("command").text(),
                              .congestion_control = node.at("congestion_control").text_or_empty(),
                              .engine_reason = node.at("engine_reason").text_or_empty(),
                              .threads = static_cast<unsigned>(node.at("threads").count()),
                              .cpus = node.at("cpus").list(read_cpu),
                              .seed = node.at("seed").count(),
                              .busy = node.at("busy_threads").list(read_amount),
                              .lateness = read_histogram(lateness),
                              .peak_rss_bytes = node.at("peak_rss_bytes").count(),
                              .buffer_starvations = node.at("buffer_starvations").count(),
                              .cq_overflows = node.at("cq_overflows").count(),
                              .stale_completions = node.at("stale_completions").count(),
                              .out_of_ports = node.at("out_of_ports").count(),
                              .out_of_files = node.at("out_of_files").count(),
                              .steal_share = node.at("steal_share").amount(),
                              .run_delay_share = node.at("run_delay_share").amount(),
                              .stall_max_s = node.at("stall_max_s").amount(),
                              .samples_lost = node.at("samples_lost").count(),
                              .latency_out_of_range = node.at("latency_out_of_range").count(),
                              .closed_at_full_speed = node.at("closed_at_full_speed").flag()};
    if (!generator.lateness.empty()) {
        const Histogram& slots = generator.lateness;
        generator.lateness.set_exact({.sum_ns = slots.sum(),
                                      .min_ns = slots.min(),
                                      .max_ns = node.at("lateness_us").at("max").ns(ns_in_us)});
    }
    return generator;
}

SelfCheck read_self_check(const Node& node) {
    return {.started = node.at("started").count(),
            .ended = node.at("ended").count(),
            .arrivals = node.at("arrivals").count(),
            .tasks_started = node.at("tasks_started").count(),
            .dropped = node.at("dropped").count(),
            .open_load = node.at("open_load").flag(),
            .in_flight_area_s = node.at("in_flight_area_s").amount(),
            .latency_sum_s = node.at("latency_sum_s").amount()};
}

void read_totals(const Node& root, Result& result) {
    result.name = root.at("name").text();
    result.url = root.at("url").text();
    result.started_at_ns = read_time(root.at("started_at"));
    result.interrupted = root.at("interrupted").flag();
    result.not_made = maybe_text(root.at("not_made"));
    result.aborted = maybe_text(root.maybe("aborted"));
    if (const Node notes = root.maybe("notes"); !notes.null()) {
        result.notes = notes.list(read_text);
    }
    result.duration_s = root.at("duration_s").amount();
    result.warm_up_s = root.at("warm_up_s").amount();
    result.counts = read_counts(root);
    result.arrivals = root.at("arrivals").count();
    result.dropped = root.at("dropped").count();
    result.retries = root.at("retries").count();
    result.reconnects = root.at("reconnects").count();
    result.skipped_tasks = root.at("skipped_tasks").count();
    result.rps = root.at("rps").amount();
    const Node bytes = root.at("bytes");
    result.bytes = {.sent = bytes.at("sent").count(),
                    .received = bytes.at("received").count(),
                    .body = bytes.at("body").count()};
    result.users_peak = root.at("users_peak").count();
    result.connections_opened = root.at("connections_opened").count();
    result.verdict = root.at("verdict").word<Verdict>(verdict_words);
}

TlsFacts read_tls(const Node& node) {
    return {.library = node.at("library").text(),
            .aes_instructions = node.at("aes_instructions").flag(),
            .version = node.at("version").text_or_empty(),
            .cipher = node.at("cipher").text_or_empty(),
            .key_exchange = node.at("key_exchange").text_or_empty(),
            .verified = node.at("verified").flag(),
            .resume = node.at("resume").flag(),
            .handshakes_full = node.at("handshakes_full").count(),
            .handshakes_resumed = node.at("handshakes_resumed").count(),
            .handshakes_failed = node.at("handshakes_failed").count(),
            .truncations = node.at("truncations").count(),
            .allocations = node.at("allocations").count(),
            .memory_bytes = node.at("memory_bytes").count(),
            .memory_bytes_per_connection = node.at("memory_bytes_per_connection").count()};
}

void read_latencies(const Node& root, Result& result) {
    const Node histograms = root.at("histograms");
    result.latency = read_latency(root.at("latency_ms"), histograms.at("latency"));
    result.ok_latency = read_latency(root.at("ok_latency_ms"), histograms.at("ok_latency"));
    result.service = read_latency(root.at("service_ms"), histograms.at("service"));
    result.ttfb = read_latency(root.at("ttfb_ms"), histograms.at("ttfb"));
    result.connect = read_latency(root.at("connect_ms"), histograms.at("connect"));
    if (const Node tls = root.maybe("tls"); !tls.null()) {
        result.tls = read_tls(tls);
        result.handshake = read_latency(root.at("tls_ms"), histograms.at("handshake"));
    }
}

WebSocketResult read_ws(const Node& node) {
    WebSocketResult ws{.connections = node.at("connections").count(),
                       .messages_sent = node.at("messages_sent").count(),
                       .messages_received = node.at("messages_received").count(),
                       .dropped = node.at("dropped").count(),
                       .close_codes = read_numbered(node.at("close_codes"), 1000, 4999)};
    ws.connect = read_latency(node.at("connect_ms"), node.at("connect_histogram"));
    return ws;
}

Result read_root(const Node& root) {
    Result result;
    read_totals(root, result);
    read_latencies(root, result);
    result.requests = root.at("requests").list(read_row);
    result.tags = root.at("tags").list(read_row);
    result.classes = root.at("classes").list(read_row);
    result.stages = root.at("stages").list(read_stage);
    result.timeline = root.at("timeline").list(read_timeline_row);
    result.errors = root.at("errors").list(read_error);
    result.probes = root.at("probes").list(read_probe);
    result.thresholds = root.at("thresholds").list(read_threshold);
    result.validity = read_validity(root.at("validity"));
    result.generator = read_generator(root.at("generator"), root.at("histograms").at("lateness"));
    if (const Node ws = root.at("ws"); !ws.null()) {
        result.ws = read_ws(ws);
    }
    result.self_check = read_self_check(root.at("self_check"));
    result.findings = read_findings(root);
    const Node plan = root.at("plan");
    result.plan_stages = plan.at("stages").list(read_plan_stage);
    result.plan_thresholds = plan.at("thresholds").list(read_threshold_text);
    result.pipeline = static_cast<unsigned>(plan.at("pipeline").count());
    return result;
}

} // namespace

Expected<Result> read_result(std::string_view json_text) {
    Expected<Tree> json = parse_document(json_text, "ringblast-result/1");
    if (!json) {
        return std::unexpected(json.error());
    }
    std::optional<Error> problem;
    Result result = read_root({*json, "", problem});
    if (problem) {
        return std::unexpected(std::move(*problem));
    }
    return result;
}

} // namespace ringblast
