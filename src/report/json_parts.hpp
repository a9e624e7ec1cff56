// The parts that the documents of a run and of a search have in common, to and fro: numbers that
// may not be known, outcomes, statuses, validity.
#pragma once

#include "report/json_node.hpp"
#include "ringblast/result.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace ringblast {

/// A finite number, else null: NaN and infinity are not JSON.
nlohmann::ordered_json number(double value);
nlohmann::ordered_json number(const std::optional<double>& value);

nlohmann::ordered_json text_or_null(const std::string& text);
nlohmann::ordered_json text_or_null(const std::optional<std::string>& text);

nlohmann::ordered_json outcomes_json(const Counts& counts);
nlohmann::ordered_json statuses_json(const Counts& counts);
nlohmann::ordered_json validity_json(const Validity& validity);
nlohmann::ordered_json probes_json(const std::vector<ProbeResult>& probes);

/// An object of counts by whole numbers from `least` to `most`.
std::map<int, uint64_t> read_numbered(const JsonNode& node, int least, int most);
/// Of an object with `outcomes` and `statuses`; where it has no `started`, all that ended.
Counts read_counts(const JsonNode& node);
Validity read_validity(const JsonNode& node);
ProbeResult read_probe(const JsonNode& node);

/// For lists.
std::string read_text(const JsonNode& node);
double read_amount(const JsonNode& node);
std::optional<std::string> maybe_text(const JsonNode& node);

/// Nanoseconds since 1970 of a time like 2026-01-02T03:04:05.678Z.
int64_t read_time(const JsonNode& node);

/// The document with that `schema`, else what it is instead or where it stops being JSON.
Expected<nlohmann::json> parse_document(std::string_view text, std::string_view schema);

} // namespace ringblast
