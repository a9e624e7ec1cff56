// Modes by the errors that the simulated servers do not make.
#include "analysis/capacity_mode.hpp"

#include <doctest/doctest.h>

using namespace ringblast;

namespace {

/// What a target answers beyond its limit.
struct Refusal {
    Outcome outcome;
    int status = 0;
    bool retry_after = false;
    double accepted_p99_ms = 3; ///< of what it lets through then
};

/// A target that holds 1,000/s.
TrialResult answer_to(const Trial& trial, double now_s, const Refusal& refusal) {
    constexpr double capacity = 1000;
    TrialResult result{.trial = trial,
                       .start_s = now_s,
                       .end_s = now_s + trial.duration_s,
                       .load_s = trial.duration_s,
                       .measured_s = trial.duration_s};
    double asked = trial.kind == TrialKind::closed ? 990 : trial.rate;
    double good = std::min(asked, capacity);
    auto ok = static_cast<uint64_t>(good * trial.duration_s);
    auto bad = static_cast<uint64_t>((asked - good) * trial.duration_s);
    result.counts.started = result.arrivals = ok + bad;
    result.counts.outcomes[static_cast<size_t>(Outcome::ok)] = ok;
    result.counts.outcomes[static_cast<size_t>(refusal.outcome)] += bad;
    result.counts.statuses[200] = ok;
    if (refusal.status != 0) {
        result.counts.statuses[refusal.status] = bad;
    }
    result.refused_for_now = refusal.retry_after ? bad : 0;
    result.goodput_rps = good;
    result.completed_rps = asked;
    result.error_share = static_cast<double>(bad) / static_cast<double>(ok + bad);
    result.p50_ms = 1;
    result.p99_ms = bad > 0 ? refusal.accepted_p99_ms : 3;
    result.slo_met = result.error_share <= 0.01;
    for (int i = 0; i < 12; ++i) {
        result.slices.push_back({.t_s = trial.duration_s * i / 12,
                                 .span_s = trial.duration_s / 12,
                                 .completed = (ok + bad) / 12,
                                 .ok = ok / 12});
    }
    return result;
}

ModeFindings mode_of(const Refusal& refusal) {
    CapacitySettings settings;
    CapacitySearch search(settings);
    std::optional<Trial> trial = search.first();
    double now_s = 0;
    while (trial) {
        TrialResult result = answer_to(*trial, now_s, refusal);
        now_s = result.end_s;
        trial = search.next(std::move(result));
    }
    REQUIRE(search.answer().rate);
    CHECK(*search.answer().rate == doctest::Approx(1010).epsilon(0.03));
    return find_mode(settings, search);
}

} // namespace

TEST_CASE("the main kind of error beyond the limit names the mode") {
    struct Row {
        Refusal refusal;
        BreakingMode mode;
        const char* evidence;
    };
    using enum Outcome;
    const Row rows[] = {
        {{connect_error}, BreakingMode::refused, "refused"},
        {{rate_limited, 429}, BreakingMode::rate_limited, "429"},
        {{http_error, 429}, BreakingMode::rate_limited, "429"},
        {{http_error, 503, true}, BreakingMode::rate_limited, "503 with Retry-After"},
        {{http_error, 503, true, 20}, BreakingMode::load_shed, "5xx"},
        {{http_error, 503}, BreakingMode::load_shed, "5xx"},
        {{reset}, BreakingMode::reset, "reset"},
        {{timeout}, BreakingMode::timeout, "time-outs"},
        {{http_error, 404}, BreakingMode::failing, "no one way"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.evidence);
        ModeFindings findings = mode_of(row.refusal);
        CHECK(findings.mode == row.mode);
        REQUIRE_FALSE(findings.evidence.empty());
        CHECK(findings.evidence.front().find(row.evidence) != std::string::npos);
    }
}

TEST_CASE("a limiter shows its limit") {
    ModeFindings findings = mode_of({Outcome::rate_limited, 429});
    REQUIRE(findings.limiter);
    CHECK(findings.limiter->limit_rps == doctest::Approx(1000).epsilon(0.01));
    CHECK_FALSE(findings.limiter->burst);
    CHECK_FALSE(findings.limiter->window_s);
}
