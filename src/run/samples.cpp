#include "run/samples.hpp"

#include "base/clock.hpp"
#include "run/failure_text.hpp"

#include <array>

namespace ringblast {

void pass_samples(ThreadStats& stats, const Plan& plan, const std::vector<Observer*>& observers) {
    std::array<SampleRecord, 256> records;
    while (size_t count = stats.samples().pop(records)) {
        for (const SampleRecord& record : std::span(records).first(count)) {
            std::string error;
            if (record.outcome != Outcome::ok) {
                error = failure_text(plan, record.leaf, record.outcome, record.detail);
            }
            Sample sample{.t_s = static_cast<double>(record.end_ns) / ns_per_second,
                          .user = record.user,
                          .name = plan.leaves[record.leaf].name,
                          .outcome = record.outcome,
                          .status = record.status,
                          .latency_ns = record.latency_ns,
                          .bytes = record.bytes,
                          .error = error};
            for (Observer* observer : observers) {
                observer->on_sample(sample);
            }
        }
    }
}

} // namespace ringblast
