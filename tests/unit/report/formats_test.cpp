// What the golden files of the reports cannot say by themselves.
#include "base/base64.hpp"
#include "report/csv.hpp"
#include "report/hdr_log.hpp"
#include "report/html.hpp"
#include "report/junit.hpp"
#include "report/markdown.hpp"
#include "report/table.hpp"
#include "report/text.hpp"
#include "report/time_text.hpp"
#include "stats/hlog.hpp"

#include "sample_results.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace ringblast;

namespace {

size_t count_of(std::string_view text, std::string_view part) {
    size_t count = 0;
    for (size_t at = 0; (at = text.find(part, at)) != std::string_view::npos; at += part.size()) {
        ++count;
    }
    return count;
}

std::string line_of(const std::string& text, size_t number) {
    size_t from = 0;
    for (size_t i = 0; i < number; ++i) {
        from = text.find("\r\n", from) + 2;
    }
    return text.substr(from, text.find("\r\n", from) - from);
}

} // namespace

TEST_CASE("times go and come back in milliseconds") {
    CHECK(parse_utc("2026-01-02T03:04:05.678Z") == 1'767'323'045'678'000'000);
    CHECK(parse_utc("1970-01-01T00:00:00.000Z") == 0);
    CHECK(print_utc_compact(1'767'323'045'678'000'000) == "20260102-030405");
    for (const char* wrong :
         {"", "2026-01-02", "2026-01-02T03:04:05Z", "2026-01-02T03:04:05.678", "now",
          "2026-01-02T03:04:05.678+01:00", "2026-01-02T03:04:05.6789Z", "2026-13-02T03:04:05.678Z",
          "2411-01-02T03:04:05.678Z", "1969-01-02T03:04:05.678Z", "2026-01-02T03:04:05.67xZ",
          " 2026-01-02T03:04:05.678Z"}) {
        CAPTURE(wrong);
        CHECK_FALSE(parse_utc(wrong));
    }
}

TEST_CASE("a CSV row without requests has no percentiles and no failures") {
    const std::string text = render_csv_stats(samples::everything());
    CHECK(text.find("POST,export,0,0,0,0.0,0,0,0,0.0,0.0,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,"
                    "N/A,N/A,N/A,N/A,0.0\r\n") != std::string::npos);
}

TEST_CASE("the CSV history counts from the end of the warm-up") {
    const std::string text = render_csv_history(samples::everything());
    CHECK(line_of(text, 1).starts_with("1767323046,25,,Aggregated,300.000000,0.000000,N/A,"));
    CHECK(line_of(text, 1).ends_with(",0,0,0,0.0,0,0,0"));
    CHECK(line_of(text, 4).find(",300,0,9,") != std::string::npos);
    CHECK(line_of(text, 5).find(",600,0,9,") != std::string::npos);
    CHECK(count_of(text, "\r\n") == 38);
}

TEST_CASE("CSV failures are what failed, not what was rate limited") {
    const std::string text = render_csv_failures(samples::everything());
    CHECK(text.find("status 429") == std::string::npos);
    CHECK(count_of(text, "\r\n") == 4);
}

TEST_CASE("a result without thresholds is one JUnit case") {
    CHECK(render_junit(samples::blast()).find("name=\"at least one request ok\"") !=
          std::string::npos);
    Result nothing_ok = samples::blast();
    nothing_ok.counts.outcomes = {};
    CHECK(render_junit(nothing_ok).find("<failure message=\"none of 0 requests was ok\"") !=
          std::string::npos);
    CHECK(render_junit(samples::not_made()).find("errors=\"1\"") != std::string::npos);
}

TEST_CASE("the HdrHistogram log of a saved result has the intervals of the run") {
    const Result result = samples::everything();
    const Expected<ParsedHlog> log = parse_hlog(render_hdr_log(result));
    REQUIRE(log);
    REQUIRE(log->intervals.size() == result.timeline.size());
    CHECK(log->start_time_s == doctest::Approx(1'767'323'045.678));
    for (size_t i = 0; i < log->intervals.size(); ++i) {
        CHECK(log->intervals[i].start_s == result.timeline[i].t_s);
        CHECK(log->intervals[i].histogram.count() == (i + 1 == log->intervals.size() ? 0U : 300U));
    }
}

TEST_CASE("no name can leave its place in the HTML page") {
    const std::string page = render_html(samples::everything());
    // As many script elements as the template has, and no tag from a name.
    CHECK(count_of(page, "</script>") == 3);
    CHECK(page.find("<b>&amp;</b>") == std::string::npos);
    CHECK(page.find("dashboard &quot;web&quot; &lt;b&gt;&amp;amp;&lt;/b&gt;") != std::string::npos);
}

TEST_CASE("the HTML page asks the network for nothing") {
    const std::string page = render_html(samples::everything());
    for (const char* word : {"<link rel=\"stylesheet\"", "src=", "@import", "url(", "fetch("}) {
        CAPTURE(word);
        CHECK(count_of(page, word) == 0);
    }
    CHECK(page.find("Chart.js v") != std::string::npos); // the banner of its licence
}

TEST_CASE("a name with braces is no placeholder") {
    Result result = samples::blast();
    result.name = "{{data}} {{nothing}}";
    const std::string page = render_html(result);
    CHECK(page.find("<h1>{{data}} {{nothing}}</h1>") != std::string::npos);
}

TEST_CASE("a canvas for each chart that has something to draw") {
    CHECK(count_of(render_html(samples::everything()), "<canvas") == 6);
    CHECK(count_of(render_html(samples::blast()), "<canvas") == 4);
    CHECK(count_of(render_html(samples::not_made()), "<canvas") == 0);
}

TEST_CASE("long names are cut") {
    CHECK(shortened("short", 5) == "short");
    CHECK(shortened("longer", 5) == "long…");
    CHECK(shortened("äöüäöü", 5) == "äöüä…");
}

TEST_CASE("a text report of many requests shows the most frequent") {
    Result result = samples::everything();
    const RequestResult row = result.requests[1];
    for (int i = 0; i < 40; ++i) {
        result.requests.push_back(row);
    }
    const std::string text = render_text(result);
    CHECK(text.find("… and 17 more, all in --json and --csv") != std::string::npos);
    CHECK(text.find("GET /api/runs") != std::string::npos);
    CHECK(text.find("POST export") == std::string::npos);
    const std::string markdown = render_markdown(result);
    CHECK(markdown.find("… and 17 more.") != std::string::npos);
}
