#include "report/json.hpp"
#include "report/json_summary.hpp"

#include "report/json_findings.hpp"
#include "report/json_parts.hpp"
#include "report/result_words.hpp"
#include "report/time_text.hpp"
#include "stats/hdr_codec.hpp"

#include <algorithm>
#include <cmath>

namespace ringblast {

namespace {

using Json = nlohmann::ordered_json;

struct PercentileKey {
    const char* key;
    double percentile;
};

constexpr PercentileKey percentile_keys[] = {
    {"p50", 50}, {"p66", 66}, {"p75", 75},    {"p80", 80},      {"p90", 90},        {"p95", 95},
    {"p98", 98}, {"p99", 99}, {"p999", 99.9}, {"p9999", 99.99}, {"p99999", 99.999},
};

/// A time kept in nanoseconds, in a longer unit; a millionth of a millisecond is one of them.
Json rounded(double value) {
    return number(std::round(value * 1e6) / 1e6);
}

/// Without a fraction where there is none: the sums of nanoseconds are long.
Json whole_or_real(double value) {
    return value >= 0 && value < 1e18 && value == std::floor(value)
               ? Json(static_cast<uint64_t>(value))
               : number(value);
}

Json histogram_json(const Histogram& histogram) {
    return histogram.empty() ? Json() : Json(encode_hdr_base64(histogram));
}

Json latency_json(const Histogram& histogram) {
    const auto ms = [&](double ns) { return histogram.empty() ? Json() : rounded(ns / ns_in_ms); };
    Json json = {{"min", ms(static_cast<double>(histogram.min()))},
                 {"max", ms(static_cast<double>(histogram.max()))},
                 {"avg", ms(histogram.mean())},
                 {"stddev", ms(histogram.stddev())}};
    for (const PercentileKey& key : percentile_keys) {
        json[key.key] = ms(static_cast<double>(histogram.percentile(key.percentile)));
    }
    json["count"] = histogram.count();
    json["sum_ns"] = histogram.empty() ? Json() : whole_or_real(histogram.sum());
    return json;
}

/// The goal as a profile writes it: one of users, rate and at_once.
Json goal_json(const Stage& stage) {
    Json json = Json::object();
    if (stage.users) {
        json["users"] = number(*stage.users);
    } else if (stage.rate) {
        json["rate"] = number(*stage.rate);
    } else if (stage.at_once) {
        json["at_once"] = *stage.at_once;
    }
    json["ramp"] = stage.ramp;
    return json;
}

/// What requests, tags, classes and stages have in common.
template <class Row>
void add_figures(Json& json, const Row& row) {
    json["count"] = row.counts.completed();
    json["ok"] = row.counts.ok();
    json["failed"] = row.counts.failed();
    json["rate_limited"] = row.counts.rate_limited();
    json["error_rate"] = number(row.counts.error_rate());
    json["rps"] = number(row.rps);
    json["latency_ms"] = latency_json(row.latency);
    json["statuses"] = statuses_json(row.counts);
    json["outcomes"] = outcomes_json(row.counts);
    json["histogram"] = histogram_json(row.latency);
}

Json rows_json(const std::vector<RequestResult>& rows) {
    Json json = Json::array();
    for (const RequestResult& row : rows) {
        Json entry = {{"name", row.name}, {"method", text_or_null(row.method)}};
        add_figures(entry, row);
        entry["bytes_body"] = row.bytes_body ? Json(*row.bytes_body) : Json();
        entry["after"] = row.after;
        json.push_back(std::move(entry));
    }
    return json;
}

Json stages_json(const Result& result) {
    Json json = Json::array();
    for (const StageResult& stage : result.stages) {
        Json entry = {{"name", "stage " + std::to_string(stage.index)},
                      {"method", nullptr},
                      {"index", stage.index},
                      {"goal", goal_json(stage.goal)},
                      {"start_s", number(stage.start_s)},
                      {"duration_s", number(stage.duration_s)},
                      {"users", number(stage.users)},
                      {"verdict", word_of(verdict_words, stage.verdict)}};
        add_figures(entry, stage);
        entry["ok_latency_ms"] = latency_json(stage.ok_latency);
        entry["ok_histogram"] = histogram_json(stage.ok_latency);
        json.push_back(std::move(entry));
    }
    return json;
}

Json timeline_json(const Result& result) {
    Json json = Json::array();
    for (const TimelineRow& row : result.timeline) {
        const bool empty = row.histogram.empty();
        const auto ms = [&](int64_t ns) {
            return empty ? Json() : rounded(static_cast<double>(ns) / ns_in_ms);
        };
        json.push_back({{"t_s", number(row.t_s)},
                        {"span_s", number(row.span_s)},
                        {"warm_up", row.warm_up},
                        {"after", row.after},
                        {"users", row.users},
                        {"started", row.started},
                        {"ok", row.ok},
                        {"failed", row.failed},
                        {"rate_limited", row.rate_limited},
                        {"dropped", row.dropped},
                        {"rps", number(row.rps)},
                        {"p50_ms", ms(row.p50_ns)},
                        {"p95_ms", ms(row.p95_ns)},
                        {"p99_ms", ms(row.p99_ns)},
                        {"max_ms", ms(row.max_ns)},
                        {"generator_rss_bytes",
                         row.generator_rss_bytes > 0 ? Json(row.generator_rss_bytes) : Json()},
                        {"histogram", text_or_null(row.histogram)}});
    }
    return json;
}

Json errors_json(const Result& result) {
    Json json = Json::array();
    for (const ErrorGroup& group : result.errors) {
        json.push_back({{"outcome", name_of(group.outcome)},
                        {"request", group.request},
                        {"method", text_or_null(group.method)},
                        {"message", group.message},
                        {"count", group.count},
                        {"first_s", number(group.first_s)},
                        {"last_s", number(group.last_s)},
                        {"hint", text_or_null(group.hint)}});
    }
    return json;
}

Json thresholds_json(const Result& result) {
    Json json = Json::array();
    for (const ThresholdResult& threshold : result.thresholds) {
        json.push_back({{"expression", threshold.expression},
                        {"scope", text_or_null(threshold.scope)},
                        {"metric", threshold.metric},
                        {"op", threshold.op},
                        {"target", number(threshold.target)},
                        {"critical", number(threshold.critical)},
                        {"critical_op", text_or_null(threshold.critical_op)},
                        {"value", number(threshold.value)},
                        {"unit", threshold.unit},
                        {"window_s", number(threshold.window_s)},
                        {"low", number(threshold.low)},
                        {"high", number(threshold.high)},
                        {"verdict", word_of(verdict_words, threshold.verdict)}});
    }
    return json;
}

Json lateness_json(const Histogram& lateness) {
    if (lateness.empty()) {
        return {};
    }
    const auto us = [](int64_t ns) { return rounded(static_cast<double>(ns) / ns_in_us); };
    return {{"p50", us(lateness.percentile(50))},
            {"p99", us(lateness.percentile(99))},
            {"p999", us(lateness.percentile(99.9))},
            {"max", us(lateness.max())}};
}

Json generator_json(const GeneratorReport& generator) {
    Json busy_threads = Json::array();
    for (double busy : generator.busy) {
        busy_threads.push_back(number(busy));
    }
    const Json busiest = generator.busy.empty() ? Json() : number(std::ranges::max(generator.busy));
    return {{"version", generator.version},
            {"engine", generator.engine},
            {"engine_reason", text_or_null(generator.engine_reason)},
            {"kernel", generator.kernel},
            {"threads", generator.threads},
            {"seed", generator.seed},
            {"command", generator.command},
            {"busy", busiest},
            {"busy_threads", busy_threads},
            {"cpus", generator.cpus},
            {"lateness_us", lateness_json(generator.lateness)},
            {"peak_rss_bytes", generator.peak_rss_bytes},
            {"congestion_control", text_or_null(generator.congestion_control)},
            {"closed_at_full_speed", generator.closed_at_full_speed},
            {"buffer_starvations", generator.buffer_starvations},
            {"cq_overflows", generator.cq_overflows},
            {"stale_completions", generator.stale_completions},
            {"out_of_ports", generator.out_of_ports},
            {"out_of_files", generator.out_of_files},
            {"steal_share", number(generator.steal_share)},
            {"run_delay_share", number(generator.run_delay_share)},
            {"stall_max_s", number(generator.stall_max_s)},
            {"samples_lost", generator.samples_lost},
            {"latency_out_of_range", generator.latency_out_of_range}};
}

Json self_check_json(const SelfCheck& check) {
    return {{"started", check.started},
            {"ended", check.ended},
            {"open_load", check.open_load},
            {"arrivals", check.arrivals},
            {"tasks_started", check.tasks_started},
            {"dropped", check.dropped},
            {"in_flight_area_s", number(check.in_flight_area_s)},
            {"latency_sum_s", number(check.latency_sum_s)}};
}

Json plan_json(const Result& result) {
    Json stages = Json::array();
    for (const Stage& stage : result.plan_stages) {
        Json entry = goal_json(stage);
        entry["duration_s"] =
            stage.duration < open_ended ? number(seconds(stage.duration)) : Json();
        stages.push_back(std::move(entry));
    }
    Json thresholds = Json::array();
    for (const ThresholdText& text : result.plan_thresholds) {
        thresholds.push_back({{"target", text.target},
                              {"critical", text_or_null(text.critical)},
                              {"window_s", text.window ? number(seconds(*text.window)) : Json()},
                              {"abort", text.abort}});
    }
    return {{"stages", stages}, {"thresholds", thresholds}, {"pipeline", result.pipeline}};
}

Json histograms_json(const Result& result) {
    return {{"latency", histogram_json(result.latency)},
            {"ok_latency", histogram_json(result.ok_latency)},
            {"service", histogram_json(result.service)},
            {"ttfb", histogram_json(result.ttfb)},
            {"connect", histogram_json(result.connect)},
            {"lateness", histogram_json(result.generator.lateness)},
            {"handshake", histogram_json(result.handshake)}};
}

Json tls_json(const TlsFacts& tls) {
    return {{"library", tls.library},
            {"aes_instructions", tls.aes_instructions},
            {"version", text_or_null(tls.version)},
            {"cipher", text_or_null(tls.cipher)},
            {"key_exchange", text_or_null(tls.key_exchange)},
            {"handshakes_full", tls.handshakes_full},
            {"handshakes_resumed", tls.handshakes_resumed},
            {"handshakes_failed", tls.handshakes_failed},
            {"truncations", tls.truncations},
            {"verified", tls.verified},
            {"resume", tls.resume},
            {"allocations", tls.allocations},
            {"memory_bytes", tls.memory_bytes},
            {"memory_bytes_per_connection", tls.memory_bytes_per_connection}};
}

Json ws_json(const WebSocketResult& ws) {
    Json codes = Json::object();
    for (const auto& [code, count] : ws.close_codes) {
        codes[std::to_string(code)] = count;
    }
    return {{"connections", ws.connections},
            {"messages_sent", ws.messages_sent},
            {"messages_received", ws.messages_received},
            {"dropped", ws.dropped},
            {"close_codes", std::move(codes)},
            {"connect_ms", latency_json(ws.connect)},
            {"connect_histogram", histogram_json(ws.connect)}};
}

/// Totals, in the order of SPEC § 7.
Json head_json(const Result& result) {
    const Counts& counts = result.counts;
    return {{"schema", "ringblast-result/1"},
            {"name", result.name},
            {"url", result.url},
            {"started_at", print_utc(result.started_at_ns)},
            {"interrupted", result.interrupted},
            {"not_made", text_or_null(result.not_made)},
            {"aborted", text_or_null(result.aborted)},
            {"notes", result.notes},
            {"duration_s", number(result.duration_s)},
            {"warm_up_s", number(result.warm_up_s)},
            {"started", counts.started},
            {"total_requests", counts.completed()},
            {"successful", counts.ok()},
            {"failed", counts.failed()},
            {"rate_limited", counts.rate_limited()},
            {"cancelled", counts.of(Outcome::cancelled)},
            {"arrivals", result.arrivals},
            {"dropped", result.dropped},
            {"retries", result.retries},
            {"reconnects", result.reconnects},
            {"skipped_tasks", result.skipped_tasks},
            {"users_peak", result.users_peak},
            {"connections_opened", result.connections_opened},
            {"error_rate", number(counts.error_rate())},
            {"success_rate", number(counts.success_rate())},
            {"rate_limited_rate", number(counts.rate_limited_rate())},
            {"rps", number(result.rps)},
            {"outcomes", outcomes_json(counts)},
            {"statuses", statuses_json(counts)},
            {"bytes",
             {{"sent", result.bytes.sent},
              {"received", result.bytes.received},
              {"body", result.bytes.body}}}};
}

} // namespace

Json summary_json(const Result& result) {
    Json json = head_json(result);
    json.erase("schema");
    json["latency_ms"] = latency_json(result.latency);
    json["ok_latency_ms"] = latency_json(result.ok_latency);
    json["thresholds"] = thresholds_json(result);
    json["verdict"] = word_of(verdict_words, result.verdict);
    json["validity"] = validity_json(result.validity);
    return json;
}

std::string render_json(const Result& result) {
    Json json = head_json(result);
    json["latency_ms"] = latency_json(result.latency);
    json["ok_latency_ms"] = latency_json(result.ok_latency);
    json["service_ms"] = latency_json(result.service);
    json["ttfb_ms"] = latency_json(result.ttfb);
    json["connect_ms"] = latency_json(result.connect);
    json["tls_ms"] = result.tls ? latency_json(result.handshake) : Json();
    json["requests"] = rows_json(result.requests);
    json["tags"] = rows_json(result.tags);
    json["classes"] = rows_json(result.classes);
    json["stages"] = stages_json(result);
    json["timeline"] = timeline_json(result);
    json["errors"] = errors_json(result);
    json["probes"] = probes_json(result.probes);
    json["thresholds"] = thresholds_json(result);
    json["verdict"] = word_of(verdict_words, result.verdict);
    json["validity"] = validity_json(result.validity);
    add_findings(json, result.findings);
    json["generator"] = generator_json(result.generator);
    json["self_check"] = self_check_json(result.self_check);
    json["tls"] = result.tls ? tls_json(*result.tls) : Json();
    json["ws"] = result.ws ? ws_json(*result.ws) : Json();
    json["plan"] = plan_json(result);
    json["histograms"] = histograms_json(result);
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

} // namespace ringblast
