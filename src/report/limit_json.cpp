#include "report/limit_json.hpp"

#include "report/escape.hpp"
#include "report/result_words.hpp"
#include "report/time_text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fmt/format.h>

namespace ringblast {

namespace {

using Json = nlohmann::ordered_json;

constexpr double amount_max = 1e15; ///< more than any search has of anything
constexpr double requests_per_task_min = 1e-3;
constexpr std::string_view schema_name = "ringblast-limit/1";

Json number(double value) {
    return std::isfinite(value) ? Json(value) : Json();
}
Json number(const std::optional<double>& value) {
    return value ? number(*value) : Json();
}
Json scaled(const std::optional<double>& value, double factor) {
    return value ? number(*value * factor) : Json();
}
Json text(std::string_view value) {
    return valid_utf8(value);
}
Json text_or_null(std::string_view value) {
    return value.empty() ? Json() : text(value);
}
Json texts(const std::vector<std::string>& values) {
    Json json = Json::array();
    for (const std::string& value : values) {
        json.push_back(text(value));
    }
    return json;
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
            {"slo", texts(result.slo)}};
}

Json trial_json(const TrialResult& result) {
    const Trial& trial = result.trial;
    Json outcomes = Json::object(), statuses = Json::object();
    for (size_t i = 0; i < outcome_count; ++i) {
        outcomes[std::string(outcome_names[i])] = result.counts.outcomes[i];
    }
    for (const auto& [status, count] : result.counts.statuses) {
        statuses[std::to_string(status)] = count;
    }
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
            {"outcomes", outcomes},
            {"statuses", statuses},
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
            {"command", text(generator.command)},
            {"busy", busy},
            {"peak_rss_bytes", generator.peak_rss_bytes}};
}

/// Reads values by path; the first problem is kept, after it everything is empty.
class Reading {
public:
    Reading(const Json& json, std::string path, std::optional<Error>& problem)
        : json_(json), path_(std::move(path)), problem_(&problem) {}

    Reading at(const char* key) const {
        std::string path = path_.empty() ? key : path_ + "." + key;
        if (!json_.is_object() || !json_.contains(key)) {
            fail(path, "is missing");
            return {Json(), path, *problem_};
        }
        return {json_.at(key), path, *problem_};
    }
    std::vector<Reading> items() const {
        std::vector<Reading> all;
        if (!json_.is_array()) {
            fail(path_, "must be a list");
            return all;
        }
        for (size_t i = 0; i < json_.size(); ++i) {
            all.push_back({json_[i], fmt::format("{}[{}]", path_, i), *problem_});
        }
        return all;
    }
    bool null() const { return json_.is_null(); }
    /// At least `low`.
    double number(double low = 0) const {
        double value = json_.is_number() ? json_.get<double>() : NAN;
        if (!(value >= low && value <= amount_max)) {
            fail(path_, fmt::format("must be a number from {:g} on", low));
            return 0;
        }
        return value;
    }
    std::optional<double> number_or_null() const {
        return null() ? std::nullopt : std::optional(number());
    }
    uint64_t count() const {
        double value = number();
        if (!(value >= 0 && value < 1e18)) {
            fail(path_, "must be a whole number");
            return 0;
        }
        return json_.is_number_unsigned() ? json_.get<uint64_t>() : static_cast<uint64_t>(value);
    }
    bool flag() const {
        if (!json_.is_boolean()) {
            fail(path_, "must be true or false");
            return false;
        }
        return json_.get<bool>();
    }
    std::string text() const {
        if (!json_.is_string()) {
            fail(path_, "must be a text");
            return {};
        }
        return json_.get<std::string>();
    }
    std::string text_or_empty() const { return null() ? "" : text(); }
    std::vector<std::string> texts() const {
        std::vector<std::string> all;
        for (const Reading& item : items()) {
            all.push_back(item.text());
        }
        return all;
    }
    /// The place of a word in a list of them.
    template <class Words>
    size_t word(const Words& words) const {
        std::string value = text();
        for (size_t i = 0; i < words.size(); ++i) {
            if (words[i] == value) {
                return i;
            }
        }
        fail(path_, fmt::format("is {}, which this version does not know", value));
        return 0;
    }
    template <class Take>
    void each(Take take) const {
        if (!json_.is_object()) {
            fail(path_, "must be an object");
            return;
        }
        for (const auto& [key, value] : json_.items()) {
            take(key, Reading{value, path_ + "." + key, *problem_});
        }
    }

private:
    void fail(const std::string& path, const std::string& what) const {
        if (!*problem_) {
            *problem_ = Error{fmt::format("{} {}", path.empty() ? "the document" : path, what)};
        }
    }

    Json json_;
    std::string path_;
    std::optional<Error>* problem_;
};

TrialResult read_trial(const Reading& json) {
    TrialResult result;
    Trial& trial = result.trial;
    trial.kind = static_cast<TrialKind>(json.at("kind").word(trial_kind_names));
    trial.rate = json.at("offered").number_or_null().value_or(0);
    trial.users = json.at("users").null() ? 0 : json.at("users").count();
    trial.duration_s = json.at("duration_s").number();
    trial.discard_s = json.at("discard_s").number();
    result.start_s = json.at("start_s").number();
    result.end_s = json.at("end_s").number();
    result.load_s = json.at("load_s").number();
    result.measured_s = json.at("measured_s").number();
    result.arrivals = json.at("arrivals").count();
    result.dropped = json.at("dropped").count();
    result.counts.started = json.at("started").count();
    for (size_t i = 0; i < outcome_count; ++i) {
        result.counts.outcomes[i] =
            json.at("outcomes").at(std::string(outcome_names[i]).c_str()).count();
    }
    json.at("statuses").each([&](const std::string& status, const Reading& count) {
        result.counts.statuses[std::atoi(status.c_str())] = count.count();
    });
    result.completed_rps = json.at("completed_rps").number();
    result.goodput_rps = json.at("goodput").number();
    result.p50_ms = json.at("p50_ms").number_or_null();
    result.p99_ms = json.at("p99_ms").number_or_null();
    result.slow_share = json.at("slow_share").number();
    result.error_share = json.at("error_rate").number();
    result.in_flight_growth = json.at("in_flight_growth").number(-amount_max);
    result.drain_s = json.at("drain_s").number();
    result.drained = json.at("drained").flag();
    result.slo_met = json.at("slo_met").flag();
    result.aborted = json.at("aborted").flag();
    result.valid = json.at("valid").flag();
    result.invalid_reason = json.at("invalid_reason").text_or_empty();
    return result;
}

void read_capacity(const Reading& json, LimitResult& result) {
    result.requests_per_arrival = json.at("requests_per_task").number(requests_per_task_min);
    double requests = std::max(result.requests_per_arrival, requests_per_task_min);
    auto rate = [&](const char* key) {
        std::optional<double> rps = json.at(key).number_or_null();
        return rps ? std::optional(*rps / requests) : rps;
    };
    result.capacity = {.rate = rate("rps"),
                       .low = rate("low"),
                       .high = rate("high"),
                       .sustainable = rate("sustainable_rps"),
                       .at_least = rate("at_least")};
    result.hold_s = json.at("hold_s").number();
    result.slo = json.at("slo").texts();
}

void read_findings(const Reading& json, LimitResult& result) {
    result.mode = static_cast<BreakingMode>(json.at("mode").word(breaking_mode_names));
    result.mode_evidence = json.at("mode_evidence").texts();
    if (Reading limiter = json.at("limiter"); !limiter.null()) {
        result.limiter = {.limit_rps = limiter.at("limit_rps").number(),
                          .burst = limiter.at("burst").number_or_null(),
                          .window_s = limiter.at("window_s").number_or_null()};
    }
    result.metastable = json.at("metastable").flag();
    result.knee = json.at("knee_rps").number_or_null();
    if (Reading usl = json.at("usl"); !usl.null()) {
        result.usl = {.lambda = usl.at("lambda").number(),
                      .sigma = usl.at("sigma").number(),
                      .kappa = usl.at("kappa").number(),
                      .users_at_peak = usl.at("users_at_peak").number_or_null()};
    }
    result.recovery_s = json.at("recovery_s").number_or_null();
    for (const Reading& point : json.at("curve").items()) {
        result.curve.push_back({.offered = point.at("offered").number(),
                                .goodput_rps = point.at("goodput").number(),
                                .p50_ms = point.at("p50_ms").number_or_null(),
                                .p99_ms = point.at("p99_ms").number_or_null(),
                                .error_rate = point.at("error_rate").number(),
                                .slo_met = point.at("slo_met").flag()});
    }
    for (const Reading& trial : json.at("trials").items()) {
        result.trials.push_back(read_trial(trial));
    }
}

void read_generator(const Reading& json, GeneratorReport& generator) {
    generator.version = json.at("version").text();
    generator.engine = json.at("engine").text();
    generator.engine_reason = json.at("engine_reason").text_or_empty();
    generator.kernel = json.at("kernel").text();
    generator.threads = static_cast<unsigned>(json.at("threads").count());
    generator.seed = json.at("seed").count();
    generator.command = json.at("command").text();
    for (const Reading& busy : json.at("busy").items()) {
        generator.busy.push_back(busy.number());
    }
    generator.peak_rss_bytes = json.at("peak_rss_bytes").count();
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
                         {"slo_met", point.slo_met}});
    }
    for (const TrialResult& trial : result.trials) {
        trials.push_back(trial_json(trial));
    }
    Json json = {
        {"schema", schema_name},
        {"name", text(result.name)},
        {"url", text(result.url)},
        {"started_at", print_utc(result.started_at_ns)},
        {"interrupted", result.interrupted},
        {"not_made", result.not_made ? text(*result.not_made) : Json()},
        {"duration_s", number(result.duration_s)},
        {"precision", number(result.precision)},
        {"min_rate", number(result.min_rate)},
        {"max_rate", number(result.max_rate)},
        {"capacity", capacity_json(result)},
        {"mode", breaking_mode_names[static_cast<size_t>(result.mode)]},
        {"mode_evidence", texts(result.mode_evidence)},
        {"limiter", limiter_json(result.limiter)},
        {"metastable", result.metastable},
        {"knee_rps", number(result.knee)},
        {"usl", usl_json(result.usl)},
        {"recovery_s", number(result.recovery_s)},
        {"curve", curve},
        {"trials", trials},
        {"notes", texts(result.notes)},
        {"validity",
         {{"state", word_of(validity_words, result.validity.state)},
          {"limit", word_of(limit_words, result.validity.limit)},
          {"reasons", texts(result.validity.reasons)}}},
        {"generator", generator_json(result.generator)},
    };
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

bool is_limit_json(std::string_view text) {
    return text.substr(0, 400).find(schema_name) != std::string_view::npos;
}

Expected<LimitResult> read_limit_json(std::string_view text) {
    Json json = Json::parse(text, nullptr, false);
    if (json.is_discarded()) {
        return failure("this is not JSON");
    }
    std::optional<Error> problem;
    Reading root(json, "", problem);
    if (root.at("schema").text() != schema_name) {
        return failure(fmt::format("the schema is not {}", schema_name));
    }
    LimitResult result;
    result.name = root.at("name").text();
    result.url = root.at("url").text();
    if (std::optional<int64_t> at_ns = parse_utc(root.at("started_at").text())) {
        result.started_at_ns = *at_ns;
    }
    result.interrupted = root.at("interrupted").flag();
    if (Reading not_made = root.at("not_made"); !not_made.null()) {
        result.not_made = not_made.text();
    }
    result.duration_s = root.at("duration_s").number();
    result.precision = root.at("precision").number();
    result.min_rate = root.at("min_rate").number_or_null();
    result.max_rate = root.at("max_rate").number_or_null();
    read_capacity(root.at("capacity"), result);
    read_findings(root, result);
    result.notes = root.at("notes").texts();
    Reading validity = root.at("validity");
    result.validity.state = static_cast<ValidityState>(validity.at("state").word(validity_words));
    result.validity.limit = static_cast<Limit>(validity.at("limit").word(limit_words));
    result.validity.reasons = validity.at("reasons").texts();
    read_generator(root.at("generator"), result.generator);
    if (problem) {
        return std::unexpected(*problem);
    }
    return result;
}

} // namespace ringblast
