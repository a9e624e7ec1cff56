// Prometheus' text format (0.0.4; OpenMetrics 1.0 reads the same here): one sample a line.
//
//     line   = [name] ["{" [label *("," label) [","]] "}"] value [timestamp] ["#" exemplar]
//     label  = name "=" quoted | quoted "=" quoted | quoted          the last one: the metric's
//     name
//
// Comments and empty lines are passed over; a line that is none of it is counted and passed over,
// as one broken exporter must not hide the rest. Views point into the caller's text.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace ringblast {

struct PrometheusSample {
    std::string_view name;
    std::string_view labels; ///< what stands in the braces, known to be well formed
    double value = 0;        ///< may be NaN or infinite
};

class PrometheusReader {
public:
    explicit PrometheusReader(std::string_view text) : rest_(text) {}

    /// The next sample; nothing at the end.
    std::optional<PrometheusSample> next();
    /// Lines so far that could not be read.
    size_t bad_lines() const { return bad_lines_; }

private:
    std::string_view rest_;
    size_t bad_lines_ = 0;
};

/// The labels of a sample, one after the other.
class PrometheusLabels {
public:
    explicit PrometheusLabels(std::string_view labels) : rest_(labels) {}

    struct Label {
        std::string_view name;
        std::string_view value; ///< its escapes still in it
    };
    /// Nothing at the end. Of text that is no list of labels the good ones at its start.
    std::optional<Label> next();
    /// next() came to something that is no label.
    bool broken() const { return broken_; }

private:
    std::optional<std::string_view> take_quoted();
    void skip_blanks();

    std::string_view rest_;
    bool broken_ = false;
};

/// The value of a label without its escapes: \\ \" \n.
std::string unescape_label(std::string_view value);

/// A number as the format writes it: 1, -1.5e3, +Inf, NaN.
std::optional<double> parse_prometheus_number(std::string_view text);

/// Whether it could be the name of a metric (or of a label, but for its colons).
bool is_metric_name(std::string_view text);

} // namespace ringblast
