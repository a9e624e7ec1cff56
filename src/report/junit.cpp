// The elements that Jenkins, GitLab, GitHub actions and pytest's tools agree on: testsuites,
// testsuite with properties, testcase with failure, error, skipped or system-out.
#include "report/junit.hpp"

#include "base/print.hpp"
#include "report/escape.hpp"
#include "report/result_words.hpp"
#include "report/text.hpp"
#include "report/threshold_text.hpp"
#include "report/time_text.hpp"

#include <array>
#include <cstdio>

namespace ringblast {

namespace {

std::string print_seconds(double value) {
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%.3f", value);
    return text.data();
}

std::string attribute(std::string_view name, std::string_view value) {
    return " " + std::string(name) + "=\"" + escape_xml(value) + "\"";
}

std::string suite_name(const Result& result) {
    return result.name.empty() ? "ringblast" : "ringblast " + result.name;
}

/// A case with what stands in it; the time of every one is that of the run.
void add_case(const Result& result, std::string_view name, const std::string& content,
              JunitSuite& cases) {
    ++cases.tests;
    cases.text += "    <testcase" + attribute("classname", suite_name(result)) +
                  attribute("name", name) + attribute("time", print_seconds(result.duration_s));
    cases.text += content.empty() ? "/>\n" : ">" + content + "</testcase>\n";
}

std::string problem(const char* element, std::string_view message, std::string_view type) {
    return "<" + std::string(element) + attribute("message", message) + attribute("type", type) +
           "/>";
}

/// The expression as it was written, told apart where request(*) or stage(*) made several of it.
std::string case_name(const ThresholdResult& threshold) {
    const bool scoped =
        !threshold.scope.empty() && threshold.expression.find(threshold.scope) == std::string::npos;
    return scoped ? threshold.expression + " [" + threshold.scope + "]" : threshold.expression;
}

void add_threshold(const Result& result, const ThresholdResult& threshold, JunitSuite& cases) {
    const std::string text = threshold_text(threshold, Paint(false));
    std::string content;
    switch (threshold.verdict) {
    case Verdict::pass:
        break;
    case Verdict::marginal:
        content = "<system-out>" + escape_xml(text) + "</system-out>";
        break;
    case Verdict::fail:
        ++cases.failures;
        content = problem("failure", text, "threshold");
        break;
    case Verdict::skipped:
        ++cases.skipped;
        content = "<skipped" + attribute("message", text) + "/>";
        break;
    }
    add_case(result, case_name(threshold), content, cases);
}

JunitSuite cases_of(const Result& result) {
    JunitSuite cases;
    if (result.not_made) {
        ++cases.errors;
        add_case(result, "the run could be made", problem("error", *result.not_made, "run"), cases);
        return cases;
    }
    for (const ThresholdResult& threshold : result.thresholds) {
        add_threshold(result, threshold, cases);
    }
    if (result.thresholds.empty()) {
        std::string content;
        if (result.counts.ok() == 0) {
            ++cases.failures;
            content = problem("failure",
                              "none of " + print_counted(result.counts.completed(), "request") +
                                  " was ok",
                              "outcome");
        }
        add_case(result, "at least one request ok", content, cases);
    }
    return cases;
}

std::string properties(const Result& result) {
    std::string text = "    <properties>\n";
    const auto add = [&](std::string_view name, std::string_view value) {
        text += "      <property" + attribute("name", name) + attribute("value", value) + "/>\n";
    };
    add("url", result.url);
    add("verdict", word_of(verdict_words, result.verdict));
    add("validity", word_of(validity_words, result.validity.state));
    add("command", result.generator.command);
    add("version", result.generator.version);
    return text + "    </properties>\n";
}

std::string counts_text(const JunitSuite& suite) {
    return attribute("tests", std::to_string(suite.tests)) +
           attribute("failures", std::to_string(suite.failures)) +
           attribute("errors", std::to_string(suite.errors)) +
           attribute("skipped", std::to_string(suite.skipped)) +
           attribute("time", print_seconds(suite.duration_s));
}

} // namespace

JunitSuite junit_suite(const Result& result) {
    JunitSuite suite = cases_of(result);
    suite.duration_s = result.duration_s;
    // ISO 8601 without zone, as the schema of JUnit wants it; it is UTC.
    const std::string started = print_utc(result.started_at_ns).substr(0, 19);
    suite.text = "  <testsuite" + attribute("name", suite_name(result)) + counts_text(suite) +
                 attribute("timestamp", started) + ">\n" + properties(result) + suite.text +
                 "    <system-out>" + escape_xml(render_text(result)) +
                 "</system-out>\n  </testsuite>\n";
    return suite;
}

JunitSuite junit_suite_of_one(const JunitCase& one) {
    JunitSuite suite{.tests = 1, .errors = one.skipped ? 0U : 1U, .skipped = one.skipped ? 1U : 0U};
    const std::string message = attribute("message", one.message);
    suite.text =
        "  <testsuite" + attribute("name", "ringblast " + one.suite) + counts_text(suite) +
        ">\n    <testcase" + attribute("classname", "ringblast " + one.suite) +
        attribute("name", one.name) + attribute("time", print_seconds(0)) + ">" +
        (one.skipped ? "<skipped" + message : "<error" + message + attribute("type", "run")) +
        "/></testcase>\n  </testsuite>\n";
    return suite;
}

std::string render_junit_suites(std::span<const JunitSuite> suites) {
    JunitSuite all;
    for (const JunitSuite& suite : suites) {
        all.tests += suite.tests;
        all.failures += suite.failures;
        all.errors += suite.errors;
        all.skipped += suite.skipped;
        all.duration_s += suite.duration_s;
        all.text += suite.text;
    }
    return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites" + counts_text(all) + ">\n" +
           all.text + "</testsuites>\n";
}

std::string render_junit(const Result& result) {
    const JunitSuite suite = junit_suite(result);
    return render_junit_suites(std::span(&suite, 1));
}

} // namespace ringblast
