#include "run/prometheus_query.hpp"

#include "base/clock.hpp"
#include "base/quote.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <iterator>

namespace ringblast {

namespace {

constexpr std::string_view bucket_suffix = "_bucket";

/// Sorted, equal bounds made one, counts that never fall: scrapes of a busy server may be torn.
void tidy_up(std::vector<Bucket>& buckets) {
    std::ranges::sort(buckets, {}, &Bucket::upper);
    size_t kept = 0;
    for (size_t i = 0; i < buckets.size(); ++i) {
        if (kept > 0 && buckets[kept - 1].upper == buckets[i].upper) {
            buckets[kept - 1].count += buckets[i].count;
        } else {
            buckets[kept++] = buckets[i];
        }
    }
    buckets.resize(kept);
    for (size_t i = 1; i < buckets.size(); ++i) {
        buckets[i].count = std::max(buckets[i].count, buckets[i - 1].count);
    }
}

} // namespace

ProbeValue histogram_quantile(double quantile, std::vector<Bucket> buckets) {
    tidy_up(buckets);
    if (buckets.empty() || !std::isinf(buckets.back().upper) || buckets.back().upper < 0) {
        return failure("the histogram has no bucket with le=\"+Inf\"");
    }
    if (buckets.size() < 2) {
        return failure("the histogram has only the bucket with le=\"+Inf\"");
    }
    const double observations = buckets.back().count;
    if (observations <= 0) {
        return std::nullopt;
    }
    const double rank = quantile * observations;
    const auto last = std::prev(buckets.end());
    const auto found = std::ranges::find_if(
        buckets.begin(), last, [rank](const Bucket& bucket) { return bucket.count >= rank; });
    if (found == last) {
        return std::prev(last)->upper;
    }
    const bool lowest = found == buckets.begin();
    if (lowest && found->upper <= 0) {
        return found->upper;
    }
    const double start = lowest ? 0 : std::prev(found)->upper;
    const double below = lowest ? 0 : std::prev(found)->count;
    const double inside = found->count - below;
    return inside > 0 ? start + (found->upper - start) * ((rank - below) / inside) : start;
}

Expected<SeriesQuery> SeriesQuery::compile(const ProbeSeriesChoice& choice, Probe::As as) {
    SeriesQuery query;
    query.choice_ = choice;
    query.as_ = as;
    query.metric_ = choice.metric;
    if (as == Probe::As::quantile && !choice.metric.ends_with(bucket_suffix)) {
        query.metric_ += bucket_suffix;
    }
    for (const ProbeLabel& label : choice.labels) {
        Matcher matcher{.name = label.name, .value = label.value, .regex = {}};
        if (label.regex) { // of the whole value, as in PromQL
            Expected<Regex> regex = Regex::compile("\\A(?:" + label.value + ")\\z");
            if (!regex) {
                return failure("labels: " + label.name + ": " + regex.error().message);
            }
            matcher.regex = std::move(*regex);
        }
        query.matchers_.push_back(std::move(matcher));
    }
    query.found_.resize(query.matchers_.size());
    return query;
}

std::string SeriesQuery::text() const {
    std::string labels;
    for (const ProbeLabel& label : choice_.labels) {
        labels += fmt::format("{}{}={}{}", labels.empty() ? "" : ",", label.name,
                              label.regex ? "~" : "", quoted(label.value));
    }
    return labels.empty() ? metric_ : metric_ + "{" + labels + "}";
}

bool SeriesQuery::matches(std::string_view labels) {
    if (matchers_.empty()) {
        return true;
    }
    for (std::string& value : found_) {
        value.clear(); // a label that is not there is an empty one
    }
    PrometheusLabels reader(labels);
    while (const auto label = reader.next()) {
        for (size_t i = 0; i < matchers_.size(); ++i) {
            if (matchers_[i].name == label->name) {
                found_[i] = unescape_label(label->value);
            }
        }
    }
    for (size_t i = 0; i < matchers_.size(); ++i) {
        const Matcher& matcher = matchers_[i];
        const bool equal = matcher.regex ? searcher_->search(*matcher.regex, found_[i], 0).result ==
                                               RegexMatcher::Result::found
                                         : matcher.value == found_[i];
        if (!equal) {
            return false;
        }
    }
    return true;
}

void SeriesQuery::see(const PrometheusSample& sample) {
    if (as_ != Probe::As::gauge && !std::isfinite(sample.value)) {
        return;
    }
    double upper = 0;
    if (as_ == Probe::As::quantile) {
        PrometheusLabels labels(sample.labels);
        std::optional<double> le;
        while (const auto label = labels.next()) {
            le = label->name == "le" ? parse_prometheus_number(label->value) : le;
        }
        if (!le || std::isnan(*le)) {
            return;
        }
        upper = *le;
    }
    auto at = series_.find(sample.labels);
    if (at == series_.end()) {
        at = series_.emplace(std::string(sample.labels), Series{}).first;
    }
    Series& series = at->second;
    if (series.read != reading_) {
        series.before = series.read + 1 == reading_ ? series.now : 0;
        series.now = 0;
        series.read = reading_;
        series.upper = upper;
    }
    series.now += sample.value; // one that stands twice adds up like all others
}

Expected<void> SeriesQuery::read(std::string_view text) {
    ++reading_;
    known_ = 0;
    PrometheusReader reader(text);
    while (const auto sample = reader.next()) {
        if (sample->name != metric_) {
            continue;
        }
        ++known_;
        if (matches(sample->labels)) {
            see(*sample);
        }
        if (series_.size() > series_max) {
            series_.clear();
            forget();
            return failure(fmt::format("more than {} series match {}", series_max, this->text()));
        }
    }
    std::erase_if(series_, [&](const auto& entry) { return entry.second.read != reading_; });
    // Nothing counted yet is a 0 of the counter; a gauge that is not there has no value.
    if (known_ == 0 || (series_.empty() && as_ != Probe::As::rate)) {
        forget();
        return failure("no such metric: " + this->text());
    }
    had_before_ = has_now_;
    has_now_ = true;
    return {};
}

double SeriesQuery::sum() const {
    double sum = 0;
    for (const auto& [labels, series] : series_) {
        sum += series.now;
    }
    return sum;
}

double SeriesQuery::rise(const Series& series) const {
    return series.now < series.before ? series.now : series.now - series.before;
}

std::optional<double> SeriesQuery::increase() const {
    if (!had_before_) {
        return std::nullopt;
    }
    double increase = 0;
    for (const auto& [labels, series] : series_) {
        increase += rise(series);
    }
    return increase;
}

std::optional<std::vector<Bucket>> SeriesQuery::bucket_increases() const {
    if (!had_before_) {
        return std::nullopt;
    }
    std::vector<Bucket> buckets;
    for (const auto& [labels, series] : series_) {
        buckets.push_back({.upper = series.upper, .count = rise(series)});
    }
    return buckets;
}

Expected<PrometheusQuery> PrometheusQuery::compile(const Probe& probe) {
    PrometheusQuery query;
    query.as_ = probe.as;
    query.quantile_ = probe.quantile;
    Expected<SeriesQuery> series = SeriesQuery::compile(probe.series, probe.as);
    if (!series) {
        return std::unexpected(series.error());
    }
    query.series_ = std::move(*series);
    if (probe.over) {
        Expected<SeriesQuery> over = SeriesQuery::compile(*probe.over, probe.as);
        if (!over) {
            return std::unexpected(over.error());
        }
        query.over_ = std::move(*over);
    }
    return query;
}

ProbeValue PrometheusQuery::value(double seconds) const {
    if (as_ == Probe::As::quantile) {
        const auto buckets = series_.bucket_increases();
        return buckets ? histogram_quantile(quantile_, *buckets) : ProbeValue(std::nullopt);
    }
    if (as_ == Probe::As::gauge) {
        const double below = over_ ? over_->sum() : 1;
        return below != 0 ? std::optional(series_.sum() / below) : std::nullopt;
    }
    const auto above = series_.increase();
    const auto below = over_ ? over_->increase() : std::optional(seconds);
    if (!above || !below || *below <= 0) {
        return std::nullopt;
    }
    return *above / *below;
}

ProbeValue PrometheusQuery::look(std::string_view text, int64_t at_ns) {
    const Expected<void> read = series_.read(text);
    const Expected<void> read_over = over_ ? over_->read(text) : Expected<void>{};
    if (!read || !read_over) {
        series_.forget(); // so that both look at the same span of time
        if (over_) {
            over_->forget();
        }
        return std::unexpected(!read ? read.error() : read_over.error());
    }
    const double seconds = static_cast<double>(at_ns - read_ns_) / ns_per_second;
    read_ns_ = at_ns;
    const ProbeValue found = value(seconds);
    if (found && *found && !std::isfinite(**found)) {
        return std::isnan(**found) ? ProbeValue(std::nullopt)
                                   : ProbeValue(failure(series_.text() + " is infinite"));
    }
    return found;
}

} // namespace ringblast
