#include "report/suite_json.hpp"

#include "report/json_node.hpp"
#include "report/json_summary.hpp"
#include "report/result_words.hpp"
#include "report/suite_lines.hpp"
#include "report/time_text.hpp"

#include <algorithm>

namespace ringblast {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view schema_name = "ringblast-suite/1";

Json text_or_null(const std::string& text) {
    return text.empty() ? Json() : Json(text);
}

/// The words of a state with _ between them.
std::string state_key(SuiteState state) {
    std::string key(state_word(state));
    std::ranges::replace(key, ' ', '_');
    return key;
}

Json part_json(const SuitePart& part, const std::string& folder) {
    Json json = summary_json(part.result);
    json["exit_code"] = part.exit_code;
    json["reports"] = Json::array();
    for (const ReportFile& report : part.reports) {
        json["reports"].push_back(
            {{"kind", report.kind}, {"file", path_from(folder, report.path)}});
    }
    return json;
}

Json run_json(const SuiteLine& line, const std::string& folder) {
    const SuiteRun& run = *line.run;
    Json json = {{"name", run.name},
                 {"profile", run.profile},
                 {"state", state_key(line.state)},
                 {"verdict", word_of(verdict_words, run.verdict)},
                 {"exit_code", run.not_run.empty() ? Json(run.exit_code) : Json()},
                 {"not_run", text_or_null(run.not_run)},
                 {"problems", run.problems},
                 {"result", line.part != nullptr ? part_json(*line.part, folder) : Json()},
                 {"tasks", Json::array()}};
    for (const SuitePart& part : run.parts) {
        if (line.part == nullptr) {
            Json task = {{"task", part.task}, {"state", state_key(state_of(part))}};
            task.update(part_json(part, folder));
            json["tasks"].push_back(std::move(task));
        }
    }
    return json;
}

ReportFile read_report(const JsonNode& node) {
    return {.kind = node.at("kind").text(), .path = node.at("file").text()};
}

SuitePart read_part(const JsonNode& node) {
    return {.task = node.maybe("task").text_or_empty(),
            .result = {},
            .exit_code = static_cast<int>(node.at("exit_code").count()),
            .reports = node.at("reports").list(read_report)};
}

SuiteRun read_run(const JsonNode& node) {
    SuiteRun run{.name = node.at("name").text(),
                 .profile = node.at("profile").text(),
                 .parts = node.at("tasks").list(read_part),
                 .problems =
                     node.at("problems").list(+[](const JsonNode& text) { return text.text(); }),
                 .not_run = node.at("not_run").text_or_empty()};
    if (const JsonNode result = node.at("result"); !result.null()) {
        run.parts.push_back(read_part(result));
    }
    return run;
}

} // namespace

std::string render_suite_json(const SuiteResult& suite, const std::string& folder) {
    Json json = {{"schema", schema_name},
                 {"name", suite.name},
                 {"description", text_or_null(suite.description)},
                 {"started_at", print_utc(suite.started_at_ns)},
                 {"duration_s", suite.duration_s},
                 {"interrupted", suite.interrupted},
                 {"verdict", word_of(verdict_words, suite.verdict)},
                 {"exit_code", suite.exit_code},
                 {"runs", Json::array()},
                 {"generator", {{"version", suite.version}, {"command", suite.command}}}};
    for (const SuiteLine& line : suite_lines(suite)) {
        if (!line.task) {
            json["runs"].push_back(run_json(line, folder));
        }
    }
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

bool is_suite_json(std::string_view text) {
    constexpr size_t head_size = 400;
    return text.substr(0, head_size).find(schema_name) != std::string_view::npos;
}

Expected<SuiteResult> read_suite_json(std::string_view text) {
    const nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
    if (json.is_discarded()) {
        return failure("this is not JSON");
    }
    std::optional<Error> problem;
    const JsonNode root(json, "", problem);
    if (root.at("schema").text() != schema_name) {
        return failure("the schema is not " + std::string(schema_name));
    }
    SuiteResult suite{.name = root.at("name").text(),
                      .description = root.at("description").text_or_empty(),
                      .started_at_ns = parse_utc(root.at("started_at").text()).value_or(0),
                      .duration_s = root.at("duration_s").amount(),
                      .interrupted = root.at("interrupted").flag(),
                      .runs = root.at("runs").list(read_run),
                      .exit_code = static_cast<int>(root.at("exit_code").count()),
                      .version = root.at("generator").at("version").text(),
                      .command = root.at("generator").at("command").text()};
    if (problem) {
        return std::unexpected(*problem);
    }
    return suite;
}

} // namespace ringblast
