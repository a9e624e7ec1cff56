// Runs made up second by second, for tests of what analysis finds in them.
#pragma once

#include "analysis/verdict.hpp"
#include "base/random.hpp"
#include "ringblast/result.hpp"
#include "stats/hdr_codec.hpp"

#include <functional>
#include <vector>

namespace ringblast {

/// What happens in one second.
struct MadeUpSecond {
    uint64_t ok = 100, failed = 0, rate_limited = 0;
    double latency_ms = 10; ///< of the ok requests: from 0.8 to 1.2 times that
    uint64_t started = 0;   ///< 0: as many as end
    uint64_t rss_bytes = 20'000'000;
};

/// A run of these stages whose every second is what the function says. Requests are in the totals
/// and in their stage; nothing is decided yet.
inline Result made_up_run(std::vector<Stage> stages,
                          const std::function<MadeUpSecond(double t_s)>& second,
                          double warm_up_s = 0) {
    Result result;
    result.plan_stages = stages;
    result.warm_up_s = warm_up_s;
    result.self_check.open_load = !stages.front().users;
    double start_s = 0;
    for (const Stage& goal : stages) {
        const double length_s = std::chrono::duration<double>(goal.duration).count();
        StageResult stage{.index = static_cast<unsigned>(result.stages.size() + 1), .goal = goal};
        stage.start_s = start_s;
        stage.duration_s = length_s;
        for (double t_s = start_s; t_s < start_s + length_s - 0.5; ++t_s) {
            const MadeUpSecond what = second(t_s);
            const uint64_t all = what.ok + what.failed + what.rate_limited;
            TimelineRow row{.t_s = t_s};
            row.warm_up = t_s < warm_up_s;
            row.users = static_cast<uint64_t>(goal.users.value_or(1));
            row.started = what.started > 0 ? what.started : all;
            row.ok = what.ok;
            row.failed = what.failed;
            row.rate_limited = what.rate_limited;
            row.rps = static_cast<double>(all);
            row.generator_rss_bytes = what.rss_bytes;
            Histogram latency;
            for (uint64_t i = 0; i < all; ++i) {
                const double factor =
                    0.8 + 0.4 * random_unit({.seed = 1, .stream = static_cast<uint64_t>(t_s)}, i);
                latency.record(static_cast<int64_t>(what.latency_ms * 1e6 * factor));
            }
            if (all > 0) {
                row.p50_ns = latency.percentile(50);
                row.p95_ns = latency.percentile(95);
                row.p99_ns = latency.percentile(99);
                row.max_ns = latency.max();
                row.histogram = encode_hdr_base64(latency);
            }
            result.timeline.push_back(row);
            if (!row.warm_up) {
                stage.counts.outcomes[static_cast<size_t>(Outcome::ok)] += what.ok;
                stage.counts.outcomes[static_cast<size_t>(Outcome::http_error)] += what.failed;
                stage.counts.outcomes[static_cast<size_t>(Outcome::rate_limited)] +=
                    what.rate_limited;
                stage.counts.started += all;
                stage.latency.merge(latency);
            }
        }
        stage.ok_latency = stage.latency;
        for (size_t i = 0; i < outcome_count; ++i) {
            result.counts.outcomes[i] += stage.counts.outcomes[i];
        }
        result.counts.started += stage.counts.started;
        result.latency.merge(stage.latency);
        result.stages.push_back(std::move(stage));
        start_s += length_s;
    }
    result.ok_latency = result.latency;
    result.duration_s = start_s - warm_up_s;
    result.self_check.started = result.self_check.ended = result.counts.started;
    return result;
}

inline Stage users_for(double users, int seconds) {
    return {.users = users, .duration = std::chrono::seconds(seconds)};
}

inline Stage rate_for(double rate, int seconds) {
    return {.rate = rate, .duration = std::chrono::seconds(seconds)};
}

inline void decide_by(Result& result, std::initializer_list<const char*> texts) {
    std::vector<Threshold> thresholds;
    for (const char* text : texts) {
        thresholds.push_back(parse_threshold(text).value());
    }
    decide(result, thresholds);
}

} // namespace ringblast
