#include "cli/report_command.hpp"

#include "cli/limit_command.hpp"
#include "cli/outputs.hpp"
#include "cli/suite_report.hpp"
#include "live/terminal.hpp"
#include "report/json_read.hpp"
#include "report/limit_json.hpp"
#include "report/suite_json.hpp"
#include "report/text.hpp"
#include "ringblast/exit_code.hpp"

#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <fstream>
#include <sstream>

namespace ringblast {

namespace {

Expected<std::string> read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream content;
    if (!file || !(content << file.rdbuf())) {
        return failure(fmt::format("{} cannot be read: {}", path,
                                   errno != 0 ? std::strerror(errno) : "it is empty"));
    }
    return content.str();
}

int usage(const std::vector<Error>& errors) {
    for (const Error& error : errors) {
        fmt::print(stderr, "ringblast: {}\n", error.message);
    }
    return static_cast<int>(errors.empty() ? ExitCode::ok : ExitCode::usage);
}

} // namespace

int run_report(const ReportWords& words) {
    errno = 0;
    Expected<std::string> saved = read_file(words.result);
    if (!saved) {
        return usage({saved.error()});
    }
    if (is_suite_json(*saved)) {
        return report_suite(words.result, *saved, words.outputs);
    }
    if (is_limit_json(*saved)) {
        return report_limit(words.result, *saved, words.outputs);
    }
    Expected<Result> result = read_result(*saved);
    if (!result) {
        return usage({Error{fmt::format("{}: {}", words.result, result.error().message)}});
    }
    ExpectedAll<Outputs> outputs = Outputs::open(
        words.outputs,
        {.profile = result->name, .users = result->users_peak, .unix_ns = result->started_at_ns});
    if (!outputs) {
        return usage(outputs.error());
    }
    if (outputs->empty()) {
        const TerminalTraits traits = probe_terminal(stdout);
        fmt::print("{}", render_text(*result, {.color = traits.color, .width = traits.columns}));
        return 0;
    }
    std::vector<Error> errors = outputs->write(*result);
    std::ranges::move(outputs->write_hdr_logs(*result), std::back_inserter(errors));
    if (!outputs->directory_stem().empty()) {
        fmt::print(stderr, "reports: {}.html and more\n", outputs->directory_stem());
    }
    return usage(errors);
}

} // namespace ringblast
