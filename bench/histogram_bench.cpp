// What statistics cost: one record on the hot path, and one read of the collector, which has to
// fit into 5 ms a second for 100 leaves.
#include "base/random.hpp"
#include "stats/collect.hpp"
#include "stats/thread_stats.hpp"

#include <benchmark/benchmark.h>

#include <cmath>
#include <memory>
#include <vector>

using namespace ringblast;

namespace {

/// Latencies around 200 us with a tail, as a busy target has them.
std::vector<int64_t> make_latencies() {
    std::vector<int64_t> latencies(4096);
    for (size_t i = 0; i < latencies.size(); ++i) {
        latencies[i] = static_cast<int64_t>(
            50'000 + 150'000 * std::pow(random_exponential({.seed = 5}, i), 2));
    }
    return latencies;
}

const std::vector<int64_t> latencies = make_latencies();

void record_slots(benchmark::State& state) {
    auto slots = std::make_unique<HistogramSlots>();
    size_t i = 0;
    for (auto _ : state) {
        slots->record(latencies[i++ & 4095]);
    }
}
BENCHMARK(record_slots);

void cell_start_and_end(benchmark::State& state) {
    ThreadStats stats(1, 1);
    Cell& cell = stats.leaf(phase_measured, 0);
    size_t i = 0;
    for (auto _ : state) {
        cell.start();
        cell.end(Outcome::ok, 200, latencies[i++ & 4095]);
    }
}
BENCHMARK(cell_start_and_end);

void record_error(benchmark::State& state) {
    ThreadStats stats(1, 1);
    int32_t i = 0;
    for (auto _ : state) {
        stats.record_error({.leaf = 3, .outcome = Outcome::http_error, .detail = 500 + (i & 3)}, i);
        ++i;
    }
}
BENCHMARK(record_error);

/// All leaves got new samples over the whole range since the last read. Arguments: leaves,
/// threads.
void collect(benchmark::State& state) {
    auto leaf_count = static_cast<unsigned>(state.range(0));
    std::vector<std::unique_ptr<ThreadStats>> threads;
    std::vector<ThreadStats*> borrowed;
    for (int64_t i = 0; i < state.range(1); ++i) {
        threads.push_back(std::make_unique<ThreadStats>(leaf_count, 1));
        borrowed.push_back(threads.back().get());
    }
    Collector collector(borrowed);
    for (auto _ : state) {
        state.PauseTiming();
        for (auto& thread : threads) {
            for (unsigned leaf = 0; leaf < leaf_count; ++leaf) {
                for (int64_t latency : latencies) {
                    thread->leaf(phase_measured, leaf).end(Outcome::ok, 200, latency);
                }
            }
        }
        state.ResumeTiming();
        benchmark::DoNotOptimize(collector.read());
    }
}
BENCHMARK(collect)->Args({1, 1})->Args({100, 1})->Args({100, 4})->Unit(benchmark::kMillisecond);

} // namespace

BENCHMARK_MAIN();
