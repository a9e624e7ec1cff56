#include "report/json_parts.hpp"

#include "base/quote.hpp"
#include "report/result_words.hpp"
#include "report/time_text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace ringblast {

using Json = nlohmann::ordered_json;
using Tree = nlohmann::json;

namespace {

/// Where a text stops being JSON: line and column from 1.
Error syntax_error(std::string_view text, size_t byte) {
    const std::string_view good = text.substr(0, byte == 0 ? 0 : byte - 1);
    const auto line = static_cast<size_t>(std::ranges::count(good, '\n')) + 1;
    const size_t column = good.size() - (good.rfind('\n') + 1) + 1;
    return {"not JSON: line " + std::to_string(line) + ", column " + std::to_string(column) +
            (byte > text.size() ? ": it ends too early" : " does not belong there")};
}

/// What a probe read may be any number.
std::optional<double> read_probed(const JsonNode& node) {
    if (node.null()) {
        return std::nullopt;
    }
    if (!node.json().is_number()) {
        return node.number(); // which complains
    }
    return node.json().get<double>();
}

ProbePoint read_probe_point(const JsonNode& node) {
    return {.t_s = node.at("t_s").number(),
            .value = read_probed(node.at("value")).value_or(0),
            .measured = node.at("measured").flag()};
}

} // namespace

Json number(double value) {
    return std::isfinite(value) ? Json(value) : Json();
}

Json number(const std::optional<double>& value) {
    return value ? number(*value) : Json();
}

Json text_or_null(const std::string& text) {
    return text.empty() ? Json() : Json(text);
}

Json text_or_null(const std::optional<std::string>& text) {
    return text ? Json(*text) : Json();
}

Json outcomes_json(const Counts& counts) {
    Json json = Json::object();
    for (size_t i = 0; i < outcome_count; ++i) {
        json[std::string(outcome_names[i])] = counts.outcomes[i];
    }
    return json;
}

Json statuses_json(const Counts& counts) {
    Json json = Json::object();
    for (const auto& [status, count] : counts.statuses) {
        json[std::to_string(status)] = count;
    }
    return json;
}

Json validity_json(const Validity& validity) {
    return {{"state", word_of(validity_words, validity.state)},
            {"limit", word_of(limit_words, validity.limit)},
            {"reasons", validity.reasons}};
}

Json probes_json(const std::vector<ProbeResult>& probes) {
    Json json = Json::array();
    for (const ProbeResult& probe : probes) {
        Json series = Json::array();
        for (const ProbePoint& point : probe.series) {
            series.push_back({{"t_s", number(point.t_s)},
                              {"value", number(point.value)},
                              {"measured", point.measured}});
        }
        json.push_back({{"name", probe.name},
                        {"unit", text_or_null(probe.unit)},
                        {"count", probe.count},
                        {"last", number(probe.last)},
                        {"min", number(probe.min)},
                        {"max", number(probe.max)},
                        {"avg", number(probe.avg)},
                        {"slope", number(probe.slope)},
                        {"slope_low", number(probe.slope_low)},
                        {"slope_high", number(probe.slope_high)},
                        {"failures", probe.failures},
                        {"last_failure", text_or_null(probe.last_failure)},
                        {"series", series}});
    }
    return json;
}

ProbeResult read_probe(const JsonNode& node) {
    return {.name = node.at("name").text(),
            .unit = node.at("unit").text_or_empty(),
            .count = node.at("count").count(),
            .last = read_probed(node.at("last")),
            .min = read_probed(node.at("min")),
            .max = read_probed(node.at("max")),
            .avg = read_probed(node.at("avg")),
            .slope = read_probed(node.at("slope")),
            .slope_low = read_probed(node.at("slope_low")),
            .slope_high = read_probed(node.at("slope_high")),
            .failures = node.at("failures").count(),
            .last_failure = node.at("last_failure").text_or_empty(),
            .series = node.at("series").list(read_probe_point)};
}

std::map<int, uint64_t> read_numbered(const JsonNode& node, int least, int most) {
    std::map<int, uint64_t> counts;
    if (!node.json().is_object()) {
        node.expected("an object");
        return counts;
    }
    for (const auto& [key, value] : node.json().items()) {
        int number = 0;
        const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), number);
        if (error != std::errc() || end != key.data() + key.size() || number < least ||
            number > most) {
            node.fail("has " + ringblast::quoted(key) + ", which is no " +
                      (most < 1000 ? "status" : "close code"));
            return counts;
        }
        counts[number] = node.at(key.c_str()).count();
    }
    return counts;
}

Counts read_counts(const JsonNode& node) {
    Counts counts;
    const JsonNode outcomes = node.at("outcomes");
    for (size_t i = 0; i < outcome_count; ++i) {
        counts.outcomes[i] = outcomes.at(outcome_names[i].data()).count();
    }
    counts.started = node.has("started") ? node.at("started").count() : counts.ended();
    counts.statuses = read_numbered(node.at("statuses"), 100, 999);
    return counts;
}

Validity read_validity(const JsonNode& node) {
    return {.state = node.at("state").word<ValidityState>(validity_words),
            .limit = node.at("limit").word<Limit>(limit_words),
            .reasons = node.at("reasons").list(read_text)};
}

std::string read_text(const JsonNode& node) {
    return node.text();
}

double read_amount(const JsonNode& node) {
    return node.amount();
}

std::optional<std::string> maybe_text(const JsonNode& node) {
    return node.null() ? std::nullopt : std::optional(node.text());
}

int64_t read_time(const JsonNode& node) {
    const std::optional<int64_t> time = parse_utc(node.text());
    if (!time) {
        node.fail("must be a time like 2026-01-02T03:04:05.678Z");
    }
    return time.value_or(0);
}

Expected<Tree> parse_document(std::string_view text, std::string_view schema) {
    Tree json;
    try {
        json = Tree::parse(text);
    } catch (const Tree::parse_error& problem) {
        return std::unexpected(syntax_error(text, problem.byte));
    } catch (const Tree::exception&) { // a number that no double holds
        return failure("not JSON: it holds a number that is too large");
    }
    const auto found = json.is_object() ? json.find("schema") : json.end();
    if (found == json.end() || !found->is_string()) {
        return failure("not a result of ringblast: it has no \"schema\"");
    }
    const auto read = found->get<std::string>();
    if (read != schema) {
        return failure("schema " + ringblast::quoted(read) + " is not " + std::string(schema));
    }
    return json;
}

} // namespace ringblast
