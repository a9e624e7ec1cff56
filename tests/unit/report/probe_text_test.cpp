#include "report/probe_text.hpp"
#include "report/threshold_text.hpp"

#include <doctest/doctest.h>

using namespace ringblast;

TEST_CASE("figures in the unit of their probe") {
    struct Row {
        double value;
        const char* unit;
        const char* expected;
    };
    const Row rows[] = {
        {0, "bytes", "0 B"},           {512, "bytes", "512 B"},
        {1536, "bytes", "1.5 KiB"},    {125829120, "bytes", "120 MiB"},
        {-2048, "bytes", "-2 KiB"},    {0.25, "bytes", "0.25 B"},
        {1e18, "bytes", "909495 TiB"}, {85, "percent", "85 %"},
        {0.0625, "%", "0.0625 %"},     {0.942, "fraction", "94.2 %"},
        {0.0025, "s", "2.5 ms"},       {0, "s", "0 ns"},
        {90, "seconds", "90 s"},       {12, "jobs", "12 jobs"},
        {1234567, "", "1,234,567"},    {1234.75, "", "1235"},
        {-7.126, "°C", "-7.13 °C"},    {5, "/s", "5/s"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.value);
        CAPTURE(row.unit);
        CHECK(measured_text(row.value, row.unit) == row.expected);
    }
    CHECK(measured_text(1e300, "x").size() < 400); // whatever its digits: it has an end
}

TEST_CASE("trends, by the minute") {
    ProbeResult probe{.name = "server.rss", .unit = "bytes"};
    CHECK(trend_text(probe) == "–");
    probe.slope = 1024;
    probe.slope_low = 512;
    probe.slope_high = 2048;
    CHECK(trend_text(probe) == "+60 KiB/min [+30 KiB/min, +120 KiB/min]");
    probe.slope_low = -1;
    CHECK(trend_text(probe) == "none");
}

TEST_CASE("failures are counted and the last one told, without control characters") {
    ProbeResult probe{.name = "p"};
    CHECK(failures_text(probe) == "");
    probe.failures = 2;
    probe.last_failure = "exit status 1: \x1b[31m";
    CHECK(failures_text(probe) == "2 readings failed, at last: exit status 1: ?[31m");
}

TEST_CASE("thresholds on probes") {
    const Paint plain(false);
    CHECK(threshold_text({.expression = "",
                          .scope = "",
                          .metric = "probe(server.rss).slope",
                          .op = "<",
                          .target = 1024.0 * 1024 / 60,
                          .critical = 2 * 1024.0 * 1024 / 60,
                          .value = 3 * 1024.0 * 1024 / 60,
                          .unit = "bytes/s",
                          .verdict = Verdict::fail},
                         plain) ==
          "[FAIL] probe(server.rss).slope: 3 MiB/min < 1 MiB/min (critical < 2 MiB/min)");
    CHECK(threshold_text({.expression = "",
                          .scope = "",
                          .metric = "probe(cpu).max",
                          .op = "<=",
                          .target = 80,
                          .value = 80.0001,
                          .unit = "percent",
                          .verdict = Verdict::fail},
                         plain) == "[FAIL] probe(cpu).max: 80.0001 % <= 80 %");
    CHECK(threshold_text({.expression = "",
                          .scope = "",
                          .metric = "probe(queue).last",
                          .op = "<",
                          .target = 100,
                          .value = {},
                          .unit = "",
                          .verdict = Verdict::fail},
                         plain) == "[FAIL] probe(queue).last: no sample, < 100");
}

TEST_CASE("a rate is shown in the period that it was written with") {
    struct Row {
        const char* expression;
        double target, critical, value;
        const char* text;
    };
    const Row rows[] = {
        {"rps >= 1000/min", 1000.0 / 60, 800.0 / 60, 4321.0 / 60,
         "[PASS] rps: 4,321/min >= 1,000/min (critical > 800/min)"},
        {"rps >= 16/s", 16, 13, 72.016, "[PASS] rps: 72/s >= 16/s (critical > 13/s)"},
        {"goodput >= 3600/h", 1, 0.5, 1, "[PASS] rps: 3,600/h >= 3,600/h (critical > 1,800/h)"},
        {"rps >= 12k/m", 200, 150, 200.5,
         "[PASS] rps: 12,030/min >= 12,000/min (critical > 9,000/min)"},
    };
    for (const Row& row : rows) {
        CHECK(threshold_text({.expression = row.expression,
                              .scope = "",
                              .metric = "rps",
                              .op = ">=",
                              .target = row.target,
                              .critical = row.critical,
                              .critical_op = ">",
                              .value = row.value,
                              .unit = "/s",
                              .verdict = Verdict::pass},
                             Paint(false)) == row.text);
    }
}

TEST_CASE("a slope that passes because of its interval says so") {
    const ThresholdParts parts = threshold_parts({.expression = "",
                                                  .scope = "",
                                                  .metric = "probe(p).slope",
                                                  .op = "<",
                                                  .target = 1,
                                                  .value = 2,
                                                  .unit = "/s",
                                                  .verdict = Verdict::pass});
    CHECK(parts.value == "120/min (its interval reaches the limit)");
    CHECK(parts.limit == "< 60/min");
}
