// A saved result comes back whole: every report of what was read is the report of what was
// written. What is no result is refused with the place.
#include "report/json_read.hpp"

#include "report/csv.hpp"
#include "report/hdr_log.hpp"
#include "report/html.hpp"
#include "report/json.hpp"
#include "report/junit.hpp"
#include "report/markdown.hpp"
#include "report/text.hpp"

#include "sample_results.hpp"

#include <doctest/doctest.h>

using namespace ringblast;

namespace {

std::string render_text_plain(const Result& result) {
    return render_text(result);
}
std::string render_markdown_plain(const Result& result) {
    return render_markdown(result);
}

constexpr struct {
    const char* name;
    std::string (*render)(const Result&);
} formats[] = {
    {"text", render_text_plain},
    {"json", render_json},
    {"html", render_html},
    {"csv stats", render_csv_stats},
    {"csv history", render_csv_history},
    {"csv failures", render_csv_failures},
    {"junit", render_junit},
    {"markdown", render_markdown_plain},
    {"hdr log", render_hdr_log},
};

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
}

} // namespace

TEST_CASE("every report of a result that was saved and read is the same") {
    for (Result (*sample)() :
         {samples::blast, samples::stages, samples::few, samples::not_made, samples::everything}) {
        const Result result = sample();
        const Expected<Result> read = read_result(render_json(result));
        REQUIRE_MESSAGE(read, read.error().message);
        for (const auto& format : formats) {
            CAPTURE(result.name);
            CAPTURE(format.name);
            CHECK(format.render(*read) == format.render(result));
        }
    }
}

TEST_CASE("what no report shows is read as well") {
    const Result result = samples::everything();
    const Result read = read_result(render_json(result)).value();
    CHECK(read.plan_stages == result.plan_stages);
    CHECK(read.plan_thresholds[1].window == std::chrono::milliseconds(10'500));
    CHECK(read.plan_thresholds[1].abort);
    CHECK(read.latency.sum() == result.latency.sum());
    CHECK(read.latency.min() == result.latency.min());
    CHECK(read.requests[0].bytes_body == result.requests[0].bytes_body);
    CHECK(read.requests[1].bytes_body == std::nullopt);
    CHECK(read.counts.started == result.counts.started);
    CHECK(read.generator.cpus == result.generator.cpus);
    CHECK(read.generator.seed == result.generator.seed);
}

TEST_CASE("a stage without an end comes back as one") {
    Result result = samples::blast();
    result.plan_stages[0].duration = open_ended;
    const Result read = read_result(render_json(result)).value();
    CHECK(read.plan_stages[0].duration == open_ended);
    CHECK(render_json(read) == render_json(result));
}

TEST_CASE("keys of another version") {
    const std::string json = render_json(samples::blast());
    CHECK(read_result(replaced(json, "\"url\"", "\"later\": [1, {}], \"url\"")));
    const size_t sum = json.find(",\n    \"sum_ns\"");
    REQUIRE(sum != std::string::npos);
    const size_t end = json.find('\n', sum + 2);
    CHECK(read_result(std::string(json).erase(sum, end - sum)));
    CHECK(read_result(replaced(json, "  \"notes\": [],\n", "")).value().notes.empty());
}

TEST_CASE("what is no result is refused with the place") {
    const std::string json = render_json(samples::blast());
    const struct {
        const char* what;
        std::string text;
        const char* says;
    } table[] = {
        {"nothing", "", "not JSON: line 1, column 1: it ends too early"},
        {"half of it", json.substr(0, json.size() / 2), "not JSON: line "},
        {"another language", "<html>", "not JSON: line 1, column 1 does not belong there"},
        {"a list", "[]", "has no \"schema\""},
        {"another object", "{}", "has no \"schema\""},
        {"another schema", R"({"schema": "ringblast-limit/1"})", "\"ringblast-limit/1\""},
        {"nothing but the schema", R"({"schema": "ringblast-result/1"})", "name is missing"},
        {"a text for a number", replaced(json, "\"users_peak\": 64", "\"users_peak\": \"64\""),
         "users_peak must be a whole number, not string"},
        {"a negative count", replaced(json, "\"users_peak\": 64", "\"users_peak\": -1"),
         "users_peak must be a whole number"},
        {"a number beyond all", replaced(json, "\"users_peak\": 64", "\"users_peak\": 1e999"),
         "not JSON"},
        {"a part of a request", replaced(json, "\"users_peak\": 64", "\"users_peak\": 1.5"),
         "users_peak must be a whole number"},
        {"a key is gone", replaced(json, "\"ok\": 1234567,\n      \"failed\"", "\"failed\""),
         ""}, // counts of rows follow from their outcomes
        {"an outcome is gone", replaced(json, "\"reset\": 0,", ""), "outcomes.reset is missing"},
        {"a wrong word", replaced(json, "\"state\": \"valid\"", "\"state\": \"fine\""),
         "validity.state \"fine\""},
        {"a wrong verdict", replaced(json, "\"verdict\": \"pass\"", "\"verdict\": 1"),
         "stages[0].verdict must be a text, not number"},
        {"a status that is none", replaced(json, "\"200\":", "\"2000\":"), "statuses has \"2000\""},
        {"a local time", replaced(json, "05.678Z", "05.678"), "started_at must be a time"},
        {"a day that is none", replaced(json, "2026-01-02T", "2026-02-31T"), "started_at"},
        {"a histogram that is none", replaced(json, "HISTFAAAA", "HISTFBBBB"),
         "histogram is no histogram"},
        {"a count that the histogram does not have",
         replaced(json, "\"count\": 1234567,\n    \"sum_ns\"", "\"count\": 7,\n    \"sum_ns\""),
         "latency_ms.count does not agree"},
        {"a largest below the least", replaced(json, "\"max\": 10.3224", "\"max\": 0.1"),
         "latency_ms contradicts itself"},
        {"a note that is none", replaced(json, "\"notes\": []", "\"notes\": [1]"),
         "notes[0] must be a text, not number"},
        {"a list that is none", replaced(json, "\"errors\": []", "\"errors\": {}"),
         "errors must be a list, not object"},
    };
    for (const auto& row : table) {
        CAPTURE(row.what);
        const Expected<Result> read = read_result(row.text);
        if (*row.says == 0) {
            CHECK(read);
            continue;
        }
        REQUIRE_FALSE(read);
        CAPTURE(read.error().message);
        CHECK(read.error().message.find(row.says) != std::string::npos);
    }
}

TEST_CASE("nothing is too deep") {
    CHECK_FALSE(read_result(std::string(100'000, '[')));
    const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
    CHECK_FALSE(read_result("{\"schema\": \"ringblast-result/1\", \"name\": " + deep + "}"));
}

TEST_CASE("WebSockets come back as they were") {
    Result result = samples::blast();
    WebSocketResult ws{.connections = 64,
                       .messages_sent = 1'000'000,
                       .messages_received = 1'000'001,
                       .dropped = 3,
                       .close_codes = {{1000, 61}, {1006, 3}}};
    ws.connect.record(1'000'000);
    ws.connect.record(3'000'000);
    result.ws = ws;
    const std::string json = render_json(result);
    const Expected<Result> read = read_result(json);
    REQUIRE(read);
    REQUIRE(read->ws);
    CHECK(read->ws->connections == 64);
    CHECK(read->ws->messages_sent == 1'000'000);
    CHECK(read->ws->messages_received == 1'000'001);
    CHECK(read->ws->dropped == 3);
    CHECK(read->ws->close_codes == ws.close_codes);
    CHECK(read->ws->connect.max() == 3'000'000);
    CHECK(render_json(*read) == json);
    CHECK(render_text(result, {}).find("closes 1000: 61, 1006: 3") != std::string::npos);
    const Expected<Result> wrong = read_result(replaced(json, "\"1006\":", "\"99\":"));
    REQUIRE_FALSE(wrong);
    CHECK(wrong.error().message.find("close_codes has \"99\"") != std::string::npos);
}

TEST_CASE("a result of a version without findings has none") {
    std::string json = render_json(samples::everything());
    for (const char* key : {"trends", "latency_interval_ms", "error_clustering", "steady_state",
                            "breaking_stage", "bursts", "causes"}) {
        json = replaced(json, std::string("\n  \"") + key + "\"",
                        std::string("\n  \"another ") + key + "\"");
    }
    const Expected<Result> read = read_result(json);
    REQUIRE_MESSAGE(read, read.error().message);
    CHECK(read->findings.trends.empty());
    CHECK(read->findings.latency_intervals.empty());
    CHECK_FALSE(read->findings.error_clustering);
    CHECK_FALSE(read->findings.steady_state);
    CHECK_FALSE(read->findings.breaking_stage);
    CHECK(read->findings.bursts.empty());
    CHECK(read->findings.causes.empty());
    CHECK(read->counts.completed() == samples::everything().counts.completed());
}
