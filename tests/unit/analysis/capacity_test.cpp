// The search against servers on a simulated clock. What is true of each server was found by
// bisection over its own holds: the rate at which half of 40 holds pass ("truth" below computes it
// again; RINGBLAST_TRUTH=1 runs it).
#include "analysis/capacity.hpp"
#include "analysis/capacity_mode.hpp"
#include "simulated_server.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <doctest/doctest.h>
#include <initializer_list>

using namespace ringblast;

namespace {

struct KnownServer {
    ServerModel model;
    double capacity_30s, capacity_10s; ///< arrivals per second
    std::vector<BreakingMode> modes;   ///< any of them is right
};

std::vector<KnownServer> known_servers() {
    using enum BreakingMode;
    return {
        {{.name = "four workers, no bound on the queue"}, 2001, 2030, {latency_cliff, plateau}},
        {{.name = "heavy-tailed service times", .workers = 1, .service_s = 0.0005, .variation = 3},
         1923,
         1976,
         {latency_cliff, plateau}},
        {{.name = "token bucket of 1,200/s",
          .workers = 8,
          .service_s = 0.001,
          .limit_rate = 1200,
          .limit_burst = 100},
         1208, 1215,
         {rate_limited}},
        {{.name = "503 beyond 64 that wait", .waiting_max = 64}, 1972, 1976, {load_shed}},
        {{.name = "slower with every one that waits", .slower_per_waiting = 0.002},
         1764, 1783,
         {collapse}},
        {{.name = "a pause of 150 ms every 2 s", .pause_every_s = 2, .pause_s = 0.15},
         1816, 1835,
         {latency_cliff, plateau}},
        {{.name = "a host whose speed wanders", .speed_sd = 0.03, .speed_memory_s = 10},
         1980, 2027,
         {latency_cliff, plateau}},
    };
}

struct Found {
    CapacityAnswer answer;
    ModeFindings findings;
    BreakingMode end = BreakingMode::none;
    double time_s = 0;
    std::vector<TrialResult> trials;
};

Found search(const ServerModel& model, uint64_t seed, const CapacitySettings& settings) {
    SimulatedServer server(model, seed);
    CapacitySearch search(settings);
    std::optional<Trial> trial = search.first();
    while (trial) {
        trial = search.next(server.run(*trial, settings));
        REQUIRE(search.trials().size() < 200);
    }
    return {.answer = search.answer(),
            .findings = find_mode(settings, search),
            .end = search.end(),
            .time_s = server.now_s(),
            .trials = search.trials()};
}

double median(std::vector<double> values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
}

/// Twenty searches of a server.
void check_searches(const KnownServer& known, const CapacitySettings& settings, double capacity,
                    double error_max) {
    CAPTURE(known.model.name);
    std::vector<double> errors, half_widths, times_s;
    int covered = 0, close = 0, named = 0, in_time = 0;
    for (uint64_t seed = 1; seed <= 20; ++seed) {
        Found found = search(known.model, seed, settings);
        REQUIRE(found.answer.rate);
        double error = std::abs(*found.answer.rate / capacity - 1);
        errors.push_back(error);
        half_widths.push_back((*found.answer.high - *found.answer.low) / 2 / *found.answer.rate);
        times_s.push_back(found.time_s);
        covered += *found.answer.low <= capacity && capacity <= *found.answer.high;
        close += error <= error_max;
        in_time += found.time_s <= settings.max_time_s;
        named += std::ranges::find(known.modes, found.findings.mode) != known.modes.end();
        CHECK(*found.answer.sustainable <= *found.answer.rate);
        CHECK_FALSE(found.findings.evidence.empty());
    }
    CHECK(median(errors) <= error_max);
    CHECK(close >= 16);
    CHECK(covered >= 18);
    CHECK(median(half_widths) <= settings.precision * 1.01);
    CHECK(median(times_s) <= settings.max_time_s);
    CHECK(in_time >= 14);
    CHECK(named == 20);
}

} // namespace

TEST_CASE("20 searches of each of seven servers: within 3 %, covered, in time, mode named") {
    for (const KnownServer& known : known_servers()) {
        check_searches(known, {}, known.capacity_30s, 0.03);
    }
}

TEST_CASE("the same in a hurry: holds of 10 s, within 6 % and 90 s") {
    for (const KnownServer& known : known_servers()) {
        check_searches(known, {.hold_s = 10, .max_time_s = 90, .quick = true}, known.capacity_10s,
                       0.06);
    }
}

TEST_CASE("a search is a function of the answers it gets") {
    ServerModel model = known_servers().front().model;
    CHECK(search(model, 7, {}).answer.rate == search(model, 7, {}).answer.rate);
    CHECK(search(model, 7, {}).answer.rate != search(model, 8, {}).answer.rate);
}

TEST_CASE("where the generator gives up first, no limit of the server is reported") {
    for (const KnownServer& known : known_servers()) {
        CAPTURE(known.model.name);
        ServerModel model = known.model;
        model.generator_rate_max = 0.6 * known.capacity_30s;
        Found found = search(model, 3, {});
        CHECK(found.findings.mode == BreakingMode::generator_limited);
        CHECK_FALSE(found.answer.rate);
        REQUIRE(found.answer.at_least);
        CHECK(*found.answer.at_least <= model.generator_rate_max);
        CHECK(*found.answer.at_least >= 0.8 * model.generator_rate_max);
    }
}

TEST_CASE("--max-rate that holds is a lower bound, and never exceeded") {
    for (double max_rate : {50.0, 400.0, 800.0}) {
        CAPTURE(max_rate);
        Found found = search(known_servers().front().model, 1, {.max_rate = max_rate});
        CHECK(found.findings.mode == BreakingMode::not_reached);
        CHECK_FALSE(found.answer.rate);
        REQUIRE(found.answer.at_least);
        CHECK(*found.answer.at_least == doctest::Approx(max_rate));
        for (const TrialResult& result : found.trials) {
            CHECK(result.trial.rate <= max_rate);
        }
    }
    Found above = search(known_servers().front().model, 1, {.max_rate = 2100.0});
    REQUIRE(above.answer.rate);
    CHECK(*above.answer.rate == doctest::Approx(2001).epsilon(0.05));
}

TEST_CASE("--min-rate that does not hold ends the search, one that holds is found") {
    ServerModel model = known_servers().front().model;
    Found below = search(model, 1, {.min_rate = 3000.0});
    CHECK((!below.answer.rate || *below.answer.rate < 3000));
    CHECK(below.time_s < 60);
    Found above = search(model, 1, {.min_rate = 500.0});
    REQUIRE(above.answer.rate);
    CHECK(*above.answer.rate > 1800);
}

TEST_CASE("conditions that an idle server breaks are never met") {
    Found found = search({.name = "slow", .service_s = 0.5}, 1, {});
    CHECK(found.findings.mode == BreakingMode::never_met);
    CHECK_FALSE(found.answer.rate);
    CHECK_FALSE(found.answer.at_least);
    CHECK(found.time_s < 30);
}

TEST_CASE("a limiter far below what one connection asks for is found, with limit and burst") {
    ServerModel model{.name = "20/s", .limit_rate = 20, .limit_burst = 40};
    Found found = search(model, 1, {});
    CHECK(found.findings.mode == BreakingMode::rate_limited);
    REQUIRE(found.answer.rate);
    CHECK(*found.answer.rate == doctest::Approx(19).epsilon(0.12));
    REQUIRE(found.findings.limiter);
    CHECK(found.findings.limiter->limit_rps == doctest::Approx(20).epsilon(0.2));
}

TEST_CASE("a trial is given up when its outcome is plain, not before") {
    struct Row {
        const char* sentence;
        uint64_t completed, slow, failed, in_flight;
        double gives_up_s; ///< end of the slice; 0: never
    };
    const Row rows[] = {
        {"all well", 100, 0, 0, 5, 0},
        {"one per cent slow is allowed", 100, 1, 0, 5, 0},
        {"two per cent slow are too many, but it takes thousands to be sure", 100, 2, 0, 5, 0},
        {"six in ten slow", 100, 60, 0, 5, 2.25},
        {"a third failed", 100, 0, 33, 5, 2.25},
        {"few requests prove nothing", 4, 4, 0, 1, 0},
        {"nothing comes back", 0, 0, 0, 400, 2.25},
    };
    for (const Row& row : rows) {
        CAPTURE(row.sentence);
        TrialWatch watch({}, {.rate = 400, .duration_s = 30, .discard_s = 6});
        double given_up_s = 0;
        for (double t_s = 0.25; t_s < 5.9 && given_up_s == 0; t_s += 0.25) {
            if (watch.hopeless({.t_s = t_s - 0.25,
                                .span_s = 0.25,
                                .completed = row.completed,
                                .failed = row.failed,
                                .slow = row.slow,
                                .in_flight = row.in_flight})) {
                given_up_s = t_s;
            }
        }
        CHECK(given_up_s <= std::max(row.gives_up_s, 0.0));
        CHECK((given_up_s > 0) == (row.gives_up_s > 0));
    }
}

TEST_CASE("truth" * doctest::skip(std::getenv("RINGBLAST_TRUTH") == nullptr)) {
    for (const KnownServer& known : known_servers()) {
        for (double hold_s : {30.0, 10.0}) {
            CapacitySettings settings{.hold_s = hold_s};
            double low = 100, high = 4000;
            while (high / low > 1.003) {
                double rate = std::sqrt(low * high);
                int passed = 0;
                for (uint64_t seed = 1000; seed < 1040; ++seed) {
                    SimulatedServer server(known.model, seed);
                    passed +=
                        server
                            .run({.rate = rate, .duration_s = hold_s, .discard_s = 0.2 * hold_s},
                                 settings)
                            .slo_met;
                }
                (passed >= 20 ? low : high) = rate;
            }
            MESSAGE(known.model.name << ": " << std::sqrt(low * high) << " with holds of " << hold_s
                                     << " s");
        }
    }
}
