#include "run/prometheus_query.hpp"

#include "base/clock.hpp"

#include <cmath>
#include <doctest/doctest.h>
#include <limits>
#include <string>
#include <vector>

using namespace ringblast;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();

/// A value as text: "7.5", "none" or what failed.
std::string told(const ProbeValue& value) {
    if (!value) {
        return value.error().message;
    }
    if (!*value) {
        return "none";
    }
    std::string text = std::to_string(**value);
    text.erase(text.find_last_not_of('0') + 1);
    return text.ends_with('.') ? text.substr(0, text.size() - 1) : text;
}

Probe gauge(std::string metric, std::vector<ProbeLabel> labels = {}) {
    return {.name = "p",
            .source = Probe::Source::prometheus,
            .series = {std::move(metric), std::move(labels)}};
}

Probe rate(std::string metric, std::vector<ProbeLabel> labels = {}) {
    Probe probe = gauge(std::move(metric), std::move(labels));
    probe.as = Probe::As::rate;
    return probe;
}

PrometheusQuery compiled(const Probe& probe) {
    auto query = PrometheusQuery::compile(probe);
    REQUIRE_MESSAGE(query.has_value(), (query ? "" : query.error().message));
    return std::move(*query);
}

std::string look_once(const Probe& probe, std::string_view text) {
    return told(compiled(probe).look(text, ns_per_second));
}

/// One text a second.
std::string look_at_all(const Probe& probe, const std::vector<std::string>& texts) {
    PrometheusQuery query = compiled(probe);
    std::string all;
    int64_t at_ns = ns_per_second;
    for (const std::string& text : texts) {
        all += (all.empty() ? "" : " ") + told(query.look(text, at_ns));
        at_ns += ns_per_second;
    }
    return all;
}

} // namespace

TEST_CASE("histogram_quantile") {
    struct Row {
        const char* sentence;
        double quantile;
        std::vector<Bucket> buckets;
        const char* expected;
    };
    const Row rows[] = {
        {"linear within a bucket", 0.5, {{1, 0}, {2, 10}, {inf, 10}}, "1.5"},
        {"the lowest bucket starts at 0", 0.5, {{1, 10}, {inf, 10}}, "0.5"},
        {"the lowest bucket is below 0: its bound", 0.5, {{-1, 10}, {1, 10}, {inf, 10}}, "-1"},
        {"beyond the last finite bucket: its bound", 0.99, {{1, 5}, {2, 6}, {inf, 10}}, "2"},
        {"all beyond it", 0.1, {{1, 0}, {inf, 10}}, "1"},
        {"quantile 0: the start of the first bucket", 0, {{1, 5}, {inf, 5}}, "0"},
        {"quantile 0 with an empty first bucket", 0, {{1, 0}, {2, 5}, {inf, 5}}, "0"},
        {"quantile 1", 1, {{1, 5}, {2, 10}, {inf, 10}}, "2"},
        {"in any order", 0.5, {{inf, 10}, {2, 10}, {1, 0}}, "1.5"},
        {"equal bounds add up", 0.5, {{1, 0}, {1, 0}, {2, 4}, {2, 6}, {inf, 4}, {inf, 6}}, "1.5"},
        {"counts that fall are held", 0.5, {{1, 10}, {2, 9}, {inf, 10}}, "0.5"},
        {"no observation", 0.5, {{1, 0}, {inf, 0}}, "none"},
        {"no +Inf bucket", 0.5, {{1, 5}}, "the histogram has no bucket with le=\"+Inf\""},
        {"no bucket", 0.5, {}, "the histogram has no bucket with le=\"+Inf\""},
        {"nothing but +Inf", 0.5, {{inf, 5}}, "the histogram has only the bucket with le=\"+Inf\""},
    };
    for (const Row& row : rows) {
        CAPTURE(row.sentence);
        CHECK(told(histogram_quantile(row.quantile, row.buckets)) == row.expected);
    }
}

TEST_CASE("a gauge: all series that have the labels, added up") {
    const std::string text = "memory{kind=\"heap\",pool=\"a\"} 1\n"
                             "memory{kind=\"heap\",pool=\"b\"} 2\n"
                             "memory{kind=\"stack\"} 4\n"
                             "memory_other 8\n"
                             "broken{ 16\n"
                             "nan NaN\ninfinite +Inf\n";
    CHECK(look_once(gauge("memory"), text) == "7");
    CHECK(look_once(gauge("memory", {{"kind", "heap"}}), text) == "3");
    CHECK(look_once(gauge("memory", {{"kind", "heap"}, {"pool", "b"}}), text) == "2");
    CHECK(look_once(gauge("memory", {{"kind", "he.*", true}}), text) == "3");
    CHECK(look_once(gauge("memory", {{"kind", "eap", true}}), text) ==
          "no such metric: memory{kind=~\"eap\"}");
    CHECK(look_once(gauge("memory", {{"pool", ""}}), text) == "4");
    CHECK(look_once(gauge("memory", {{"kind", "none"}}), text) ==
          "no such metric: memory{kind=\"none\"}");
    CHECK(look_once(gauge("mem"), text) == "no such metric: mem");
    CHECK(look_once(gauge("nan"), text) == "none");
    CHECK(look_once(gauge("infinite"), text) == "infinite is infinite");
    CHECK(look_once(gauge("a"), "<html>") == "no such metric: a");
}

TEST_CASE("the rate of a counter") {
    CHECK(look_at_all(rate("c"), {"c 10", "c 15", "c 15", "c 16"}) == "none 5 0 1");
    SUBCASE("a reset: what is there happened since") {
        CHECK(look_at_all(rate("c"), {"c 10", "c 3", "c 4"}) == "none 3 1");
    }
    SUBCASE("each series is followed apart, so that one's reset hides in no sum") {
        CHECK(look_at_all(rate("c"), {"c{a=\"1\"} 100\nc{a=\"2\"} 100",
                                      "c{a=\"1\"} 10\nc{a=\"2\"} 110"}) == "none 20");
    }
    SUBCASE("a series that is new starts at 0, one that is gone counts no more") {
        CHECK(look_at_all(rate("c"), {"c{a=\"1\"} 5", "c{a=\"1\"} 6\nc{a=\"2\"} 2",
                                      "c{a=\"2\"} 3"}) == "none 3 1");
    }
    SUBCASE("none of the kind yet is no event") {
        CHECK(look_at_all(rate("c", {{"code", "500"}}), {"c{code=\"200\"} 5", "c{code=\"200\"} 6",
                                                         "c{code=\"500\"} 2"}) == "none 0 2");
    }
    SUBCASE("no such metric; then it starts over") {
        CHECK(look_at_all(rate("c"), {"c 1", "d 1", "c 5", "c 6"}) ==
              "none no such metric: c none 1");
    }
    SUBCASE("by the time that has passed") {
        PrometheusQuery query = compiled(rate("c"));
        query.look("c 0", 1 * ns_per_second);
        CHECK(told(query.look("c 30", 4 * ns_per_second)) == "10");
    }
}

TEST_CASE("a ratio of two") {
    Probe hits = rate("hits_total");
    hits.over = ProbeSeriesChoice{"lookups_total", {}};
    CHECK(look_at_all(hits, {"hits_total 0\nlookups_total 0", "hits_total 8\nlookups_total 10",
                             "hits_total 8\nlookups_total 10", "hits_total 9\nlookups_total 14"}) ==
          "none 0.8 none 0.25");
    Probe errors = rate("r", {{"code", "5..", true}});
    errors.over = ProbeSeriesChoice{"r", {}};
    CHECK(look_at_all(errors, {"r{code=\"200\"} 0", "r{code=\"200\"} 9\nr{code=\"503\"} 1"}) ==
          "none 0.1");
    Probe used = gauge("used");
    used.over = ProbeSeriesChoice{"size", {{"pool", "a"}}};
    CHECK(look_once(used, "used 5\nsize{pool=\"a\"} 20\nsize{pool=\"b\"} 1") == "0.25");
    CHECK(look_once(used, "used 5\nsize{pool=\"a\"} 0") == "none");
    CHECK(look_at_all(used, {"used 5", "used 5\nsize{pool=\"a\"} 10"}) ==
          "no such metric: size{pool=\"a\"} 0.5");
}

TEST_CASE("a quantile is that of what was observed since the reading before") {
    Probe probe = gauge("d_seconds");
    probe.as = Probe::As::quantile;
    probe.quantile = 0.5;
    const auto histogram = [](int first, int second, int all) {
        return "d_seconds_bucket{le=\"0.1\"} " + std::to_string(first) +
               "\nd_seconds_bucket{le=\"0.3\"} " + std::to_string(second) +
               "\nd_seconds_bucket{le=\"+Inf\"} " + std::to_string(all) + "\nd_seconds_sum 7\n";
    };
    CHECK(look_at_all(probe, {histogram(1000, 1000, 1000), histogram(1000, 1010, 1010),
                              histogram(1000, 1010, 1010), histogram(10, 10, 10)}) ==
          "none 0.2 none 0.05");
    SUBCASE("with the suffix written as well") {
        probe.series.metric += "_bucket";
        CHECK(look_at_all(probe, {histogram(0, 0, 0), histogram(0, 10, 10)}) == "none 0.2");
    }
    SUBCASE("several series of a bucket add up") {
        CHECK(look_at_all(probe, {"d_seconds_bucket{p=\"a\",le=\"1\"} 0\n"
                                  "d_seconds_bucket{p=\"a\",le=\"+Inf\"} 0\n"
                                  "d_seconds_bucket{p=\"b\",le=\"1\"} 0\n"
                                  "d_seconds_bucket{p=\"b\",le=\"+Inf\"} 0\n",
                                  "d_seconds_bucket{p=\"a\",le=\"1\"} 4\n"
                                  "d_seconds_bucket{p=\"a\",le=\"+Inf\"} 4\n"
                                  "d_seconds_bucket{p=\"b\",le=\"1\"} 4\n"
                                  "d_seconds_bucket{p=\"b\",le=\"+Inf\"} 4\n"}) == "none 0.5");
    }
    SUBCASE("rubbish in le is passed over") {
        CHECK(look_once(probe, "d_seconds_bucket{le=\"x\"} 1") ==
              "no such metric: d_seconds_bucket");
    }
}

TEST_CASE("memory is bounded: too many series are an error") {
    std::string text;
    for (size_t i = 0; i <= SeriesQuery::series_max; ++i) {
        text += "c{i=\"" + std::to_string(i) + "\"} 1\n";
    }
    CHECK(look_once(rate("c"), text) == "more than 10000 series match c");
    CHECK(look_once(gauge("c", {{"i", "7"}}), text) == "1");
}

TEST_CASE("an expression that does not compile") {
    CHECK_FALSE(PrometheusQuery::compile(gauge("c", {{"a", "(", true}})).has_value());
}
