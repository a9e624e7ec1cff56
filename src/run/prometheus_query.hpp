// One figure out of metrics: the series of a name and labels, added up; as they are, as the rate of
// counters, as a quantile of histograms, or as a ratio of two. What is a rate or a quantile looks
// at what happened since the reading before, so the first reading gives no value. A counter that is
// smaller than before was reset: what it shows now is what happened since. A series that was not
// there before starts at 0: the event that it counts had not happened yet.
#pragma once

#include "protocol/prometheus.hpp"
#include "ringblast/error.hpp"
#include "ringblast/probe.hpp"
#include "scenario/regex.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringblast {

/// What came of a reading: a value, none this time (which is no failure), or why it failed.
using ProbeValue = Expected<std::optional<double>>;

/// A bucket of a histogram: how many observations were at most `upper`.
struct Bucket {
    double upper = 0;
    double count = 0; ///< those of the buckets below included
};

/// The quantile by the rule of Prometheus' histogram_quantile: linear within a bucket, the lowest
/// one starting at 0; the upper bound of the last finite bucket where it lies beyond. Nothing
/// without observations. `buckets` in any order, equal bounds add up. Errors: no +Inf bucket, or
/// no other one. Requires: 0 <= quantile <= 1.
ProbeValue histogram_quantile(double quantile, std::vector<Bucket> buckets);

/// The series of one metric that have some labels.
class SeriesQuery {
public:
    /// More are an error of the reading, so that memory stays bounded.
    static constexpr size_t series_max = 10'000;

    /// Errors: an expression that does not compile.
    static Expected<SeriesQuery> compile(const ProbeSeriesChoice& choice, Probe::As as);

    /// Takes the series out of the text. The error says what is not there.
    Expected<void> read(std::string_view text);
    /// The sum of what was read last.
    double sum() const;
    /// How much the counters rose from the reading before to the last one; nothing without a
    /// reading before.
    std::optional<double> increase() const;
    /// The same of each bucket.
    std::optional<std::vector<Bucket>> bucket_increases() const;
    /// What was there before counts no more.
    void forget() { had_before_ = has_now_ = false; }

    std::string text() const;

private:
    struct Matcher {
        std::string name, value;
        std::optional<Regex> regex;
    };
    struct Series {
        double before = 0, now = 0;
        double upper = 0;  ///< of a bucket
        uint64_t read = 0; ///< number of the reading that saw it last
    };

    bool matches(std::string_view labels);
    void see(const PrometheusSample& sample);
    double rise(const Series& series) const;

    std::string metric_; ///< as the samples are called
    std::vector<Matcher> matchers_;
    ProbeSeriesChoice choice_;
    Probe::As as_ = Probe::As::gauge;
    std::map<std::string, Series, std::less<>> series_; ///< by their labels as they are written
    std::vector<std::string> found_;                    ///< the labels of a sample, by matcher
    std::unique_ptr<RegexMatcher> searcher_ = std::make_unique<RegexMatcher>();
    uint64_t reading_ = 0;
    size_t known_ = 0; ///< samples of the name, whatever their labels
    bool had_before_ = false, has_now_ = false;
};

class PrometheusQuery {
public:
    /// Requires: a probe of Prometheus' metrics.
    static Expected<PrometheusQuery> compile(const Probe& probe);
    /// The value in `text`, which was read `at_ns` on the monotonic clock.
    ProbeValue look(std::string_view text, int64_t at_ns);

private:
    ProbeValue value(double seconds) const;

    Probe::As as_ = Probe::As::gauge;
    double quantile_ = 0;
    SeriesQuery series_;
    std::optional<SeriesQuery> over_;
    int64_t read_ns_ = 0; ///< 0: nothing was read yet
};

} // namespace ringblast
