#include "facade/limit_probes.hpp"

#include "analysis/held_back.hpp"
#include "base/print.hpp"
#include "run/process_table.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace ringblast {

namespace {

constexpr double growth_told = 1.5; ///< of resident memory, beyond the limit

/// Mean of what was read while the trial was judged.
std::optional<double> mean_in(const ProbeResult& probe, const TrialResult& trial) {
    double from_s = trial.start_s + trial.trial.discard_s;
    double to_s = trial.end_s - trial.drain_s;
    double sum = 0;
    size_t count = 0;
    for (const ProbePoint& point : probe.series) {
        if (point.t_s >= from_s && point.t_s <= to_s) {
            sum += point.value;
            ++count;
        }
    }
    return count > 0 ? std::optional(sum / static_cast<double>(count)) : std::nullopt;
}

/// Of the trials that held, or of those that did not, the one with the most.
struct Extremes {
    std::optional<double> held, broken;
    double held_rate = 0, broken_rate = 0;
};

Extremes extremes_of(size_t probe, const std::vector<TrialResult>& trials) {
    Extremes extremes;
    for (const TrialResult& trial : trials) {
        const std::optional<double>& mean = trial.probes[probe];
        bool searched = trial.trial.rate > 0 && trial.trial.kind != TrialKind::recovery;
        if (!mean || !trial.valid || !searched) {
            continue;
        }
        std::optional<double>& most = trial.slo_met ? extremes.held : extremes.broken;
        if (!most || *mean > *most) {
            most = mean;
            (trial.slo_met ? extremes.held_rate : extremes.broken_rate) = trial.trial.rate;
        }
    }
    return extremes;
}

std::optional<std::string> sentence(const std::string& name, size_t probe,
                                    const std::vector<TrialResult>& trials) {
    Extremes most = extremes_of(probe, trials);
    if (name.ends_with(".cpu") && most.broken && *most.broken >= full_core_percent) {
        return fmt::format("{} stood at {:.0f} % of a core at {}/s", name, *most.broken,
                           print_rate(most.broken_rate));
    }
    bool memory = name.ends_with(".rss") && most.broken && most.held && *most.held > 0;
    if (memory && *most.broken >= growth_told * *most.held) {
        return fmt::format("{} rose from {} to {} at {}/s", name, print_bytes(*most.held),
                           print_bytes(*most.broken), print_rate(most.broken_rate));
    }
    return std::nullopt;
}

} // namespace

std::vector<Probe> probes_of_search(const Profile& profile, const std::vector<Address>& addresses) {
    if (!profile.probes.empty() || addresses.empty() ||
        !std::ranges::all_of(addresses, is_of_this_machine)) {
        return profile.probes;
    }
    Probe probe;
    probe.name = "target";
    probe.source = Probe::Source::process;
    probe.process = "listening";
    return {probe};
}

void attach_probes(bool asked_for, LimitResult& result) {
    if (!asked_for) {
        std::erase_if(result.probes, [](const ProbeResult& probe) { return probe.count == 0; });
    }
    for (TrialResult& trial : result.trials) {
        trial.probes.clear();
        for (const ProbeResult& probe : result.probes) {
            trial.probes.push_back(mean_in(probe, trial));
        }
    }
}

std::vector<std::string> probe_sentences(const LimitResult& result) {
    std::vector<std::string> sentences;
    for (size_t i = 0; i < result.probes.size(); ++i) {
        if (std::optional<std::string> told = sentence(result.probes[i].name, i, result.trials)) {
            sentences.push_back(std::move(*told));
        }
    }
    return sentences;
}

} // namespace ringblast
