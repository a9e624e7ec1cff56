// Where probes get their figures: metrics or JSON over HTTP, processes, a command. A source serves
// one thread, may block until its time-out, and sees within 50 ms that it is to stop.
#pragma once

#include "io/io.hpp"
#include "ringblast/probe.hpp"
#include "run/http_fetch.hpp"
#include "run/prometheus_query.hpp"

#include <memory>
#include <span>
#include <vector>

namespace ringblast {

class ProbeSource {
public:
    virtual ~ProbeSource() = default;
    /// What came of it now, one for each figure of the source, always in the same order.
    virtual std::vector<ProbeValue> read(const FetchLimits& limits) = 0;
};

/// Figures in one document: the probes of Prometheus and JSON that ask the same URL.
/// Requires: `probes` have one url, and headers; errors name the probe.
Expected<std::unique_ptr<ProbeSource>> make_document_source(std::span<const Probe> probes,
                                                            FetchPlan fetch);

/// NAME.cpu, NAME.rss, NAME.threads and NAME.fds. `target`: its addresses.
std::unique_ptr<ProbeSource> make_process_source(const Probe& probe,
                                                 std::span<const Address> target);

Expected<std::unique_ptr<ProbeSource>> make_command_source(const Probe& probe);

} // namespace ringblast
