#include "report/limit_json.hpp"

#include "report/json_parts.hpp"
#include "report/time_text.hpp"

#include <algorithm>

namespace ringblast {

namespace {

using Json = nlohmann::ordered_json;
using Node = JsonNode;

constexpr double requests_per_task_min = 1e-3;
constexpr std::string_view schema_name = "ringblast-limit/1";

Json scaled(const std::optional<double>& value, double factor) {
    return value ? number(*value * factor) : Json();
}

Json capacity_json(const LimitResult& result) {
    const CapacityAnswer& answer = result.capacity;
    double requests = result.requests_per_arrival;
    return {{"rps", scaled(answer.rate, requests)},
            {"low", scaled(answer.low, requests)},
            {"high", scaled(answer.high, requests)},
            {"at_least", scaled(answer.at_least, requests)},
            {"sustainable_rps", scaled(answer.sustainable, requests)},
            {"tasks_per_s", number(answer.rate)},
            {"requests_per_task", number(requests)},
            {"hold_s", number(result.hold_s)},
            {"slo", result.slo}};
}

Json trial_json(const TrialResult& result) {
    const Trial& trial = result.trial;
    bool closed = trial.kind == TrialKind::closed;
    return {{"kind", trial_kind_names[static_cast<size_t>(trial.kind)]},
            {"offered", closed ? Json() : number(trial.rate)},
            {"users", closed ? Json(trial.users) : Json()},
            {"start_s", number(result.start_s)},
            {"end_s", number(result.end_s)},
            {"duration_s", number(trial.duration_s)},
            {"discard_s", number(trial.discard_s)},
            {"load_s", number(result.load_s)},
            {"measured_s", number(result.measured_s)},
            {"arrivals", result.arrivals},
            {"dropped", result.dropped},
            {"started", result.counts.started},
            {"outcomes", outcomes_json(result.counts)},
            {"statuses", statuses_json(result.counts)},
            {"refused_for_now", result.refused_for_now},
            {"completed_rps", number(result.completed_rps)},
            {"goodput", number(result.goodput_rps)},
            {"p50_ms", number(result.p50_ms)},
            {"p99_ms", number(result.p99_ms)},
            {"slow_share", number(result.slow_share)},
            {"error_rate", number(result.error_share)},
            {"in_flight_growth", number(result.in_flight_growth)},
            {"drain_s", number(result.drain_s)},
            {"drained", result.drained},
            {"slo_met", result.slo_met},
            {"aborted", result.aborted},
            {"valid", result.valid},
            {"invalid_reason", text_or_null(result.invalid_reason)}};
}

Json means_json(const CurvePoint& point) {
    Json json = Json::array();
    for (const std::optional<double>& mean : point.probes) {
        json.push_back(number(mean));
    }
    return json;
}

Json usl_json(const std::optional<UslFit>& fit) {
    if (!fit) {
        return {};
    }
    return {{"lambda", number(fit->lambda)},
            {"sigma", number(fit->sigma)},
            {"kappa", number(fit->kappa)},
            {"users_at_peak", number(fit->users_at_peak)}};
}

Json limiter_json(const std::optional<RateLimiter>& limiter) {
    if (!limiter) {
        return {};
    }
    return {{"limit_rps", number(limiter->limit_rps)},
            {"burst", number(limiter->burst)},
            {"window_s", number(limiter->window_s)}};
}

Json generator_json(const GeneratorReport& generator) {
    Json busy = Json::array();
    for (double share : generator.busy) {
        busy.push_back(number(share));
    }
    return {{"version", generator.version},
            {"engine", generator.engine},
            {"engine_reason", text_or_null(generator.engine_reason)},
            {"kernel", generator.kernel},
            {"threads", generator.threads},
            {"seed", generator.seed},
            {"command", generator.command},
            {"busy", busy},
            {"peak_rss_bytes", generator.peak_rss_bytes}};
}

TrialResult read_trial(const Node& node) {
    Trial trial{.kind = node.at("kind").word<TrialKind>(trial_kind_names),
                .rate = node.at("offered").amount(),
                .users = node.at("users").null() ? 0 : node.at("users").count(),
                .duration_s = node.at("duration_s").amount(),
                .discard_s = node.at("discard_s").amount()};
    return {.trial = trial,
            .start_s = node.at("start_s").amount(),
            .end_s = node.at("end_s").amount(),
            .load_s = node.at("load_s").amount(),
            .measured_s = node.at("measured_s").amount(),
            .arrivals = node.at("arrivals").count(),
            .dropped = node.at("dropped").count(),
            .counts = read_counts(node),
            .refused_for_now = node.at("refused_for_now").count(),
            .completed_rps = node.at("completed_rps").amount(),
            .goodput_rps = node.at("goodput").amount(),
            .p50_ms = node.at("p50_ms").maybe_number(),
            .p99_ms = node.at("p99_ms").maybe_number(),
            .slow_share = node.at("slow_share").amount(),
            .error_share = node.at("error_rate").amount(),
            .in_flight_growth = node.at("in_flight_growth").number(),
            .drain_s = node.at("drain_s").amount(),
            .drained = node.at("drained").flag(),
            .slo_met = node.at("slo_met").flag(),
            .aborted = node.at("aborted").flag(),
            .valid = node.at("valid").flag(),
            .invalid_reason = node.at("invalid_reason").text_or_empty(),
            .slices = {},
            .probes = {}};
}

void read_capacity(const Node& node, LimitResult& result) {
    double requests = node.at("requests_per_task").number();
    if (requests < requests_per_task_min) {
        node.at("requests_per_task").fail("is too small");
        requests = 1;
    }
    auto rate = [&](const char* key) {
        std::optional<double> rps = node.at(key).maybe_number();
        return rps ? std::optional(*rps / requests) : rps;
    };
    result.requests_per_arrival = requests;
    result.capacity = {.rate = rate("rps"),
                       .low = rate("low"),
                       .high = rate("high"),
                       .sustainable = rate("sustainable_rps"),
                       .at_least = rate("at_least")};
    result.hold_s = node.at("hold_s").amount();
    result.slo = node.at("slo").list(read_text);
}

std::optional<double> read_mean(const Node& node) {
    return node.maybe_number();
}

CurvePoint read_point(const Node& node) {
    return {.offered = node.at("offered").amount(),
            .goodput_rps = node.at("goodput").amount(),
            .p50_ms = node.at("p50_ms").maybe_number(),
            .p99_ms = node.at("p99_ms").maybe_number(),
            .error_rate = node.at("error_rate").amount(),
            .slo_met = node.at("slo_met").flag(),
            .probes = node.at("probes").list(read_mean)};
}

void read_findings(const Node& root, LimitResult& result) {
    result.mode = root.at("mode").word<BreakingMode>(breaking_mode_names);
    result.mode_evidence = root.at("mode_evidence").list(read_text);
    if (const Node limiter = root.at("limiter"); !limiter.null()) {
        result.limiter = {.limit_rps = limiter.at("limit_rps").amount(),
                          .burst = limiter.at("burst").maybe_number(),
                          .window_s = limiter.at("window_s").maybe_number()};
    }
    result.metastable = root.at("metastable").flag();
    result.knee = root.at("knee_rps").maybe_number();
    if (const Node usl = root.at("usl"); !usl.null()) {
        result.usl = {.lambda = usl.at("lambda").amount(),
                      .sigma = usl.at("sigma").amount(),
                      .kappa = usl.at("kappa").amount(),
                      .users_at_peak = usl.at("users_at_peak").maybe_number()};
    }
    result.recovery_s = root.at("recovery_s").maybe_number();
    result.probes = root.at("probes").list(read_probe);
    result.curve = root.at("curve").list(read_point);
    result.trials = root.at("trials").list(read_trial);
}

GeneratorReport read_generator(const Node& node) {
    GeneratorReport generator;
    generator.version = node.at("version").text();
    generator.engine = node.at("engine").text();
    generator.engine_reason = node.at("engine_reason").text_or_empty();
    generator.kernel = node.at("kernel").text();
    generator.threads = static_cast<unsigned>(node.at("threads").count());
    generator.seed = node.at("seed").count();
    generator.command = node.at("command").text();
    generator.busy = node.at("busy").list(read_amount);
    generator.peak_rss_bytes = node.at("peak_rss_bytes").count();
    return generator;
}

LimitResult read_root(const Node& root) {
    LimitResult result;
    result.name = root.at("name").text();
    result.url = root.at("url").text();
    result.started_at_ns = read_time(root.at("started_at"));
    result.interrupted = root.at("interrupted").flag();
    result.not_made = maybe_text(root.at("not_made"));
    result.duration_s = root.at("duration_s").amount();
    result.precision = root.at("precision").amount();
    result.min_rate = root.at("min_rate").maybe_number();
    result.max_rate = root.at("max_rate").maybe_number();
    read_capacity(root.at("capacity"), result);
    read_findings(root, result);
    result.notes = root.at("notes").list(read_text);
    result.validity = read_validity(root.at("validity"));
    result.generator = read_generator(root.at("generator"));
    return result;
}

} // namespace

std::string render_limit_json(const LimitResult& result) {
    Json curve = Json::array(), trials = Json::array();
    for (const CurvePoint& point : result.curve) {
        curve.push_back({{"offered", number(point.offered)},
                         {"goodput", number(point.goodput_rps)},
                         {"p50_ms", number(point.p50_ms)},
                         {"p99_ms", number(point.p99_ms)},
                         {"error_rate", number(point.error_rate)},
                         {"slo_met", point.slo_met},
                         {"probes", means_json(point)}});
    }
    for (const TrialResult& trial : result.trials) {
        trials.push_back(trial_json(trial));
    }
    Json json = {
        {"schema", schema_name},
        {"name", result.name},
        {"url", result.url},
        {"started_at", print_utc(result.started_at_ns)},
        {"interrupted", result.interrupted},
        {"not_made", text_or_null(result.not_made)},
        {"duration_s", number(result.duration_s)},
        {"precision", number(result.precision)},
        {"min_rate", number(result.min_rate)},
        {"max_rate", number(result.max_rate)},
        {"capacity", capacity_json(result)},
        {"mode", breaking_mode_names[static_cast<size_t>(result.mode)]},
        {"mode_evidence", result.mode_evidence},
        {"limiter", limiter_json(result.limiter)},
        {"metastable", result.metastable},
        {"knee_rps", number(result.knee)},
        {"usl", usl_json(result.usl)},
        {"recovery_s", number(result.recovery_s)},
        {"curve", curve},
        {"trials", trials},
        {"probes", probes_json(result.probes)},
        {"notes", result.notes},
        {"validity", validity_json(result.validity)},
        {"generator", generator_json(result.generator)},
    };
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

bool is_limit_json(std::string_view text) {
    return text.substr(0, 400).find(schema_name) != std::string_view::npos;
}

Expected<LimitResult> read_limit_json(std::string_view text) {
    Expected<nlohmann::json> json = parse_document(text, schema_name);
    if (!json) {
        return std::unexpected(json.error());
    }
    std::optional<Error> problem;
    LimitResult result = read_root({*json, "", problem});
    if (problem) {
        return std::unexpected(std::move(*problem));
    }
    return result;
}

} // namespace ringblast
