#include "report/limit_html.hpp"
#include "report/limit_json.hpp"
#include "report/limit_text.hpp"

#include <doctest/doctest.h>

using namespace ringblast;

namespace {

TrialResult trial(TrialKind kind, double rate, bool holds) {
    TrialResult result;
    result.trial = {.kind = kind, .rate = rate, .duration_s = 30, .discard_s = 6};
    result.start_s = 12.5;
    result.end_s = 43;
    result.load_s = 30;
    result.measured_s = 24;
    result.arrivals = static_cast<uint64_t>(24 * rate);
    result.counts.started = result.arrivals;
    result.counts.outcomes[0] = result.arrivals;
    result.counts.statuses[200] = result.arrivals;
    result.completed_rps = result.goodput_rps = rate;
    result.p50_ms = 2.5;
    result.p99_ms = holds ? 150 : 750.25;
    result.slow_share = holds ? 0.002 : 0.2;
    result.drain_s = 0.25;
    result.slo_met = holds;
    return result;
}

LimitResult answered() {
    LimitResult result{.name = "http://127.0.0.1:8080/",
                       .url = "http://127.0.0.1:8080/",
                       .started_at_ns = 1'750'000'000'123'000'000,
                       .slo = {"p99 < 200ms", "error_rate < 1%"},
                       .hold_s = 30,
                       .precision = 0.05,
                       .duration_s = 131.5};
    result.capacity = {
        .rate = 18'420, .low = 17'900, .high = 18'900, .sustainable = 18'000, .at_least = {}};
    result.mode = BreakingMode::latency_cliff;
    result.mode_evidence = {"p99 150 ms at 18,000/s, 750 ms at 19,000/s <b>"};
    result.knee = 17'500;
    result.usl = UslFit{.lambda = 900, .sigma = 0.01, .kappa = 0.0001, .users_at_peak = 99.5};
    result.recovery_s = 2.25;
    result.trials = {trial(TrialKind::hold, 18'000, true), trial(TrialKind::hold, 19'000, false)};
    result.trials.front().trial.kind = TrialKind::closed;
    result.trials.front().trial.users = 8;
    result.trials.front().trial.rate = 0;
    result.curve = {{.offered = 18'000,
                     .goodput_rps = 18'000,
                     .p50_ms = 2.5,
                     .p99_ms = 150,
                     .error_rate = 0,
                     .slo_met = true,
                     .probes = {44.5, 1e6, 3, std::nullopt}},
                    {.offered = 19'000,
                     .goodput_rps = 18'600,
                     .p50_ms = {},
                     .p99_ms = {},
                     .error_rate = 0.25,
                     .slo_met = false,
                     .probes = {99.2, 2e6, 3, 17}}};
    result.probes = {
        {.name = "target.cpu", .unit = "percent", .count = 2, .last = 99.2, .min = 44.5},
        {.name = "target.rss", .unit = "bytes", .count = 2, .last = 2e6},
        {.name = "target.threads", .count = 2, .last = 3},
        {.name = "queue",
         .unit = "jobs",
         .count = 1,
         .last = 17,
         .failures = 1,
         .last_failure = "status 500",
         .series = {{.t_s = 0.5, .value = 17}}}};
    result.validity = {ValidityState::suspect, Limit::target, {"one trial was late"}};
    result.generator.version = "1";
    result.generator.engine = "io_uring";
    result.generator.command = "ringblast limit";
    result.generator.busy = {0.5};
    return result;
}

LimitResult limited() {
    LimitResult result = answered();
    result.mode = BreakingMode::rate_limited;
    result.limiter = RateLimiter{.limit_rps = 100, .burst = 12.5, .window_s = {}};
    result.requests_per_arrival = 4;
    result.metastable = true;
    result.min_rate = 5;
    result.notes = {"the tear-down failed: x"};
    return result;
}

LimitResult bounded() {
    LimitResult result = answered();
    result.capacity = {.at_least = 5'000};
    result.mode = BreakingMode::generator_limited;
    return result;
}

LimitResult not_made() {
    LimitResult result{.name = "x", .url = "http://x/", .slo = {"p99 < 1s"}, .hold_s = 10};
    result.not_made = "http://x/ was never reached: connection refused";
    result.interrupted = true;
    return result;
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("what is read from the JSON is what was written") {
    for (const LimitResult& result : {answered(), limited(), bounded(), not_made()}) {
        std::string json = render_limit_json(result);
        CHECK(is_limit_json(json));
        Expected<LimitResult> read = read_limit_json(json);
        REQUIRE_MESSAGE(read.has_value(), read.error().message);
        CHECK(render_limit_json(*read) == json);
        CHECK(render_limit_text(*read) == render_limit_text(result));
        CHECK(render_limit_html(*read) == render_limit_html(result));
    }
}

TEST_CASE("a document that is not whole names the place") {
    std::string json = render_limit_json(answered());
    auto without = [&](const std::string& part, const std::string& instead) {
        std::string broken = json;
        broken.replace(broken.find(part), part.size(), instead);
        Expected<LimitResult> read = read_limit_json(broken);
        return read ? "" : read.error().message;
    };
    CHECK(without("\"hold_s\"", "\"x\"") == "capacity.hold_s is missing");
    CHECK(has(without("\"latency_cliff\"", "\"magic\""), "mode \"magic\" is none"));
    CHECK(has(without("\"threads\": 0", "\"threads\": -1"), "generator.threads"));
    CHECK(without("\"kind\": \"hold\"", "\"kind\": 3") ==
          "trials[1].kind must be a text, not number");
    CHECK(without("limit/1", "limit/9") == "schema \"ringblast-limit/9\" is not ringblast-limit/1");
    CHECK_FALSE(read_limit_json("{").has_value());
    CHECK_FALSE(is_limit_json("{\"schema\": \"ringblast-result/1\"}"));
}

TEST_CASE("the answer stands in one line with all that it depends on") {
    CHECK(capacity_text(answered()) == "18,420 requests/s [17,900, 18,900] at p99 < 200ms, "
                                       "error_rate < 1%, hold 30 s");
    CHECK(capacity_text(limited()) ==
          "18,420 tasks/s [17,900, 18,900] = 73,680 requests/s [71,600, 75,600] at p99 < 200ms, "
          "error_rate < 1%, hold 30 s");
    CHECK(capacity_text(bounded()) ==
          "at least 5,000 requests/s at p99 < 200ms, error_rate < 1%, hold 30 s");
}

TEST_CASE("the text names mode, evidence, recovery and the curve") {
    std::string text = render_limit_text(answered());
    for (const char* part : {"capacity: 18,420 requests/s", "latency cliff", "p99 150 ms at",
                             "2.25 s after the overload", "17,500/s", "18,600", "holds", "breaks",
                             "2 trials in 2 min", "suspect; one trial was late"}) {
        CAPTURE(std::string(part));
        CHECK(has(text, part));
    }
    CHECK(has(render_limit_text(not_made()), "never reached"));
    CHECK_FALSE(has(render_limit_text(not_made()), "capacity:"));
}

TEST_CASE("the curve has what probes showed at each rate, but for what few ask") {
    std::string text = render_limit_text(answered());
    for (const char* part : {"target.cpu", "44.5 %", "99.2 %", "17 jobs", "1 reading failed"}) {
        CAPTURE(std::string(part));
        CHECK(has(text, part));
    }
    CHECK_FALSE(has(text, "target.threads"));
    CHECK(has(render_limit_html(answered()), "Probes by rate"));
    CHECK_FALSE(has(render_limit_html(not_made()), "Probes by rate"));
}

TEST_CASE("the page stands alone and escapes what it is told") {
    std::string page = render_limit_html(answered());
    CHECK(has(page, "chart-saturation"));
    CHECK(has(page, "19,000/s &lt;b&gt;"));
    CHECK(has(page, "\"tail\":\"p99\""));
    CHECK_FALSE(has(page, "{{"));
    CHECK(has(render_limit_html(not_made()), "connection refused"));
}

TEST_CASE("every mode has words") {
    for (size_t i = 0; i < breaking_mode_names.size(); ++i) {
        CHECK_FALSE(mode_words(static_cast<BreakingMode>(i)).empty());
        CHECK_FALSE(breaking_mode_names[i].empty());
    }
}
