#include "protocol/prometheus.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace ringblast {

namespace {

bool is_blank_or_tab(char c) {
    return c == ' ' || c == '\t';
}

bool is_name_start(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';
}

bool is_name_part(char c) {
    return is_name_start(c) || (c >= '0' && c <= '9');
}

std::string_view without_blanks(std::string_view text) {
    while (!text.empty() && is_blank_or_tab(text.front())) {
        text.remove_prefix(1);
    }
    return text;
}

/// Takes a name off the front; empty where there is none.
std::string_view take_name(std::string_view& text) {
    size_t size = 0;
    while (size < text.size() && (size == 0 ? is_name_start(text[0]) : is_name_part(text[size]))) {
        ++size;
    }
    const std::string_view name = text.substr(0, size);
    text.remove_prefix(size);
    return name;
}

/// Size of what stands before the brace that closes; npos where none does.
size_t braces_size(std::string_view text) {
    bool quoted = false;
    for (size_t i = 0; i < text.size(); ++i) {
        if (quoted && text[i] == '\\') {
            ++i;
        } else if (text[i] == '"') {
            quoted = !quoted;
        } else if (!quoted && text[i] == '}') {
            return i;
        }
    }
    return text.npos;
}

/// Checks the labels; one without a name of its own is the metric's.
bool read_labels(PrometheusSample& sample) {
    PrometheusLabels labels(sample.labels);
    while (const auto label = labels.next()) {
        if (label->name.empty()) {
            if (!sample.name.empty()) {
                return false;
            }
            sample.name = label->value;
        }
    }
    return !labels.broken();
}

std::optional<PrometheusSample> read_line(std::string_view line) {
    PrometheusSample sample;
    sample.name = take_name(line);
    line = without_blanks(line);
    if (line.starts_with('{')) {
        line.remove_prefix(1);
        const size_t size = braces_size(line);
        if (size == line.npos) {
            return std::nullopt;
        }
        sample.labels = line.substr(0, size);
        line.remove_prefix(size + 1);
        if (!read_labels(sample)) {
            return std::nullopt;
        }
        line = without_blanks(line);
    }
    const size_t end = std::min(line.find_first_of(" \t"), line.size());
    const auto value = parse_prometheus_number(line.substr(0, end));
    if (sample.name.empty() || !value) {
        return std::nullopt;
    }
    sample.value = *value;
    return sample;
}

} // namespace

std::optional<PrometheusSample> PrometheusReader::next() {
    while (!rest_.empty()) {
        const size_t end = rest_.find('\n');
        std::string_view line = rest_.substr(0, end);
        rest_.remove_prefix(end == rest_.npos ? rest_.size() : end + 1);
        if (line.ends_with('\r')) {
            line.remove_suffix(1);
        }
        line = without_blanks(line);
        if (line.empty() || line.starts_with('#')) {
            continue;
        }
        if (auto sample = read_line(line)) {
            return sample;
        }
        ++bad_lines_;
    }
    return std::nullopt;
}

void PrometheusLabels::skip_blanks() {
    rest_ = without_blanks(rest_);
}

/// What stands between two quotes; nothing where the second one is missing.
std::optional<std::string_view> PrometheusLabels::take_quoted() {
    for (size_t i = 1; i < rest_.size(); ++i) {
        if (rest_[i] == '\\') {
            ++i;
        } else if (rest_[i] == '"') {
            const std::string_view text = rest_.substr(1, i - 1);
            rest_.remove_prefix(i + 1);
            return text;
        }
    }
    return std::nullopt;
}

std::optional<PrometheusLabels::Label> PrometheusLabels::next() {
    skip_blanks();
    if (rest_.empty() || broken_) {
        return std::nullopt;
    }
    broken_ = true; // until the whole label is read
    Label label;
    const bool quoted_name = rest_.starts_with('"');
    if (quoted_name) {
        const auto text = take_quoted();
        if (!text) {
            return std::nullopt;
        }
        label.name = *text;
    } else {
        label.name = take_name(rest_);
    }
    skip_blanks();
    if (rest_.starts_with('=') && !label.name.empty()) {
        rest_.remove_prefix(1);
        skip_blanks();
        const auto text = rest_.starts_with('"') ? take_quoted() : std::nullopt;
        if (!text) {
            return std::nullopt;
        }
        label.value = *text;
    } else if (quoted_name && !label.name.empty()) {
        label.value = std::exchange(label.name, {});
    } else {
        return std::nullopt;
    }
    skip_blanks();
    if (!rest_.empty() && !rest_.starts_with(',')) {
        return std::nullopt;
    }
    rest_.remove_prefix(rest_.empty() ? 0 : 1);
    broken_ = false;
    return label;
}

std::string unescape_label(std::string_view value) {
    std::string text;
    text.reserve(value.size());
    for (size_t i = 0; i < value.size(); ++i) {
        if (value[i] == '\\' && i + 1 < value.size()) {
            ++i;
            if (value[i] != '\\' && value[i] != '"' && value[i] != 'n') {
                text += '\\'; // no escape of the format: it stands for itself
            }
            text += value[i] == 'n' ? '\n' : value[i];
        } else {
            text += value[i];
        }
    }
    return text;
}

std::optional<double> parse_prometheus_number(std::string_view text) {
    if (text.starts_with('+')) {
        text.remove_prefix(1);
        if (text.starts_with('-')) {
            return std::nullopt;
        }
    }
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return value;
}

bool is_metric_name(std::string_view text) {
    return !text.empty() && take_name(text).size() > 0 && text.empty();
}

} // namespace ringblast
