// Thresholds: `[SCOPE:] METRIC OP VALUE` (SPEC § 5), read once into a value and decided against
// a Result. A threshold is strict about units on purpose: `p(95)<500` is seconds to one reader
// and milliseconds to the next, so it is refused with both readings instead of guessed.
#pragma once

#include "analysis/metric.hpp"
#include "analysis/probe_limit.hpp"
#include "ringblast/error.hpp"
#include "ringblast/profile.hpp"
#include "ringblast/result.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ringblast {

/// The part of the run that a threshold looks at.
struct ThresholdScope {
    enum class Kind : uint8_t { run, stage, request, method, tag, user_class };
    Kind kind = Kind::run;
    bool every = false; ///< stage(*) or request(*): decided for each one apart
    std::string name;   ///< request (`NAME` or `METHOD NAME`), method, tag or class
    unsigned stage = 0; ///< from 1
    bool operator==(const ThresholdScope&) const = default;
};

enum class Comparison : uint8_t { less, less_equal, greater, greater_equal, equal, not_equal };

struct Threshold {
    std::string expression; ///< as written, trimmed
    ThresholdScope scope;
    Metric metric;
    std::string metric_text; ///< as written: `p95`, `status(5xx)`
    Comparison op = Comparison::less;
    ThresholdUnit unit = ThresholdUnit::ms;
    double target = 0;
    std::optional<double> critical;            ///< the same unit
    Comparison critical_op = Comparison::less; ///< in the direction of `op`
    std::optional<std::string> critical_expression;
    LimitKind written = LimitKind::plain; ///< of a probe: what its limits are in
    std::optional<double> window_s;       ///< sliding; empty: the whole run
    bool abort = false;
    bool removed = false; ///< by a filter: what it is about takes no part, so it is skipped
};

/// The names that scopes may use.
struct ScopeNames {
    struct Request {
        std::string name, method;
    };
    std::vector<Request> requests;
    std::vector<std::string> tags, classes;
    unsigned stages = 0;
    bool sockets = false; ///< something speaks WebSocket
    std::vector<ProbeFigure> probes;
};

/// Reads one condition. The message of an error says what was read, what is allowed and, where
/// a word is not known, the nearest one that is.
Expected<Threshold> parse_threshold(std::string_view text);

/// The same with its critical limit, which must have the scope, metric and direction of the
/// target (`<` and `<=` are one direction) and must not be stricter than it.
Expected<Threshold> parse_threshold(const ThresholdText& text);

/// Every name a scope may have in a run of this profile.
ScopeNames scope_names(const Profile& profile);

/// An error that lists what exists when the scope, a probe, or what the metric is measured of is
/// something that does not.
Expected<void> check_scope(const Threshold& threshold, const ScopeNames& names);

/// Marks those that are about nothing of what takes part. Requires: each of them is about something
/// of the whole profile.
void mark_removed(std::span<Threshold> thresholds, const ScopeNames& taking_part);

/// Completed requests in what the scope names.
uint64_t sample_count(const ThresholdScope& scope, const Result& result);
/// The same of what the threshold looks at: readings of a probe, else completed requests.
uint64_t sample_count(const Threshold& threshold, const Result& result);

/// Decides a threshold; `request(*)` and `stage(*)` give one result for each. A scope that the
/// result does not have (removed by a filter) is skipped; one without a sample fails.
std::vector<ThresholdResult> evaluate(const Threshold& threshold, const Result& result);

} // namespace ringblast
