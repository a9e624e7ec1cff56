#include "analysis/held_back.hpp"

#include "analysis/trend.hpp"
#include "base/print.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <vector>

namespace ringblast {

namespace {

constexpr double growth_min = 2;            ///< of the latency
constexpr double unserved_share_min = 0.02; ///< of what was asked for, without an answer
constexpr double shortfall_min = 0.10;      ///< of the requests that the pauses ask for
constexpr double few_users = 0.25;          ///< of the most
constexpr double all_users = 0.90;
constexpr size_t rows_min = 5;        ///< with all users
constexpr uint64_t few_requests = 20; ///< with few users, for a latency to compare with
constexpr double flat_share_max = 0.05; ///< half of the readings this close to the middle

uint64_t ended_in(const TimelineRow& row) {
    return row.ok + row.failed + row.rate_limited;
}

/// What the users of a closed load waited for, with few of them and with all.
struct Waiting {
    uint64_t few = 0, all = 0;             ///< users, at most
    double p50_few_ns = 0, p50_all_ns = 0; ///< the first is 0 where too few requests came
    double share = 0;                      ///< of all users, that have a request in flight
    double grown() const { return p50_few_ns > 0 ? p50_all_ns / p50_few_ns : 0; }
};

/// Reads the timeline up to the end of its first part with all users: what is in flight is
/// started less ended, as long as nobody was taken back.
class WaitingReader {
public:
    explicit WaitingReader(const Result& result) : result_(result) {}

    std::optional<Waiting> read() && {
        for (const TimelineRow& row : result_.timeline) {
            waiting_.all = std::max(waiting_.all, row.users);
        }
        const double least = all_users * static_cast<double>(waiting_.all);
        bool full = false;
        for (const TimelineRow& row : result_.timeline) {
            const bool among_all = static_cast<double>(row.users) >= least;
            if (row.after || row.span_s <= 0 || (full && !among_all)) {
                break;
            }
            started_ += row.started;
            ended_ += ended_in(row);
            if (full && !row.warm_up) { // in the first such row users were still coming
                add_full(row);
            }
            full = among_all;
            if (static_cast<double>(row.users) <= few_users * static_cast<double>(waiting_.all)) {
                add_few(row);
            }
        }
        if (p50_all_.size() < rows_min || users_s_ <= 0) {
            return std::nullopt;
        }
        waiting_.share = std::min(1.0, in_flight_s_ / users_s_);
        waiting_.p50_all_ns = median_of(p50_all_);
        waiting_.p50_few_ns = few_ended_ >= few_requests ? median_of(p50_few_) : 0;
        return waiting_;
    }

private:
    void add_full(const TimelineRow& row) {
        const uint64_t in_flight = started_ - std::min(started_, ended_);
        in_flight_s_ += static_cast<double>(in_flight) * row.span_s;
        users_s_ += static_cast<double>(row.users) * row.span_s;
        if (row.p50_ns > 0) {
            p50_all_.push_back(static_cast<double>(row.p50_ns));
        }
    }
    void add_few(const TimelineRow& row) {
        if (row.p50_ns > 0) {
            p50_few_.push_back(static_cast<double>(row.p50_ns));
            few_ended_ += ended_in(row);
            waiting_.few = std::max(waiting_.few, row.users);
        }
    }

    const Result& result_;
    Waiting waiting_;
    uint64_t started_ = 0, ended_ = 0, few_ended_ = 0;
    double in_flight_s_ = 0, users_s_ = 0;
    std::vector<double> p50_few_, p50_all_;
};

/// The first process of a probe whose processors are full, in words.
std::string full_processor(const Result& result) {
    for (const ProbeResult& probe : result.probes) {
        std::vector<double> values;
        for (const ProbePoint& point : probe.series) {
            if (point.measured) {
                values.push_back(point.value);
            }
        }
        if (!probe.name.ends_with(".cpu") || values.size() < rows_min) {
            continue;
        }
        if (const Processor processor = read_processor(values); processor.full) {
            return fmt::format("{} stood at {:.0f} %", printable(probe.name), processor.middle);
        }
    }
    return {};
}

std::string find_limit_of_users(const Result& result) {
    const std::optional<Waiting> waiting = WaitingReader(result).read();
    if (!waiting) {
        return {};
    }
    const bool many_wait = waiting->share >= shortfall_min;
    const bool slower = waiting->grown() >= growth_min;
    const std::string all = print_counted(waiting->all, "user");
    const std::string who =
        fmt::format("with all {} on, {} of them waited for an answer at any time", all,
                    print_share(waiting->share));
    const std::string slowing =
        fmt::format("half of the answers took {} instead of the {} with up to {}",
                    print_latency(waiting->p50_all_ns), print_latency(waiting->p50_few_ns),
                    print_counted(waiting->few, "user"));
    const double shortfall = waiting->share * (1 - 1 / std::max(1.0, waiting->grown()));
    if (slower && shortfall >= shortfall_min) {
        return fmt::format(
            "the target or the network held the users back: {}, and {}, so that they "
            "made {} fewer requests",
            who, slowing, print_share(shortfall));
    }
    const std::string processor = many_wait || slower ? full_processor(result) : std::string();
    if (processor.empty()) {
        return {};
    }
    return many_wait ? fmt::format("the target held the users back: {}, while {}", who, processor)
                     : fmt::format("the target was at its limit: with all {} on {}, and {}", all,
                                   processor, slowing);
}

} // namespace

std::optional<GrowingQueue> find_growing_queue(const Result& result) {
    if (!result.self_check.open_load) {
        return std::nullopt;
    }
    GrowingQueue queue{.asked = result.dropped};
    std::vector<const TimelineRow*> rows;
    for (const TimelineRow& row : result.timeline) {
        if (!row.warm_up && !row.after) {
            queue.asked += row.started;
            queue.answered += ended_in(row);
            rows.push_back(&row);
        }
    }
    if (rows.size() < rows_min) {
        return std::nullopt;
    }
    const size_t part = std::max<size_t>(1, rows.size() / 5);
    const auto middle = [&](size_t first, auto value) {
        std::vector<double> values;
        for (size_t i = first; i < first + part; ++i) {
            values.push_back(value(*rows[i]));
        }
        return median_of(values);
    };
    const auto p50 = [](const TimelineRow& row) { return static_cast<double>(row.p50_ns); };
    const auto goodput = [](const TimelineRow& row) {
        return static_cast<double>(row.ok) / row.span_s;
    };
    const size_t last = rows.size() - part;
    queue.p50_first_ns = middle(0, p50);
    queue.p50_last_ns = middle(last, p50);
    queue.goodput_first = middle(0, goodput);
    queue.goodput_last = middle(last, goodput);
    const double unserved = static_cast<double>(queue.asked) - static_cast<double>(queue.answered);
    const bool grew =
        queue.p50_first_ns > 0 && queue.p50_last_ns >= growth_min * queue.p50_first_ns;
    return grew && unserved >= unserved_share_min * static_cast<double>(queue.asked)
               ? std::optional(queue)
               : std::nullopt;
}

Processor read_processor(std::span<const double> percents) {
    if (percents.empty()) {
        return {};
    }
    std::vector<double> sorted(percents.begin(), percents.end());
    std::ranges::sort(sorted);
    const auto at = [&](double part) {
        return sorted[static_cast<size_t>(part * static_cast<double>(sorted.size() - 1) + 0.5)];
    };
    Processor processor{.low = at(0.25), .middle = at(0.5), .high = at(0.75)};
    const double cores = std::max(1.0, std::round(processor.middle / 100));
    const bool flat = processor.high - processor.low <= 2 * flat_share_max * processor.middle;
    processor.full = flat && processor.middle >= cores * full_core_percent;
    return processor;
}

std::string find_target_limit(const Result& result) {
    if (result.not_made || result.generator.closed_at_full_speed) {
        return {};
    }
    if (!result.self_check.open_load) {
        return find_limit_of_users(result);
    }
    const std::optional<GrowingQueue> queue = find_growing_queue(result);
    return !queue
               ? std::string()
               : fmt::format("the target or the network answered too slowly for the rate: {} of "
                             "{} requests were answered by the end of the load, and half of the "
                             "answers took {} at its end instead of {}",
                             print_count(queue->answered), print_count(queue->asked),
                             print_latency(queue->p50_last_ns), print_latency(queue->p50_first_ns));
}

} // namespace ringblast
