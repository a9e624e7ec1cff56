// What processes use, with all their children: CPU in percent of one core, resident memory,
// threads, descriptors. Children that come and go are why the CPU time of each is followed apart.
#include "base/clock.hpp"
#include "base/quote.hpp"
#include "run/probe_source.hpp"
#include "run/process_table.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <map>
#include <unistd.h>

namespace ringblast {

namespace {

/// Looking through the descriptors of all processes costs milliseconds: only now and then.
constexpr int64_t search_period_ns = 10 * ns_per_second;
constexpr size_t figure_count = 4;

class ProcessSource : public ProbeSource {
public:
    ProcessSource(const Probe& probe, std::span<const Address> target)
        : wanted_(probe.process), target_(target.begin(), target.end()),
          local_(!target.empty() && std::ranges::all_of(target, is_of_this_machine)) {}

    std::vector<ProbeValue> read(const FetchLimits&) override {
        const std::vector<ProcessFacts> all = read_processes();
        const int64_t now_ns = monotonic_ns();
        if (now_ns >= next_search_ns_ || with_children(all, roots_).empty()) {
            roots_ = search(all);
            next_search_ns_ = now_ns + search_period_ns;
        }
        const std::vector<ProcessFacts> found = with_children(all, roots_);
        if (found.empty()) {
            ticks_.clear();
            read_ns_ = 0;
            return std::vector<ProbeValue>(figure_count, ProbeValue(failure(why_none())));
        }
        std::vector<ProbeValue> values;
        values.emplace_back(take_cpu(found, now_ns));
        values.emplace_back(resident(found));
        values.emplace_back(threads(found));
        values.push_back(descriptors(found));
        return values;
    }

private:
    std::set<int> search(std::span<const ProcessFacts> all) const {
        if (wanted_ == "listening") {
            std::set<int> pids;
            for (const Address& address : local_ ? target_ : std::vector<Address>{}) {
                pids.merge(find_listeners(address));
            }
            return pids;
        }
        int pid = 0;
        const auto [end, error] =
            std::from_chars(wanted_.data(), wanted_.data() + wanted_.size(), pid);
        return error == std::errc{} && end == wanted_.data() + wanted_.size()
                   ? std::set<int>{pid}
                   : find_named(all, wanted_);
    }

    std::string why_none() const {
        if (wanted_ != "listening") {
            return fmt::format("no process {}", quoted(wanted_));
        }
        return local_ ? "no process that may be seen listens on the target's port; those of other "
                        "users are seen by root only"
                      : "the target is not on this machine";
    }

    /// Of a process that is new all its time counts: it started since the last reading.
    std::optional<double> take_cpu(std::span<const ProcessFacts> found, int64_t now_ns) {
        static const auto ticks_per_second = static_cast<double>(sysconf(_SC_CLK_TCK));
        std::map<Identity, uint64_t> ticks;
        uint64_t used = 0;
        for (const ProcessFacts& process : found) {
            const Identity identity{process.pid, process.start_ticks};
            const auto before = ticks_.find(identity);
            const uint64_t known = before == ticks_.end() ? 0 : before->second;
            used += process.cpu_ticks - std::min(known, process.cpu_ticks);
            ticks.emplace(identity, process.cpu_ticks);
        }
        const bool first = read_ns_ == 0;
        const double seconds = static_cast<double>(now_ns - read_ns_) / ns_per_second;
        ticks_ = std::move(ticks);
        read_ns_ = now_ns;
        if (first || seconds <= 0) {
            return std::nullopt;
        }
        return 100 * static_cast<double>(used) / ticks_per_second / seconds;
    }

    static double resident(std::span<const ProcessFacts> found) {
        static const auto page_size = static_cast<double>(sysconf(_SC_PAGESIZE));
        double pages = 0;
        for (const ProcessFacts& process : found) {
            pages += static_cast<double>(process.resident_pages);
        }
        return pages * page_size;
    }

    static double threads(std::span<const ProcessFacts> found) {
        double threads = 0;
        for (const ProcessFacts& process : found) {
            threads += static_cast<double>(process.threads);
        }
        return threads;
    }

    static ProbeValue descriptors(std::span<const ProcessFacts> found) {
        double count = 0;
        bool any = false;
        for (const ProcessFacts& process : found) {
            if (const auto own = count_descriptors(process.pid)) { // else it may have just ended
                count += static_cast<double>(*own);
                any = true;
            }
        }
        return any ? ProbeValue(count)
                   : ProbeValue(failure("the descriptors of a process of another user are seen by "
                                        "root only"));
    }

    using Identity = std::pair<int, uint64_t>; ///< pid and start: pids are used again
    std::string wanted_;
    std::vector<Address> target_;
    bool local_;
    std::set<int> roots_;
    int64_t next_search_ns_ = 0;
    std::map<Identity, uint64_t> ticks_;
    int64_t read_ns_ = 0;
};

} // namespace

std::unique_ptr<ProbeSource> make_process_source(const Probe& probe,
                                                 std::span<const Address> target) {
    return std::make_unique<ProcessSource>(probe, target);
}

} // namespace ringblast
