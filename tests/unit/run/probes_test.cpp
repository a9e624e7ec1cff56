// Probes beside nothing: the threads, their sources and how they end. Waiting is for a state, with
// an end that no machine is too slow for.
#include "run/probes.hpp"

#include "base/clock.hpp"
#include "target/server.hpp"

#undef CHECK
#include <algorithm>
#include <chrono>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <thread>

using namespace ringblast;
using namespace std::chrono_literals;

namespace {

struct Rig {
    Rig() {
        auto started = TargetServer::start({});
        REQUIRE(started.has_value());
        server = std::move(*started);
        target.base_url = server->url();
        Address address{.size = sizeof(sockaddr_in)};
        auto* ip = reinterpret_cast<sockaddr_in*>(&address.storage);
        ip->sin_family = AF_INET;
        ip->sin_port = htons(server->port());
        ip->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        addresses = {address};
    }

    /// Reads until every figure has a value or a failure.
    std::vector<ProbeResult> read(const std::vector<Probe>& probes) {
        auto made = Probes::create(probes, {target, addresses, values});
        REQUIRE_MESSAGE(made.has_value(), (made ? "" : made.error().front().message));
        (*made)->start(monotonic_ns(), {});
        std::vector<ProbeResult> results;
        bool all = false;
        for (int round = 0; round < 6000 && !all; ++round) {
            std::this_thread::sleep_for(10ms);
            results = (*made)->results(0, 1e9);
            all = std::ranges::all_of(results, [](const ProbeResult& result) {
                return result.count > 0 || result.failures > 0;
            });
        }
        (*made)->stop();
        CHECK(all);
        return results;
    }

    std::unique_ptr<TargetServer> server;
    Target target;
    std::vector<Address> addresses;
    std::vector<std::pair<std::string, std::string>> values;
};

Probe metrics(std::string name, std::string metric, Probe::As as = Probe::As::gauge) {
    return {.name = std::move(name),
            .source = Probe::Source::prometheus,
            .url = "/metrics",
            .series = {std::move(metric), {}},
            .as = as,
            .every = 20ms};
}

Probe json(std::string name, std::string pointer) {
    return {.name = std::move(name),
            .source = Probe::Source::json,
            .url = "/json",
            .pointer = std::move(pointer),
            .every = 20ms};
}

Probe command(std::string name, std::string script, std::string regex) {
    return {.name = std::move(name),
            .source = Probe::Source::command,
            .command = {"sh", "-c", std::move(script)},
            .regex = std::move(regex),
            .every = 20ms};
}

} // namespace

TEST_CASE("figures of every source, in the order of the profile") {
    Rig rig;
    const auto results =
        rig.read({metrics("open", "ringblast_target_connections_open"),
                  command("load", "echo v=4.5", "v=(.*)"),
                  json("ratio", "/ratio"),
                  metrics("rate", "ringblast_target_requests_total", Probe::As::rate),
                  {.name = "server",
                   .source = Probe::Source::process,
                   .process = "listening",
                   .every = 20ms},
                  json("ready", "/ready")});
    REQUIRE(results.size() == 9);
    CHECK(results[0].name == "open");
    CHECK(results[0].last >= 1);
    CHECK(results[1].name == "load");
    CHECK(results[1].avg == 4.5);
    CHECK(results[2].name == "ratio");
    CHECK(results[2].last == 0.5);
    CHECK(results[3].name == "rate");
    CHECK(results[3].last > 0); // its own requests
    CHECK(results[4].name == "server.cpu");
    CHECK(results[4].unit == "percent");
    CHECK(results[5].name == "server.rss");
    CHECK(results[5].last > 100'000);
    CHECK(results[6].name == "server.threads");
    CHECK(results[6].last >= 2);
    CHECK(results[7].name == "server.fds");
    CHECK(results[7].last >= 4);
    CHECK(results[8].name == "ready");
    CHECK(results[8].last == 1);
    for (const ProbeResult& result : results) {
        CAPTURE(result.name);
        CHECK(result.failures == 0);
        CHECK(result.last_failure == "");
    }
}

TEST_CASE("probes of one document share its fetch") {
    Rig rig;
    const auto results =
        rig.read({json("a", "/ratio"), json("b", "/id"), json("c", "/items/1/id")});
    CHECK(results[0].last == 0.5);
    CHECK(results[1].last == 42);
    CHECK(results[2].last == 2);
    CHECK(rig.server->counters().connections == 1);
    CHECK(rig.server->counters().requests <= results[0].series.size() + 1);
}

TEST_CASE("what fails is counted and told, beside what does not") {
    Rig rig;
    Probe missing_page = json("page", "/x");
    missing_page.url = "/status/404";
    Probe not_json = json("text", "/x");
    not_json.url = "/metrics";
    Probe slow = json("slow", "/x");
    slow.url = "/fault/stall";
    slow.timeout = 50ms;
    Probe refused = json("refused", "/x");
    refused.url = "http://127.0.0.1:1/";
    Probe unknown = json("unknown", "/x");
    unknown.url = "http://nowhere.invalid/";
    const auto results =
        rig.read({metrics("no metric", "nothing"),
                  json("no pointer", "/nothing"),
                  json("text at", "/name"),
                  json("null at", "/none"),
                  missing_page,
                  not_json,
                  slow,
                  refused,
                  unknown,
                  command("exit", "echo no >&2; exit 1", "."),
                  command("words", "echo a", "b"),
                  command("no number", "echo a", "a"),
                  {.name = "gone", .source = Probe::Source::process, .process = "no such process"},
                  json("good", "/ratio")});
    const auto failure_of = [&](std::string_view name) {
        const auto found = std::ranges::find(results, name, &ProbeResult::name);
        REQUIRE(found != results.end());
        CHECK(found->count == 0);
        CHECK(found->failures >= 1);
        return found->last_failure;
    };
    CHECK(failure_of("no metric") == "no such metric: nothing");
    CHECK(failure_of("no pointer") == "nothing at \"/nothing\"");
    CHECK(failure_of("text at") == "\"ringblast\" at \"/name\" is no number");
    CHECK(failure_of("null at") == "nothing at \"/none\"");
    CHECK(failure_of("page") == "status 404");
    CHECK(failure_of("text") == "the response is not JSON");
    CHECK(failure_of("slow").contains("time")); // in the connect, where the machine is slow
    CHECK(failure_of("refused") == "connection refused");
    CHECK(failure_of("unknown").contains("nowhere.invalid"));
    CHECK(failure_of("exit") == "exit status 1: no");
    CHECK(failure_of("words") == "the regex finds nothing in the output");
    CHECK(failure_of("no number") == "\"a\" in the output is no number");
    CHECK(failure_of("gone.cpu") == "no process \"no such process\"");
    CHECK(failure_of("gone.fds") == "no process \"no such process\"");
    CHECK(results.back().last == 0.5);
    CHECK(results.back().failures == 0);
}

TEST_CASE("headers: the target's for the target alone, with what the set-up extracted") {
    Rig rig;
    rig.target.headers = {{"Authorization", "Bearer {{token}}"}, {"X-Unset", "{{unset}}"}};
    rig.values = {{"token", "none"}};
    Probe me = json("me", "/x");
    me.url = "/me"; // knows no such token: the header arrived
    const auto results = rig.read({me});
    CHECK(results[0].last_failure == "status 401");
}

TEST_CASE("wrong probes are errors of the profile, all at once") {
    Rig rig;
    const auto made = Probes::create(
        {json("a", "no pointer"), json("b", "/items/*/id"), command("c", "true", "(")},
        {rig.target, rig.addresses, rig.values});
    REQUIRE_FALSE(made.has_value());
    REQUIRE(made.error().size() == 2); // a and b ask one document: its first problem
    CHECK(made.error()[0].message.starts_with("probe \"a\": "));
    CHECK(made.error()[1].message.starts_with("probe \"c\": regex: "));
}

TEST_CASE("a stop does not wait for a source that hangs") {
    Rig rig;
    Probe hanging = json("hanging", "/x");
    hanging.url = "/fault/stall";
    hanging.timeout = 1h;
    auto made = Probes::create({hanging, command("sleeping", "sleep 1000", ".")},
                               {rig.target, rig.addresses, rig.values});
    REQUIRE(made.has_value());
    (*made)->start(monotonic_ns(), {0});
    while (rig.server->counters().requests == 0) {
        std::this_thread::sleep_for(1ms);
    }
    (*made)->stop();
    for (const ProbeResult& result : (*made)->results(0, 1e9)) {
        CHECK(result.count == 0);
        CHECK(result.failures == 0); // cut short is not failed
    }
}
