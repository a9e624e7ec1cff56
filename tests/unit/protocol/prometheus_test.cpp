#include "protocol/prometheus.hpp"

#include "guarded.hpp"

#include <cmath>
#include <doctest/doctest.h>
#include <limits>
#include <string>
#include <vector>

using namespace ringblast;
using test::GuardedBytes;

namespace {

struct LineRow {
    const char* sentence;
    const char* line;
    const char* name; ///< nullptr: the line is broken
    const char* labels;
    double value;
};

/// name{labels}=value of every sample.
std::string read_all(std::string_view text) {
    PrometheusReader reader(text);
    std::string all;
    while (const auto sample = reader.next()) {
        all += std::string(sample->name) + "{" + std::string(sample->labels) +
               "}=" + std::to_string(static_cast<long long>(sample->value)) + " ";
    }
    return all + "bad " + std::to_string(reader.bad_lines());
}

std::string labels_of(std::string_view text) {
    PrometheusLabels labels(text);
    std::string all;
    while (const auto label = labels.next()) {
        all += std::string(label->name) + "=" + unescape_label(label->value) + ";";
    }
    return all + (labels.broken() ? "broken" : "");
}

} // namespace

TEST_CASE("a line is a name, labels and a value") {
    constexpr double inf = std::numeric_limits<double>::infinity();
    const LineRow rows[] = {
        {"the least", "up 1", "up", "", 1},
        {"labels", "a_total{code=\"200\",x=\"\"} 12", "a_total", "code=\"200\",x=\"\"", 12},
        {"a comma behind the last label", "a{b=\"c\",} 3", "a", "b=\"c\",", 3},
        {"no label in the braces", "a{} 3", "a", "", 3},
        {"blanks wherever they may be", " \ta { b = \"c\" , d = \"e\" } \t 3 ", "a",
         " b = \"c\" , d = \"e\" ", 3},
        {"a time stamp", "a 3 1700000000000", "a", "", 3},
        {"an exemplar of OpenMetrics", "a_bucket{le=\"1\"} 3 # {trace=\"x\"} 0.5", "a_bucket",
         "le=\"1\"", 3},
        {"a brace, a quote and a comma in a value", R"(a{b="}\",="} 3)", "a", R"(b="}\",=")", 3},
        {"a colon in the name: a recorded series", "job:rate5m 0.25", "job:rate5m", "", 0.25},
        {"an exponent", "a -1.5e3", "a", "", -1500},
        {"a plus", "a +2", "a", "", 2},
        {"infinity", "a +Inf", "a", "", inf},
        {"below it", "a -Inf", "a", "", -inf},
        {"a line of Windows", "a 1\r", "a", "", 1},
        {"a quoted name of Prometheus 3", R"({"a.b", c="d"} 4)", "a.b", R"("a.b", c="d")", 4},
        {"a quoted label of it", R"({"a.b", "c.d"="e"} 4)", "a.b", R"("a.b", "c.d"="e")", 4},
        {"no value", "a", nullptr, "", 0},
        {"a word for a value", "a b", nullptr, "", 0},
        {"a value with a tail", "a 1x", nullptr, "", 0},
        {"two signs", "a +-1", nullptr, "", 0},
        {"no name", "{a=\"b\"} 1", nullptr, "", 0},
        {"two names", "a{\"b\"} 1", nullptr, "", 0},
        {"a name that starts with a digit", "1a 1", nullptr, "", 0},
        {"braces that stay open", "a{b=\"c\" 1", nullptr, "", 0},
        {"a quote that stays open", "a{b=\"c} 1", nullptr, "", 0},
        {"a label without value", "a{b} 1", nullptr, "", 0},
        {"a value without quotes", "a{b=c} 1", nullptr, "", 0},
        {"labels without comma", "a{b=\"c\" d=\"e\"} 1", nullptr, "", 0},
        {"a number beyond a double", "a 1e999", nullptr, "", 0},
    };
    GuardedBytes bytes;
    for (const LineRow& row : rows) {
        CAPTURE(row.sentence);
        PrometheusReader reader(bytes.put(row.line));
        const auto sample = reader.next();
        REQUIRE(sample.has_value() == (row.name != nullptr));
        CHECK(reader.bad_lines() == (row.name == nullptr ? 1 : 0));
        if (sample) {
            CHECK(sample->name == row.name);
            CHECK(sample->labels == row.labels);
            CHECK(sample->value == row.value);
            CHECK_FALSE(reader.next());
        }
    }
}

TEST_CASE("NaN is a value") {
    const auto nan = parse_prometheus_number("NaN");
    REQUIRE(nan);
    CHECK(std::isnan(*nan));
}

TEST_CASE("comments and empty lines are passed over, broken lines counted") {
    CHECK(read_all("") == "bad 0");
    CHECK(read_all("# HELP a b\n# TYPE a counter\n\n  \na 1\n# EOF\n") == "a{}=1 bad 0");
    CHECK(read_all("a 1\n<html>\nb 2") == "a{}=1 b{}=2 bad 1");
    CHECK(read_all("{\"json\": 1}") == "bad 1");
}

TEST_CASE("labels, with their escapes taken off") {
    CHECK(labels_of("") == "");
    CHECK(labels_of(R"(a="b",c="d")") == "a=b;c=d;");
    CHECK(labels_of(R"(a="x\\y\"z\n!")") == "a=x\\y\"z\n!;");
    CHECK(labels_of(R"(a="\d")") == "a=\\d;");
    CHECK(labels_of("a=\"b\",c") == "a=b;broken");
    CHECK(labels_of("a=\"b\\") == "broken");
}

TEST_CASE("names of metrics") {
    for (const char* good : {"a", "_x", "http_requests_total", "job:rate5m", "a1"}) {
        CHECK(is_metric_name(good));
    }
    for (const char* bad : {"", "1a", "a-b", "a b", "a{", "ä"}) {
        CHECK_FALSE(is_metric_name(bad));
    }
}
