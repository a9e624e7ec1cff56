// [[probe]]: what is watched beside the load.
#include "base/quote.hpp"
#include "profile/read_parts.hpp"
#include "profile/values.hpp"
#include "protocol/prometheus.hpp"
#include "protocol/url.hpp"
#include "scenario/json_text.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace ringblast {

namespace {

constexpr size_t probes_max = 64;
constexpr Duration every_min = std::chrono::milliseconds(100);
/// Of a command: the first number in its output.
constexpr std::string_view any_number = R"([-+]?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)";

/// In the order of Probe::Source.
constexpr std::array<std::string_view, 4> sources = {"prometheus", "json", "process", "command"};

struct KeyOfSource {
    std::string_view key;
    std::array<std::string_view, 2> sources;
};
constexpr std::array<KeyOfSource, 8> keys_of_sources = {{{"metric", {"prometheus", ""}},
                                                         {"labels", {"prometheus", ""}},
                                                         {"as", {"prometheus", ""}},
                                                         {"quantile", {"prometheus", ""}},
                                                         {"over", {"prometheus", ""}},
                                                         {"pointer", {"json", ""}},
                                                         {"regex", {"command", ""}},
                                                         {"headers", {"prometheus", "json"}}}};

/// Letters, digits and a few more: a threshold names it without quotes.
OptionalText read_probe_name(Reading& reading, std::string_view label, const TomlNode& node) {
    OptionalText name = read_name(reading, label, node);
    const bool plain = !name || std::ranges::all_of(*name, [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
               std::string_view("_./ -").find(c) != std::string_view::npos;
    });
    if (!plain) {
        refuse_value(reading, label, node, "the name of a probe",
                     "letters, digits, blanks and _ . / -");
        return std::nullopt;
    }
    return name;
}

OptionalText read_document(Reading& reading, std::string_view label, const TomlNode& node) {
    OptionalText text = read_name(reading, label, node);
    if (!text || text->starts_with('/')) {
        return text;
    }
    const Expected<Url> url = parse_url(*text);
    if (!url || url->websocket() || text->find("://") == std::string::npos) {
        refuse_value(reading, label, node, "a path or a URL",
                     "\"/metrics\", which is appended to the target's base_url, or "
                     "\"http://HOST:PORT/metrics\"");
        return std::nullopt;
    }
    return text;
}

ProbeLabel label_of(std::string name, std::string value) {
    const bool regex = value.starts_with('~');
    return {std::move(name), regex ? value.substr(1) : std::move(value), regex};
}

/// A metric, and behind it labels in braces if there are any.
std::optional<ProbeSeriesChoice> parse_choice(std::string_view text) {
    ProbeSeriesChoice choice;
    const size_t brace = text.find('{');
    choice.metric = text.substr(0, brace);
    if (!is_metric_name(choice.metric) || (brace != text.npos && !text.ends_with('}'))) {
        return std::nullopt;
    }
    PrometheusLabels labels(brace == text.npos ? std::string_view{}
                                               : text.substr(brace + 1, text.size() - brace - 2));
    while (const auto label = labels.next()) {
        if (label->name.empty()) {
            return std::nullopt;
        }
        choice.labels.push_back(label_of(std::string(label->name), unescape_label(label->value)));
    }
    return labels.broken() ? std::nullopt : std::optional(choice);
}

std::optional<ProbeSeriesChoice> read_choice(Reading& reading, std::string_view label,
                                             const TomlNode& node) {
    const OptionalText text = read_text(reading, label, node);
    if (!text) {
        return std::nullopt;
    }
    const auto choice = parse_choice(*text);
    if (!choice) {
        refuse_value(reading, label, node, "a metric",
                     "http_requests_total, http_requests_total{code=\"200\"}, or with an "
                     "expression: {code=\"~5..\"}");
    }
    return choice;
}

std::optional<std::vector<ProbeLabel>> read_labels(Reading& reading, std::string_view label,
                                                   const TomlNode& node) {
    if (!expect_table(reading, label, node, "{ method = \"GET\", code = \"~5..\" }")) {
        return std::nullopt;
    }
    std::vector<ProbeLabel> labels;
    for (const TomlEntry& entry : node.entries) {
        const OptionalText value =
            entry.node.kind == TomlNode::Kind::text && entry.node.text.empty()
                ? OptionalText("") // there is no such label
                : read_scalar(reading, entry.key, entry.node);
        if (value) {
            labels.push_back(label_of(entry.key, *value));
        }
    }
    return labels;
}

void check_labels(Reading& reading, const TomlNode& node, const ProbeSeriesChoice& choice) {
    for (const ProbeLabel& label : choice.labels) {
        if (label.regex) {
            TomlNode expression = node;
            expression.kind = TomlNode::Kind::text;
            expression.text = label.value;
            read_regex(reading, label.name, expression);
        }
    }
}

std::optional<Probe::As> read_as(Reading& reading, std::string_view label, const TomlNode& node) {
    static constexpr std::array<std::string_view, 3> words = {"gauge", "rate", "quantile"};
    const auto word = read_word(reading, label, node, words);
    return word ? std::optional(static_cast<Probe::As>(*word)) : std::nullopt;
}

std::optional<double> read_quantile(Reading& reading, std::string_view label,
                                    const TomlNode& node) {
    const auto value = read_number_above_0(reading, label, node);
    if (value && *value > 1) {
        refuse_value(reading, label, node, "a quantile", "above 0, up to 1: 0.95 is the p95");
        return std::nullopt;
    }
    return value;
}

OptionalText read_probe_pointer(Reading& reading, std::string_view label, const TomlNode& node) {
    OptionalText text = read_text(reading, label, node);
    if (!text) {
        return std::nullopt;
    }
    const Expected<JsonPointer> pointer = JsonPointer::parse(*text);
    if (!pointer || pointer->has_any()) {
        reading.problem(
            node, std::string(label) + ": " +
                      (pointer ? quoted(*text) + ": * is no one place" : pointer.error().message) +
                      "; allowed: a JSON pointer to one place, such as "
                      "/cache/hit_rate");
        return std::nullopt;
    }
    return text;
}

/// A pid may be a number.
OptionalText read_process(Reading& reading, std::string_view label, const TomlNode& node) {
    if (node.kind == TomlNode::Kind::integer && node.integer > 0) {
        return std::to_string(node.integer);
    }
    if (node.kind == TomlNode::Kind::text) {
        return read_name(reading, label, node);
    }
    refuse_value(reading, label, node, "a process",
                 "\"listening\" (who holds the target's port), a name, or a pid");
    return std::nullopt;
}

/// A program with a slash is a path from the file it stands in; others are looked for in PATH.
std::optional<std::vector<std::string>> read_command(Reading& reading, std::string_view label,
                                                     const TomlNode& node) {
    auto words = node.kind == TomlNode::Kind::text || node.kind == TomlNode::Kind::list
                     ? std::optional<std::vector<std::string>>(std::in_place)
                     : std::nullopt;
    const bool one = node.kind == TomlNode::Kind::text;
    for (const TomlNode& item : one ? std::span(&node, 1) : std::span(node.items)) {
        if (OptionalText word = read_scalar(reading, label, item); word && words) {
            words->push_back(std::move(*word));
        }
    }
    if (!words || words->empty() || words->front().empty()) {
        refuse_value(reading, label, node, "a command", "[\"program\", \"argument\"]");
        return std::nullopt;
    }
    if (words->front().find('/') != std::string::npos) {
        const std::string path = reading.path(node, words->front());
        words->front() = path.find('/') == std::string::npos ? "./" + path : path;
    }
    return words;
}

std::optional<Duration> read_every(Reading& reading, std::string_view label, const TomlNode& node) {
    const auto every = read_duration_above_0(reading, label, node);
    if (every && *every < every_min) {
        refuse_value(reading, label, node, "a pause that leaves the target alone",
                     "100ms and more");
        return std::nullopt;
    }
    return every;
}

void read_prometheus(Reading& reading, const TableReader& table, const TomlNode& node,
                     Probe& probe) {
    if (const TomlNode* metric = table.find("metric")) {
        table.take("metric", probe.series, read_choice);
        check_labels(reading, *metric, probe.series);
    } else {
        reading.problem(node, "a probe of prometheus without metric; allowed: metric = "
                              "\"http_requests_total\"");
    }
    if (const TomlNode* labels = table.find("labels")) {
        ProbeSeriesChoice more;
        table.take("labels", more.labels, read_labels);
        check_labels(reading, *labels, more);
        std::ranges::move(more.labels, std::back_inserter(probe.series.labels));
    }
    table.take("as", probe.as, read_as);
    table.take("quantile", probe.quantile, read_quantile);
    table.take("over", probe.over, read_choice);
    const bool quantile = probe.as == Probe::As::quantile;
    if (quantile != (table.find("quantile") != nullptr)) {
        reading.problem(node, "as = \"quantile\" and quantile go together; allowed: as = "
                              "\"quantile\" with quantile = 0.95, or none of them");
    }
    if (const TomlNode* over = table.find("over")) {
        if (probe.over) {
            check_labels(reading, *over, *probe.over);
        }
        if (quantile) {
            reading.problem(*over, "over: a quantile is no ratio; allowed: with gauge and rate");
        }
    }
}

/// What each source needs and may have.
void read_source(Reading& reading, const TableReader& table, const TomlNode& node,
                 std::string_view source, Probe& probe) {
    for (const KeyOfSource& of : keys_of_sources) {
        const TomlEntry* entry = table.find_entry(of.key);
        if (entry != nullptr && std::ranges::find(of.sources, source) == of.sources.end()) {
            reading.problems.add(entry->place, std::string(of.key) + " does not go with " +
                                                   std::string(source) + "; allowed: with " +
                                                   std::string(of.sources[0]) +
                                                   (of.sources[1].empty() ? "" : " and json"));
        }
    }
    switch (probe.source) {
    case Probe::Source::prometheus:
        table.take("prometheus", probe.url, read_document);
        read_prometheus(reading, table, node, probe);
        break;
    case Probe::Source::json:
        table.take("json", probe.url, read_document);
        table.take("pointer", probe.pointer, read_probe_pointer);
        if (table.find("pointer") == nullptr) {
            reading.problem(node, "a probe of json without pointer; allowed: pointer = "
                                  "\"/cache/hit_rate\"");
        }
        break;
    case Probe::Source::process:
        table.take("process", probe.process, read_process);
        break;
    case Probe::Source::command:
        table.take("command", probe.command, read_command);
        probe.regex = any_number;
        table.take("regex", probe.regex, read_regex);
        break;
    }
}

Probe read_probe(Reading& reading, const TomlNode& node) {
    Probe probe;
    const TableReader table(reading, node, Table::probe);
    table.take("name", probe.name, read_probe_name);
    if (table.find("name") == nullptr) {
        reading.problem(node, "a [[probe]] without name; allowed: name = \"cache\"");
    }
    if (const TomlEntry* source = table.find_one_of(sources, true)) {
        const auto index = std::ranges::find(sources, source->key) - sources.begin();
        probe.source = static_cast<Probe::Source>(index);
        read_source(reading, table, node, source->key, probe);
    }
    if (const TomlNode* headers = table.find("headers")) {
        probe.headers = read_headers(reading, "headers", *headers);
    }
    if (const TomlNode* unit = table.find("unit");
        unit != nullptr && probe.source == Probe::Source::process) {
        reading.problem(*unit, "unit: the figures of a process have their own; allowed: without");
    }
    table.take("unit", probe.unit, read_name);
    table.take("every", probe.every, read_every);
    table.take("timeout", probe.timeout, read_duration_above_0);
    return probe;
}

} // namespace

std::vector<Probe> read_probes(Reading& reading, const TomlNode& node) {
    std::vector<Probe> probes;
    std::set<std::string> names;
    for (const TomlNode* table : read_tables(reading, "probe", node)) {
        probes.push_back(read_probe(reading, *table));
        for (const ProbeFigure& figure : figures_of(probes.back())) {
            if (!probes.back().name.empty() && !names.insert(figure.name).second) {
                reading.problem(*table, "a second probe with the name " + quoted(figure.name) +
                                            "; allowed: a name for each");
                break;
            }
        }
    }
    if (probes.size() > probes_max) {
        reading.problem(node, "too many probes; allowed: " + std::to_string(probes_max));
    }
    return probes;
}

} // namespace ringblast
