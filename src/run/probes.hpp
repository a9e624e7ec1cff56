// Probes beside a load: threads of their own that read, keep and tell nobody before the end. They
// share nothing with the engine: other cores where there are any, a lower priority where not, and
// every source has its thread, so that one that hangs keeps no other waiting.
#pragma once

#include "ringblast/error.hpp"
#include "ringblast/profile.hpp"
#include "run/probe_series.hpp"
#include "run/probe_source.hpp"

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace ringblast {

/// What probes of a target need to know of it.
struct ProbedTarget {
    const Target& target;
    const std::vector<Address>& addresses;
    /// What the set-up extracted, for {{insertions}} in the headers; one that inserts what is not
    /// there is left out.
    const std::vector<std::pair<std::string, std::string>>& values;
    bool look_up = true; ///< the names of other hosts; false: what is made cannot be started
};

class Probes {
public:
    /// Looks up the names of other hosts (blocks), opens nothing. Errors are those of the profile,
    /// all of them, each with its probe's name.
    static ExpectedAll<std::unique_ptr<Probes>> create(const std::vector<Probe>& probes,
                                                       const ProbedTarget& target);
    ~Probes();
    Probes(const Probes&) = delete;
    Probes& operator=(const Probes&) = delete;

    /// Reads from now on, once per `every`, times counted from `zero_ns` on the monotonic clock.
    /// `busy_cpus` are the engine's: avoided where others are allowed. Once.
    void start(int64_t zero_ns, const std::vector<int>& busy_cpus);
    /// Ends readings that are under way and joins the threads; within a tenth of a second.
    void stop();
    /// In the order of the profile; figures of the readings from `from_s` to `to_s`. Any time,
    /// from any thread.
    std::vector<ProbeResult> results(double from_s, double to_s) const;

private:
    /// A source with its thread and what it gave.
    struct Lane {
        std::unique_ptr<ProbeSource> source;
        Duration every{}, timeout{};
        std::vector<ProbeFigure> figures;
        std::vector<size_t> places;      ///< of the figures, in the order of the profile
        std::vector<ProbeSeries> series; ///< guarded by mutex_
        std::thread thread;
    };

    Probes() = default;
    void run(Lane& lane, int64_t zero_ns);
    void keep(Lane& lane, double t_s, std::vector<ProbeValue> values);
    bool sleep_until(int64_t time_ns);

    std::vector<std::unique_ptr<Lane>> lanes_;
    mutable std::mutex mutex_;
    std::condition_variable stopping_;
    std::atomic<bool> stop_ = false;
};

} // namespace ringblast
