// The reports as golden files: UPDATE_GOLDEN=1 writes them anew, the diff is what to review.
#include "report/csv.hpp"
#include "report/json.hpp"
#include "report/junit.hpp"
#include "report/markdown.hpp"
#include "report/text.hpp"

#include "golden.hpp"
#include "sample_results.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <string>

using namespace ringblast;
using test::check_golden;

TEST_CASE("text reports") {
    check_golden("blast.txt", render_text(samples::blast()));
    check_golden("stages.txt", render_text(samples::stages()));
    check_golden("stages_color.txt", render_text(samples::stages(), {.color = true}));
    check_golden("few.txt", render_text(samples::few()));
    check_golden("not_made.txt", render_text(samples::not_made()));
    check_golden("everything.txt", render_text(samples::everything()));
}

TEST_CASE("JSON reports") {
    check_golden("blast.json", render_json(samples::blast()));
    check_golden("stages.json", render_json(samples::stages()));
    check_golden("not_made.json", render_json(samples::not_made()));
    check_golden("everything.json", render_json(samples::everything()));
}

TEST_CASE("CSV reports") {
    check_golden("everything_stats.csv", render_csv_stats(samples::everything()));
    check_golden("everything_stats_history.csv", render_csv_history(samples::everything()));
    check_golden("everything_failures.csv", render_csv_failures(samples::everything()));
}

TEST_CASE("JUnit reports") {
    check_golden("blast_junit.xml", render_junit(samples::blast()));
    check_golden("everything_junit.xml", render_junit(samples::everything()));
    check_golden("not_made_junit.xml", render_junit(samples::not_made()));
}

TEST_CASE("Markdown reports") {
    check_golden("blast_summary.md", render_markdown(samples::blast()));
    check_golden("everything_summary.md", render_markdown(samples::everything()));
    check_golden("not_made_summary.md", render_markdown(samples::not_made()));
}

TEST_CASE("bytes of strangers don't break a report") {
    Result result = samples::blast();
    result.errors = {{.outcome = Outcome::protocol_error,
                      .request = "\xff\x1b[2J",
                      .message = "bad status line \x1b[2J\r\n\xc3",
                      .count = 1}};
    CHECK(render_text(result).find('\x1b') == std::string::npos);
    CHECK(render_json(result).find("bad status line \\u001b[2J\\r\\n\xef\xbf\xbd") !=
          std::string::npos);
}

TEST_CASE("numbers that are not finite are null") {
    Result result = samples::blast();
    result.rps = std::nan("");
    result.duration_s = HUGE_VAL;
    const std::string json = render_json(result);
    CHECK(json.find("\"rps\": null") != std::string::npos);
    CHECK(json.find("\"duration_s\": null") != std::string::npos);
}

TEST_CASE("samples that a percentile needs") {
    CHECK(samples_needed(50) == 5);
    CHECK(samples_needed(95) == 59);
    CHECK(samples_needed(99) == 299);
    CHECK(samples_needed(99.9) == 2995);
}
