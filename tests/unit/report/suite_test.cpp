// The overview of a suite in every format.
#include "analysis/suite_verdict.hpp"
#include "report/suite_html.hpp"
#include "report/suite_json.hpp"
#include "report/suite_junit.hpp"
#include "report/suite_lines.hpp"
#include "report/suite_markdown.hpp"
#include "report/suite_text.hpp"

#include "golden.hpp"
#include "sample_suites.hpp"

#include <doctest/doctest.h>

using namespace ringblast;
using test::check_golden;

TEST_CASE("a suite in every format") {
    const SuiteResult suite = samples::suite();
    check_golden("suite.txt", render_suite_text(suite, {.width = 80}));
    check_golden("suite_color.txt", render_suite_text(suite, {.color = true}));
    check_golden("suite.json", render_suite_json(suite, "reports"));
    check_golden("suite_junit.xml", render_suite_junit(suite));
    check_golden("suite_summary.md", render_suite_markdown(suite, "reports"));
}

TEST_CASE("a suite without anything to say but figures") {
    const SuiteResult suite = samples::small_suite();
    check_golden("small_suite.txt", render_suite_text(suite, {.width = 80}));
    check_golden("small_suite.json", render_suite_json(suite, ""));
    const std::string markdown = render_suite_markdown(suite, "");
    CHECK(markdown.find("What was missed") == std::string::npos);
    CHECK(markdown.find("](<") == std::string::npos);
}

TEST_CASE("a suite that was interrupted") {
    const SuiteResult suite = samples::interrupted_suite();
    check_golden("interrupted_suite.txt", render_suite_text(suite, {.width = 80}));
    check_golden("interrupted_suite.json", render_suite_json(suite, ""));
    check_golden("interrupted_suite_junit.xml", render_suite_junit(suite));
}

TEST_CASE("an overview is read back but for its results") {
    const std::string text = render_suite_json(samples::suite(), "reports");
    CHECK(is_suite_json(text));
    Expected<SuiteResult> read = read_suite_json(text);
    REQUIRE(read);
    SuiteResult wanted = samples::suite();
    REQUIRE(read->runs.size() == wanted.runs.size());
    for (size_t i = 0; i < wanted.runs.size(); ++i) {
        SuiteRun& run = read->runs[i];
        CHECK(run.not_run == wanted.runs[i].not_run);
        CHECK(run.problems == wanted.runs[i].problems);
        REQUIRE(run.parts.size() == wanted.runs[i].parts.size());
        for (size_t j = 0; j < run.parts.size(); ++j) {
            run.parts[j].result = wanted.runs[i].parts[j].result;
            run.parts[j].reports = wanted.runs[i].parts[j].reports; // as seen from elsewhere
        }
        decide(run);
    }
    decide(*read, 0);
    CHECK(render_suite_json(*read, "reports") == text);
    CHECK(read_suite_json("{").error().message == "this is not JSON");
    CHECK(read_suite_json("{}").error().message == "the schema is not ringblast-suite/1");
    CHECK(read_suite_json("{\"schema\": \"ringblast-suite/1\"}").error().message ==
          "name is missing");
}

TEST_CASE("the page links the reports from where it is, and no name leaves its place") {
    const std::string page = render_suite_html(samples::suite(), "reports");
    CHECK(page.find("<h1>nightly &lt;all&gt;</h1>") != std::string::npos);
    CHECK(page.find("<a href=\"smoke/load_test_smoke_20260102-030405.html\">smoke</a>") !=
          std::string::npos);
    CHECK(page.find("load &amp; more") != std::string::npos);
    CHECK(page.find("2 tasks, each alone") != std::string::npos);
    CHECK(page.find(">not run</span>") != std::string::npos);
    CHECK(page.find("accounts.csv cannot be read") != std::string::npos);
    CHECK(page.find("http://") == page.find("http://127.0.0.1"));
    const std::string elsewhere = render_suite_html(samples::suite(), "pages");
    CHECK(elsewhere.find("href=\"../reports/smoke/load_test_smoke") != std::string::npos);
}

TEST_CASE("no line of the text is wider than the terminal, but for thresholds") {
    const std::string text = render_suite_text(samples::suite(), {.width = 80});
    size_t from = 0;
    while (from < text.size()) {
        const size_t end = text.find('\n', from);
        const std::string line = text.substr(from, end - from);
        CAPTURE(line);
        size_t columns = 0;
        for (const char c : line) {
            columns += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
        }
        CHECK((columns <= 80 || line.find("] ") != std::string::npos));
        from = end + 1;
    }
}

TEST_CASE("the state of a load is the first thing to know about it") {
    struct Row {
        const char* why;
        void (*change)(SuitePart&);
        SuiteState state;
    };
    const Row rows[] = {
        {"nothing else", [](SuitePart&) {}, SuiteState::pass},
        {"marginal", [](SuitePart& part) { part.result.verdict = Verdict::marginal; },
         SuiteState::marginal},
        {"fail", [](SuitePart& part) { part.result.verdict = Verdict::fail; }, SuiteState::fail},
        {"invalid with --strict", [](SuitePart& part) { part.exit_code = 4; }, SuiteState::invalid},
        {"interrupted, whatever the verdict",
         [](SuitePart& part) {
             part.result.interrupted = true;
             part.result.verdict = Verdict::fail;
         },
         SuiteState::interrupted},
        {"not made, before all", [](SuitePart& part) { part.result.not_made = "refused"; },
         SuiteState::not_made},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        SuitePart part = samples::small_suite().runs.front().parts.front();
        row.change(part);
        CHECK(state_of(part) == row.state);
    }
}

TEST_CASE("one load in one line") {
    const SuiteResult suite = samples::suite();
    CHECK(suite_line_text(suite.runs[2].parts[0]).starts_with("list tasks: "));
    CHECK(suite_line_text(suite.runs[3].parts[0]).starts_with("not made · "));
}
