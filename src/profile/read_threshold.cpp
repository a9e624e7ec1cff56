// Thresholds: texts that the analysis understands, with the scope of the place they stand in.
#include "profile/read_parts.hpp"
#include "profile/values.hpp"

namespace ringblast {

namespace {

/// Whether a scope stands in front: there is a colon and a blank outside of quotes.
bool has_scope(std::string_view text) {
    bool inside = false;
    for (size_t i = 0; i + 1 < text.size(); ++i) {
        if (inside && text[i] == '\\') {
            ++i;
        } else if (text[i] == '"') {
            inside = !inside;
        } else if (!inside && text[i] == ':' && text[i + 1] == ' ') {
            return true;
        }
    }
    return false;
}

OptionalText read_condition(Reading& reading, std::string_view label, const TomlNode& node,
                            std::string_view scope) {
    OptionalText text = read_text(reading, label, node);
    if (!text || scope.empty()) {
        return text;
    }
    if (has_scope(*text)) {
        refuse_value(reading, label, node, "a condition without scope",
                     "METRIC OP VALUE: the scope is " + std::string(scope) +
                         ", where it stands; others in [[threshold]]");
        return std::nullopt;
    }
    return std::string(scope) + ": " + *text;
}

void check(Reading& reading, const TomlNode& node, const ThresholdText& threshold) {
    if (!reading.options.threshold_problem) {
        return;
    }
    if (const auto error = reading.options.threshold_problem(threshold)) {
        reading.problem(node, error->message);
    }
}

void read_table(Reading& reading, const TomlNode& node, std::string_view scope,
                std::vector<ThresholdText>& thresholds) {
    const TableReader table(reading, node, Table::threshold);
    const auto scoped = [scope](Reading& inner, std::string_view label, const TomlNode& text) {
        return read_condition(inner, label, text, scope);
    };
    ThresholdText threshold;
    const bool complete = table.find("target") != nullptr;
    table.take("target", threshold.target, scoped);
    table.take("critical", threshold.critical, scoped);
    table.take("window", threshold.window, read_duration_above_0);
    table.take("abort", threshold.abort, read_boolean);
    if (!complete) {
        reading.problem(node, "a threshold without target; allowed: target = \"p95 < 500ms\", with "
                              "critical, window and abort as you like");
    } else if (!threshold.target.empty()) {
        check(reading, node, threshold);
        thresholds.push_back(std::move(threshold));
    }
}

void read_one(Reading& reading, const TomlNode& node, std::string_view scope,
              std::vector<ThresholdText>& thresholds) {
    if (node.kind == TomlNode::Kind::table) {
        read_table(reading, node, scope, thresholds);
    } else if (node.kind != TomlNode::Kind::text) {
        refuse_value(reading, "threshold", node, "a threshold",
                     "\"p95 < 500ms\", { target = …, critical = … }, or a list of them");
    } else if (OptionalText text = read_condition(reading, "threshold", node, scope)) {
        const ThresholdText threshold{.target = std::move(*text)};
        check(reading, node, threshold);
        thresholds.push_back(threshold);
    }
}

} // namespace

std::vector<ThresholdText> read_thresholds(Reading& reading, const TomlNode& node,
                                           std::string_view scope) {
    std::vector<ThresholdText> thresholds;
    if (node.kind != TomlNode::Kind::list) {
        read_one(reading, node, scope, thresholds);
    }
    for (const TomlNode& item : node.items) {
        read_one(reading, item, scope, thresholds);
    }
    return thresholds;
}

std::string scope_of_name(std::string_view name) {
    std::string scope = "\"";
    for (const char c : name) {
        if (c == '"' || c == '\\') {
            scope += '\\';
        }
        scope += c;
    }
    return scope + '"';
}

} // namespace ringblast
