#include "report/suite_json.hpp"

#include "report/json_parts.hpp"
#include "report/result_words.hpp"
#include "report/suite_lines.hpp"
#include "report/time_text.hpp"

#include <algorithm>

namespace ringblast {

namespace {

using Json = nlohmann::ordered_json;

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

} // namespace

std::string render_suite_json(const SuiteResult& suite, const std::string& folder) {
    Json json = {{"schema", "ringblast-suite/1"},
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

} // namespace ringblast
