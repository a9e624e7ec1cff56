// The grammar of thresholds (SPEC § 5) row by row, and their decisions against a small result.
#include "analysis/threshold.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace ringblast;

namespace {

using Kind = ThresholdScope::Kind;
using Family = Metric::Family;

void record_ms(Histogram& histogram, int64_t ms, uint64_t count) {
    REQUIRE(histogram.record(ms * 1'000'000, count));
}

Counts counts_of(uint64_t ok, uint64_t http_errors, int error_status) {
    Counts counts{.started = ok + http_errors};
    counts.outcomes[static_cast<size_t>(Outcome::ok)] = ok;
    counts.outcomes[static_cast<size_t>(Outcome::http_error)] = http_errors;
    counts.statuses[200] = ok;
    if (http_errors > 0) {
        counts.statuses[error_status] = http_errors;
    }
    return counts;
}

RequestResult row(std::string name, std::string method, uint64_t count, int64_t ms) {
    RequestResult request{.name = std::move(name),
                          .method = std::move(method),
                          .counts = counts_of(count, 0, 0),
                          .rps = static_cast<double>(count) / 10};
    if (count > 0) {
        record_ms(request.latency, ms, count);
    }
    return request;
}

/// 10 s; 980 ok of 10 ms, 20 times status 503 of 200 ms; three requests, two stages.
Result small_result() {
    Result result;
    result.duration_s = 10;
    result.counts = counts_of(980, 20, 503);
    result.rps = 100;
    result.arrivals = 1010;
    result.dropped = 10;
    result.retries = 3;
    record_ms(result.latency, 10, 980);
    record_ms(result.latency, 200, 20);
    record_ms(result.ok_latency, 10, 980);
    record_ms(result.service, 9, 1000);
    result.requests = {row("login", "GET", 100, 5), row("login", "POST", 100, 15),
                       row("/api/{id}: x", "GET", 800, 10), row("idle", "GET", 0, 0)};
    result.tags = {row("read", "", 900, 10)};
    result.classes = {row("Web User", "", 1000, 10)};
    for (unsigned index : {1u, 2u}) {
        StageResult stage{.index = index,
                          .goal = {.users = 5, .duration = std::chrono::seconds(5)}};
        stage.duration_s = 5;
        stage.counts = counts_of(490, index == 2 ? 20 : 0, 503);
        stage.rps = index == 2 ? 102 : 98;
        record_ms(stage.latency, index == 2 ? 20 : 10, 490);
        result.stages.push_back(std::move(stage));
    }
    return result;
}

std::string error_of(std::string_view text) {
    const auto threshold = parse_threshold(text);
    REQUIRE_MESSAGE(!threshold, "accepted: ", std::string(text));
    return threshold.error().message;
}

} // namespace

TEST_CASE("conditions that are read") {
    struct Row {
        const char* why;
        const char* text;
        Kind scope;
        const char* name;
        Family family;
        double percentile;
        Comparison op;
        ThresholdUnit unit;
        double target;
    };
    constexpr auto ms = ThresholdUnit::ms;
    constexpr auto fraction = ThresholdUnit::fraction;
    constexpr auto count = ThresholdUnit::count;
    constexpr auto per_second = ThresholdUnit::per_second;
    using enum Comparison;
    const Row rows[] = {
        {"plain", "p95 < 500ms", Kind::run, "", Family::latency, 95, less, ms, 500},
        {"k6's form, no blanks", "p(95)<500ms", Kind::run, "", Family::latency, 95, less, ms, 500},
        {"three decimals", "p99.999 <= 1.5s", Kind::run, "", Family::latency, 99.999, less_equal,
         ms, 1500},
        {"microseconds", "med < 250us", Kind::run, "", Family::latency, 50, less, ms, 0.25},
        {"the letter µ", "med < 250µs", Kind::run, "", Family::latency, 50, less, ms, 0.25},
        {"minutes", "max < 2min", Kind::run, "", Family::latency, 0, less, ms, 120'000},
        {"ok only", "ok.p99 < 1s", Kind::run, "", Family::ok_latency, 99, less, ms, 1000},
        {"service", "service.avg < 1s", Kind::run, "", Family::service, 0, less, ms, 1000},
        {"first byte", "ttfb.p(50) < 1s", Kind::run, "", Family::ttfb, 50, less, ms, 1000},
        {"connect", "connect.max < 1s", Kind::run, "", Family::connect, 0, less, ms, 1000},
        {"percent", "error_rate < 2%", Kind::run, "", Family::error_rate, 0, less, fraction, 0.02},
        {"share", "error_rate < .02", Kind::run, "", Family::error_rate, 0, less, fraction, 0.02},
        {"none at all", "error_rate == 0", Kind::run, "", Family::error_rate, 0, equal, fraction,
         0},
        {"high share", "success_rate >= 99.5 %", Kind::run, "", Family::success_rate, 0,
         greater_equal, fraction, 0.995},
        {"count", "errors <= 2k", Kind::run, "", Family::errors, 0, less_equal, count, 2000},
        {"not equal", "dropped != 3", Kind::run, "", Family::dropped, 0, not_equal, count, 3},
        {"bare rate", "rps > 100", Kind::run, "", Family::rps, 0, greater, per_second, 100},
        {"rate", "goodput > 1k/s", Kind::run, "", Family::goodput, 0, greater, per_second, 1000},
        {"per minute", "rps > 6000/min", Kind::run, "", Family::rps, 0, greater, per_second, 100},
        {"outcome", "outcome(reset) < 5", Kind::run, "", Family::outcome, 0, less, count, 5},
        {"status share", "status(5xx) < 1%", Kind::run, "", Family::status, 0, less, fraction,
         0.01},
        {"a trend may fall", "latency_trend > -5.5%", Kind::run, "", Family::latency_trend, 0,
         greater, ThresholdUnit::change, -0.055},
        {"a trend may double", "latency_trend <= 100 %", Kind::run, "", Family::latency_trend, 0,
         less_equal, ThresholdUnit::change, 1},
        {"clustering", "error_clustering < 2.5", Kind::run, "", Family::error_clustering, 0, less,
         ThresholdUnit::ratio, 2.5},
        {"request", "login: p95 < 5ms", Kind::request, "login", Family::latency, 95, less, ms, 5},
        {"method and name", "GET /api/runs: p95 < 5ms", Kind::request, "GET /api/runs",
         Family::latency, 95, less, ms, 5},
        {"quoted, colon and escape inside", R"("a \"b\": c": p95 < 5ms)", Kind::request,
         R"(a "b": c)", Family::latency, 95, less, ms, 5},
        {"a word in quotes", R"("errors": rps > 1)", Kind::request, "errors", Family::rps, 0,
         greater, per_second, 1},
        {"every request", "request(*): p95 < 5ms", Kind::request, "", Family::latency, 95, less, ms,
         5},
        {"method", "method(GET): p95 < 5ms", Kind::method, "GET", Family::latency, 95, less, ms, 5},
        {"tag", "tag(read): p95 < 5ms", Kind::tag, "read", Family::latency, 95, less, ms, 5},
        {"class", "class(Web User): errors < 1", Kind::user_class, "Web User", Family::errors, 0,
         less, count, 1},
        {"stage", "stage(2): error_rate < 2%", Kind::stage, "", Family::error_rate, 0, less,
         fraction, 0.02},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const auto threshold = parse_threshold(row.text);
        REQUIRE_MESSAGE(threshold.has_value(), (threshold ? "" : threshold.error().message));
        CHECK(threshold->scope.kind == row.scope);
        CHECK(threshold->scope.name == row.name);
        CHECK(threshold->metric.family == row.family);
        CHECK(threshold->metric.percentile == row.percentile);
        CHECK(threshold->op == row.op);
        CHECK(threshold->unit == row.unit);
        CHECK(threshold->target == doctest::Approx(row.target));
        CHECK(threshold->expression == row.text);
    }
}

TEST_CASE("conditions that are refused say why") {
    struct Row {
        const char* why;
        const char* text;
        const char* part; ///< of the message
    };
    const Row rows[] = {
        {"no unit: both readings", "p(95)<500", "write 500ms (milliseconds) or 500s (seconds)"},
        {"a fraction of 1 or more", "error_rate < 5", "5% or a share of 5"},
        {"above 100 %", "error_rate < 150%", "never above 100%"},
        {"never below 0 %", "error_rate < 0%", "can never hold"},
        {"never above 100 %", "success_rate > 100%", "can never hold"},
        {"never below 0 s", "p95 < 0ms", "can never hold"},
        {"no count below 0", "errors < 0", "can never hold"},
        {"negative", "errors < -1", "ever below 0"},
        {"half a request", "errors < 0.5", "0.5"},
        {"count in percent", "errors < 1%", "this is a count"},
        {"time for a fraction", "error_rate < 5ms", "as a fraction"},
        {"wrong time unit", "p95 < 5parsec", "parsec"},
        {"rate per day", "rps > 5/day", "day"},
        {"single =", "p95 = 5ms", "== !="},
        {"two operators", "p95 < 5ms < 6ms", "METRIC OP VALUE"},
        {"no operator", "p95 500ms", "no comparison"},
        {"no value", "p95 <", "METRIC OP VALUE"},
        {"empty", "  ", "empty threshold"},
        {"typing error", "eror_rate < 1%", "nearest: error_rate"},
        {"upper case", "P95 < 5ms", "nearest: p95"},
        {"JSON's name", "p999 < 5ms", "p99.9"},
        {"out of range", "p100 < 5ms", "max"},
        {"k6's name", "http_req_failed < 1%", "error_rate"},
        {"no such figure of WebSockets", "ws.lost < 5", "unknown metric ws.lost"},
        {"a trend is in percent", "latency_trend < 0.05", "write a percentage, as in 10% or -5%"},
        {"no trend is exactly so", "latency_trend == 0%", "needs one of < <= > >="},
        {"a trend is of the run", "stage(1): latency_trend < 5%", "for the whole run only"},
        {"clustering is a number", "error_clustering < 5%", "write a plain number, as in 3"},
        {"clustering is never below 0", "error_clustering < -1", "ever below 0"},
        {"unknown outcome", "outcome(lost) < 5", "none of ok, rate_limited"},
        {"bad status", "status(6xx) < 5", "status(503) or status(5xx)"},
        {"no blank after the colon", "login:p95 < 5ms", "colon and a space"},
        {"a name that needs quotes", "/api/{id}: p95 < 5ms", "\"/api/{id}\""},
        {"a word that needs quotes", "errors: p95 < 5ms", "\"errors\""},
        {"unknown scope word", "tags(read): p95 < 5ms", "nearest: tag"},
        {"stages count from 1", "stage(0): p95 < 5ms", "N from 1"},
        {"open quotes", "\"a: p95 < 5ms", "unknown metric"},
        {"quotes in the middle", "\"a\"b: p95 < 5ms", "quotes"},
        {"empty scope", ": p95 < 5ms", "empty"},
        {"run-wide metric in a scope", "login: ok.p95 < 5ms", "whole run only"},
        {"run-wide count in a stage", "stage(1): dropped < 5", "whole run only"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const std::string message = error_of(row.text);
        CAPTURE(message);
        CHECK(message.find(row.part) != std::string::npos);
    }
}

TEST_CASE("a critical limit belongs to its target") {
    const auto good = parse_threshold(ThresholdText{"p95 < 500ms", "p95 < 1s"});
    REQUIRE(good.has_value());
    CHECK(good->critical == 1000);
    const auto mixed = parse_threshold(ThresholdText{"error_rate <= 0%", "error_rate < 1%"});
    REQUIRE(mixed.has_value());
    CHECK(mixed->critical_op == Comparison::less);
    struct Row {
        const char* why;
        ThresholdText text;
        const char* part;
    };
    const Row rows[] = {
        {"another metric", {"p95 < 500ms", "p99 < 1s"}, "same scope, metric"},
        {"another scope", {"p95 < 500ms", "login: p95 < 1s"}, "same scope, metric"},
        {"stricter than the target", {"p95 < 500ms", "p95 < 100ms"}, "wrong way round"},
        {"stricter below", {"rps > 100", "rps > 200"}, "wrong way round"},
        {"stricter where they meet", {"error_rate <= 1%", "error_rate < 1%"}, "wrong way round"},
        {"stricter where they meet below", {"rps >= 9", "rps > 9"}, "wrong way round"},
        {"another direction", {"rps > 100", "rps < 200"}, "different directions"},
        {"no direction", {"errors == 0", "errors == 1"}, "< <= > >="},
        {"unreadable", {"p95 < 500ms", "p95 < 500"}, "no time unit"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const auto threshold = parse_threshold(row.text);
        REQUIRE(!threshold);
        CHECK(threshold.error().message.find(row.part) != std::string::npos);
    }
}

TEST_CASE("decisions") {
    struct Row {
        const char* why;
        ThresholdText text;
        Verdict verdict;
        double value; ///< negative: none
    };
    using enum Verdict;
    const Row rows[] = {
        {"median held", {"med < 11ms", {}}, pass, 10},
        {"average of both kinds", {"avg < 13ms", {}}, fail, 13.8},
        {"ok only", {"ok.max < 11ms", {}}, pass, 10},
        {"service", {"service.min >= 9ms", {}}, pass, 9},
        {"target missed, critical held", {"p99 < 100ms", "p99 < 300ms"}, marginal, 200},
        {"both missed", {"p99 < 100ms", "p99 < 150ms"}, fail, 200},
        {"both held", {"p99 < 250ms", "p99 < 300ms"}, pass, 200},
        {"the critical limit is met exactly", {"errors < 20", "errors <= 20"}, marginal, 20},
        {"comparisons differ", {"errors <= 0", "errors < 21"}, marginal, 20},
        {"and the strict one is missed", {"errors <= 0", "errors < 20"}, fail, 20},
        {"as do those of lower limits", {"rps >= 101/s", "rps > 99/s"}, marginal, 100},
        {"errors as a share", {"error_rate <= 2%", {}}, pass, 0.02},
        {"errors as a count", {"errors < 20", {}}, fail, 20},
        {"success", {"success_rate > 99.5%", {}}, fail, 0.98},
        {"rate", {"rps >= 100/s", {}}, pass, 100},
        {"good ones per second", {"goodput > 98", {}}, fail, 98},
        {"drops", {"dropped == 10", {}}, pass, 10},
        {"retries", {"retries != 3", {}}, fail, 3},
        {"status class", {"status(5xx) < 10", {}}, fail, 20},
        {"status as a share", {"status(503) < 3%", {}}, pass, 0.02},
        {"a status that never came", {"status(429) == 0", {}}, pass, 0},
        {"outcome", {"outcome(http_error) < 21", {}}, pass, 20},
        {"first byte was not measured", {"ttfb.p95 < 1s", {}}, fail, -1},
        {"both methods of a name", {"login: max < 14ms", {}}, fail, 15},
        {"one method of a name", {"\"GET login\": max < 14ms", {}}, pass, 5},
        {"quoted name", {"\"/api/{id}: x\": rps > 79", {}}, pass, 80},
        {"method", {"method(POST): min > 14ms", {}}, pass, 15},
        {"tag", {"tag(read): rps > 90", {}}, fail, 90},
        {"class", {"class(Web User): errors == 0", {}}, pass, 0},
        {"stage", {"stage(2): error_rate < 2%", {}}, fail, 20.0 / 510},
        {"planned without a sample", {"idle: errors == 0", {}}, fail, -1},
        {"removed by a filter", {"gone: p95 < 1s", {}}, skipped, -1},
        {"removed tag", {"tag(write): p95 < 1s", {}}, skipped, -1},
    };
    const Result result = small_result();
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const auto threshold = parse_threshold(row.text);
        REQUIRE_MESSAGE(threshold.has_value(), (threshold ? "" : threshold.error().message));
        const auto decided = evaluate(*threshold, result);
        REQUIRE(decided.size() == 1);
        CHECK(decided[0].verdict == row.verdict);
        REQUIRE(decided[0].value.has_value() == (row.value >= 0));
        if (row.value >= 0) {
            CHECK(*decided[0].value == doctest::Approx(row.value).epsilon(0.001));
        }
    }
}

TEST_CASE("a star gives one decision for each, with its own scope") {
    const Result result = small_result();
    const auto requests = evaluate(*parse_threshold("request(*): max < 12ms"), result);
    REQUIRE(requests.size() == 4);
    CHECK(requests[0].scope == "GET login");
    CHECK(requests[0].verdict == Verdict::pass);
    CHECK(requests[1].scope == "POST login");
    CHECK(requests[1].verdict == Verdict::fail);
    CHECK(requests[2].scope == "/api/{id}: x");
    CHECK(requests[3].verdict == Verdict::fail); // planned, no sample
    const auto stages = evaluate(*parse_threshold("stage(*): max < 15ms"), result);
    REQUIRE(stages.size() == 2);
    CHECK(stages[0].scope == "stage(1)");
    CHECK(stages[0].verdict == Verdict::pass);
    CHECK(stages[1].verdict == Verdict::fail);
}

TEST_CASE("requests after the load are in no threshold") {
    Result result = small_result();
    result.requests.push_back(row("login", "POST", 5, 9'000));
    result.requests.back().after = true;
    CHECK(evaluate(*parse_threshold("login: max < 16ms"), result)[0].verdict == Verdict::pass);
    CHECK(evaluate(*parse_threshold("method(POST): max < 16ms"), result)[0].verdict ==
          Verdict::pass);
    CHECK(evaluate(*parse_threshold("request(*): max < 1s"), result).size() == 4);
}

TEST_CASE("what a filter removed is skipped, for each kind of scope and metric") {
    Profile profile;
    profile.load.stages.resize(1);
    profile.target.base_url = "http://localhost:8000";
    const Task rest{.name = "runs", .tags = {"rest"}, .requests = {{.name = "runs"}}};
    const Task stream{.name = "stream",
                      .tags = {"websocket"},
                      .requests = {{.name = "stream connect"}},
                      .ws = SocketTask{}};
    profile.classes = {{.name = "Api", .tasks = {rest}}, {.name = "Listener", .tasks = {stream}}};
    const char* texts[] = {"ws.dropped == 0",
                           "ws.connect.p95 < 1s",
                           "ws.sent.rps > 1/s",
                           "stream connect: p95 < 1s",
                           "tag(websocket): error_rate < 1%",
                           "class(Listener): error_rate < 1%"};
    std::vector<Threshold> thresholds = {*parse_threshold("runs: p95 < 1s"),
                                         *parse_threshold("method(GET): p95 < 1s"),
                                         *parse_threshold("p95 < 1s")};
    for (const char* text : texts) {
        thresholds.push_back(*parse_threshold(text));
        CHECK(check_scope(thresholds.back(), scope_names(profile)));
    }
    profile.classes.pop_back();
    mark_removed(thresholds, scope_names(profile));
    for (size_t i = 0; i < thresholds.size(); ++i) {
        CAPTURE(thresholds[i].expression);
        CHECK(thresholds[i].removed == (i >= 3));
        if (i >= 3) { // also where the result has rows of such a name
            CHECK(evaluate(thresholds[i], small_result())[0].verdict == Verdict::skipped);
        }
    }
    const auto unknown = check_scope(*parse_threshold("ws.dropped == 0"), scope_names(profile));
    REQUIRE_FALSE(unknown.has_value());
    CHECK(unknown.error().message ==
          "threshold `ws.dropped == 0`: ws.dropped is measured of WebSockets, and there are none: "
          "no ws:// or wss:// URL, no task with ws");
    profile.target.base_url = "wss://localhost:8000";
    CHECK(check_scope(*parse_threshold("ws.dropped == 0"), scope_names(profile)));
}

TEST_CASE("WebSockets that are planned and were not made are no sample") {
    Result result = small_result();
    result.ws = WebSocketResult{};
    CHECK(evaluate(*parse_threshold("ws.connect.p95 < 1s"), result)[0].verdict == Verdict::fail);
    CHECK(evaluate(*parse_threshold("ws.dropped == 0"), result)[0].verdict == Verdict::pass);
}

TEST_CASE("a stage wholly inside the warm-up is skipped") {
    Result result = small_result();
    result.stages[0].duration_s = 0;
    result.stages[0].counts = {};
    result.stages[0].latency = Histogram();
    CHECK(evaluate(*parse_threshold("stage(1): p95 < 1s"), result)[0].verdict == Verdict::skipped);
}

TEST_CASE("scopes are checked against the profile's names") {
    Profile profile;
    profile.load.stages.resize(2);
    profile.classes = {{.name = "Web",
                        .tasks = {{.tags = {"read"},
                                   .requests = {{.name = "runs", .path = "/api/runs"},
                                                {.method = "POST", .path = "/login"},
                                                {}}}}}};
    profile.target.base_url = "http://localhost:8000/base";
    const ScopeNames names = scope_names(profile);
    struct Row {
        const char* text;
        const char* error; ///< empty: accepted
    };
    const Row rows[] = {
        {"p95 < 1s", ""},
        {"runs: p95 < 1s", ""},
        {"POST /login: p95 < 1s", ""},
        {"/login: p95 < 1s", ""},
        {"GET /base: p95 < 1s", ""},
        {"GET /login: p95 < 1s", R"(there are "/base", "/login", "runs")"},
        {"method(POST): p95 < 1s", ""},
        {"method(PUT): p95 < 1s", R"(no such scope method(PUT); there are "GET", "POST")"},
        {"tag(read): p95 < 1s", ""},
        {"tag(rad): p95 < 1s", R"(there are "read")"},
        {"class(Mobile): p95 < 1s", R"(there are "Web")"},
        {"stage(2): p95 < 1s", ""},
        {"stage(3): p95 < 1s", "the load has 2 stages"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.text);
        const auto checked = check_scope(*parse_threshold(row.text), names);
        CHECK(checked.has_value() == std::string(row.error).empty());
        if (!checked) {
            CHECK(checked.error().message.find(row.error) != std::string::npos);
        }
    }
}

TEST_CASE("what the whole run shows has no window and ends nothing") {
    for (const char* text : {"latency_trend < 5%", "error_clustering < 3"}) {
        CHECK(parse_threshold(ThresholdText{.target = text}));
        CHECK_FALSE(parse_threshold({.target = text, .window = std::chrono::seconds(10)}));
        CHECK_FALSE(parse_threshold({.target = text, .abort = true}));
    }
}

TEST_CASE("an interval breaks a limit with all of itself only") {
    struct Row {
        const char* why;
        double low, change, high;
        const char* target;
        const char* critical;
        Verdict verdict;
    };
    const Row rows[] = {
        {"below", 0.01, 0.03, 0.05, "latency_trend < 10%", nullptr, Verdict::pass},
        {"above, but perhaps not", 0.05, 0.12, 0.2, "latency_trend < 10%", nullptr, Verdict::pass},
        {"surely above", 0.11, 0.15, 0.2, "latency_trend < 10%", nullptr, Verdict::fail},
        {"surely above the target only", 0.11, 0.15, 0.2, "latency_trend < 10%",
         "latency_trend < 18%", Verdict::marginal},
        {"surely below", -0.2, -0.15, -0.11, "latency_trend > -10%", nullptr, Verdict::fail},
        {"on the limit", 0.10, 0.15, 0.2, "latency_trend <= 10%", nullptr, Verdict::pass},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Result result;
        TrendFinding trend;
        trend.metric = "p95";
        trend.change = row.change;
        trend.change_low = row.low;
        trend.change_high = row.high;
        result.findings.trends = {trend};
        ThresholdText text{.target = row.target};
        if (row.critical != nullptr) {
            text.critical = row.critical;
        }
        const auto decided = evaluate(parse_threshold(text).value(), result);
        REQUIRE(decided.size() == 1);
        CHECK(decided[0].verdict == row.verdict);
        CHECK(decided[0].value == row.change);
    }
}
