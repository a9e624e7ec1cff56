// [[probe]]: what is read, what is merged, what is wrong.
#include "folder.hpp"
#include "messages.hpp"

using namespace ringblast;
using namespace ringblast::messages_test;
using test::Folder;
using namespace std::chrono_literals;

namespace {

Probe probe(std::string_view lines) {
    const auto profile = load_profile_text(with_user("[[probe]]\n" + std::string(lines)),
                                           {.name = "p.toml", .directory = "/profiles"});
    REQUIRE_MESSAGE(profile.has_value(), (profile ? "" : profile.error().front().message));
    REQUIRE(profile->probes.size() == 1);
    return profile->probes[0];
}

std::string with_probe(std::string_view lines) {
    return with_user("[[probe]]\nname = \"x\"\n" + std::string(lines));
}

} // namespace

TEST_CASE("metrics of Prometheus") {
    const Probe read =
        probe("name = \"errors\"\nprometheus = \"/metrics\"\nmetric = \"http_total\"\n"
              "labels = { method = \"GET\", code = \"~5..\", shard = 3, x = \"\" }\n"
              "as = \"rate\"\nover = 'http_total{method=\"GET\"}'\n"
              "headers = { X-Key = \"k\" }\nunit = \"fraction\"\nevery = \"5s\"\n"
              "timeout = \"2s\"");
    CHECK(read.name == "errors");
    CHECK(read.source == Probe::Source::prometheus);
    CHECK(read.url == "/metrics");
    CHECK(read.series ==
          ProbeSeriesChoice{"http_total",
                            {{"method", "GET"}, {"code", "5..", true}, {"shard", "3"}, {"x", ""}}});
    CHECK(read.as == Probe::As::rate);
    CHECK(read.over == ProbeSeriesChoice{"http_total", {{"method", "GET"}}});
    REQUIRE(read.headers);
    CHECK(*read.headers == std::vector<Header>{{"X-Key", "k"}});
    CHECK(read.unit == "fraction");
    CHECK(read.every == 5s);
    CHECK(read.timeout == 2s);
}

TEST_CASE("labels may stand behind the metric; a quantile of a histogram elsewhere") {
    const Probe read = probe("name = \"p95\"\nprometheus = \"http://localhost:9100/metrics\"\n"
                             "metric = 'd_seconds{route=\"~/api/.*\"}'\nas = \"quantile\"\n"
                             "quantile = 0.95\nunit = \"s\"");
    CHECK(read.url == "http://localhost:9100/metrics");
    CHECK(read.series == ProbeSeriesChoice{"d_seconds", {{"route", "/api/.*", true}}});
    CHECK(read.as == Probe::As::quantile);
    CHECK(read.quantile == 0.95);
    CHECK_FALSE(read.headers);
    CHECK(read.every == 1s);
}

TEST_CASE("JSON, processes and commands") {
    const Probe json = probe("name = \"hits\"\njson = \"/stats\"\npointer = \"/hit_rate\"\n"
                             "unit = \"percent\"");
    CHECK(json.source == Probe::Source::json);
    CHECK(json.pointer == "/hit_rate");
    const Probe listening = probe("name = \"server\"\nprocess = \"listening\"");
    CHECK(listening.process == "listening");
    CHECK(figures_of(listening)[1].name == "server.rss");
    CHECK(figures_of(listening)[1].unit == "bytes");
    CHECK(probe("name = \"server\"\nprocess = 4711").process == "4711");
    const Probe command =
        probe("name = \"depth\"\ncommand = [\"redis-cli\", \"llen\", \"jobs\", 5]\n"
              "regex = \"([0-9]+)\"");
    CHECK(command.command == std::vector<std::string>{"redis-cli", "llen", "jobs", "5"});
    CHECK(command.regex == "([0-9]+)");
    CHECK(probe("name = \"x\"\ncommand = \"./depth\"").command ==
          std::vector<std::string>{"/profiles/depth"});
    CHECK(probe("name = \"x\"\ncommand = \"uptime\"").regex.starts_with("[-+]?[0-9]+"));
}

TEST_CASE("an including file changes a probe by its name") {
    Folder folder;
    folder.write("common.toml", "[[probe]]\nname = \"a\"\njson = \"/stats\"\npointer = \"/a\"\n"
                                "[[probe]]\nname = \"b\"\nprocess = \"listening\"\n");
    folder.write("p.toml", with_user("include = [\"common.toml\"]\n[[probe]]\nname = \"a\"\n"
                                     "every = \"3s\"\n[[probe]]\nname = \"c\"\n"
                                     "command = \"uptime\"\n"));
    const auto profile = load_profile(folder / "p.toml");
    REQUIRE_MESSAGE(profile.has_value(), (profile ? "" : profile.error().front().message));
    REQUIRE(profile->probes.size() == 3);
    CHECK(profile->probes[0].pointer == "/a");
    CHECK(profile->probes[0].every == 3s);
    CHECK(profile->probes[1].name == "b");
    CHECK(profile->probes[2].name == "c");
}

TEST_CASE("what is wrong with a probe") {
    check({
        {"no name, no source", with_user("[[probe]]\nunit = \"s\""),
         "p.toml:1:1: a [[probe]] without name; allowed: name = \"cache\"\n"
         "p.toml:1:1: [[probe]] is incomplete; allowed: one of prometheus, json, process, command"},
        {"two sources", with_probe("json = \"/a\"\npointer = \"/b\"\nprocess = \"listening\""),
         "p.toml:5:1: json and process exclude each other; allowed: one of prometheus, json, "
         "process, command"},
        {"a name that a threshold could not write",
         with_user("[[probe]]\nname = \"a(b)\"\n"
                   "process = 1"),
         "p.toml:2:8: name: \"a(b)\" is not the name of a probe; allowed: letters, digits, blanks "
         "and _ . / -"},
        {"prometheus without metric", with_probe("prometheus = \"/metrics\""),
         "p.toml:1:1: a probe of prometheus without metric; allowed: metric = "
         "\"http_requests_total\""},
        {"json without pointer", with_probe("json = \"/stats\""),
         "p.toml:1:1: a probe of json without pointer; allowed: pointer = \"/cache/hit_rate\""},
        {"a key of another source", with_probe("process = \"listening\"\nmetric = \"up\""),
         "p.toml:4:1: metric does not go with process; allowed: with prometheus"},
        {"headers of a command", with_probe("command = \"uptime\"\nheaders = { A = \"b\" }"),
         "p.toml:4:1: headers does not go with command; allowed: with prometheus and json"},
        {"no metric", with_probe("prometheus = \"/m\"\nmetric = \"a-b\""),
         "p.toml:4:10: metric: \"a-b\" is not a metric; allowed: http_requests_total, "
         "http_requests_total{code=\"200\"}, or with an expression: {code=\"~5..\"}"},
        {"the expressions of PromQL", with_probe("prometheus = \"/m\"\nmetric = 'a{b=~\"c\"}'"),
         "p.toml:4:10: metric: \"a{b=~\"c\"}\" is not a metric; allowed: http_requests_total, "
         "http_requests_total{code=\"200\"}, or with an expression: {code=\"~5..\"}"},
        {"a quantile without its kind",
         with_probe("prometheus = \"/m\"\nmetric = \"a\"\n"
                    "quantile = 0.5"),
         "p.toml:1:1: as = \"quantile\" and quantile go together; allowed: as = \"quantile\" with "
         "quantile = 0.95, or none of them"},
        {"a quantile above 1",
         with_probe("prometheus = \"/m\"\nmetric = \"a\"\nas = \"quantile\"\n"
                    "quantile = 95"),
         "p.toml:6:12: quantile: 95 is not a quantile; allowed: above 0, up to 1: 0.95 is the p95"},
        {"a ratio of quantiles",
         with_probe("prometheus = \"/m\"\nmetric = \"a\"\n"
                    "as = \"quantile\"\nquantile = 0.9\nover = \"b\""),
         "p.toml:7:8: over: a quantile is no ratio; allowed: with gauge and rate"},
        {"an unknown kind", with_probe("prometheus = \"/m\"\nmetric = \"a\"\nas = \"counter\""),
         "p.toml:5:6: as: \"counter\" is not one of its words; allowed: \"gauge\", \"rate\", "
         "\"quantile\""},
        {"a pointer to many places", with_probe("json = \"/a\"\npointer = \"/items/*/id\""),
         "p.toml:4:11: pointer: \"/items/*/id\": * is no one place; allowed: a JSON pointer to one "
         "place, such as /cache/hit_rate"},
        {"no URL", with_probe("json = \"stats\"\npointer = \"/a\""),
         "p.toml:3:8: json: \"stats\" is not a path or a URL; allowed: \"/metrics\", which is "
         "appended to the target's base_url, or \"http://HOST:PORT/metrics\""},
        {"no process", with_probe("process = true"),
         "p.toml:3:11: process: true is not a process; allowed: \"listening\" (who holds the "
         "target's port), a name, or a pid"},
        {"no command", with_probe("command = []"),
         "p.toml:3:11: command: an empty list is not a command; allowed: [\"program\", \"argument\"]"},
        {"a unit for a process", with_probe("process = 1\nunit = \"MiB\""),
         "p.toml:4:8: unit: the figures of a process have their own; allowed: without"},
        {"too often", with_probe("process = 1\nevery = \"10ms\""),
         "p.toml:4:9: every: \"10ms\" is not a pause that leaves the target alone; allowed: 100ms "
         "and more"},
        {"a name twice",
         with_probe("process = 1\n[[probe]]\nname = \"x.rss\"\nprocess = 2\n"
                    "[[probe]]\nname = \"x.rss\"\ncommand = \"uptime\""),
         "p.toml:7:1: a second probe with the name \"x.rss\"; allowed: a name for each"},
    });
    CHECK(
        messages(with_probe("command = \"a\"\nregex = \"(\"")).starts_with("p.toml:4:9: regex: "));
    CHECK(messages(with_probe("prometheus = \"/m\"\nmetric = \"a\"\nlabels = { b = \"~(\" }"))
              .starts_with("p.toml:5:10: b: "));
}
